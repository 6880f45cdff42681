//! The SingleRing form.

use serde::{Deserialize, Serialize};

use crate::json::{count, generation};
use crate::{Counters, SnapshotVersion};

/// One stage of a SingleRing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageSnapshot {
    /// Index of the stage in the spec.
    pub index: u32,
    /// Highest sequence that it is done with.
    #[serde(serialize_with = "count")]
    pub gating: u64,
    /// How many published sequences it is behind.
    #[serde(serialize_with = "count")]
    pub lag: u64,
    /// Records that it looked at; those marked by a stage before it are not among them.
    #[serde(serialize_with = "count")]
    pub processed: u64,
    /// Records that it dropped.
    #[serde(serialize_with = "count")]
    pub dropped: u64,
    /// Records whose result did not fit.
    #[serde(serialize_with = "count")]
    pub rejected: u64,
}

/// Which threads run the stages of a ring, or the roles and egresses of a lane graph
/// (docs/spec/execution.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RunWorkers {
    /// A thread for each stage; of a graph, for each role and egress.
    Dedicated,
    /// A thread for several consecutive ones.
    Segments,
    /// The producer's thread runs all stages; of a graph, one thread all roles and egresses.
    One,
}

/// What those threads do while nothing is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RunWait {
    /// Look again at once.
    Spin,
    /// Spin, yield, sleep longer each time.
    Backoff,
    /// Spin as long as that pays, then sleep until woken.
    Adaptive,
}

/// How a pipeline runs, as it was applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunTuning {
    /// Which threads there are.
    pub workers: RunWorkers,
    /// What they do while nothing is ready.
    pub wait: RunWait,
}

/// Cursor, gating and counters of a SingleRing. On its own it has no `kind`: what goes out is
/// a [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SingleRingSnapshot {
    /// Version of this form.
    #[cfg_attr(feature = "ts", ts(type = "2"))]
    pub v: SnapshotVersion,
    /// Largest record, in bytes.
    pub slot_bytes: u32,
    /// Ring entries.
    pub capacity: u32,
    /// Highest published sequence; 0 is none.
    #[serde(serialize_with = "count")]
    pub cursor: u64,
    /// Totals.
    pub counters: Counters,
    /// The stages, in the order of the spec.
    pub stages: Vec<StageSnapshot>,
    /// How it runs; left out where the region doesn't say, which is before a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub tuning: Option<RunTuning>,
    /// Random number of this creation of the region: another one means that it was recreated.
    #[serde(with = "generation")]
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub generation: u64,
}

impl SingleRingSnapshot {
    /// These and those of another ring of the same run, which has other shards: counts are those of
    /// both together, `lag` is that of the ring that is further behind, and `capacity` that of one
    /// ring. At most what a number holds: what is added may be hostile.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.cursor = self.cursor.saturating_add(other.cursor);
        self.counters = self.counters.and(&other.counters);
        self.stages.truncate(other.stages.len());
        for (stage, other) in self.stages.iter_mut().zip(&other.stages) {
            stage.gating = stage.gating.saturating_add(other.gating);
            stage.lag = stage.lag.max(other.lag);
            stage.processed = stage.processed.saturating_add(other.processed);
            stage.dropped = stage.dropped.saturating_add(other.dropped);
            stage.rejected = stage.rejected.saturating_add(other.rejected);
        }
        // Rings are made together: any that was made anew makes all of it another run.
        self.generation = self.generation.rotate_left(1) ^ other.generation;
        self
    }
}
