//! From a spec to lanes, ingresses and nodes, before any thread starts.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use byteor_pipeline_backings_shm::fresh_generation;
use byteor_pipeline_kernel::{GraphRegion, GraphShape, Stage, WaitKind};
use byteor_pipeline_spec::{
    Channel, EndpointKind, LaneGraphSpec, OnFull, PipelineSpecV1, RoleWork, validate_v1,
};

use super::COUNTERS_FILE;
use super::barriers::Barriers;
use super::ends::Ended;
use super::group::Group;
use super::ingress::Ingress;
use super::lanes::{LaneRx, LaneTx, Lanes, Place, Rules};
use super::node::{Cell, Node, Work};
use super::options::Options;
use super::parts::{Readers, between, parts, places, readers, records_in};
use super::plan::plan;
use super::regions::{capacity, ends};
use super::shared::{Name, Shared};
use super::sink::EgressSink;
use super::startable::{resolve, sinks_fit, supported};
use super::store::Store;
use super::wire::{groups, wire};
use crate::error::ExecError;
use crate::resolver::StageResolver;
use crate::single_ring::wait_word;
use crate::single_ring::wakes::Wakes;

/// The sinks of the egresses, by id.
pub(super) type Sinks = BTreeMap<String, Box<dyn EgressSink>>;

pub(super) struct Built {
    pub shared: Arc<Shared>,
    pub ingresses: Vec<Ingress>,
    /// By thread, in the order that records flow.
    pub threads: Vec<Vec<Group>>,
    pub store: Store,
}

/// A lane whose ends were not all given out yet.
struct Lane {
    tx: Option<LaneTx>,
    rx: VecDeque<LaneRx>,
}

pub(super) fn build(
    spec: &LaneGraphSpec,
    resolver: &dyn StageResolver,
    sinks: Sinks,
    options: &Options,
) -> Result<Built, ExecError> {
    let problems = validate_v1(&PipelineSpecV1::LaneGraph(spec.clone()));
    if !problems.is_empty() {
        return Err(ExecError::Spec(problems));
    }
    supported(spec)?;
    sinks_fit(spec, &sinks)?;
    let stages = resolve(spec, resolver, &options.base_states)?;
    let places = places(spec);
    let parts = parts(spec, &stages, &places);
    let readers = readers(spec, &parts);
    let blocks = spec.on_full == OnFull::Block;
    let plan = plan(
        &parts,
        &between(spec, options),
        options.workers.threads(parts.len()),
        blocks,
    );

    let mut store = Store::new(&options.lanes)?;
    let graph = counters(spec, options, &readers, &mut store)?;
    let ingresses = spec.endpoints.len() + spec.roles.len() - parts.len();
    let words = plan.threads.len() + ingresses;
    let sleeps = options.wait == WaitKind::Adaptive;
    let shared = Lanes {
        graph,
        ended: Arc::new(Ended::new(spec.lanes.len())),
        barriers: Arc::new(Barriers::new(
            spec.lanes.iter().map(|lane| lane.id.clone()).collect(),
            spec.roles.len() + spec.endpoints.len(),
        )),
        wakes: sleeps.then(|| Arc::new(Wakes::new(words, Vec::new()))),
    };
    let mut sources = HashMap::new();
    let mut lanes = Vec::with_capacity(spec.lanes.len());
    for (index, lane) in spec.lanes.iter().enumerate() {
        let place = Place {
            lane: index,
            first_reader: readers[index].first,
            readers: readers[index].count,
        };
        let rules = Rules {
            capacity: records_in(lane.channel, options),
            drops: !blocks,
            each: matches!(lane.channel, Channel::FanoutBroadcast { .. }) && !plan.shared[index],
            record: options.record_choices,
        };
        let base = options.base_counts.lane(&lane.id);
        let called = || (0..place.readers).map(|_| None).collect();
        let (tx, rx) = if plan.direct[index] {
            (Vec::new(), called())
        } else if plan.shared[index] {
            let alone = Place {
                readers: 1,
                ..place
            };
            let (tx, rx) = ends(lane.channel, alone, options.slots, &mut store)?;
            let rx = rx.into_iter();
            let source = rx.map(|end| LaneRx::new(place, 0, Some(end), base, &shared, rules));
            sources.extend(source.map(|source| (index, source)));
            (tx, called())
        } else {
            let (tx, rx) = ends(lane.channel, place, options.slots, &mut store)?;
            (tx, rx.into_iter().map(Some).collect::<Vec<_>>())
        };
        let rx = rx.into_iter().enumerate();
        lanes.push(Lane {
            tx: Some(LaneTx::new(place, rules, tx, base, &shared)),
            rx: rx
                .map(|(at, end)| LaneRx::new(place, at, end, base, &shared, rules))
                .collect(),
        });
    }

    let mut take = Ends { lanes, places };
    let mut nodes = nodes(spec, stages, sinks, options, &mut take)?;
    let mut writers = Vec::with_capacity(ingresses);
    for (index, endpoint) in spec.endpoints.iter().enumerate() {
        if endpoint.kind == EndpointKind::Ingress {
            let name = name(spec.roles.len() + index, &endpoint.id);
            writers.push((name, index, take.tx(&endpoint.lane)?));
        }
    }
    let into = writers.iter_mut().map(|(_, _, tx)| tx);
    wire(&plan, &mut nodes, into, blocks);
    let names = writers.iter().map(|(name, ..)| name);
    let along = plan.order.iter().map(|part| &nodes[*part].name);
    let names = names.chain(along).cloned().collect();
    let shared = Arc::new(Shared::new(
        shared,
        store.memories(),
        spec.lanes.iter().map(|lane| lane.id.clone()).collect(),
        names,
        options,
    ));
    nodes.iter().for_each(|node| node.count(&shared));
    let slot_bytes = options.slots.slot_bytes();
    let ingresses = writers.into_iter().zip(plan.threads.len()..);
    Ok(Built {
        ingresses: ingresses
            .map(|((name, endpoint, tx), word)| {
                let base = options.base_counts.endpoint(&name.id);
                let tx = (tx, word);
                Ingress::new(name, endpoint, slot_bytes, tx, base, &shared)
            })
            .collect(),
        threads: groups(plan.threads, nodes, sources, slot_bytes),
        shared,
        store,
    })
}

