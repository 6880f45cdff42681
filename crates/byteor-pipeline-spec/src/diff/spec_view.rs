//! A spec as a diff sees it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::model::{ChangeSubject, DiffOf};
use super::view::{DiffView, InsertedRole, LinkLane, ViewElement, ViewLink, ViewValue};
use crate::{
    Channel, EndpointKind, InsertedWork, LaneGraphSpec, LaneKind, MergePolicy, OnFull,
    PipelineSpecV1, Role, RoleWork, SingleRingSpec,
};

/// How many inserted roles a link is followed through: lowering inserts at most a merge, a bridge
/// and a router between two elements.
const THROUGH: usize = 4;

impl<'s> DiffView<'s> {
    /// The view of a spec in canonical order, whose hash is known.
    pub fn of_spec(spec: &'s PipelineSpecV1, hash: String) -> Self {
        let mut view = Self {
            of: DiffOf::Spec,
            target: spec.target(),
            hash: Some(hash),
            metadata: Vec::new(),
            settings: vec![ViewValue::new("target", spec.target().name())],
            on_full: OnFull::Block,
            elements: Vec::new(),
            links: Vec::new(),
            inserted: inserted_roles(spec),
        };
        match spec {
            PipelineSpecV1::SingleRing(ring) => view.ring(ring),
            PipelineSpecV1::LaneGraph(graph) => view.graph(graph),
        }
        view
    }

    fn ring(&mut self, ring: &'s SingleRingSpec) {
        let mut set = |name: &str, value: String| {
            let name = ["single_ring.", name].concat();
            self.settings.push(ViewValue::new(name, value));
        };
        set("shards", ring.shards.to_string());
        set("producer", ring.producer.name().to_owned());
        set("scheduling", ring.scheduling.name().to_owned());
        set("ordering", ring.ordering.name().to_owned());
        if let Some(key) = ring.shard_key {
            let value = [key.offset.to_string(), key.length.to_string()].join(" ");
            set("shard_key", value);
        }
        for stage in &ring.stages {
            self.elements.push(ViewElement {
                subject: ChangeSubject::Stage,
                id: &stage.id,
                key: Cow::Borrowed(stage.key()),
                place: None,
            });
            for &at in &stage.depends_on {
                if let Some(before) = ring.stages.get(at as usize) {
                    self.links.push(ViewLink {
                        from: &before.id,
                        to: &stage.id,
                        lane: None,
                        place: None,
                    });
                }
            }
        }
    }

    fn graph(&mut self, graph: &'s LaneGraphSpec) {
        self.on_full = graph.on_full;
        let on_full = ViewValue::new("lane_graph.on_full", graph.on_full.name());
        self.settings.push(on_full);
        let lanes = Lanes::new(graph);
        for endpoint in &graph.endpoints {
            self.elements.push(ViewElement {
                subject: ChangeSubject::Endpoint,
                id: &endpoint.id,
                key: Cow::Borrowed(endpoint.kind.name()),
                place: None,
            });
            if endpoint.kind == EndpointKind::Egress {
                lanes.links_to(&endpoint.lane, &endpoint.id, &mut self.links);
            }
        }
        for role in &graph.roles {
            if is_inserted(role) {
                continue;
            }
            let (subject, key) = match &role.work {
                RoleWork::Stage { op, .. } => (ChangeSubject::Stage, Cow::Borrowed(op.key())),
                RoleWork::Merge { policy, .. } => (
                    ChangeSubject::Role,
                    Cow::Owned(["merge ", policy.name()].concat()),
                ),
                other => (ChangeSubject::Role, Cow::Borrowed(other.name())),
            };
            self.elements.push(ViewElement {
                subject,
                id: &role.id,
                key,
                place: None,
            });
            for lane in role.work.rx() {
                lanes.links_to(lane, &role.id, &mut self.links);
            }
        }
    }
}

/// Whether lowering made the role: its name has a dot, which an author's id can't have.
fn is_inserted(role: &Role) -> bool {
    !matches!(role.work, RoleWork::Stage { .. }) && role.id.contains('.')
}

/// The roles of a spec that lowering inserted.
pub fn inserted_roles(spec: &PipelineSpecV1) -> Vec<InsertedRole> {
    let PipelineSpecV1::LaneGraph(graph) = spec else {
        return Vec::new();
    };
    let mut inserted = Vec::new();
    let mut lanes = None;
    let bridged = |role: &Role| matches!(role.work, RoleWork::Bridge { .. });
    let channels: BTreeMap<&str, Channel> = if graph.roles.iter().any(bridged) {
        let lanes = graph.lanes.iter().rev();
        lanes.map(|lane| (lane.id.as_str(), lane.channel)).collect()
    } else {
        BTreeMap::new()
    };
    for role in &graph.roles {
        if !is_inserted(role) {
            continue;
        }
        let channel = |lane: &str| channels.get(lane).copied();
        let Some(work) = InsertedWork::of(&role.work, channel) else {
            continue;
        };
        let mut made = InsertedRole {
            id: role.id.clone(),
            kind: role.work.name(),
            does: work.does(),
            policy: None,
            order: Vec::new(),
        };
        if let RoleWork::Merge { policy, rx, .. } = &role.work {
            made.policy = Some(policy.name());
            if *policy == MergePolicy::Priority {
                let lanes = lanes.get_or_insert_with(|| Lanes::new(graph));
                let mut links = Vec::new();
                for lane in rx {
                    lanes.links_to(lane, "", &mut links);
                }
                made.order = links.iter().map(|link| link.from.to_owned()).collect();
            }
        }
        inserted.push(made);
    }
    inserted
}

