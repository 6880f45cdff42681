//! From a spec to lanes, ingresses and nodes, before any thread starts.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use byteor_abi::{LANE_GRAPH_PARTS_MAX, SlotClass};
use byteor_pipeline_backings_shm::fresh_generation;
use byteor_pipeline_kernel::{
    GraphRegion, GraphShape, JOURNAL_BYTES, STATE_BYTES_MAX, SlotsProducer, SlotsRegion,
    SlotsSubscriber, Stage, init_events, init_journal,
};
use byteor_pipeline_spec::{
    Channel, EndpointKind, LaneGraphSpec, OnFull, PipelineSpecV1, RoleWork, StageOp, validate_v1,
};
use indexbus_abi::EventsClass;

use super::COUNTERS_FILE;
use super::barriers::Barriers;
use super::ends::Ended;
use super::ingress::Ingress;
use super::lanes::{LaneRx, LaneTx, Lanes, Place, Rules, RxEnd, TxEnd};
use super::node::{Cell, Node, Work};
use super::options::Options;
use super::shared::{Name, Shared};
use super::sink::EgressSink;
use super::store::Store;
use crate::error::ExecError;
use crate::resolver::StageResolver;

/// Records that an events lane holds, and each reader's queue of a fanout.
const EVENTS_CAPACITY: u32 = 1024;

/// The sinks of the egresses, by id.
pub(super) type Sinks = BTreeMap<String, Box<dyn EgressSink>>;

pub(super) struct Built {
    pub shared: Arc<Shared>,
    pub ingresses: Vec<Ingress>,
    /// In the order that records flow.
    pub nodes: Vec<Node>,
    pub store: Store,
}

/// How many read a lane, and which number the first of them has among all readers.
#[derive(Clone, Copy, Default)]
struct Readers {
    count: usize,
    first: usize,
}

/// A lane whose ends were not all given out yet.
struct Lane {
    tx: Option<LaneTx>,
    rx: VecDeque<LaneRx>,
}

