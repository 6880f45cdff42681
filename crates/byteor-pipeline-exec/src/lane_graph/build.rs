//! From a spec to lanes, ingresses and nodes, before any thread starts.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use byteor_abi::LANE_GRAPH_PARTS_MAX;
use byteor_pipeline_backings_shm::fresh_generation;
use byteor_pipeline_kernel::{GraphRegion, GraphShape, STATE_BYTES_MAX, Stage};
use byteor_pipeline_spec::{
    Channel, EndpointKind, LaneGraphSpec, OnFull, PipelineSpecV1, RoleWork, StageOp, validate_v1,
};

use super::COUNTERS_FILE;
use super::barriers::Barriers;
use super::ends::Ended;
use super::flow::along_the_flow;
use super::ingress::Ingress;
use super::lanes::{LaneRx, LaneTx, Lanes, Place, Rules};
use super::node::{Cell, Node, Work};
use super::options::Options;
use super::regions::{capacity, ends};
use super::shared::{Name, Shared};
use super::sink::EgressSink;
use super::store::Store;
use crate::error::ExecError;
use crate::resolver::StageResolver;

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
pub(super) fn impossible() -> ExecError {
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
