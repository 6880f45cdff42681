//! Lowering to a graph of lanes. The rules stand in docs/spec/lowering.md.
//!
//! First every connection gets the lane that carries it. Then each element that writes, or reads,
//! more than one of them, or one of another kind than the plan's block gives its boundary, gets an
//! inserted role between itself and those lanes.

use std::collections::HashMap;
use std::ops::Range;

use byteor_pipeline_plan::{LaneGraphPlan, LaneIntent, PlanMerge, PlanPart};
use byteor_pipeline_spec::{
    Channel, Endpoint, EndpointKind, FANOUT_MAX_CONSUMERS, JOURNAL_MAX_READERS, Lane,
    LaneGraphSpec, LaneKind, MergePolicy, PipelineSpecV1, Role, RoleWork,
    SEQUENCED_SLOTS_MAX_CAPACITY, SEQUENCED_SLOTS_MAX_READERS, StageOp,
};

use crate::actions;
use crate::lower::{LowerOptions, Lowered};
use crate::map::{ElementMap, MapList, MapPart};

/// A lane on its way to the spec. Numbers of connections are places in the plan's list, which
/// stands by writer, then by reader.
pub(crate) struct NewLane<'o> {
    pub(crate) id: String,
    pub(crate) channel: Channel,
    /// The connections that it is for; none where it leads only to or from an inserted role.
    pub(crate) links: &'o [usize],
    /// Further connections whose records pass it on their way to or from an inserted role.
    pub(crate) also: Vec<usize>,
}

/// A role that is inserted. Numbers of lanes are places in the list of new lanes.
pub(crate) struct Inserted {
    pub(crate) id: String,
    pub(crate) work: Work,
    /// The element whose lanes it joins, or the boundary that it is a bridge for.
    pub(crate) element: u32,
    /// The connections whose records it carries, by their ends.
    pub(crate) links: Vec<usize>,
    pub(crate) rx: Vec<usize>,
    pub(crate) tx: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Bridge,
    Router,
    Merge(MergePolicy),
}

impl Work {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Router => "router",
            Self::Merge(_) => "merge",
        }
    }
}

/// What lowering knows while it works.
struct Builder<'o> {
    plan: &'o LaneGraphPlan<'o>,
    lanes: Vec<NewLane<'o>>,
    inserted: Vec<Inserted>,
    /// The one lane that each element writes, and the one that it reads.
    writes: Vec<Option<usize>>,
    reads: Vec<Option<usize>>,
}

/// The most readers of a lane of a kind.
pub(crate) fn most_readers(kind: LaneKind) -> usize {
    (match kind {
        LaneKind::Events => 1,
        LaneKind::Journal => JOURNAL_MAX_READERS,
        LaneKind::SequencedSlots => SEQUENCED_SLOTS_MAX_READERS,
        LaneKind::FanoutBroadcast => FANOUT_MAX_CONSUMERS,
    }) as usize
}

/// The channel of an intent with `readers` readers.
fn channel(intent: LaneIntent, readers: usize) -> Channel {
    match intent.kind {
        LaneKind::Events => Channel::Events,
        LaneKind::Journal => Channel::Journal,
        LaneKind::SequencedSlots => Channel::SequencedSlots {
            capacity: intent.capacity.unwrap_or(SEQUENCED_SLOTS_MAX_CAPACITY),
        },
        LaneKind::FanoutBroadcast => Channel::FanoutBroadcast {
            consumers: readers as u32,
        },
    }
}

/// Whether a lane is what a boundary's setting asks for. How many read it is no part of that.
fn is_channel(lane: Channel, wanted: Channel) -> bool {
    match (lane, wanted) {
        (Channel::FanoutBroadcast { .. }, Channel::FanoutBroadcast { .. }) => true,
        _ => lane == wanted,
    }
}

/// Whether an element is a boundary on some edge.
fn is_boundary(plan: &LaneGraphPlan<'_>, element: u32) -> bool {
    matches!(plan.elements[element as usize].part, PlanPart::Boundary(_))
}

/// Puts places of a list in the order of a number that each has; equal ones keep theirs. Compiled
/// once for all lists, where a sort is compiled for each way to compare.
fn by_number(list: &mut [usize], number: &dyn Fn(usize) -> usize) {
    list.sort_by_key(|&at| number(at));
}

