//! Lowering of each target.

use byteor_pipeline_spec::{CollectOrdered, sort_list};
use std::collections::BTreeMap;

use byteor_pipeline_plan::{LaneGraphPlan, LaneIntent, PipelinePlanV2, SingleRingPlan};
use byteor_pipeline_spec::{
    Channel, Endpoint, EndpointKind, ExecutionTarget, Lane, LaneGraphSpec, LaneKind,
    PipelineSpecV1, RingStage, Role, RoleWork, SEQUENCED_SLOTS_MAX_CAPACITY, SingleRingSpec,
    StageOp,
};

use crate::ElementMap;

/// Settings of lowering that don't belong to a plan. There are none yet.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct LowerOptions {}

/// What lowering did, or can't do. It knows ids, not places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoweringDiagnostic {
    /// Stable code: `E_LOWER_…`, or `A_…` for an action.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Named parts of the message.
    pub args: BTreeMap<&'static str, String>,
    /// Ids of stages and boundaries, and `a->b` for connections; the first says where.
    pub elements: Vec<String>,
}

/// A spec, and how the plan became it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// The spec, canonical.
    pub spec: PipelineSpecV1,
    /// One for each action.
    pub actions: Vec<LoweringDiagnostic>,
    /// Where each element stands.
    pub map: Vec<ElementMap>,
}

/// Lowers a plan that `validate_plan_v2` gave.
pub fn lower_v2(
    plan: &PipelinePlanV2,
    target: ExecutionTarget,
    _options: LowerOptions,
) -> Result<Lowered, Vec<LoweringDiagnostic>> {
    match (plan, target) {
        (PipelinePlanV2::SingleRing(plan), ExecutionTarget::SingleRing) => Ok(ring(plan)),
        (PipelinePlanV2::LaneGraph(plan), ExecutionTarget::LaneGraph) => graph(plan),
        _ => Err(vec![LoweringDiagnostic {
            code: "E_LOWER_TARGET",
            message: format!(
                "The plan was validated for {}, not for {}",
                plan.target().name(),
                target.name()
            ),
            help: Some("Validate it for the target that it is lowered to".to_owned()),
            args: BTreeMap::new(),
            elements: Vec::new(),
        }]),
    }
}

fn paths(element: impl Into<String>, spec_paths: Vec<String>) -> ElementMap {
    ElementMap {
        element: element.into(),
        spec_paths,
    }
}

fn ring(plan: &SingleRingPlan) -> Lowered {
    let place: BTreeMap<&str, u32> = plan
        .stages
        .iter()
        .enumerate()
        .map(|(at, stage)| (stage.id.as_str(), at as u32))
        .collect_map();
    let mut map = Vec::new();
    let mut stages = Vec::new();
    for (at, stage) in plan.stages.iter().enumerate() {
        let mut depends_on: Vec<u32> = stage
            .depends_on
            .iter()
            .filter_map(|id| place.get(id.as_str()).copied())
            .collect();
        sort_list(&mut depends_on, |a, b| a.cmp(b));
        depends_on.dedup();
        let prefix = format!("single_ring.stages.{at}");
        for (index, &before) in depends_on.iter().enumerate() {
            map.push(paths(
                format!("{}->{}", plan.stages[before as usize].id, stage.id),
                vec![format!("{prefix}.depends_on.{index}")],
            ));
        }
        if depends_on.is_empty() {
            map.push(paths(
                format!("{}->{}", plan.ingress, stage.id),
                vec![prefix.clone()],
            ));
        }
        map.push(paths(stage.id.clone(), vec![prefix]));
        stages.push(RingStage {
            id: stage.id.clone(),
            op: StageOp::from_key(&stage.key),
            depends_on,
        });
    }
    // The ring has no part of its own for a boundary: records come in at its producer, and leave
    // behind its last stage.
    map.push(paths(
        plan.ingress.clone(),
        vec!["single_ring.producer".to_owned()],
    ));
    if let Some(last) = plan.stages.len().checked_sub(1) {
        let path = format!("single_ring.stages.{last}");
        map.push(paths(plan.egress.clone(), vec![path.clone()]));
        map.push(paths(
            format!("{}->{}", plan.stages[last].id, plan.egress),
            vec![path],
        ));
    }
    sort_list(&mut map, |a, b| a.element.cmp(&b.element));
    let spec = PipelineSpecV1::SingleRing(SingleRingSpec {
        shards: plan.shards,
        producer: plan.producer,
        scheduling: plan.scheduling,
        ordering: plan.ordering,
        shard_key: plan.shard_key,
        stages,
    });
    Lowered {
        spec,
        actions: Vec::new(),
        map,
    }
}

