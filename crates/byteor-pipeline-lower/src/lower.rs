//! Lowering of each target.

use byteor_json::Args;
use byteor_pipeline_spec::{CollectOrdered, OrderedMap, sort_list};

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
    pub args: Args,
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
            args: Args::new(),
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
    let place: OrderedMap<&str, u32> = plan
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

/// What the connections of one element have in common: the numbers of links, by element and lane.
struct Side<'p> {
    links: Vec<usize>,
    id: &'p dyn Fn(usize) -> &'p str,
    lane: &'p [usize],
}

impl Side<'_> {
    fn new<'p>(id: &'p dyn Fn(usize) -> &'p str, lane: &'p [usize]) -> Side<'p> {
        let mut links: Vec<usize> = (0..lane.len()).collect();
        sort_list(&mut links, |&a, &b| {
            id(a).cmp(id(b)).then_with(|| lane[a].cmp(&lane[b]))
        });
        Side { links, id, lane }
    }

    /// The first lane of an element.
    fn lane_of(&self, id: &str) -> Option<usize> {
        let at = self.links.partition_point(|&link| (self.id)(link) < id);
        let link = *self.links.get(at)?;
        ((self.id)(link) == id).then(|| self.lane[link])
    }

    /// For each element with several lanes: its links by lane, and how many lanes they are.
    fn crowded(&self, mut each: impl FnMut(&[usize], usize)) {
        for links in self.links.chunk_by(|&a, &b| (self.id)(a) == (self.id)(b)) {
            let lanes = links
                .chunk_by(|&a, &b| self.lane[a] == self.lane[b])
                .count();
            if lanes > 1 {
                each(links, lanes);
            }
        }
    }
}

