//! What a run counted: up to a barrier, or before this run.

use std::collections::BTreeMap;

/// The counters of a graph, by the ids of its spec. A checkpoint says them as of its barrier, and a
/// run that goes on from it goes on counting from there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphCounts {
    /// Ingresses and egresses.
    pub endpoints: BTreeMap<String, EndpointCounts>,
    /// Roles.
    pub roles: BTreeMap<String, RoleCounts>,
    /// Lanes.
    pub lanes: BTreeMap<String, LaneCounts>,
}

/// What an ingress or egress counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EndpointCounts {
    /// Records that came in, refused ones included, or left.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Records that an ingress refused.
    pub rejected: u64,
}

/// What a role counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoleCounts {
    /// Records that it took.
    pub processed: u64,
    /// Records that its stage dropped.
    pub dropped: u64,
    /// Records that its stage rejected.
    pub rejected: u64,
}

/// What a lane counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LaneCounts {
    /// Writes to it, discarded ones included.
    pub writes: u64,
    /// Records that at least one reader was given.
    pub published: u64,
    /// Records that at least one reader does not get because the lane was full.
    pub discarded: u64,
    /// Records of a journal that were overwritten before a reader came to them, of all its readers.
    pub lost: u64,
}

impl GraphCounts {
    /// Of the endpoint of that id; nothing where it isn't there.
    pub(super) fn endpoint(&self, id: &str) -> EndpointCounts {
        self.endpoints.get(id).copied().unwrap_or_default()
    }

    pub(super) fn role(&self, id: &str) -> RoleCounts {
        self.roles.get(id).copied().unwrap_or_default()
    }

    pub(super) fn lane(&self, id: &str) -> LaneCounts {
        self.lanes.get(id).copied().unwrap_or_default()
    }
}

impl LaneCounts {
    /// Adds what one of the lane's ends counted.
    pub(super) fn add(&mut self, other: Self) {
        self.writes += other.writes;
        self.published += other.published;
        self.discarded += other.discarded;
        self.lost += other.lost;
    }
}
