//! The semantic diff of two specs: what changes for the records, by id.

use crate::order::CollectOrdered;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use crate::{
    Channel, EndpointKind, ExecutionTarget, OrderedMap, PipelineSpecV1, RoleWork, canonical,
    spec_hash,
};

/// What happened to an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ChangeClass {
    /// It is only in the spec after.
    Added,
    /// It is only in the spec before.
    Removed,
    /// The same id does something else.
    Changed,
    /// The same work under another id.
    Renamed,
    /// It gets its records from somewhere else.
    Rewired,
}

/// What kind of element changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ChangeSubject {
    /// A setting of the target, or the target itself.
    Setting,
    /// A stage.
    Stage,
    /// A connection between two elements.
    Connection,
    /// A boundary of a plan.
    Boundary,
    /// A lane.
    Lane,
    /// A bridge, router or merge.
    Role,
    /// An ingress or egress of a lane graph.
    Endpoint,
}

/// One field of a changed element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FieldChange {
    /// Name of the field.
    pub name: String,
    /// Value before; null where there was none.
    pub before: Option<String>,
    /// Value after; null where there is none.
    pub after: Option<String>,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SpecChange {
    /// What happened.
    pub class: ChangeClass,
    /// To what kind of element.
    pub subject: ChangeSubject,
    /// Its id; `a->b` for a connection.
    pub id: String,
    /// Its id before, where it was renamed.
    pub before_id: Option<String>,
    /// The fields that differ.
    pub fields: Vec<FieldChange>,
    /// What it means for the records, where that is known.
    pub consequence: Option<String>,
    /// The change in one sentence.
    pub text: String,
}

/// How many changes of each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DiffCounts {
    /// Elements only in the spec after.
    pub added: u32,
    /// Elements only in the spec before.
    pub removed: u32,
    /// Elements that do something else.
    pub changed: u32,
    /// Elements under another id.
    pub renamed: u32,
    /// Elements with other inputs.
    pub rewired: u32,
}

/// The semantic diff of two specs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SpecDiff {
    /// How many changes of each class.
    pub counts: DiffCounts,
    /// The changes: settings, stages, connections, endpoints, roles; by id within each.
    pub changes: Vec<SpecChange>,
    /// Spec hash before.
    pub before_hash: String,
    /// Spec hash after.
    pub after_hash: String,
    /// Whether both are the same spec.
    pub equal: bool,
    /// All changes as text, one a line.
    pub text: String,
}

/// What a stage key does to records, as the catalogue tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageEffect {
    /// A phrase in the third person: "drops the records that match `x`".
    pub does: String,
    /// The capability it needs.
    pub capability: Option<&'static str>,
}

/// What matters of a spec for comparing it.
struct View<'s> {
    settings: OrderedMap<String, String>,
    stages: OrderedMap<&'s str, &'s str>,
    /// Bridges, routers and merges.
    roles: OrderedMap<&'s str, String>,
    endpoints: OrderedMap<&'s str, EndpointKind>,
    /// Element → where its records come from.
    inputs: OrderedMap<&'s str, BTreeSet<&'s str>>,
    /// `(from, to)` → the lane between them, for a lane graph.
    lanes: OrderedMap<(&'s str, &'s str), String>,
}