fn graph(plan: &LaneGraphPlan) -> Result<Lowered, Vec<LoweringDiagnostic>> {
    let mut problems = Vec::new();
    let kinds: OrderedMap<&str, EndpointKind> = plan
        .boundaries
        .iter()
        .map(|edge| (edge.id.as_str(), edge.kind))
        .collect_map();
    let connections = &plan.connections;
    // The lane of each connection, by its id.
    let mut names: Vec<(String, Channel)> = Vec::with_capacity(connections.len());
    for link in connections {
        let policy = match (kinds.get(link.from.as_str()), kinds.get(link.to.as_str())) {
            (Some(_), _) => plan.ingress_lane,
            (_, Some(_)) => plan.egress_lane,
            _ => None,
        };
        if let (Some(intent), Some(policy)) = (link.intent, policy)
            && intent.kind != policy.kind
        {
            let pair = format!("{}->{}", link.from, link.to);
            problems.push(needs(
                "E_LOWER_NEEDS_BRIDGE",
                format!(
                    "`{pair}` asks for {}, and the block lane_graph gives that boundary {}: this needs a bridge between the lanes, which can't be inserted yet",
                    intent.kind.name(),
                    policy.kind.name()
                ),
                format!("Let both say the same: change the arrow to `-[{}]->`, or the setting", policy.text()),
                vec![pair, link.from.clone(), link.to.clone()],
            ));
        }
        let intent = link
            .intent
            .or(policy)
            .unwrap_or(LaneIntent::of(LaneKind::Events));
        // Connections of one writer share a lane, but each with events has its own. The words of
        // the language are no ids, so the two forms of a lane's id never meet.
        let end = match intent.kind {
            LaneKind::Events => link.to.as_str(),
            kind => kind.name(),
        };
        let channel = match intent.kind {
            LaneKind::Events => Channel::Events,
            LaneKind::Journal => Channel::Journal,
            LaneKind::SequencedSlots => Channel::SequencedSlots {
                capacity: intent.capacity.unwrap_or(SEQUENCED_SLOTS_MAX_CAPACITY),
            },
            // Counted below, when all connections are known.
            LaneKind::FanoutBroadcast => Channel::FanoutBroadcast { consumers: 0 },
        };
        names.push((join(&link.from, ".", end), channel));
    }
    // The lanes by id, and for each connection the number of its lane. Of several connections with
    // one lane, the first says what kind it is.
    let mut order: Vec<usize> = (0..names.len()).collect();
    sort_list(&mut order, |&a, &b| names[a].0.cmp(&names[b].0));
    let mut lane = vec![0; names.len()];
    let mut lanes: Vec<Lane> = Vec::with_capacity(names.len());
    let mut shared: Vec<(usize, &[usize])> = Vec::new();
    for links in order.chunk_by(|&a, &b| names[a].0 == names[b].0) {
        for &link in links {
            lane[link] = lanes.len();
        }
        if links.len() > 1 {
            shared.push((lanes.len(), links));
        }
        let (id, mut channel) = (&names[links[0]].0, names[links[0]].1);
        if let Channel::FanoutBroadcast { consumers } = &mut channel {
            *consumers = links.len() as u32;
        }
        lanes.push(Lane {
            id: id.clone(),
            channel,
        });
    }
    let from = |link: usize| connections[link].from.as_str();
    let to = |link: usize| connections[link].to.as_str();
    let writes = Side::new(&from, &lane);
    let reads = Side::new(&to, &lane);
    writes.crowded(|links, lanes| {
        let id = from(links[0]);
        let to: Vec<&str> = links.iter().map(|&link| to(link)).collect();
        problems.push(needs(
            "E_LOWER_NEEDS_ROUTER",
            format!(
                "`{id}` writes to {lanes} lanes, for {}: this needs a router behind it, which can't be inserted yet",
                to.join(", ")
            ),
            "Connect one stage, or give all its connections the intent fanout_broadcast, so that they share one lane".to_owned(),
            std::iter::once(id.to_owned())
                .chain(to.iter().map(|to| join(id, "->", to)))
                .collect(),
        ));
    });
    reads.crowded(|links, lanes| {
        let id = to(links[0]);
        let from: Vec<&str> = links.iter().map(|&link| from(link)).collect();
        problems.push(needs(
            "E_LOWER_NEEDS_MERGE",
            format!(
                "`{id}` reads from {lanes} lanes, of {}: this needs a merge in front of it, which can't be inserted yet",
                from.join(", ")
            ),
            "Connect it to one stage only, or run the stages one after the other".to_owned(),
            std::iter::once(id.to_owned())
                .chain(from.iter().map(|from| join(from, "->", id)))
                .collect(),
        ));
    });
    if !problems.is_empty() {
        return Err(problems);
    }

    let mut map: Vec<ElementMap> =
        Vec::with_capacity(plan.boundaries.len() + plan.stages.len() + connections.len());
    let mut endpoints = Vec::with_capacity(plan.boundaries.len());
    for edge in &plan.boundaries {
        let side = if edge.kind == EndpointKind::Ingress {
            &writes
        } else {
            &reads
        };
        if let Some(at) = side.lane_of(&edge.id) {
            endpoints.push(Endpoint {
                id: edge.id.clone(),
                kind: edge.kind,
                lane: lanes[at].id.clone(),
            });
        }
    }
    let mut roles = Vec::with_capacity(plan.stages.len());
    for (id, key) in &plan.stages {
        if let (Some(rx), Some(tx)) = (reads.lane_of(id), writes.lane_of(id)) {
            roles.push(Role {
                id: id.clone(),
                work: RoleWork::Stage {
                    op: StageOp::from_key(key),
                    rx: lanes[rx].id.clone(),
                    tx: lanes[tx].id.clone(),
                },
            });
        }
    }
    sort_list(&mut endpoints, |a, b| a.id.cmp(&b.id));
    sort_list(&mut roles, |a, b| a.id.cmp(&b.id));
    for (at, endpoint) in endpoints.iter().enumerate() {
        map.push(paths(
            endpoint.id.clone(),
            vec![numbered("lane_graph.endpoints.", at)],
        ));
    }
    for (at, role) in roles.iter().enumerate() {
        map.push(paths(
            role.id.clone(),
            vec![numbered("lane_graph.roles.", at)],
        ));
    }
    let pair = |link: usize| join(from(link), "->", to(link));
    for (link, &at) in lane.iter().enumerate() {
        map.push(paths(pair(link), vec![numbered("lane_graph.lanes.", at)]));
    }
    sort_list(&mut map, |a, b| a.element.cmp(&b.element));
    let mut actions = Vec::new();
    for (at, links) in shared {
        let elements: Vec<String> = links.iter().map(|&link| pair(link)).collect();
        let mut args = Args::new();
        args.insert("lane", lanes[at].id.clone());
        args.insert("readers", elements.len().to_string());
        actions.push(LoweringDiagnostic {
            code: "A_LANE_SHARED",
            message: format!(
                "{} connections share the lane `{}` of kind {}",
                elements.len(),
                lanes[at].id,
                lanes[at].channel.kind().name()
            ),
            help: None,
            args,
            elements,
        });
    }
    let spec = PipelineSpecV1::LaneGraph(LaneGraphSpec {
        on_full: plan.on_full,
        lanes,
        endpoints,
        roles,
    });
    Ok(Lowered { spec, actions, map })
}

fn join(a: &str, between: &str, b: &str) -> String {
    let mut text = String::with_capacity(a.len() + between.len() + b.len());
    text.push_str(a);
    text.push_str(between);
    text.push_str(b);
    text
}

/// A path prefix with an index.
fn numbered(prefix: &str, at: usize) -> String {
    join(prefix, "", &at.to_string())
}

fn needs(
    code: &'static str,
    message: String,
    help: String,
    elements: Vec<String>,
) -> LoweringDiagnostic {
    let mut args = Args::new();
    args.insert("element", elements.first().cloned().unwrap_or_default());
    LoweringDiagnostic {
        code,
        message,
        help: Some(help),
        args,
        elements,
    }
}
