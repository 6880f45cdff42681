//! `repr(C)` layouts of ByteOr regions: sequenced slots in four size classes, and events chains.
//!
//! The source of `spec/byteor_v1.h`. Layouts and constants only; the algorithms over them stand in
//! `byteor-pipeline-kernel`. A sequenced-slots region is the v1 layout of the reference
//! ([`SequencedSlotsLayout`]), then three sections appended by us, each announced by a capability
//! bit: one mark per ring entry ([`SequencedSlotsMarks`]), the counters
//! ([`SequencedSlotsCounters`]), and which sequence each slot holds
//! ([`SequencedSlotsSequences`]).
#![no_std]

mod events_chain;
mod lane_graph;
mod sequenced_slots;

pub use events_chain::{
    EVENTS_CHAIN_V1_QUEUES, EventsChainLayout, EventsChainLayout4, EventsChainRegion4,
};
pub use lane_graph::{
    LANE_GRAPH_PARTS_MAX, LANE_GRAPH_READERS, LaneGraphCells, LaneGraphEndpointCell,
    LaneGraphLaneCell, LaneGraphLayout, LaneGraphReaderCell, LaneGraphRoleCell,
};
pub use sequenced_slots::{
    EgressCounters, IngressCounters, MARK_DROPPED, MARK_KIND_MASK, MARK_LEN_SHIFT, MARK_LIVE,
    MARK_REJECTED, MARK_STAGE_MASK, MARK_STAGE_SHIFT, RUN_WAIT_ADAPTIVE, RUN_WAIT_BACKOFF,
    RUN_WAIT_SPIN, RUN_WORKERS_DEDICATED, RUN_WORKERS_ONE, RUN_WORKERS_SEGMENTS, RunSection,
    SequencedSlotsCounters, SequencedSlotsLayout, SequencedSlotsLayout4, SequencedSlotsLayout4K1,
    SequencedSlotsLayout4K4, SequencedSlotsLayout4K16, SequencedSlotsMarks, SequencedSlotsRegion,
    SequencedSlotsSequences, SlotClass, StageCounters,
};

/// Region kind of sequenced slots of 256 bytes.
pub const BYTEOR_REGION_KIND_SEQUENCED_SLOTS: u16 = 101;
/// Region kind of an events chain (value ours).
pub const BYTEOR_REGION_KIND_EVENTS_CHAIN: u16 = 102;
/// Region kind of sequenced slots of 1,024 bytes (ours).
pub const BYTEOR_REGION_KIND_SEQUENCED_SLOTS_1K: u16 = 103;
/// Region kind of sequenced slots of 4,096 bytes (ours).
pub const BYTEOR_REGION_KIND_SEQUENCED_SLOTS_4K: u16 = 104;
/// Region kind of sequenced slots of 16,384 bytes (ours).
pub const BYTEOR_REGION_KIND_SEQUENCED_SLOTS_16K: u16 = 105;
/// Region kind of the counters of a lane graph's run (ours).
pub const BYTEOR_REGION_KIND_LANE_GRAPH: u16 = 106;

/// The region holds an events chain (ours).
pub const BYTEOR_CAP_SUPPORTS_EVENTS_CHAIN: u32 = 1 << 16;
/// The region holds sequenced slots (bit 17).
pub const BYTEOR_CAP_SUPPORTS_SEQUENCED_SLOTS: u32 = 1 << 17;
/// A [`SequencedSlotsMarks`] section is appended (ours).
pub const BYTEOR_CAP_RECORD_MARKS: u32 = 1 << 18;
/// A [`SequencedSlotsCounters`] section is appended after the marks, or the region is one of counters
/// (ours).
pub const BYTEOR_CAP_COUNTERS: u32 = 1 << 19;
/// What each slot was last used for is appended, last (ours).
pub const BYTEOR_CAP_SLOT_SEQUENCES: u32 = 1 << 20;
/// The many-producers queues of an events chain say who claimed an entry (ours).
pub const BYTEOR_CAP_OWNED_CLAIMS: u32 = 1 << 21;

/// Gating cells, and so stages, of one ring.
pub const SEQUENCED_SLOTS_V1_GATING: usize = 4;
/// Ring entries, and slots of the pool.
pub const SEQUENCED_SLOTS_V1_CAPACITY: usize = 1024;
