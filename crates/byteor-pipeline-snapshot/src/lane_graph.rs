//! The LaneGraph form.

use byteor_pipeline_spec::{LaneGraphSpec, LaneKind, OnFull};
use serde::{Deserialize, Serialize};

use crate::json::{count, generation};
use crate::{Counters, RunTuning, SnapshotVersion};

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
    /// Records of a journal that were overwritten before it came to them.
    #[serde(default, serialize_with = "count")]
    #[cfg_attr(feature = "ts", ts(as = "Option<u64>", optional))]
    pub lost: u64,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneSnapshot {
    /// Index of the lane in the spec.
    pub index: u32,
    /// Its id in the spec, where whoever reports it knows the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub id: Option<String>,
    /// Its kind, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub kind: Option<LaneKind>,
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

/// What a role does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RoleState {
    /// There are records for it, and room for what it makes of them.
    Working,
    /// Nothing is there for it.
    WaitsForRecords,
    /// A lane that it writes is full, and blocks.
    WaitsForRoom,
}

/// One ingress or egress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EndpointSnapshot {
    /// Index of the endpoint in the spec.
    pub index: u32,
    /// Its id in the spec, where whoever reports it knows the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub id: Option<String>,
    /// Whether records come in there; otherwise they leave.
    pub ingress: bool,
    /// Records that came in, refused ones included, or left.
    #[serde(serialize_with = "count")]
    pub records: u64,
    /// Their bytes.
    #[serde(serialize_with = "count")]
    pub bytes: u64,
    /// Records that were refused there.
    #[serde(serialize_with = "count")]
    pub rejected: u64,
}

/// One role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RoleSnapshot {
    /// Index of the role in the spec.
    pub index: u32,
    /// Its id in the spec, where whoever reports it knows the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub id: Option<String>,
    /// What it does, as its lanes show it, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub state: Option<RoleState>,
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
    /// The ingresses and egresses, in the order of the spec; none in what an older build wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<EndpointSnapshot>>", optional))]
    pub endpoints: Vec<EndpointSnapshot>,
    /// How it runs; left out where its files don't say, which are an older build's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub tuning: Option<RunTuning>,
    /// Random number of this creation of the regions: another one means that they were recreated.
    #[serde(with = "generation")]
    #[cfg_attr(feature = "ts", ts(type = "string"))]
    pub generation: u64,
}

impl LaneGraphSnapshot {
    /// Every id that it has.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        let lanes = self.lanes.iter().map(|lane| &lane.id);
        let roles = self.roles.iter().map(|role| &role.id);
        let endpoints = self.endpoints.iter().map(|endpoint| &endpoint.id);
        lanes
            .chain(roles)
            .chain(endpoints)
            .flatten()
            .map(String::as_str)
    }

    /// The same with what `spec` says: ids, kinds, and what each role does. As it is where the spec is
    /// another one's.
    #[must_use]
    pub fn named(mut self, spec: &LaneGraphSpec) -> Self {
        let fits = self.lanes.len() == spec.lanes.len()
            && self.roles.len() == spec.roles.len()
            && (self.endpoints.is_empty() || self.endpoints.len() == spec.endpoints.len());
        if !fits {
            return self;
        }
        for (lane, known) in self.lanes.iter_mut().zip(&spec.lanes) {
            lane.id = Some(known.id.clone());
            lane.kind = Some(known.channel.kind());
        }
        for (endpoint, known) in self.endpoints.iter_mut().zip(&spec.endpoints) {
            endpoint.id = Some(known.id.clone());
        }
        let of = |id: &String| self.lanes.iter().find(|lane| lane.id.as_ref() == Some(id));
        let blocks = spec.on_full == OnFull::Block;
        let full = |id: &String| {
            of(id).is_some_and(|lane| lane.capacity > 0 && lane.depth >= u64::from(lane.capacity))
        };
        let waits = |id: &String| of(id).is_none_or(|lane| lane.depth == 0);
        for (role, known) in self.roles.iter_mut().zip(&spec.roles) {
            role.id = Some(known.id.clone());
            role.state = Some(if blocks && known.work.tx().iter().any(full) {
                RoleState::WaitsForRoom
            } else if known.work.rx().iter().all(waits) {
                RoleState::WaitsForRecords
            } else {
                RoleState::Working
            });
        }
        self
    }
}
