//! Shared-memory backings: sequenced slots in a file, and snapshots of them from outside.

mod chain;
mod graph_snapshot;
mod slots;
mod snapshot;

pub use byteor_pipeline_snapshot::{
    Counters, LaneGraphSnapshot, LaneReaderSnapshot, LaneSnapshot, RoleSnapshot, RunTuning,
    RunWait, RunWorkers, SingleRingSnapshot, Snapshot, StageSnapshot,
};
pub use byteor_transport_shm::{
    Attach, COUNTERS_FILE, Error, Mapping, OpenOptions, create_run_folder, fresh_generation,
};
pub use chain::ShmEventsChainRegion;
pub use graph_snapshot::{snapshot_graph, snapshot_graph_folder};
pub use slots::ShmSequencedSlots;
pub use snapshot::{SHARD_FILE, snapshot_path, snapshot_slots};