/// The region of the counters.
fn counters(
    spec: &LaneGraphSpec,
    options: &Options,
    readers: &[Readers],
    store: &mut Store,
) -> Result<GraphRegion, ExecError> {
    let shape = GraphShape {
        slot_bytes: options.slots.slot_bytes() as u32,
        lanes: spec
            .lanes
            .iter()
            .zip(readers)
            .map(|(lane, readers)| (capacity(lane.channel, options), readers.count))
            .collect(),
        roles: spec.roles.len(),
        endpoints: spec
            .endpoints
            .iter()
            .map(|endpoint| endpoint.kind == EndpointKind::Ingress)
            .collect(),
        tuning: [options.workers.kind().word(), wait_word(options.wait)],
    };
    let cells = shape.cells().map_err(ExecError::Region)?;
    let memory = store.memory(COUNTERS_FILE, cells.region_bytes())?;
    GraphRegion::init(memory, &shape, fresh_generation()).map_err(ExecError::Region)
}

/// The roles and egresses with their ends, in the order of the parts.
fn nodes(
    spec: &LaneGraphSpec,
    mut stages: VecDeque<Box<dyn Stage>>,
    mut sinks: Sinks,
    options: &Options,
    take: &mut Ends<'_>,
) -> Result<Vec<Node>, ExecError> {
    let slot_bytes = options.slots.slot_bytes();
    let base = &options.base_counts;
    let mut nodes = Vec::with_capacity(spec.roles.len() + spec.endpoints.len());
    for (index, role) in spec.roles.iter().enumerate() {
        let work = match &role.work {
            RoleWork::Stage { .. } => {
                let stage = stages.pop_front().ok_or_else(impossible)?;
                if stage.gives_many() {
                    Work::Many(stage)
                } else {
                    Work::Stage(stage)
                }
            }
            RoleWork::Bridge { .. } | RoleWork::Router { .. } => Work::Carry,
            RoleWork::Merge { policy, .. } => Work::Merge {
                policy: *policy,
                next: 0,
                took: options.record_choices.then(Vec::new),
            },
        };
        let rx = role.work.rx().iter().map(|rx| take.rx(rx));
        let rx = rx.collect::<Result<_, _>>()?;
        let tx = role.work.tx().iter().map(|tx| take.tx(tx));
        let ends = (rx, tx.collect::<Result<_, _>>()?);
        let name = name(index, &role.id);
        let cell = Cell::Role(index);
        nodes.push(Node::new(name, cell, ends, work, slot_bytes, base));
    }
    for (index, endpoint) in spec.endpoints.iter().enumerate() {
        if endpoint.kind != EndpointKind::Egress {
            continue;
        }
        let ends = (vec![take.rx(&endpoint.lane)?], Vec::new());
        let work = Work::Egress {
            sink: sinks.remove(&endpoint.id).ok_or_else(impossible)?,
            dry: false,
            failed: false,
        };
        let name = name(spec.roles.len() + index, &endpoint.id);
        let cell = Cell::Endpoint(index);
        nodes.push(Node::new(name, cell, ends, work, slot_bytes, base));
    }
    Ok(nodes)
}

fn name(number: usize, id: &str) -> Name {
    Name {
        number: number as u32,
        id: id.to_owned(),
    }
}

/// Ends are counted and given out by the same rules, so this doesn't happen.
pub(super) fn impossible() -> ExecError {
    ExecError::Region(byteor_pipeline_kernel::LaneError::Misused)
}

/// Gives the ends of lanes to those that the spec names, readers in the order of the spec.
struct Ends<'s> {
    lanes: Vec<Lane>,
    places: HashMap<&'s str, usize>,
}

impl Ends<'_> {
    fn lane(&mut self, id: &str) -> Result<&mut Lane, ExecError> {
        let place = self.places.get(id).ok_or_else(impossible)?;
        Ok(&mut self.lanes[*place])
    }

    fn tx(&mut self, id: &str) -> Result<LaneTx, ExecError> {
        self.lane(id)?.tx.take().ok_or_else(impossible)
    }

    fn rx(&mut self, id: &str) -> Result<LaneRx, ExecError> {
        self.lane(id)?.rx.pop_front().ok_or_else(impossible)
    }
}