pub(crate) fn lower(plan: &LaneGraphPlan<'_>, options: LowerOptions) -> Lowered {
    let connections = &plan.connections;
    let from = |link: usize| connections[link].from;
    let to = |link: usize| connections[link].to;
    let id = |element: u32| id(plan, element);
    let intents: Vec<LaneIntent> = connections
        .iter()
        .map(|link| {
            let policy = if is_boundary(plan, link.from) {
                plan.ingress_lane
            } else if is_boundary(plan, link.to) {
                plan.egress_lane
            } else {
                None
            };
            link.intent
                .or(policy)
                .unwrap_or(LaneIntent::of(LaneKind::Events))
        })
        .collect();

    // Writers, with their connections by kind, then by reader; readers, with theirs by writer. The
    // sort is stable, and the plan's list stands by writer, then by reader.
    let mut by_writer: Vec<usize> = (0..connections.len()).collect();
    by_number(&mut by_writer, &|link| {
        (from(link) as usize) << 8 | intents[link].kind as usize
    });
    let mut by_reader: Vec<usize> = (0..connections.len()).collect();
    by_number(&mut by_reader, &|link| to(link) as usize);

    let mut builder = Builder {
        plan,
        lanes: Vec::with_capacity(connections.len()),
        inserted: Vec::new(),
        writes: vec![None; plan.elements.len()],
        reads: vec![None; plan.elements.len()],
    };
    // The lane that carries each connection.
    let mut carrier = vec![0; connections.len()];
    for links in by_writer.chunk_by(|&a, &b| from(a) == from(b)) {
        let writer = from(links[0]);
        let first = builder.lanes.len();
        for same in links.chunk_by(|&a, &b| intents[a].kind == intents[b].kind) {
            let kind = intents[same[0]].kind;
            for (at, readers) in same.chunks(most_readers(kind)).enumerate() {
                for &link in readers {
                    carrier[link] = builder.lanes.len();
                }
                let (writer, reader) = (id(writer), id(to(readers[0])));
                builder.lanes.push(NewLane {
                    id: match (kind, at) {
                        (LaneKind::Events, _) => join(writer, ".", reader),
                        (_, 0) => join(writer, ".", kind.name()),
                        // The words of the language are no ids, so the forms of an id never meet.
                        _ => join(&join(writer, ".", kind.name()), ".", reader),
                    },
                    channel: channel(intents[readers[0]], readers.len()),
                    links: readers,
                    also: Vec::new(),
                });
            }
        }
        let setting = plan.ingress_lane.filter(|_| is_boundary(plan, writer));
        let lane = builder.written(writer, first..builder.lanes.len(), setting);
        builder.writes[writer as usize] = Some(lane);
    }
    for links in by_reader.chunk_by(|&a, &b| to(a) == to(b)) {
        let reader = to(links[0]);
        let setting = plan.egress_lane.filter(|_| is_boundary(plan, reader));
        let lane = if let [link] = links {
            builder.read(from(*link), reader, links, carrier[*link], setting)
        } else {
            let lanes: Vec<usize> = links.iter().map(|&link| carrier[link]).collect();
            let named = plan
                .merges
                .binary_search_by(|merge| merge.element.cmp(&reader))
                .ok()
                .map(|at| &plan.merges[at]);
            let policy = named.map_or(plan.merge, |merge| merge.policy);
            let rx = match named {
                Some(named) => in_turn(named, links, &lanes, &from),
                None => lanes,
            };
            builder.merged(reader, links, rx, policy, setting)
        };
        builder.reads[reader as usize] = Some(lane);
    }

    // Everything by id, as the canonical form has it.
    let Builder {
        lanes,
        mut inserted,
        writes,
        reads,
        ..
    } = builder;
    let mut order: Vec<usize> = (0..lanes.len()).collect();
    order.sort_by_key(|&lane| lanes[lane].id.as_str());
    let mut place = vec![0; lanes.len()];
    for (new, &old) in order.iter().enumerate() {
        place[old] = new;
    }
    inserted.sort_by(|a, b| a.id.cmp(&b.id));
    for role in &mut inserted {
        if role.work != Work::Merge(MergePolicy::Priority) {
            by_number(&mut role.rx, &|lane| place[lane]);
        }
        by_number(&mut role.tx, &|lane| place[lane]);
    }

    let spec = spec(plan, &lanes, &order, &inserted, &writes, &reads);
    Lowered {
        map: if options.map {
            map(plan, &lanes, &order, &inserted, &spec)
        } else {
            ElementMap::default()
        },
        actions: if options.actions {
            actions::actions(plan, &lanes, &order, &inserted)
        } else {
            Vec::new()
        },
        spec: PipelineSpecV1::LaneGraph(spec),
    }
}

