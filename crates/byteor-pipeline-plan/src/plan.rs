//! `PipelinePlanV2`: the plan of one target, without places. What lowering takes.

use byteor_pipeline_spec::{
    EndpointKind, ExecutionTarget, MergePolicy, OnFull, Ordering, Producer, Scheduling, ShardKey,
};
use serde::Serialize;

use crate::LaneIntent;

/// A valid plan, projected to one execution target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PipelinePlanV2<'d> {
    /// A dependency DAG.
    SingleRing(SingleRingPlan),
    /// A topology with lane intents.
    LaneGraph(LaneGraphPlan<'d>),
}

impl PipelinePlanV2<'_> {
    /// Which target the plan was projected to.
    pub fn target(&self) -> ExecutionTarget {
        match self {
            Self::SingleRing(_) => ExecutionTarget::SingleRing,
            Self::LaneGraph(_) => ExecutionTarget::LaneGraph,
        }
    }
}

/// A plan for a single ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SingleRingPlan {
    /// The pipeline's name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// The id of the one ingress.
    pub ingress: String,
    /// The id of the one egress.
    pub egress: String,
    /// The stages in topological order, ties decided by id.
    pub stages: Vec<RingPlanStage>,
    /// Parallel rings.
    pub shards: u32,
    /// Who publishes.
    pub producer: Producer,
    /// How stages get threads.
    pub scheduling: Scheduling,
    /// What order records keep.
    pub ordering: Ordering,
    /// Which bytes choose a shard.
    pub shard_key: Option<ShardKey>,
}

/// A stage of a single ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RingPlanStage {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// Ids of the stages that it waits for, each earlier in the list.
    pub depends_on: Vec<String>,
    /// Whether the ingress connects to it.
    pub from_ingress: bool,
}

/// A plan for a lane graph. Ids and keys are those of the document; what names an element holds its
/// place in the list of elements, and places are in the order of the ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LaneGraphPlan<'d> {
    /// The pipeline's name.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// Boundaries and stages, by id.
    pub elements: Vec<PlanElement<'d>>,
    /// The connections, by their writers, then by their readers.
    pub connections: Vec<PlanLink>,
    /// The lane that each ingress writes; where there is none, the connection's intent decides.
    pub ingress_lane: Option<LaneIntent>,
    /// The lane that each egress reads; where there is none, the connection's intent decides.
    pub egress_lane: Option<LaneIntent>,
    /// What a full lane does.
    pub on_full: OnFull,
    /// How an element that reads several lanes takes records from them.
    pub merge: MergePolicy,
    /// The elements that take them in another way, by their ids.
    pub merges: Vec<PlanMerge>,
}

/// How one element takes records from the several lanes that it reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanMerge {
    /// The place of the stage or egress.
    pub element: u32,
    /// Which lane it reads next.
    pub policy: MergePolicy,
    /// Under `priority`: places of elements that it reads from, the first asked first. The others
    /// follow by id.
    pub first: Vec<u32>,
}

/// An element of a lane graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanElement<'d> {
    /// Its id.
    pub id: &'d str,
    /// What it is.
    pub part: PlanPart<'d>,
}

/// What an element of a lane graph is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanPart<'d> {
    /// A boundary, on this edge.
    Boundary(EndpointKind),
    /// A stage with this key.
    Stage(&'d str),
}

/// A connection of a lane graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PlanLink {
    /// The place of the element that records come from.
    pub from: u32,
    /// The place of the one that they go to.
    pub to: u32,
    /// What the author wants of the lane.
    pub intent: Option<LaneIntent>,
}
