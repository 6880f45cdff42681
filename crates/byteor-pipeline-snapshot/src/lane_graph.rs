//! The LaneGraph form.

use serde::{Deserialize, Serialize};

use crate::json::{count, generation};
use crate::{Counters, SnapshotVersion};

/// One reader of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneReaderSnapshot {
    /// Records that it has read.
    #[serde(serialize_with = "count")]
    pub read: u64,
    /// Records that wait for it.
    #[serde(serialize_with = "count")]
    pub lag: u64,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneSnapshot {
    /// Index of the lane in the spec.
    pub index: u32,
    /// Records that each of its queues holds.
    pub capacity: u32,
    /// Records that were written to it.
    #[serde(serialize_with = "count")]
    pub published: u64,
    /// Records that wait for its slowest reader.
    #[serde(serialize_with = "count")]
    pub depth: u64,
    /// Records that it lost because it was full.
    #[serde(serialize_with = "count")]
    pub dropped: u64,
    /// Its readers: one, or as many as the spec gives it.
    pub readers: Vec<LaneReaderSnapshot>,
}

/// One role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RoleSnapshot {
    /// Index of the role in the spec.
    pub index: u32,
    /// Records that it looked at.
    #[serde(serialize_with = "count")]
    pub processed: u64,
    /// Records that it dropped.
    #[serde(serialize_with = "count")]
    pub dropped: u64,
    /// Records whose result did not fit.
    #[serde(serialize_with = "count")]
    pub rejected: u64,
}

/// Lanes, roles and counters of a LaneGraph. On its own it has no `kind`: what goes out is a
/// [`Snapshot`](crate::Snapshot).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneGraphSnapshot {
    /// Version of this form.
    #[cfg_attr(feature = "ts", ts(type = "2"))]
    pub v: SnapshotVersion,
    /// Totals.
    pub counters: Counters,
    /// The lanes, in the order of the spec.
    pub lanes: Vec<LaneSnapshot>,
    /// The roles, in the order of the spec.
    pub roles: Vec<RoleSnapshot>,
    /// Random number of this creation of the regions: another one means that they were recreated.
    #[serde(with = "generation")]
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub generation: u64,
}
