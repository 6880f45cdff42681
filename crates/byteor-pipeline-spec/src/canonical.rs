//! The one order of everything whose order is free.
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::{PipelineSpecV1, RingStage, RoleWork, SingleRingSpec};

/// The same spec in canonical order: ring stages topologically with ties decided by id; lanes,
/// endpoints, roles and a router's outputs by id. A ring whose dependencies have no order (cyclic,
/// or out of range) keeps the order it has, for `validate_v1` to refuse.
pub fn canonical(spec: &PipelineSpecV1) -> PipelineSpecV1 {
    in_order(spec).into_owned()
}

/// The canonical form of a spec, without a copy where the spec has it already, as each has that
/// lowering gave. Every text of a spec starts from here.
pub(crate) fn in_order(spec: &PipelineSpecV1) -> Cow<'_, PipelineSpecV1> {
    let ordered = match spec {
        // At most a handful of stages.
        PipelineSpecV1::SingleRing(_) => false,
        PipelineSpecV1::LaneGraph(graph) => {
            graph.lanes.is_sorted_by(|a, b| a.id <= b.id)
                && graph.endpoints.is_sorted_by(|a, b| a.id <= b.id)
                && graph.roles.is_sorted_by(|a, b| a.id <= b.id)
                && graph.roles.iter().all(|role| match &role.work {
                    RoleWork::Router { tx: lanes, .. }
                    | RoleWork::Merge {
                        rx: lanes,
                        policy: crate::MergePolicy::RoundRobin,
                        ..
                    } => lanes.is_sorted(),
                    _ => true,
                })
        }
    };
    if ordered {
        Cow::Borrowed(spec)
    } else {
        Cow::Owned(ordered_copy(spec))
    }
}

fn ordered_copy(spec: &PipelineSpecV1) -> PipelineSpecV1 {
    let mut spec = spec.clone();
    match &mut spec {
        PipelineSpecV1::SingleRing(ring) => {
            if let Some(stages) = sorted_stages(ring) {
                ring.stages = stages;
            }
        }
        PipelineSpecV1::LaneGraph(graph) => {
            graph.lanes.sort_by(|a, b| a.id.cmp(&b.id));
            graph.endpoints.sort_by(|a, b| a.id.cmp(&b.id));
            graph.roles.sort_by(|a, b| a.id.cmp(&b.id));
            for role in &mut graph.roles {
                match &mut role.work {
                    RoleWork::Router { tx, .. } => tx.sort(),
                    // A round-robin merge starts anywhere; the order of a priority merge has meaning.
                    RoleWork::Merge {
                        rx,
                        policy: crate::MergePolicy::RoundRobin,
                        ..
                    } => rx.sort(),
                    _ => {}
                }
            }
        }
    }
    spec
}

fn sorted_stages(ring: &SingleRingSpec) -> Option<Vec<RingStage>> {
    let count = ring.stages.len();
    let mut waiting = vec![0usize; count];
    let mut followers = vec![Vec::new(); count];
    for (index, stage) in ring.stages.iter().enumerate() {
        for &dependency in &stage.depends_on {
            let dependency = usize::try_from(dependency).ok()?;
            followers.get_mut(dependency)?.push(index);
            waiting[index] += 1;
        }
    }
    let mut ready: BinaryHeap<Reverse<(&str, usize)>> = waiting
        .iter()
        .enumerate()
        .filter(|(_, open)| **open == 0)
        .map(|(index, _)| Reverse((ring.stages[index].id.as_str(), index)))
        .collect();
    let mut order = Vec::with_capacity(count);
    while let Some(Reverse((_, index))) = ready.pop() {
        order.push(index);
        for &follower in &followers[index] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                ready.push(Reverse((ring.stages[follower].id.as_str(), follower)));
            }
        }
    }
    if order.len() != count {
        return None;
    }
    let mut place = vec![0u32; count];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new as u32;
    }
    Some(
        order
            .iter()
            .map(|&old| {
                let stage = &ring.stages[old];
                let mut depends_on: Vec<u32> = stage
                    .depends_on
                    .iter()
                    .map(|&index| place[index as usize])
                    .collect();
                depends_on.sort();
                RingStage {
                    id: stage.id.clone(),
                    op: stage.op.clone(),
                    depends_on,
                }
            })
            .collect(),
    )
}