/// Who writes a lane.
#[derive(Clone, Copy)]
enum Writer<'s> {
    /// An element of the author's.
    Element(&'s str),
    /// A role that lowering inserted.
    Inserted(&'s RoleWork),
}

struct Lanes<'s> {
    channels: BTreeMap<&'s str, Channel>,
    writers: BTreeMap<&'s str, Writer<'s>>,
    readers: BTreeMap<&'s str, u32>,
}

impl<'s> Lanes<'s> {
    fn new(graph: &'s LaneGraphSpec) -> Self {
        let mut this = Self {
            channels: BTreeMap::new(),
            writers: BTreeMap::new(),
            readers: BTreeMap::new(),
        };
        for lane in &graph.lanes {
            this.channels
                .entry(lane.id.as_str())
                .or_insert(lane.channel);
        }
        for endpoint in &graph.endpoints {
            match endpoint.kind {
                EndpointKind::Ingress => {
                    let writer = Writer::Element(&endpoint.id);
                    this.writers.entry(&endpoint.lane).or_insert(writer);
                }
                EndpointKind::Egress => *this.readers.entry(&endpoint.lane).or_default() += 1,
            }
        }
        for role in &graph.roles {
            for lane in role.work.tx() {
                let writer = if is_inserted(role) {
                    Writer::Inserted(&role.work)
                } else {
                    Writer::Element(&role.id)
                };
                this.writers.entry(lane).or_insert(writer);
            }
            for lane in role.work.rx() {
                *this.readers.entry(lane).or_default() += 1;
            }
        }
        this
    }

    /// The links to an element that reads a lane, through what lowering inserted.
    fn links_to(&self, lane: &'s str, to: &'s str, links: &mut Vec<ViewLink<'s>>) {
        self.follow(lane, to, true, &mut Vec::new(), links);
    }

    /// `path` holds the lanes from the reader on; `alone` says that none of them has another
    /// reader.
    fn follow(
        &self,
        lane: &'s str,
        to: &'s str,
        alone: bool,
        path: &mut Vec<Channel>,
        links: &mut Vec<ViewLink<'s>>,
    ) {
        let (Some(channel), Some(writer)) = (self.channels.get(lane), self.writers.get(lane))
        else {
            return;
        };
        let mut alone = alone && self.readers.get(lane) == Some(&1);
        path.push(*channel);
        match *writer {
            Writer::Element(from) => links.push(ViewLink {
                from,
                to,
                lane: Some(path_lane(path)),
                place: None,
            }),
            // A merge is in front of one element. Behind one that several read, each of its inputs
            // would be told for each reader; lowering makes none, and a diff stays linear.
            Writer::Inserted(work) if path.len() <= THROUGH && (work.rx().len() == 1 || alone) => {
                alone &= work.tx().len() == 1;
                for lane in work.rx() {
                    self.follow(lane, to, alone, path, links);
                }
            }
            Writer::Inserted(_) => {}
        }
        path.pop();
    }
}

/// The lanes of a link. Between an element and a role that lowering inserted lies a lane for
/// events, which comes and goes with the role: beside a lane that the author asked for it says
/// nothing.
fn path_lane(path: &[Channel]) -> LinkLane {
    let mut parts: Vec<Cow<'static, str>> = Vec::new();
    let mut capacity: Option<u32> = None;
    for channel in path.iter().rev() {
        let text = match channel {
            Channel::SequencedSlots { capacity: entries } => {
                capacity = Some(capacity.map_or(*entries, |least| least.min(*entries)));
                Cow::Owned(["sequenced_slots ", &entries.to_string()].concat())
            }
            // The number of consumers follows from the links.
            other => Cow::Borrowed(other.kind().name()),
        };
        if parts.last() != Some(&text) {
            parts.push(text);
        }
    }
    if parts.len() > 1 {
        parts.retain(|part| part != LaneKind::Events.name());
        parts.dedup();
    }
    let text = if parts.len() == 1 {
        parts.remove(0)
    } else {
        Cow::Owned(parts.join(", then "))
    };
    LinkLane {
        text,
        capacity,
        stated: true,
    }
}