pub(super) fn build(
    spec: &LaneGraphSpec,
    resolver: &dyn StageResolver,
    mut sinks: Sinks,
    options: &Options,
) -> Result<Built, ExecError> {
    let problems = validate_v1(&PipelineSpecV1::LaneGraph(spec.clone()));
    if !problems.is_empty() {
        return Err(ExecError::Spec(problems));
    }
    supported(spec)?;
    sinks_fit(spec, &sinks)?;
    let mut stages = resolve(spec, resolver, &options.base_states)?;
    let places = places(spec);
    let readers = readers(spec, &places);

    let mut store = Store::new(&options.lanes)?;
    let shape = GraphShape {
        slot_bytes: options.slots.slot_bytes() as u32,
        lanes: spec
            .lanes
            .iter()
            .zip(&readers)
            .map(|(lane, readers)| (capacity(lane.channel, options), readers.count))
            .collect(),
        roles: spec.roles.len(),
        endpoints: spec
            .endpoints
            .iter()
            .map(|endpoint| endpoint.kind == EndpointKind::Ingress)
            .collect(),
    };
    let cells = shape.cells().map_err(ExecError::Region)?;
    let memory = store.memory(COUNTERS_FILE, cells.region_bytes())?;
    let graph = GraphRegion::init(memory, &shape, fresh_generation()).map_err(ExecError::Region)?;
    let shared = Lanes {
        graph: graph.clone(),
        ended: Arc::new(Ended::new(spec.lanes.len())),
        barriers: Arc::new(Barriers::new(
            spec.lanes.len(),
            spec.roles.len() + spec.endpoints.len(),
        )),
    };
    let mut lanes = Vec::with_capacity(spec.lanes.len());
    for (index, lane) in spec.lanes.iter().enumerate() {
        let place = Place {
            lane: index,
            first_reader: readers[index].first,
            readers: readers[index].count,
        };
        let rules = Rules {
            capacity: match lane.channel {
                Channel::Journal => u64::MAX,
                channel => u64::from(capacity(channel, options)),
            },
            drops: spec.on_full == OnFull::Drop,
            each: matches!(lane.channel, Channel::FanoutBroadcast { .. }),
            record: options.record_choices,
        };
        let (tx, rx) = ends(lane.channel, place, options.slots, &mut store)?;
        let rx = rx.into_iter().enumerate();
        lanes.push(Lane {
            tx: Some(LaneTx::new(place, rules, tx, &shared)),
            rx: rx
                .map(|(at, end)| LaneRx::new(place, at, end, &shared, options.record_choices))
                .collect(),
        });
    }

    let mut take = Ends { lanes, places };
    let slot_bytes = options.slots.slot_bytes();
    let mut nodes = Vec::with_capacity(spec.roles.len() + spec.endpoints.len());
    for (index, role) in spec.roles.iter().enumerate() {
        let work = match &role.work {
            RoleWork::Stage { .. } => Work::Stage(stages.pop_front().ok_or_else(impossible)?),
            RoleWork::Bridge { .. } | RoleWork::Router { .. } => Work::Carry,
            RoleWork::Merge { policy, .. } => Work::Merge {
                policy: *policy,
                next: 0,
                took: Vec::new(),
            },
        };
        let rx = role.work.rx().iter().map(|rx| take.rx(rx));
        let rx = rx.collect::<Result<_, _>>()?;
        let tx = role.work.tx().iter().map(|tx| take.tx(tx));
        let ends = (rx, tx.collect::<Result<_, _>>()?);
        let name = name(index, &role.id);
        nodes.push(Node::new(name, Cell::Role(index), ends, work, slot_bytes));
    }
    let mut ingresses = Vec::new();
    for (index, endpoint) in spec.endpoints.iter().enumerate() {
        let name = name(spec.roles.len() + index, &endpoint.id);
        match endpoint.kind {
            EndpointKind::Ingress => ingresses.push((name, index, take.tx(&endpoint.lane)?)),
            EndpointKind::Egress => {
                let ends = (vec![take.rx(&endpoint.lane)?], Vec::new());
                let work = Work::Egress {
                    sink: sinks.remove(&endpoint.id).ok_or_else(impossible)?,
                    dry: false,
                    failed: false,
                };
                nodes.push(Node::new(
                    name,
                    Cell::Endpoint(index),
                    ends,
                    work,
                    slot_bytes,
                ));
            }
        }
    }
    let nodes = along_the_flow(nodes, spec.lanes.len());
    let names = ingresses.iter().map(|(name, ..)| name);
    let names = names.chain(nodes.iter().map(|node| &node.name)).cloned();
    let shared = Arc::new(Shared::new(
        shared,
        options.wait,
        store.memories(),
        spec.lanes.iter().map(|lane| lane.id.clone()).collect(),
        names.collect(),
        options.record_choices,
    ));
    Ok(Built {
        ingresses: ingresses
            .into_iter()
            .map(|(name, endpoint, tx)| Ingress::new(name, endpoint, slot_bytes, tx, &shared))
            .collect(),
        shared,
        nodes,
        store,
    })
}

fn name(number: usize, id: &str) -> Name {
    Name {
        number: number as u32,
        id: id.to_owned(),
    }
}

/// Ends are counted and given out by the same rules, so this doesn't happen.
fn impossible() -> ExecError {
    ExecError::Region(byteor_pipeline_kernel::LaneError::Misused)
}

fn supported(spec: &LaneGraphSpec) -> Result<(), ExecError> {
    let parts = spec.lanes.len().max(spec.roles.len());
    if parts > LANE_GRAPH_PARTS_MAX || spec.endpoints.len() > LANE_GRAPH_PARTS_MAX {
        return Err(ExecError::Unsupported {
            path: "lane_graph".to_owned(),
            message: format!(
                "this executor runs up to {LANE_GRAPH_PARTS_MAX} lanes, roles and endpoints"
            ),
        });
    }
    Ok(())
}

