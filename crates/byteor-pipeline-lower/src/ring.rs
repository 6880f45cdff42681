//! Lowering to a single ring: dependencies become barriers, nothing is inserted.

use byteor_pipeline_plan::SingleRingPlan;
use byteor_pipeline_spec::{PipelineSpecV1, RingStage, SingleRingSpec, StageOp};

use crate::lower::{LowerOptions, Lowered};
use crate::map::{ElementMap, MapList, MapPart};

pub(crate) fn lower(plan: &SingleRingPlan, options: LowerOptions) -> Lowered {
    // At most a handful of stages.
    let place = |id: &String| plan.stages.iter().position(|stage| stage.id == *id);
    let mut stages = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let mut depends_on: Vec<u32> = stage
            .depends_on
            .iter()
            .filter_map(|id| place(id).map(|at| at as u32))
            .collect();
        depends_on.sort();
        depends_on.dedup();
        stages.push(RingStage {
            id: stage.id.clone(),
            op: StageOp::from_key(&stage.key),
            depends_on,
        });
    }
    Lowered {
        map: if options.map {
            map(plan, &stages)
        } else {
            ElementMap::default()
        },
        actions: Vec::new(),
        spec: PipelineSpecV1::SingleRing(SingleRingSpec {
            shards: plan.shards,
            producer: plan.producer,
            scheduling: plan.scheduling,
            ordering: plan.ordering,
            shard_key: plan.shard_key,
            stages,
        }),
    }
}

/// The ring has no part of its own for a boundary: records come in at its sources, the stages that
/// the ingress connects to, and leave behind its last stage.
fn map(plan: &SingleRingPlan, stages: &[RingStage]) -> ElementMap {
    let mut parts = Vec::with_capacity(stages.len());
    let mut lists = Vec::new();
    for (at, stage) in stages.iter().enumerate() {
        let mut elements = vec![stage.id.clone()];
        if plan.stages[at].from_ingress {
            elements.push(plan.ingress.clone());
            elements.push(format!("{}->{}", plan.ingress, stage.id));
        }
        if at + 1 == stages.len() {
            elements.push(plan.egress.clone());
            elements.push(format!("{}->{}", stage.id, plan.egress));
        }
        parts.push(MapPart {
            id: stage.id.clone(),
            kind: None,
            elements,
        });
        if !stage.depends_on.is_empty() {
            lists.push(MapList {
                path: format!("single_ring.stages.{at}.depends_on"),
                parts: stage
                    .depends_on
                    .iter()
                    .map(|&before| {
                        let before = &stages[before as usize].id;
                        MapPart {
                            id: before.clone(),
                            kind: None,
                            elements: vec![format!("{before}->{}", stage.id)],
                        }
                    })
                    .collect(),
            });
        }
    }
    lists.insert(
        0,
        MapList {
            path: "single_ring.stages".to_owned(),
            parts,
        },
    );
    ElementMap { lists }
}