/// Lanes of one element by lane id, with the connections that use each.
type Uses<'p> = BTreeMap<&'p str, BTreeMap<String, Vec<String>>>;

fn graph(plan: &LaneGraphPlan) -> Result<Lowered, Vec<LoweringDiagnostic>> {
    let mut problems = Vec::new();
    let kinds: BTreeMap<&str, EndpointKind> = plan
        .boundaries
        .iter()
        .map(|edge| (edge.id.as_str(), edge.kind))
        .collect_map();
    let mut lanes: BTreeMap<String, Channel> = BTreeMap::new();
    let mut readers: BTreeMap<String, u32> = BTreeMap::new();
    let mut writes: Uses<'_> = BTreeMap::new();
    let mut reads: Uses<'_> = BTreeMap::new();
    let mut lane_of: Vec<(String, String)> = Vec::new();
    for link in &plan.connections {
        let pair = format!("{}->{}", link.from, link.to);
        let policy = match (kinds.get(link.from.as_str()), kinds.get(link.to.as_str())) {
            (Some(_), _) => plan.ingress_lane,
            (_, Some(_)) => plan.egress_lane,
            _ => None,
        };
        if let (Some(intent), Some(policy)) = (link.intent, policy)
            && intent.kind != policy.kind
        {
            problems.push(needs(
                "E_LOWER_NEEDS_BRIDGE",
                format!(
                    "`{pair}` asks for {}, and the block lane_graph gives that boundary {}: this needs a bridge between the lanes, which can't be inserted yet",
                    intent.kind.name(),
                    policy.kind.name()
                ),
                format!("Let both say the same: change the arrow to `-[{}]->`, or the setting", policy.text()),
                vec![pair.clone(), link.from.clone(), link.to.clone()],
            ));
        }
        let intent = link
            .intent
            .or(policy)
            .unwrap_or(LaneIntent::of(LaneKind::Events));
        // Connections of one writer share a lane, but each with events has its own. The words of
        // the language are no ids, so the two forms of a lane's id never meet.
        let lane = match intent.kind {
            LaneKind::Events => format!("{}.{}", link.from, link.to),
            kind => format!("{}.{}", link.from, kind.name()),
        };
        *readers.entry(lane.clone()).or_default() += 1;
        lanes.entry(lane.clone()).or_insert(match intent.kind {
            LaneKind::Events => Channel::Events,
            LaneKind::Journal => Channel::Journal,
            LaneKind::SequencedSlots => Channel::SequencedSlots {
                capacity: intent.capacity.unwrap_or(SEQUENCED_SLOTS_MAX_CAPACITY),
            },
            // Counted below, when all connections are known.
            LaneKind::FanoutBroadcast => Channel::FanoutBroadcast { consumers: 0 },
        });
        writes
            .entry(&link.from)
            .or_default()
            .entry(lane.clone())
            .or_default()
            .push(link.to.clone());
        reads
            .entry(&link.to)
            .or_default()
            .entry(lane.clone())
            .or_default()
            .push(link.from.clone());
        lane_of.push((pair, lane));
    }
    for (id, channel) in &mut lanes {
        if let Channel::FanoutBroadcast { consumers } = channel {
            *consumers = readers.get(id).copied().unwrap_or(0);
        }
    }
    for (id, used) in &writes {
        if used.len() > 1 {
            let to: Vec<String> = used.values().flatten().cloned().collect();
            problems.push(needs(
                "E_LOWER_NEEDS_ROUTER",
                format!(
                    "`{id}` writes to {} lanes, for {}: this needs a router behind it, which can't be inserted yet",
                    used.len(),
                    to.join(", ")
                ),
                "Connect one stage, or give all its connections the intent fanout_broadcast, so that they share one lane".to_owned(),
                std::iter::once((*id).to_owned())
                    .chain(to.iter().map(|to| format!("{id}->{to}")))
                    .collect(),
            ));
        }
    }
    for (id, used) in &reads {
        if used.len() > 1 {
            let from: Vec<String> = used.values().flatten().cloned().collect();
            problems.push(needs(
                "E_LOWER_NEEDS_MERGE",
                format!(
                    "`{id}` reads from {} lanes, of {}: this needs a merge in front of it, which can't be inserted yet",
                    used.len(),
                    from.join(", ")
                ),
                "Connect it to one stage only, or run the stages one after the other".to_owned(),
                std::iter::once((*id).to_owned())
                    .chain(from.iter().map(|from| format!("{from}->{id}")))
                    .collect(),
            ));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }

    let only = |uses: &Uses<'_>, id: &str| -> Option<String> {
        uses.get(id).and_then(|used| used.keys().next()).cloned()
    };
    let mut endpoints = Vec::new();
    for edge in &plan.boundaries {
        let side = if edge.kind == EndpointKind::Ingress {
            &writes
        } else {
            &reads
        };
        if let Some(lane) = only(side, &edge.id) {
            endpoints.push(Endpoint {
                id: edge.id.clone(),
                kind: edge.kind,
                lane,
            });
        }
    }
    let mut roles = Vec::new();
    for (id, key) in &plan.stages {
        if let (Some(rx), Some(tx)) = (only(&reads, id), only(&writes, id)) {
            let op = StageOp::from_key(key);
            roles.push(Role {
                id: id.clone(),
                work: RoleWork::Stage { op, rx, tx },
            });
        }
    }
    sort_list(&mut endpoints, |a, b| a.id.cmp(&b.id));
    sort_list(&mut roles, |a, b| a.id.cmp(&b.id));
    let place: BTreeMap<&str, usize> = lanes
        .keys()
        .enumerate()
        .map(|(at, id)| (id.as_str(), at))
        .collect_map();
    let mut map: Vec<ElementMap> = Vec::new();
    for (at, endpoint) in endpoints.iter().enumerate() {
        map.push(paths(
            endpoint.id.clone(),
            vec![format!("lane_graph.endpoints.{at}")],
        ));
    }
    for (at, role) in roles.iter().enumerate() {
        map.push(paths(
            role.id.clone(),
            vec![format!("lane_graph.roles.{at}")],
        ));
    }
    for (pair, lane) in &lane_of {
        if let Some(at) = place.get(lane.as_str()) {
            map.push(paths(pair.clone(), vec![format!("lane_graph.lanes.{at}")]));
        }
    }
    sort_list(&mut map, |a, b| a.element.cmp(&b.element));
    let mut actions = Vec::new();
    for (id, channel) in &lanes {
        if readers.get(id).copied().unwrap_or(0) > 1 {
            let elements: Vec<String> = lane_of
                .iter()
                .filter(|(_, lane)| lane == id)
                .map(|(pair, _)| pair.clone())
                .collect();
            let mut args = BTreeMap::new();
            args.insert("lane", id.clone());
            args.insert("readers", elements.len().to_string());
            actions.push(LoweringDiagnostic {
                code: "A_LANE_SHARED",
                message: format!(
                    "{} connections share the lane `{id}` of kind {}",
                    elements.len(),
                    channel.kind().name()
                ),
                help: None,
                args,
                elements,
            });
        }
    }
    let spec = PipelineSpecV1::LaneGraph(LaneGraphSpec {
        on_full: plan.on_full,
        lanes: lanes
            .into_iter()
            .map(|(id, channel)| Lane { id, channel })
            .collect(),
        endpoints,
        roles,
    });
    Ok(Lowered { spec, actions, map })
}

fn needs(
    code: &'static str,
    message: String,
    help: String,
    elements: Vec<String>,
) -> LoweringDiagnostic {
    let mut args = BTreeMap::new();
    args.insert("element", elements.first().cloned().unwrap_or_default());
    LoweringDiagnostic {
        code,
        message,
        help: Some(help),
        args,
        elements,
    }
}
