//! What a run is made of.

use byteor_pipeline_step::{NodeKind, Stepper};
use serde::Serialize;

/// A node of a run; numbers about it come in the same order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct NodeShape {
    /// Its id in the spec; `ingress` for that of a ring.
    pub id: String,
    /// `ingress`, `stage`, `bridge`, `router`, `merge` or `egress`.
    #[cfg_attr(
        feature = "ts",
        ts(type = "\"ingress\" | \"stage\" | \"bridge\" | \"router\" | \"merge\" | \"egress\"")
    )]
    pub kind: &'static str,
    /// Which shard of a ring it belongs to.
    pub shard: u32,
    /// Whether records leave here.
    pub leaves: bool,
    /// The key of a stage that would act on the outside.
    pub acts: Option<String>,
    /// Indexes of the lanes that it reads.
    pub reads: Vec<u32>,
    /// Indexes of the lanes that it writes.
    pub writes: Vec<u32>,
}

/// A lane of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct LaneShape {
    /// Its id in the spec; `ring.N` for the ring of shard N.
    pub id: String,
    /// How many records it holds at most; null for a journal.
    pub capacity: Option<u32>,
}

/// What a run is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunShape {
    /// The nodes, each writer before its readers.
    pub nodes: Vec<NodeShape>,
    /// The lanes.
    pub lanes: Vec<LaneShape>,
    /// Ids of the ingresses.
    pub ingresses: Vec<String>,
    /// Whether the lanes are the rings of a SingleRing spec.
    pub ring: bool,
}

impl RunShape {
    /// That of a run.
    pub(super) fn of(stepper: &Stepper) -> Self {
        let lanes = stepper.lanes();
        Self {
            nodes: stepper
                .nodes()
                .iter()
                .map(|node| NodeShape {
                    id: node.id().to_owned(),
                    kind: name_of(node.kind()),
                    shard: node.shard(),
                    leaves: node.leaves(),
                    acts: node.would_act().map(str::to_owned),
                    reads: node.reads().map(|(lane, _)| lane).collect(),
                    writes: node.writes().iter().map(|lane| *lane as u32).collect(),
                })
                .collect(),
            ring: lanes.first().is_some_and(|lane| lane.ring()),
            lanes: lanes
                .iter()
                .map(|lane| LaneShape {
                    id: lane.id().to_owned(),
                    capacity: lane.capacity().map(|capacity| capacity as u32),
                })
                .collect(),
            ingresses: stepper.ingresses().to_vec(),
        }
    }
}

fn name_of(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Ingress => "ingress",
        NodeKind::Stage => "stage",
        NodeKind::Bridge => "bridge",
        NodeKind::Router => "router",
        NodeKind::Merge => "merge",
        NodeKind::Egress => "egress",
    }
}
