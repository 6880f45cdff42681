//! From a spec to nodes and lanes.

use std::collections::{HashMap, VecDeque};

use byteor_pipeline_catalogue::parse_key;
use byteor_pipeline_spec::{
    Channel, EndpointKind, LaneGraphSpec, OnFull, PipelineSpecV1, RoleWork, SingleRingSpec,
    StageOp, validate_v1,
};
use byteor_pipeline_stages::{BuildError, NoSecrets, Secrets, Stage, build, build_with};

use crate::choices::Choices;
use crate::error::StepError;
use crate::lane::{Lane, RING_CAPACITY, Replay, Store};
use crate::node::{Counters, Node, NodeKind, Rx, Work};

/// The largest record that any class of slots has room for.
pub(crate) const RECORD_BYTES_MAX: usize = 16_384;

/// How to step.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which schedule: 0 goes round the nodes in the order that records flow, any other number
    /// shuffles the turns. The same seed gives the same steps.
    pub seed: u64,
    /// The largest record, in bytes, 1 to 16,384; 256 unless said, as the v1 slot.
    pub record_bytes: usize,
    /// Lanes hold at most so many records, where their own capacity is larger: to see what a full
    /// lane does without a thousand records.
    pub capacity: Option<u32>,
    /// What another run chose; without it, lanes and merges decide for themselves.
    pub choices: Option<Choices>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 0,
            record_bytes: 256,
            capacity: None,
            choices: None,
        }
    }
}

/// Where stages come from. Keys whose family acts on the outside never get here.
pub trait BuildStage {
    /// A fresh stage of the key.
    fn build(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, BuildError>;
}

/// The stages of the catalogue, with the secrets that their keys name.
#[derive(Clone, Copy)]
pub struct Stages<'s>(pub &'s dyn Secrets);

impl Default for Stages<'_> {
    fn default() -> Self {
        Self(&NoSecrets)
    }
}

impl BuildStage for Stages<'_> {
    fn build(&self, _: &str, key: &str) -> Result<Box<dyn Stage>, BuildError> {
        build_with(key, self.0)
    }
}