fn sinks_fit(spec: &LaneGraphSpec, sinks: &Sinks) -> Result<(), ExecError> {
    let egress = |id: &str| {
        let mut endpoints = spec.endpoints.iter();
        endpoints.any(|one| one.kind == EndpointKind::Egress && one.id == id)
    };
    if let Some(id) = sinks.keys().find(|id| !egress(id)) {
        return Err(ExecError::Egress {
            id: id.clone(),
            message: "the graph has no such egress",
        });
    }
    for endpoint in &spec.endpoints {
        if endpoint.kind == EndpointKind::Egress && !sinks.contains_key(&endpoint.id) {
            return Err(ExecError::Egress {
                id: endpoint.id.clone(),
                message: "nothing takes what leaves there; give it a sink",
            });
        }
    }
    Ok(())
}

/// The stages, in the order of the roles, each with the state that it goes on from.
fn resolve(
    spec: &LaneGraphSpec,
    resolver: &dyn StageResolver,
    states: &BTreeMap<String, Arc<[u8]>>,
) -> Result<VecDeque<Box<dyn Stage>>, ExecError> {
    let roles = spec.roles.iter().enumerate();
    let stages = roles.filter_map(|(at, role)| match &role.work {
        RoleWork::Stage { op, .. } => Some((at, &role.id, op)),
        _ => None,
    });
    stages
        .map(|(at, id, op): (usize, &String, &StageOp)| {
            let resolved = resolver.resolve(id, op.key());
            let mut stage = resolved.map_err(|source| ExecError::Unresolved {
                stage_id: id.clone(),
                key: op.key().to_owned(),
                source,
            })?;
            if stage.state_limit() > STATE_BYTES_MAX {
                return Err(ExecError::Unsupported {
                    path: format!("lane_graph.roles.{at}.key"),
                    message: format!(
                        "stage `{id}` may remember {} bytes, and a checkpoint keeps \
                         {STATE_BYTES_MAX} of a stage",
                        stage.state_limit()
                    ),
                });
            }
            if let Some(state) = states.get(id) {
                let restored = stage.restore(state);
                restored.map_err(|source| ExecError::State {
                    stage_id: id.clone(),
                    source,
                })?;
            }
            Ok(stage)
        })
        .collect()
}

fn places(spec: &LaneGraphSpec) -> HashMap<&str, usize> {
    let lanes = spec.lanes.iter().enumerate();
    lanes
        .map(|(place, lane)| (lane.id.as_str(), place))
        .collect()
}

fn readers(spec: &LaneGraphSpec, places: &HashMap<&str, usize>) -> Vec<Readers> {
    let mut readers = vec![Readers::default(); spec.lanes.len()];
    let of_roles = spec.roles.iter().flat_map(|role| role.work.rx());
    let egresses = spec.endpoints.iter();
    let egresses = egresses.filter(|endpoint| endpoint.kind == EndpointKind::Egress);
    for id in of_roles.chain(egresses.map(|endpoint| &endpoint.lane)) {
        if let Some(place) = places.get(id.as_str()) {
            readers[*place].count += 1;
        }
    }
    let mut first = 0;
    for readers in &mut readers {
        readers.first = first;
        first += readers.count;
    }
    readers
}

/// Records that a lane holds for each reader; 0 for a journal, whose bytes are bounded.
fn capacity(channel: Channel, options: &Options) -> u32 {
    let own = match channel {
        Channel::Events | Channel::FanoutBroadcast { .. } => EVENTS_CAPACITY,
        Channel::SequencedSlots { capacity } => capacity,
        Channel::Journal => 0,
    };
    match options.capacity {
        Some(asked) => own.min(u32::try_from(asked.get()).unwrap_or(u32::MAX)),
        None => own,
    }
}