impl<'s> View<'s> {
    fn new(spec: &'s PipelineSpecV1) -> Self {
        let mut view = Self {
            settings: OrderedMap::new(),
            stages: OrderedMap::new(),
            roles: OrderedMap::new(),
            endpoints: OrderedMap::new(),
            inputs: OrderedMap::new(),
            lanes: OrderedMap::new(),
        };
        let mut set = |name: &str, value: String| view.settings.insert(name.to_owned(), value);
        set("target", spec.target().name().to_owned());
        match spec {
            PipelineSpecV1::SingleRing(ring) => {
                set("shards", ring.shards.to_string());
                set("producer", ring.producer.name().to_owned());
                set("scheduling", ring.scheduling.name().to_owned());
                set("ordering", ring.ordering.name().to_owned());
                if let Some(key) = ring.shard_key {
                    set("shard_key", format!("{} {}", key.offset, key.length));
                }
                for stage in &ring.stages {
                    view.stages.insert(&stage.id, stage.key());
                    let inputs = stage
                        .depends_on
                        .iter()
                        .filter_map(|&at| ring.stages.get(at as usize))
                        .map(|before| before.id.as_str())
                        .collect_set();
                    view.inputs.insert(&stage.id, inputs);
                }
            }
            PipelineSpecV1::LaneGraph(graph) => {
                set("on_full", graph.on_full.name().to_owned());
                let mut writers: OrderedMap<&str, &str> = OrderedMap::new();
                let mut readers: Vec<(&str, &str)> = Vec::new();
                for endpoint in &graph.endpoints {
                    view.endpoints.insert(&endpoint.id, endpoint.kind);
                    match endpoint.kind {
                        EndpointKind::Ingress => {
                            writers.insert(&endpoint.lane, &endpoint.id);
                        }
                        EndpointKind::Egress => readers.push((&endpoint.lane, &endpoint.id)),
                    }
                }
                for role in &graph.roles {
                    match &role.work {
                        RoleWork::Stage { op, .. } => {
                            view.stages.insert(&role.id, op.key());
                        }
                        RoleWork::Merge { policy, .. } => {
                            view.roles
                                .insert(&role.id, format!("merge {}", policy.name()));
                        }
                        other => {
                            view.roles.insert(&role.id, other.name().to_owned());
                        }
                    }
                    for lane in role.work.tx() {
                        writers.insert(lane, &role.id);
                    }
                    for lane in role.work.rx() {
                        readers.push((lane, &role.id));
                    }
                }
                let channels: OrderedMap<&str, Channel> = graph
                    .lanes
                    .iter()
                    .map(|lane| (lane.id.as_str(), lane.channel))
                    .collect_map();
                for (lane, reader) in readers {
                    let Some(&writer) = writers.get(lane) else {
                        continue;
                    };
                    view.inputs.or_default(reader).insert(writer);
                    if let Some(channel) = channels.get(lane) {
                        view.lanes.insert((writer, reader), channel_text(*channel));
                    }
                }
            }
        }
        view
    }

    /// Where the records of an element go to.
    fn outputs(&self) -> OrderedMap<&'s str, BTreeSet<&'s str>> {
        let mut outputs: OrderedMap<&str, BTreeSet<&str>> = OrderedMap::new();
        for (to, from) in self.inputs.iter() {
            for from in from {
                outputs.or_default(*from).insert(to);
            }
        }
        outputs
    }
}

fn channel_text(channel: Channel) -> String {
    match channel {
        // The number of consumers follows from the connections.
        Channel::SequencedSlots { capacity } => format!("sequenced_slots {capacity}"),
        other => other.kind().name().to_owned(),
    }
}

fn list(ids: &BTreeSet<&str>) -> String {
    if ids.is_empty() {
        "the input".to_owned()
    } else {
        ids.iter().copied().collect::<Vec<_>>().join(", ")
    }
}

/// Stage ids before → after, for stages that do the same work under another id.
fn renames<'s>(before: &View<'s>, after: &View<'s>) -> OrderedMap<&'s str, &'s str> {
    let mut removed: OrderedMap<&str, Vec<&str>> = OrderedMap::new();
    let mut added: OrderedMap<&str, Vec<&str>> = OrderedMap::new();
    for (&id, &key) in before.stages.iter() {
        if !after.stages.contains_key(id) {
            removed.or_default(key).push(id);
        }
    }
    for (&id, &key) in after.stages.iter() {
        if !before.stages.contains_key(id) {
            added.or_default(key).push(id);
        }
    }
    let (outputs_before, outputs_after) = (before.outputs(), after.outputs());
    let none = BTreeSet::new();
    let mut renames = OrderedMap::new();
    for (&key, gone) in removed.iter() {
        let Some(new) = added.get(key) else { continue };
        if gone.len() == 1 && new.len() == 1 && key != "identity" {
            renames.insert(gone[0], new[0]);
            continue;
        }
        // Several with the same key: the neighbours decide.
        let mut by_place: OrderedMap<_, Option<&str>> = OrderedMap::new();
        for &id in new {
            let place = (
                after.inputs.get(id).unwrap_or(&none).clone(),
                outputs_after.get(id).unwrap_or(&none).clone(),
            );
            by_place.or_insert(place, Some(id));
        }
        for &id in gone {
            let place = (
                before.inputs.get(id).unwrap_or(&none).clone(),
                outputs_before.get(id).unwrap_or(&none).clone(),
            );
            if let Some(new) = by_place.get_mut(&place).and_then(Option::take) {
                renames.insert(id, new);
            }
        }
    }
    renames
}