impl<F> BuildStage for F
where
    F: Fn(&str, &str) -> Result<Box<dyn Stage>, BuildError>,
{
    fn build(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, BuildError> {
        self(id, key)
    }
}

/// Nodes in the order that records flow, and lanes.
pub(crate) struct Built {
    pub nodes: Vec<Node>,
    pub lanes: Vec<Lane>,
    pub ingresses: Vec<String>,
}

pub(crate) fn build_spec(
    spec: &PipelineSpecV1,
    stages: &dyn BuildStage,
    options: &Options,
) -> Result<Built, StepError> {
    if let Some(problem) = validate_v1(spec).into_iter().next() {
        return Err(StepError::new(problem.code, problem.to_string()));
    }
    if !(1..=RECORD_BYTES_MAX).contains(&options.record_bytes) || options.capacity == Some(0) {
        return Err(StepError::new(
            "E_STEP_OPTIONS",
            "a record has 1 to 16384 bytes, and a lane room for at least one; ask for that",
        ));
    }
    match spec {
        PipelineSpecV1::SingleRing(ring) => build_ring(ring, stages, options),
        PipelineSpecV1::LaneGraph(graph) => build_graph(graph, stages, options),
    }
}

/// The stage, and what it would do if it acts on the outside.
fn stage_of(
    id: &str,
    op: &StageOp,
    stages: &dyn BuildStage,
) -> Result<(Box<dyn Stage>, Option<String>), StepError> {
    let key = op.key();
    let outside = parse_key(key).is_ok_and(|key| key.family.capability.is_some());
    let built = if outside {
        build("identity")
    } else {
        stages.build(id, key)
    };
    let stage = built.map_err(|error| StepError::new(error.code, error.message).at(id))?;
    Ok((stage, outside.then(|| key.to_owned())))
}

fn node(id: &str, kind: NodeKind, work: Work) -> Node {
    Node {
        id: id.to_owned(),
        kind,
        shard: 0,
        key: None,
        acts: None,
        work,
        held: VecDeque::new(),
        ended: false,
        dead: false,
        counters: Counters::default(),
    }
}

fn build_ring(
    ring: &SingleRingSpec,
    stages: &dyn BuildStage,
    options: &Options,
) -> Result<Built, StepError> {
    let mut nodes = vec![node(
        "ingress",
        NodeKind::Ingress,
        Work::RingIngress {
            key: ring.shard_key,
            shards: ring.shards,
        },
    )];
    let mut lanes = Vec::new();
    let unordered = unordered(ring);
    for shard in 0..ring.shards {
        let mut lane = Lane::new(
            &format!("ring.{shard}"),
            Channel::SequencedSlots {
                capacity: RING_CAPACITY,
            },
            false,
            options.capacity,
        );
        lane.ring = true;
        for (index, stage) in ring.stages.iter().enumerate() {
            let (built, acts) = stage_of(&stage.id, &stage.op, stages)?;
            if built.gives_many() {
                let message = "the stage gives several records for one, and a ring has one slot \
                               for each; lower the plan for lane_graph";
                return Err(StepError::new("E_STEP_UNSUPPORTED", message).at(&stage.id));
            }
            let rx = Rx {
                lane: shard as usize,
                reader: lane.add_reader(),
            };
            let work = Work::RingStage {
                stage: built,
                rx,
                depends_on: stage.depends_on.clone(),
                unordered: unordered[index],
                last: index + 1 == ring.stages.len(),
            };
            nodes.push(Node {
                shard,
                key: Some(stage.op.key().to_owned()),
                acts,
                ..node(&stage.id, NodeKind::Stage, work)
            });
        }
        lanes.push(lane);
    }
    Ok(Built {
        nodes,
        lanes,
        ingresses: vec!["ingress".to_owned()],
    })
}

/// Which stages have another one that comes neither before nor after.
fn unordered(ring: &SingleRingSpec) -> Vec<bool> {
    let count = ring.stages.len();
    // Dependencies point backwards (validate_v1), so one pass closes over them.
    let mut before: Vec<Vec<usize>> = Vec::with_capacity(count);
    for stage in &ring.stages {
        let mut all = Vec::new();
        for &direct in &stage.depends_on {
            all.push(direct as usize);
            all.extend(&before[direct as usize]);
        }
        before.push(all);
    }
    let ordered = |a: usize, b: usize| before[b].contains(&a);
    (0..count)
        .map(|a| (0..count).any(|b| a != b && !ordered(a, b) && !ordered(b, a)))
        .collect()
}

fn build_graph(
    graph: &LaneGraphSpec,
    stages: &dyn BuildStage,
    options: &Options,
) -> Result<Built, StepError> {
    let drops = graph.on_full == OnFull::Drop;
    let mut lanes: Vec<Lane> = graph
        .lanes
        .iter()
        .map(|lane| Lane::new(&lane.id, lane.channel, drops, options.capacity))
        .collect();
    let places: HashMap<&str, usize> = graph
        .lanes
        .iter()
        .enumerate()
        .map(|(place, lane)| (lane.id.as_str(), place))
        .collect();
    let place = |id: &String| {
        places
            .get(id.as_str())
            .copied()
            .ok_or_else(|| StepError::new("E_SPEC_REFERENCE", format!("there is no lane `{id}`")))
    };
    let mut read = |id: &String| -> Result<Rx, StepError> {
        let lane = place(id)?;
        let reader = lanes[lane].add_reader();
        Ok(Rx { lane, reader })
    };
    let mut nodes = Vec::with_capacity(graph.roles.len() + graph.endpoints.len());
    let mut ingresses = Vec::new();
    for role in &graph.roles {
        nodes.push(match &role.work {
            RoleWork::Stage { op, rx, tx } => {
                let (stage, acts) = stage_of(&role.id, op, stages)?;
                let (rx, tx) = (read(rx)?, place(tx)?);
                Node {
                    key: Some(op.key().to_owned()),
                    acts,
                    ..node(&role.id, NodeKind::Stage, Work::Stage { stage, rx, tx })
                }
            }
            RoleWork::Bridge { rx, tx } => {
                let (rx, tx) = (read(rx)?, vec![place(tx)?]);
                node(&role.id, NodeKind::Bridge, Work::Carry { rx, tx })
            }
            RoleWork::Router { rx, tx } => {
                let (rx, tx) = (read(rx)?, tx.iter().map(place).collect::<Result<_, _>>()?);
                node(&role.id, NodeKind::Router, Work::Carry { rx, tx })
            }
            RoleWork::Merge { rx, tx, policy } => {
                let replay = options
                    .choices
                    .as_ref()
                    .and_then(|choices| choices.merges.get(&role.id))
                    .cloned()
                    .unwrap_or_default();
                if replay.iter().any(|input| *input as usize >= rx.len()) {
                    let message = "a recorded choice names an input that the merge doesn't have; \
                                   give the choices of a run of this spec";
                    return Err(StepError::new("E_STEP_CHOICE", message).at(&role.id));
                }
                let work = Work::Merge {
                    rx: rx.iter().map(&mut read).collect::<Result<_, _>>()?,
                    tx: place(tx)?,
                    policy: *policy,
                    next: 0,
                    replay: replay.iter().copied().collect(),
                    recorded: replay,
                };
                node(&role.id, NodeKind::Merge, work)
            }
        });
    }
    for endpoint in &graph.endpoints {
        nodes.push(match endpoint.kind {
            EndpointKind::Ingress => {
                ingresses.push(endpoint.id.clone());
                let (index, tx) = (ingresses.len() - 1, place(&endpoint.lane)?);
                node(&endpoint.id, NodeKind::Ingress, Work::Ingress { index, tx })
            }
            EndpointKind::Egress => {
                let rx = read(&endpoint.lane)?;
                node(&endpoint.id, NodeKind::Egress, Work::Egress { rx })
            }
        });
    }
    if let Some(choices) = &options.choices {
        check_choices(choices, &places, &lanes, &nodes)?;
        for lane in &mut lanes {
            lane.replay = Some(replay_of(lane, choices));
        }
    }
    Ok(Built {
        nodes: along_the_flow(nodes, graph),
        lanes,
        ingresses,
    })
}

/// Choices that no run of the spec makes are refused: they would never come to their turn.
fn check_choices(
    choices: &Choices,
    places: &HashMap<&str, usize>,
    lanes: &[Lane],
    nodes: &[Node],
) -> Result<(), StepError> {
    let refused = |id: &str| {
        let message = "a recorded choice is none that a run of this spec makes; give the choices \
                       of one";
        StepError::new("E_STEP_CHOICE", message).at(id)
    };
    let lane = |id: &String| places.get(id.as_str()).map(|place| &lanes[*place]);
    for id in choices.merges.keys() {
        let merge = |node: &Node| node.kind == NodeKind::Merge && node.id == *id;
        nodes
            .iter()
            .find(|node| merge(node))
            .ok_or_else(|| refused(id))?;
    }
    for (id, discards) in &choices.discards {
        let lane = lane(id).ok_or_else(|| refused(id))?;
        let increasing = discards.is_sorted_by(|a, b| a.write < b.write);
        let possible = |missed: u8| match lane.store {
            Store::Shared(_) => missed == lane.all_readers(),
            Store::Each(_) => missed != 0 && missed & !lane.all_readers() == 0,
        };
        let all_possible = discards.iter().all(|discard| possible(discard.missed));
        if lane.journal.is_some() || !increasing || !all_possible {
            return Err(refused(id));
        }
    }
    for (id, readers) in &choices.losses {
        let lane = lane(id).ok_or_else(|| refused(id))?;
        let increasing = |losses: &Vec<u64>| losses.is_sorted_by(|a, b| a < b);
        if lane.journal.is_none()
            || readers.len() != lane.missed.len()
            || !readers.iter().all(increasing)
        {
            return Err(refused(id));
        }
    }
    Ok(())
}

fn replay_of(lane: &Lane, choices: &Choices) -> Replay {
    let losses = choices.losses.get(&lane.id);
    let discards = choices.discards.get(&lane.id).cloned();
    let losses = (0..lane.missed.len())
        .map(|reader| losses.and_then(|readers| readers.get(reader)))
        .map(|losses| losses.cloned().unwrap_or_default())
        .collect();
    Replay::new(discards.unwrap_or_default(), losses)
}

/// The nodes with each writer before its readers; ingresses first, and otherwise as in the spec.
fn along_the_flow(nodes: Vec<Node>, graph: &LaneGraphSpec) -> Vec<Node> {
    let mut reads_lane = vec![Vec::new(); graph.lanes.len()];
    let mut waits = vec![0_usize; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        for rx in node.work.rx() {
            reads_lane[rx.lane].push(at);
            waits[at] += 1;
        }
    }
    let mut ready: VecDeque<usize> = (0..nodes.len()).filter(|at| waits[*at] == 0).collect();
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(at) = ready.pop_front() {
        let Some(node) = nodes[at].take() else {
            continue;
        };
        for &lane in node.work.tx() {
            for &reader in &reads_lane[lane] {
                waits[reader] -= 1;
                if waits[reader] == 0 {
                    ready.push_back(reader);
                }
            }
        }
        ordered.push(node);
    }
    // validate_v1 refuses circles, so nothing is left; were it otherwise, it would still take turns.
    ordered.extend(nodes.into_iter().flatten());
    ordered
}
