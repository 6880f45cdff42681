//! Lanes over shared memory: events (SPSC, MPSC), a sequencer with gating, wait strategies.
//!
//! `no_std` at the core and usable alone. Handles borrow the layout of `indexbus-abi` that they point
//! into, on the heap or in a mapping; nothing here ever forms a reference into memory that another
//! process may write, beyond one atomic access. Integers are read by atomics, payloads are copied
//! out word by word, and the copy is what gets validated.
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

mod error;
mod events;
mod pool;
pub mod primitive;
pub mod raw;
mod region;
mod sequencer;
pub mod wait;

pub use error::Error;
pub use events::{
    MpscReceiver, MpscSender, SharedLayoutCell, SpscReceiver, SpscSender, attach_shared_layout,
    init_shared_layout, init_shared_memory, split_mpsc, split_spsc, validate_shared_layout,
};
pub use pool::Pool;
pub use region::{check_header, initialized, read_header, write_header};
pub use sequencer::SequencerCell;
pub use wait::{
    AdaptiveWait, BackoffWait, SpinWait, Wait, WaitKind, WaitStep, WaitStrategy, WakeCell,
    WakeSection, WakeWord,
};
