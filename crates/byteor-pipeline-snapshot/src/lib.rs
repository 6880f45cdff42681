//! What a running pipeline looks like from outside, in Rust, JSON and TypeScript.
//!
//! The JSON form is version 2 (`docs/spec/snapshot.md`). Version 1, which knew the SingleRing only
//! and wrote `generation` as a number, is read too and becomes version 2 on the way.

mod json;
mod lane_graph;
mod single_ring;

use serde::{Deserialize, Serialize};

pub use json::{MAX_COUNT, SnapshotVersion};
pub use lane_graph::{
    EndpointSnapshot, LaneGraphSnapshot, LaneReaderSnapshot, LaneSnapshot, RoleSnapshot, RoleState,
};
pub use single_ring::{RunTuning, RunWait, RunWorkers, SingleRingSnapshot, StageSnapshot};

/// Most stages of a SingleRing's snapshot.
pub const MAX_STAGES: usize = 64;
/// Most lanes, and most roles, of a LaneGraph's snapshot.
pub const MAX_PARTS: usize = 1024;
/// Longest id of a lane, role or endpoint, in bytes: a lane's is up to four ids with dots between.
pub const MAX_ID: usize = 4 * byteor_pipeline_spec::ID_MAX + 3;
/// Most readers of a lane.
pub const MAX_READERS: usize = 64;

/// A snapshot, in the form of the pipeline's target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Snapshot {
    /// Of one ring.
    SingleRing(SingleRingSnapshot),
    /// Of roles over lanes.
    LaneGraph(LaneGraphSnapshot),
}

impl Snapshot {
    /// Totals of the pipeline: carried over by its checkpoint, so they survive restarts.
    pub fn counters(&self) -> Counters {
        match self {
            Self::SingleRing(ring) => ring.counters,
            Self::LaneGraph(graph) => graph.counters,
        }
    }

    /// Whether its lists are as long as a spec allows, at most: [`MAX_STAGES`] stages;
    /// [`MAX_PARTS`] lanes, roles and endpoints, ids of [`MAX_ID`] bytes, [`MAX_READERS`] readers of each lane.
    pub fn is_bounded(&self) -> bool {
        match self {
            Self::SingleRing(ring) => ring.stages.len() <= MAX_STAGES,
            Self::LaneGraph(graph) => {
                let readers = graph.lanes.iter().map(|lane| lane.readers.len()).max();
                graph.lanes.len() <= MAX_PARTS
                    && graph.roles.len() <= MAX_PARTS
                    && graph.endpoints.len() <= MAX_PARTS
                    && graph.ids().all(|id| id.len() <= MAX_ID)
                    && readers.unwrap_or(0) <= MAX_READERS
            }
        }
    }

    /// The same, with other totals.
    #[must_use]
    pub fn with_counters(mut self, counters: Counters) -> Self {
        match &mut self {
            Self::SingleRing(ring) => ring.counters = counters,
            Self::LaneGraph(graph) => graph.counters = counters,
        }
        self
    }
}

impl From<SingleRingSnapshot> for Snapshot {
    fn from(ring: SingleRingSnapshot) -> Self {
        Self::SingleRing(ring)
    }
}

impl From<LaneGraphSnapshot> for Snapshot {
    fn from(graph: LaneGraphSnapshot) -> Self {
        Self::LaneGraph(graph)
    }
}

/// Records and bytes of a pipeline. `records_in` is `records_out + dropped + rejected` once it is
/// drained.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Counters {
    /// Records that came in, those refused at the ingress included.
    #[serde(serialize_with = "json::count")]
    pub records_in: u64,
    /// Records that went out.
    #[serde(serialize_with = "json::count")]
    pub records_out: u64,
    /// Records that a stage dropped.
    #[serde(serialize_with = "json::count")]
    pub dropped: u64,
    /// Records refused: at the ingress, or because a stage's result did not fit.
    #[serde(serialize_with = "json::count")]
    pub rejected: u64,
    /// Bytes of the records that came in.
    #[serde(serialize_with = "json::count")]
    pub bytes_in: u64,
    /// Bytes of the records that went out.
    #[serde(serialize_with = "json::count")]
    pub bytes_out: u64,
}

impl Counters {
    /// These and others together, at most what a number holds: what is added may be hostile.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            records_in: self.records_in.saturating_add(other.records_in),
            records_out: self.records_out.saturating_add(other.records_out),
            dropped: self.dropped.saturating_add(other.dropped),
            rejected: self.rejected.saturating_add(other.rejected),
            bytes_in: self.bytes_in.saturating_add(other.bytes_in),
            bytes_out: self.bytes_out.saturating_add(other.bytes_out),
        }
    }

    /// What was counted since `before`; nothing where any of it went back, because then `before`
    /// was of another history. What went out may go back: the other end of a sink refuses late.
    pub fn since(&self, before: &Self) -> Option<Self> {
        Some(Self {
            records_in: self.records_in.checked_sub(before.records_in)?,
            records_out: self.records_out.saturating_sub(before.records_out),
            dropped: self.dropped.checked_sub(before.dropped)?,
            rejected: self.rejected.checked_sub(before.rejected)?,
            bytes_in: self.bytes_in.checked_sub(before.bytes_in)?,
            bytes_out: self.bytes_out.saturating_sub(before.bytes_out),
        })
    }
}
