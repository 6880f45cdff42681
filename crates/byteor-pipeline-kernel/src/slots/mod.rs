//! Sequenced slots: the region behind a SingleRing, over memory of any kind.
//!
//! A [`SlotsRegion`] keeps its memory ([`RegionMemory`](indexbus::raw::RegionMemory)), and so does
//! each end of it: one [`SlotsProducer`] appends and publishes, up to four [`SlotsStage`]s follow
//! their barriers, each owned once. Payloads are copied out, then validated; an entry of the ring is
//! read once, and the copy used. Nothing allocates after an end was taken.

mod barrier;
mod counters;
mod mark;
mod producer;
mod region;
mod stage;
mod subscriber;
mod words;

pub use barrier::{CursorBarrier, GatingBarrier, SeqBarrier};
pub use counters::{EgressWords, IngressWords, StageWords};
pub use mark::Mark;
pub use producer::SlotsProducer;
pub use region::{BindError, SlotsBacking, SlotsRegion};
pub use stage::SlotsStage;
pub use subscriber::SlotsSubscriber;
pub use words::Entry;
