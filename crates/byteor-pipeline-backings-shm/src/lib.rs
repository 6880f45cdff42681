//! Shared-memory backings: sequenced slots in a file, and snapshots of them from outside.

mod chain;
mod slots;
mod snapshot;

pub use byteor_pipeline_snapshot::{
    Counters, RunTuning, RunWait, RunWorkers, SingleRingSnapshot, Snapshot, StageSnapshot,
};
pub use byteor_transport_shm::{Attach, Error, OpenOptions};
pub use chain::ShmEventsChainRegion;
pub use slots::ShmSequencedSlots;
pub use snapshot::{snapshot_path, snapshot_slots};
