//! Hot-loop primitives: the stage contract, lanes, barriers, sequenced slots, waits.
//!
//! No I/O, no threads, no logs, no policy, no allocation: executors own those. Memory that others
//! may write is reached by raw pointers with atomics only.
#![no_std]

mod lane;
mod slots;
mod stage;

pub use indexbus::raw::{Word32, Word64, bytes_of, bytes_of_mut};
pub use indexbus::sequencer::{Barrier as SeqBarrier, GatingSet};
pub use indexbus::{Error as LaneError, Wait, WaitKind, WaitStep, WaitStrategy};
pub use lane::{LaneRx, LaneTx};
pub use slots::{
    BindError, EgressWords, IngressWords, Mark, SlotsBacking, SlotsProducer, SlotsPtr, SlotsStage,
    StageWords,
};
pub use stage::{Emit, Outcome, Output, STATE_BYTES_MAX, Stage, StageFailure};