/// Compares two specs. `effect` tells what a stage key does, so that changes can name their
/// consequence; pass `&|_| None` without a catalogue.
pub fn diff(
    before: &PipelineSpecV1,
    after: &PipelineSpecV1,
    effect: &dyn Fn(&str) -> Option<StageEffect>,
) -> SpecDiff {
    let (before_hash, after_hash) = (spec_hash(before), spec_hash(after));
    let (before, after) = (canonical(before), canonical(after));
    let (old, new) = (View::new(&before), View::new(&after));
    let mut changes = Vec::new();
    settings(&old, &new, &mut changes);
    let renames = renames(&old, &new);
    stages(&old, &new, &renames, effect, &mut changes);
    graph_elements(&old, &new, &renames, &mut changes);

    let mut counts = DiffCounts::default();
    let mut text = String::new();
    for change in &changes {
        *match change.class {
            ChangeClass::Added => &mut counts.added,
            ChangeClass::Removed => &mut counts.removed,
            ChangeClass::Changed => &mut counts.changed,
            ChangeClass::Renamed => &mut counts.renamed,
            ChangeClass::Rewired => &mut counts.rewired,
        } += 1;
        let _ = match &change.consequence {
            Some(consequence) => writeln!(text, "{} {consequence}", change.text),
            None => writeln!(text, "{}", change.text),
        };
    }
    let equal = before_hash == after_hash;
    if equal {
        text.push_str("No difference.\n");
    }
    SpecDiff {
        counts,
        changes,
        before_hash,
        after_hash,
        equal,
        text,
    }
}

fn settings(old: &View<'_>, new: &View<'_>, changes: &mut Vec<SpecChange>) {
    let names: BTreeSet<&String> = old.settings.keys().chain(new.settings.keys()).collect_set();
    let retargeted = old.settings.get("target") != new.settings.get("target");
    for name in names {
        let (before, after) = (old.settings.get(name), new.settings.get(name));
        // With another target, the settings of both have nothing to be compared with.
        if before == after || (retargeted && name != "target") {
            continue;
        }
        let (class, text) = match (before, after) {
            (Some(before), Some(after)) => (
                ChangeClass::Changed,
                format!("Setting {name} changes from {before} to {after}."),
            ),
            (Some(before), None) => (
                ChangeClass::Removed,
                format!("Setting {name} {before} is removed."),
            ),
            (_, after) => (
                ChangeClass::Added,
                format!(
                    "Setting {name} {} is added.",
                    after.map_or("", String::as_str)
                ),
            ),
        };
        let consequence = (name == "target").then(|| {
            match new
                .settings
                .get("target")
                .and_then(|name| ExecutionTarget::from_name(name))
            {
                Some(ExecutionTarget::SingleRing) => {
                    "All stages share one ring and one slot for each record.".to_owned()
                }
                _ => "Stages are connected by lanes of their own.".to_owned(),
            }
        });
        changes.push(SpecChange {
            class,
            subject: ChangeSubject::Setting,
            id: name.clone(),
            before_id: None,
            fields: vec![FieldChange {
                name: "value".to_owned(),
                before: before.cloned(),
                after: after.cloned(),
            }],
            consequence,
            text,
        });
    }
}

fn sentence(effect: Option<StageEffect>, lead: &str) -> Option<String> {
    effect.map(|effect| {
        let capability = effect
            .capability
            .map(|name| format!(" It needs the capability {name}."))
            .unwrap_or_default();
        format!("{lead} {}.{capability}", effect.does)
    })
}