impl<'o> Builder<'o> {
    fn id(&self, element: u32) -> &'o str {
        id(self.plan, element)
    }

    /// Adds a lane between an element and a role that is inserted for it.
    fn lane(&mut self, id: String, channel: Channel, also: Vec<usize>) -> usize {
        self.lanes.push(NewLane {
            id,
            channel,
            links: &[],
            also,
        });
        self.lanes.len() - 1
    }

    /// The one lane that an element writes so that its records reach the lanes `outlets`.
    fn written(
        &mut self,
        writer: u32,
        outlets: Range<usize>,
        setting: Option<LaneIntent>,
    ) -> usize {
        let wanted = setting.map(|intent| channel(intent, 1));
        let fits =
            |lane: &NewLane<'_>| wanted.is_none_or(|wanted| is_channel(lane.channel, wanted));
        if outlets.len() == 1 && fits(&self.lanes[outlets.start]) {
            return outlets.start;
        }
        // A lane of the boundary's kind that has room for another reader feeds the other lanes.
        let mut fitting = outlets
            .clone()
            .filter(|&lane| wanted.is_some() && fits(&self.lanes[lane]));
        let source = match (fitting.next(), fitting.next()) {
            (Some(lane), None)
                if self.lanes[lane].links.len() < most_readers(self.lanes[lane].channel.kind()) =>
            {
                if let Channel::FanoutBroadcast { consumers } = &mut self.lanes[lane].channel {
                    *consumers += 1;
                }
                Some(lane)
            }
            _ => None,
        };
        let tx: Vec<usize> = outlets.filter(|&lane| Some(lane) != source).collect();
        let (id, work) = match tx.as_slice() {
            [only] => (join("bridge.", "", &self.lanes[*only].id), Work::Bridge),
            _ => (join("router.", "", self.id(writer)), Work::Router),
        };
        let mut links: Vec<usize> = tx
            .iter()
            .flat_map(|&lane| self.lanes[lane].links.iter().copied())
            .collect();
        // The plan's connections stand by their ends.
        by_number(&mut links, &|link| link);
        let source = match source {
            Some(lane) => {
                self.lanes[lane].also = links.clone();
                lane
            }
            None => self.lane(
                join(self.id(writer), ".", &id),
                wanted.unwrap_or(Channel::Events),
                links.clone(),
            ),
        };
        self.inserted.push(Inserted {
            id,
            work,
            element: writer,
            links,
            rx: vec![source],
            tx,
        });
        source
    }

    /// The lane that an element reads so that it gets the records of one lane.
    fn read(
        &mut self,
        writer: u32,
        reader: u32,
        links: &'o [usize],
        lane: usize,
        setting: Option<LaneIntent>,
    ) -> usize {
        let wanted = match setting.map(|intent| channel(intent, 1)) {
            Some(wanted) if !is_channel(self.lanes[lane].channel, wanted) => wanted,
            _ => return lane,
        };
        let id = join("bridge.", &join(self.id(writer), ".", self.id(reader)), "");
        let tx = self.lane(join(&id, ".", self.id(reader)), wanted, links.to_vec());
        self.inserted.push(Inserted {
            id,
            work: Work::Bridge,
            element: reader,
            links: links.to_vec(),
            rx: vec![lane],
            tx: vec![tx],
        });
        tx
    }

    /// The lane that an element reads so that it gets the records of several.
    fn merged(
        &mut self,
        reader: u32,
        links: &'o [usize],
        rx: Vec<usize>,
        policy: MergePolicy,
        setting: Option<LaneIntent>,
    ) -> usize {
        let id = join("merge.", "", self.id(reader));
        let tx = self.lane(
            join(&id, ".", self.id(reader)),
            setting.map_or(Channel::Events, |intent| channel(intent, 1)),
            links.to_vec(),
        );
        self.inserted.push(Inserted {
            id,
            work: Work::Merge(policy),
            element: reader,
            links: links.to_vec(),
            rx,
            tx: vec![tx],
        });
        tx
    }
}

/// The lanes of a merge in the author's order: those of the listed elements, then the others, by
/// the ids of their writers.
fn in_turn(
    merge: &PlanMerge,
    links: &[usize],
    lanes: &[usize],
    from: &dyn Fn(usize) -> u32,
) -> Vec<usize> {
    let listed: HashMap<u32, usize> = merge
        .first
        .iter()
        .enumerate()
        .map(|(at, &element)| (element, at))
        .collect();
    let rank = |at: usize| {
        listed
            .get(&from(links[at]))
            .copied()
            .unwrap_or(merge.first.len())
    };
    let mut order: Vec<usize> = (0..links.len()).collect();
    // The sort is stable, and `links` stand by writer.
    by_number(&mut order, &rank);
    order.into_iter().map(|at| lanes[at]).collect()
}

