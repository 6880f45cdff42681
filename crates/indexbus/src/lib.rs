//! Lanes over shared memory: events (SPSC, MPSC), a sequencer with gating, wait strategies.
//!
//! `no_std` at the core and usable alone. Handles borrow the layout of `indexbus-abi` that they point
//! into, on the heap or in a mapping; nothing here ever forms a reference into memory that another
//! process may write, beyond one atomic access. Integers are read by atomics, payloads are copied
//! out by byte-wise atomic copies, and the copy is what gets validated.
//!
//! At-most-once, explicit backpressure ([`Error::Full`]), Acquire/Release atomics only; the
//! publishing store is the synchronization point (reference: IndexBus, section 1).
//!
//! A handle can't outlive its layout:
//!
//! ```compile_fail,E0597
//! use indexbus::{SharedLayoutCell, init_shared_layout, split_spsc};
//! use indexbus_abi::SharedLayout;
//!
//! fn sender(mut layout: Box<SharedLayout>) {
//!     init_shared_layout(&mut layout);
//!     let (mut tx, _rx) = split_spsc(SharedLayoutCell::from_mut(&mut layout));
//!     drop(layout);
//!     let _ = tx.publish(b"into freed memory");
//! }
//! ```
//!
//! and there is one pair of ends at a time:
//!
//! ```compile_fail,E0382
//! use indexbus::{SharedLayoutCell, split_spsc};
//!
//! fn two_senders(cell: SharedLayoutCell<'_>) {
//!     let (mut first, _) = split_spsc(cell);
//!     let (mut second, _) = split_spsc(cell);
//!     let _ = (first.publish(b"one"), second.publish(b"over it"));
//! }
//! ```
#![no_std]

#[cfg(any(feature = "std", test))]
extern crate std;

mod credit;
mod error;
mod events;
mod fanout;
mod journal;
mod liveness;
mod merge;
mod pool;
pub mod primitive;
pub mod raw;
mod region;
mod router;
mod sequencer;
mod state;
pub mod wait;

pub use credit::{CreditConfig, CreditPolicy, CreditStats, Credits};
pub use error::Error;
pub use events::{
    MpscReceiver, MpscReservation, MpscSender, PayloadRef, SharedLayoutCell, SpscReceiver,
    SpscReservation, SpscSender, attach_events, attach_shared_layout, init_events,
    init_shared_layout, init_shared_memory, split_mpsc, split_spsc, validate_events,
    validate_shared_layout,
};
pub use fanout::{
    FanoutConsumer, FanoutHandles, FanoutMpscSender, FanoutRouter, FanoutSample, FanoutSender,
    FanoutWatch, SharedFanoutLayoutCell, attach_fanout_layout, fanout_handles, init_fanout_memory,
    init_shared_fanout_layout, validate_fanout_layout,
};
pub use journal::{
    JournalLayoutCell, JournalPublisher, JournalSubscriber, JournalSubscribers,
    attach_journal_layout4, init_journal_memory, split_journal, validate_journal_layout4,
};
pub use liveness::{HeldUp, Liveness, NeverDead};
pub use merge::{Merge, Receive};
pub use pool::Pool;
pub use primitive::{Hold, JournalRead, RouteSource, Router, Start, Step};
pub use region::{check_header, check_kind, initialize, initialized, read_header, write_header};
pub use router::{
    BackpressurePolicy, Rest, RouterCounters, RouterFailure, RouterLoopConfig, RouterMode,
    RouterSource, route_until, route_until_observed, route_until_over,
    route_until_with_credit_stats,
};
pub use sequencer::SequencerCell;
pub use state::{
    SAMPLE_LOOKS, Sample, StateLayoutCell, StatePublisher, StateReader, init_state_memory,
    split_state, validate_state_layout,
};
pub use wait::{
    AdaptiveWait, BackoffWait, SpinWait, Wait, WaitKind, WaitStep, WaitStrategy, WakeCell,
    WakeSection, WakeWord,
};