fn stages(
    old: &View<'_>,
    new: &View<'_>,
    renames: &OrderedMap<&str, &str>,
    effect: &dyn Fn(&str) -> Option<StageEffect>,
    changes: &mut Vec<SpecChange>,
) {
    let back: OrderedMap<&str, &str> = renames.iter().map(|(&old, &new)| (new, old)).collect_map();
    let ids: BTreeSet<&str> = old
        .stages
        .keys()
        .filter(|id| !renames.contains_key(**id))
        .chain(new.stages.keys())
        .copied()
        .collect_set();
    let none = BTreeSet::new();
    let mut push = |class, id: &str, before_id: Option<&str>, fields, consequence, text| {
        changes.push(SpecChange {
            class,
            subject: ChangeSubject::Stage,
            id: id.to_owned(),
            before_id: before_id.map(str::to_owned),
            fields,
            consequence,
            text,
        });
    };
    let field = |name: &str, before: Option<String>, after: Option<String>| FieldChange {
        name: name.to_owned(),
        before,
        after,
    };
    for id in ids {
        let renamed = back.get(id).copied();
        let before_id = renamed.unwrap_or(id);
        match (old.stages.get(before_id), new.stages.get(id)) {
            (None, Some(key)) => {
                let inputs = new.inputs.get(id).unwrap_or(&none);
                push(
                    ChangeClass::Added,
                    id,
                    None,
                    vec![
                        field("key", None, Some((*key).to_owned())),
                        field("after", None, Some(list(inputs))),
                    ],
                    sentence(effect(key), "It"),
                    format!("Stage {id} ({key}) is added after {}.", list(inputs)),
                );
            }
            (Some(key), None) => push(
                ChangeClass::Removed,
                id,
                None,
                vec![field("key", Some((*key).to_owned()), None)],
                effect(key).map(|effect| format!("Nothing {} any more there.", effect.does)),
                format!("Stage {id} ({key}) is removed."),
            ),
            (Some(key_before), Some(key_after)) => {
                if renamed.is_some() {
                    push(
                        ChangeClass::Renamed,
                        id,
                        Some(before_id),
                        vec![field("id", Some(before_id.to_owned()), Some(id.to_owned()))],
                        Some("It does the same to each record.".to_owned()),
                        format!("Stage {before_id} is renamed to {id}."),
                    );
                }
                if key_before != key_after {
                    let consequence = match (effect(key_before), effect(key_after)) {
                        (Some(before), Some(after)) => {
                            sentence(Some(after), &format!("Before, it {}; now it", before.does))
                        }
                        (None, after) => sentence(after, "Now it"),
                        _ => None,
                    };
                    push(
                        ChangeClass::Changed,
                        id,
                        None,
                        vec![field(
                            "key",
                            Some((*key_before).to_owned()),
                            Some((*key_after).to_owned()),
                        )],
                        consequence,
                        format!("Stage {id} changes from {key_before} to {key_after}."),
                    );
                }
                rewired(old, new, renames, before_id, id, |before, after| {
                    push(
                        ChangeClass::Rewired,
                        id,
                        None,
                        vec![field("after", Some(before.clone()), Some(after.clone()))],
                        None,
                        format!("Stage {id} gets its records from {after} instead of {before}."),
                    );
                });
            }
            (None, None) => {}
        }
    }
}

fn rewired(
    old: &View<'_>,
    new: &View<'_>,
    renames: &OrderedMap<&str, &str>,
    before_id: &str,
    id: &str,
    then: impl FnOnce(String, String),
) {
    let none = BTreeSet::new();
    let before: BTreeSet<&str> = old
        .inputs
        .get(before_id)
        .unwrap_or(&none)
        .iter()
        .map(|id| renames.get(id).copied().unwrap_or(id))
        .collect_set();
    let after = new.inputs.get(id).unwrap_or(&none);
    // Between targets, the boundaries of the lane graph stand for the ring's input.
    let across = old.endpoints.is_empty() != new.endpoints.is_empty();
    let plain = |ids: &BTreeSet<&str>, view: &View<'_>| -> BTreeSet<String> {
        ids.iter()
            .filter(|id| !across || !view.endpoints.contains_key(**id))
            .map(|id| (*id).to_owned())
            .collect_set()
    };
    if plain(&before, old) != plain(after, new) {
        then(list(&before), list(after));
    }
}