fn spec(
    plan: &LaneGraphPlan<'_>,
    lanes: &[NewLane<'_>],
    order: &[usize],
    inserted: &[Inserted],
    writes: &[Option<usize>],
    reads: &[Option<usize>],
) -> LaneGraphSpec {
    let id = |lane: usize| lanes[lane].id.clone();
    let mut endpoints = Vec::new();
    let mut roles = Vec::with_capacity(plan.elements.len() + inserted.len());
    for (element, (reads, writes)) in plan.elements.iter().zip(reads.iter().zip(writes)) {
        match (element.part, reads, writes) {
            (PlanPart::Boundary(kind @ EndpointKind::Ingress), _, &Some(lane))
            | (PlanPart::Boundary(kind @ EndpointKind::Egress), &Some(lane), _) => {
                endpoints.push(Endpoint {
                    id: element.id.to_owned(),
                    kind,
                    lane: id(lane),
                });
            }
            (PlanPart::Stage(key), &Some(rx), &Some(tx)) => roles.push(Role {
                id: element.id.to_owned(),
                work: RoleWork::Stage {
                    op: StageOp::from_key(key),
                    rx: id(rx),
                    tx: id(tx),
                },
            }),
            // Not connected: no valid plan has such an element.
            _ => {}
        }
    }
    for role in inserted {
        let ids = |lanes: &[usize]| lanes.iter().map(|&lane| id(lane)).collect();
        roles.push(Role {
            id: role.id.clone(),
            work: match role.work {
                Work::Bridge => RoleWork::Bridge {
                    rx: id(role.rx[0]),
                    tx: id(role.tx[0]),
                },
                Work::Router => RoleWork::Router {
                    rx: id(role.rx[0]),
                    tx: ids(&role.tx),
                },
                Work::Merge(policy) => RoleWork::Merge {
                    rx: ids(&role.rx),
                    tx: id(role.tx[0]),
                    policy,
                },
            },
        });
    }
    roles.sort_by(|a, b| a.id.cmp(&b.id));
    LaneGraphSpec {
        on_full: plan.on_full,
        lanes: order
            .iter()
            .map(|&lane| Lane {
                id: id(lane),
                channel: lanes[lane].channel,
            })
            .collect(),
        endpoints,
        roles,
    }
}

fn map(
    plan: &LaneGraphPlan<'_>,
    lanes: &[NewLane<'_>],
    order: &[usize],
    inserted: &[Inserted],
    spec: &LaneGraphSpec,
) -> ElementMap {
    let mut lists = Vec::with_capacity(3);
    let mut list = |path: &str, parts: Vec<MapPart>| {
        lists.push(MapList {
            path: path.to_owned(),
            parts,
        });
    };
    list(
        "lane_graph.lanes",
        order
            .iter()
            .map(|&lane| {
                let lane = &lanes[lane];
                let kind = lane.channel.kind();
                MapPart {
                    id: lane.id.clone(),
                    kind: (kind != LaneKind::Events).then(|| kind.name()),
                    elements: pairs(plan, lane.links)
                        .chain(pairs(plan, &lane.also))
                        .collect(),
                }
            })
            .collect(),
    );
    list(
        "lane_graph.endpoints",
        spec.endpoints
            .iter()
            .map(|endpoint| itself(&endpoint.id))
            .collect(),
    );
    // Both are in order, and no inserted role has a stage's id.
    let mut next = inserted.iter().peekable();
    list(
        "lane_graph.roles",
        spec.roles
            .iter()
            .map(
                |role| match next.next_if(|inserted| inserted.id == role.id) {
                    None => itself(&role.id),
                    Some(inserted) => MapPart {
                        id: role.id.clone(),
                        kind: Some(inserted.work.name()),
                        elements: std::iter::once(id(plan, inserted.element).to_owned())
                            .chain(pairs(plan, &inserted.links))
                            .collect(),
                    },
                },
            )
            .collect(),
    );
    ElementMap { lists }
}

fn itself(id: &str) -> MapPart {
    MapPart {
        id: id.to_owned(),
        kind: None,
        elements: vec![id.to_owned()],
    }
}

/// The ids of connections.
pub(crate) fn pairs(plan: &LaneGraphPlan<'_>, links: &[usize]) -> impl Iterator<Item = String> {
    links.iter().map(|&link| {
        let link = &plan.connections[link];
        join(id(plan, link.from), "->", id(plan, link.to))
    })
}

/// The id of an element.
pub(crate) fn id<'d>(plan: &LaneGraphPlan<'d>, element: u32) -> &'d str {
    plan.elements[element as usize].id
}

pub(crate) fn join(a: &str, between: &str, b: &str) -> String {
    let mut text = String::with_capacity(a.len() + between.len() + b.len());
    text.push_str(a);
    text.push_str(between);
    text.push_str(b);
    text
}
