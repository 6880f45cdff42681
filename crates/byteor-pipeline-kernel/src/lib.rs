//! Hot-loop primitives: the stage contract, lanes, barriers, sequenced slots, events chains,
//! waits.
//!
//! No I/O, no threads, no logs, no policy, no allocation in the hot loop: executors own those. Memory
//! that others may write is reached through [`indexbus::raw`] only. A region and its ends keep the
//! memory, and what borrows from them can't outlive them:
//!
//! ```compile_fail,E0716
//! use byteor_pipeline_backings_mem::MemSequencedSlots;
//! use byteor_pipeline_kernel::{Ordering, SlotsBacking};
//!
//! let region = MemSequencedSlots::new(byteor_abi::SlotClass::B256, 1);
//! let words = region.slots().clone().ingress_counters();
//! words.records_in.load(Ordering::Relaxed); // of memory that may be gone
//! ```
#![no_std]

mod chain;
mod events;
mod graph;
mod journal;
mod lane;
mod slots;
mod stage;

pub use chain::{ChainQueue, ChainRegion, ChainRx, ChainTx, HeldSlot, NotPassed};
pub use events::{EventsRx, EventsTx, init_events};
pub use graph::{EndpointWords, GraphLaneWords, GraphRegion, GraphShape, ReaderWords, RoleWords};
pub use indexbus::raw::{Ordering, RegionMemory, bytes_of, bytes_of_mut};
pub use indexbus::{
    Error as LaneError, Wait, WaitKind, WaitStep, WaitStrategy, WakeCell, WakeWord,
};
pub use journal::{JOURNAL_BYTES, JournalRx, JournalTx, init_journal};
pub use lane::{Batch, LaneRx, LaneTx};
pub use slots::{
    BindError, CursorBarrier, EgressWords, Entry, GatingBarrier, IngressWords, Mark, SeqBarrier,
    SlotsBacking, SlotsProducer, SlotsRegion, SlotsStage, SlotsSubscriber, StageWords,
};
pub use stage::{Emit, Outcome, Output, STATE_BYTES_MAX, Stage, StageFailure};