fn graph_elements(
    old: &View<'_>,
    new: &View<'_>,
    renames: &OrderedMap<&str, &str>,
    changes: &mut Vec<SpecChange>,
) {
    // Between targets, endpoints and lanes have nothing to be compared with.
    if old.settings.get("target") != new.settings.get("target") {
        return;
    }
    let mapped = |id: &'_ str| renames.get(id).copied().unwrap_or(id).to_owned();
    let lanes_before: OrderedMap<(String, String), &String> = old
        .lanes
        .iter()
        .map(|((from, to), lane)| ((mapped(from), mapped(to)), lane))
        .collect_map();
    for ((from, to), after) in new.lanes.iter() {
        if let Some(before) = lanes_before.get(&((*from).to_owned(), (*to).to_owned()))
            && *before != after
        {
            changes.push(SpecChange {
                class: ChangeClass::Changed,
                subject: ChangeSubject::Connection,
                id: format!("{from}->{to}"),
                before_id: None,
                fields: vec![FieldChange {
                    name: "lane".to_owned(),
                    before: Some((*before).clone()),
                    after: Some(after.clone()),
                }],
                consequence: None,
                text: format!("Connection {from}->{to} changes from {before} to {after}."),
            });
        }
    }
    let ids: BTreeSet<&str> = old
        .endpoints
        .keys()
        .chain(new.endpoints.keys())
        .copied()
        .collect_set();
    for id in ids {
        let mut push = |class, fields, text| {
            changes.push(SpecChange {
                class,
                subject: ChangeSubject::Endpoint,
                id: id.to_owned(),
                before_id: None,
                fields,
                consequence: None,
                text,
            });
        };
        let field = |name: &str, before: Option<String>, after: Option<String>| {
            vec![FieldChange {
                name: name.to_owned(),
                before,
                after,
            }]
        };
        let name = |kind: EndpointKind| kind.name().to_owned();
        match (
            old.endpoints.get(id).copied(),
            new.endpoints.get(id).copied(),
        ) {
            (None, Some(kind)) => push(
                ChangeClass::Added,
                field("kind", None, Some(name(kind))),
                format!("Endpoint {id} ({}) is added.", kind.name()),
            ),
            (Some(kind), None) => push(
                ChangeClass::Removed,
                field("kind", Some(name(kind)), None),
                format!("Endpoint {id} ({}) is removed.", kind.name()),
            ),
            (Some(before), Some(after)) if before != after => push(
                ChangeClass::Changed,
                field("kind", Some(name(before)), Some(name(after))),
                format!(
                    "Endpoint {id} changes from {} to {}.",
                    before.name(),
                    after.name()
                ),
            ),
            (Some(_), Some(EndpointKind::Egress)) => {
                rewired(old, new, renames, id, id, |before, after| {
                    let text =
                        format!("Egress {id} gets its records from {after} instead of {before}.");
                    push(
                        ChangeClass::Rewired,
                        field("after", Some(before), Some(after)),
                        text,
                    );
                });
            }
            _ => {}
        }
    }
    let ids: BTreeSet<&str> = old
        .roles
        .keys()
        .chain(new.roles.keys())
        .copied()
        .collect_set();
    for id in ids {
        let (before, after) = (old.roles.get(id), new.roles.get(id));
        if before == after {
            continue;
        }
        let (class, text) = match (before, after) {
            (None, Some(after)) => (ChangeClass::Added, format!("Role {id} ({after}) is added.")),
            (Some(before), None) => (
                ChangeClass::Removed,
                format!("Role {id} ({before}) is removed."),
            ),
            _ => (ChangeClass::Changed, format!("Role {id} changes its work.")),
        };
        changes.push(SpecChange {
            class,
            subject: ChangeSubject::Role,
            id: id.to_owned(),
            before_id: None,
            fields: vec![FieldChange {
                name: "work".to_owned(),
                before: before.cloned(),
                after: after.cloned(),
            }],
            consequence: None,
            text,
        });
    }
}