/// The regions of a lane and their ends, the readers in order.
fn ends(
    channel: Channel,
    place: Place,
    class: SlotClass,
    store: &mut Store,
) -> Result<(Vec<TxEnd>, Vec<RxEnd>), ExecError> {
    let lane = place.lane;
    match channel {
        Channel::Events => {
            let (tx, rx) = queue(&format!("lane.{lane}"), class, store)?;
            Ok((vec![tx], vec![rx]))
        }
        Channel::FanoutBroadcast { .. } => {
            let mut ends = (Vec::new(), Vec::new());
            for reader in 0..place.readers {
                let (tx, rx) = queue(&format!("lane.{lane}.{reader}"), class, store)?;
                ends.0.push(tx);
                ends.1.push(rx);
            }
            Ok(ends)
        }
        Channel::SequencedSlots { .. } => {
            slots(&format!("lane.{lane}"), place.readers, class, store)
        }
        Channel::Journal => {
            let memory = store.memory(&format!("lane.{lane}"), JOURNAL_BYTES)?;
            let (tx, rx) = init_journal(&memory, class.slot_bytes(), place.readers)
                .map_err(ExecError::Region)?;
            let rx = rx.into_iter().map(RxEnd::Journal).collect();
            Ok((vec![TxEnd::Journal(tx)], rx))
        }
    }
}

/// A queue with one reader: an events region of the class, or sequenced slots where there is none.
fn queue(name: &str, class: SlotClass, store: &mut Store) -> Result<(TxEnd, RxEnd), ExecError> {
    let events = match class {
        SlotClass::B256 => Some(EventsClass::V1),
        SlotClass::B1024 => Some(EventsClass::B1024),
        SlotClass::B4096 => Some(EventsClass::B4096),
        SlotClass::B16384 => None,
    };
    if let Some(class) = events {
        let memory = store.memory(name, class.region_bytes())?;
        let (tx, rx) = init_events(memory, class).map_err(ExecError::Region)?;
        return Ok((TxEnd::Events(tx), RxEnd::Events(rx)));
    }
    let (mut tx, mut rx) = slots(name, 1, class, store)?;
    match (tx.pop(), rx.pop()) {
        (Some(tx), Some(rx)) => Ok((tx, rx)),
        _ => Err(impossible()),
    }
}

fn slots(
    name: &str,
    readers: usize,
    class: SlotClass,
    store: &mut Store,
) -> Result<(Vec<TxEnd>, Vec<RxEnd>), ExecError> {
    let memory = store.memory(name, class.region_bytes())?;
    let region = SlotsRegion::init(memory, class, fresh_generation()).map_err(ExecError::Region)?;
    region.bind(readers).map_err(|_| impossible())?;
    let tx = SlotsProducer::new(&region).map_err(ExecError::Region)?;
    let rx = (0..readers).map(|reader| SlotsSubscriber::new(&region, reader, &[]));
    let rx = rx.map(|rx| rx.map(RxEnd::Slots));
    let rx: Result<Vec<RxEnd>, _> = rx.collect();
    Ok((vec![TxEnd::Slots(tx)], rx.map_err(ExecError::Region)?))
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

/// The nodes with each writer before its readers, otherwise as in the spec.
fn along_the_flow(nodes: Vec<Node>, lanes: usize) -> Vec<Node> {
    let mut readers = vec![Vec::new(); lanes];
    let mut written = vec![false; lanes];
    for (at, node) in nodes.iter().enumerate() {
        node.reads().for_each(|lane| readers[lane].push(at));
        node.writes().for_each(|lane| written[lane] = true);
    }
    // What an ingress writes is there from the start.
    let waits = |node: &Node| node.reads().filter(|lane| written[*lane]).count();
    let mut waits: Vec<usize> = nodes.iter().map(waits).collect();
    let mut ready: VecDeque<usize> = (0..nodes.len()).filter(|at| waits[*at] == 0).collect();
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(nodes.len());
    while let Some(at) = ready.pop_front() {
        let Some(node) = nodes[at].take() else {
            continue;
        };
        for lane in node.writes() {
            for &reader in &readers[lane] {
                waits[reader] -= 1;
                if waits[reader] == 0 {
                    ready.push_back(reader);
                }
            }
        }
        ordered.push(node);
    }
    // `validate_v1` refuses circles, so nothing is left; were it otherwise, it would still run.
    ordered.extend(nodes.into_iter().flatten());
    ordered
}
