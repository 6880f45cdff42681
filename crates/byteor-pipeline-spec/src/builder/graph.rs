//! Building lane-graph specs.

use crate::{
    Channel, Endpoint, EndpointKind, InvalidSpec, Lane, LaneGraphSpec, MergePolicy, OnFull,
    PipelineSpecV1, Role, RoleWork, StageOp, canonical,
};

/// Builds a [`LaneGraphSpec`], in any order: [`build`](Self::build) sorts and checks.
///
/// A lane has one writer, so each id names the lane by who writes it and who reads it, or by its
/// kind where several read it: the names that lowering gives.
///
/// ```
/// use byteor_pipeline_spec::{LaneGraphBuilder, MergePolicy, OnFull};
///
/// let spec = LaneGraphBuilder::new()
///     .on_full(OnFull::Drop)
///     .fanout_broadcast("feed.fanout_broadcast", 2)
///     .events("errors.merge.all")
///     .events("warnings.merge.all")
///     .events("merge.all.all")
///     .ingress("feed", "feed.fanout_broadcast")
///     .stage("errors", "keep:error", "feed.fanout_broadcast", "errors.merge.all")
///     .stage("warnings", "keep:warning", "feed.fanout_broadcast", "warnings.merge.all")
///     .merge(
///         "merge.all",
///         &["errors.merge.all", "warnings.merge.all"],
///         "merge.all.all",
///         MergePolicy::Priority,
///     )
///     .egress("all", "merge.all.all")
///     .build()?;
/// # Ok::<(), byteor_pipeline_spec::InvalidSpec>(())
/// ```
///
/// What breaks a rule is refused, with a stable code and the KV path:
///
/// ```
/// use byteor_pipeline_spec::LaneGraphBuilder;
///
/// let refused = LaneGraphBuilder::new()
///     .events("in.copy")
///     .ingress("in", "in.copy")
///     .stage("copy", "identity", "in.copy", "copy.out")
///     .egress("out", "copy.out")
///     .build()
///     .unwrap_err();
/// assert_eq!(refused.problems[0].code, "E_SPEC_REFERENCE");
/// assert_eq!(refused.problems[0].path, "lane_graph.roles.0.tx");
/// ```
#[derive(Clone, Debug)]
pub struct LaneGraphBuilder {
    spec: LaneGraphSpec,
}

impl Default for LaneGraphBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl LaneGraphBuilder {
    /// No lane, endpoint or role yet; a full lane makes its writer wait.
    pub fn new() -> Self {
        Self {
            spec: LaneGraphSpec {
                on_full: OnFull::Block,
                lanes: Vec::new(),
                endpoints: Vec::new(),
                roles: Vec::new(),
            },
        }
    }

    /// What every lane does when it is full.
    pub fn on_full(mut self, on_full: OnFull) -> Self {
        self.spec.on_full = on_full;
        self
    }

    /// Adds a lane.
    pub fn lane(mut self, id: &str, channel: Channel) -> Self {
        self.spec.lanes.push(Lane {
            id: id.to_owned(),
            channel,
        });
        self
    }

    /// Adds an events lane: one writer, one reader.
    pub fn events(self, id: &str) -> Self {
        self.lane(id, Channel::Events)
    }

    /// Adds a journal: an append-only log for up to
    /// [`JOURNAL_MAX_READERS`](crate::JOURNAL_MAX_READERS) readers.
    pub fn journal(self, id: &str) -> Self {
        self.lane(id, Channel::Journal)
    }

    /// Adds a sequenced-slots lane of `capacity` entries, 1 to
    /// [`SEQUENCED_SLOTS_MAX_CAPACITY`](crate::SEQUENCED_SLOTS_MAX_CAPACITY).
    pub fn sequenced_slots(self, id: &str, capacity: u32) -> Self {
        self.lane(id, Channel::SequencedSlots { capacity })
    }

    /// Adds a fanout-broadcast lane for exactly `consumers` readers, 1 to
    /// [`FANOUT_MAX_CONSUMERS`](crate::FANOUT_MAX_CONSUMERS).
    pub fn fanout_broadcast(self, id: &str, consumers: u32) -> Self {
        self.lane(id, Channel::FanoutBroadcast { consumers })
    }

    /// Adds a place where records come in, and go into `lane`.
    pub fn ingress(self, id: &str, lane: &str) -> Self {
        self.endpoint(id, EndpointKind::Ingress, lane)
    }

    /// Adds a place where the records of `lane` leave.
    pub fn egress(self, id: &str, lane: &str) -> Self {
        self.endpoint(id, EndpointKind::Egress, lane)
    }

    fn endpoint(mut self, id: &str, kind: EndpointKind, lane: &str) -> Self {
        self.spec.endpoints.push(Endpoint {
            id: id.to_owned(),
            kind,
            lane: lane.to_owned(),
        });
        self
    }

    /// Adds a stage that reads the lane `rx` and writes the lane `tx`.
    pub fn stage(self, id: &str, key: &str, rx: &str, tx: &str) -> Self {
        self.role(
            id,
            RoleWork::Stage {
                op: StageOp::from_key(key),
                rx: rx.to_owned(),
                tx: tx.to_owned(),
            },
        )
    }

    /// Adds a bridge, which carries records from a lane of one kind to a lane of another.
    pub fn bridge(self, id: &str, rx: &str, tx: &str) -> Self {
        self.role(
            id,
            RoleWork::Bridge {
                rx: rx.to_owned(),
                tx: tx.to_owned(),
            },
        )
    }

    /// Adds a router, which carries each record to every lane of `tx`, at least two.
    pub fn router(self, id: &str, rx: &str, tx: &[&str]) -> Self {
        self.role(
            id,
            RoleWork::Router {
                rx: rx.to_owned(),
                tx: owned(tx),
            },
        )
    }

    /// Adds a merge of the lanes `rx`, at least two, into `tx`. Under
    /// [`MergePolicy::Priority`] the order of `rx` is the order of their priority.
    pub fn merge(self, id: &str, rx: &[&str], tx: &str, policy: MergePolicy) -> Self {
        self.role(
            id,
            RoleWork::Merge {
                rx: owned(rx),
                tx: tx.to_owned(),
                policy,
            },
        )
    }

    fn role(mut self, id: &str, work: RoleWork) -> Self {
        self.spec.roles.push(Role {
            id: id.to_owned(),
            work,
        });
        self
    }

    /// The spec in its canonical order, if it keeps every rule of
    /// [`validate_v1`](crate::validate_v1).
    ///
    /// The paths of problems count lanes, endpoints and roles in canonical order, as the KV text
    /// does.
    pub fn build(self) -> Result<PipelineSpecV1, InvalidSpec> {
        super::checked(canonical(&PipelineSpecV1::LaneGraph(self.spec)))
    }
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|&id| id.to_owned()).collect()
}
