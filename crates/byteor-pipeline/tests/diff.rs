//! The laws of the semantic diff (docs/spec/diff.md), on generated pairs of plans, broken ones too,
//! and on the specs that they lower to.

use std::collections::BTreeSet;

use byteor_pipeline::api::{DiffSide, FollowRequest, PlanSource};
use byteor_pipeline::spec::{
    AnchorFate, ChangeClass, ChangeSeverity, ChangeSubject, ConsequenceKind, DiffOf,
    SemanticChange, SemanticDiff, UnionRole, UnionSide,
};
use byteor_pipeline::{ExecutionTarget, PlanGraph, compile, diff_plans, diff_specs, follow};
use proptest::prelude::*;

const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

const KEYS: [&str; 8] = [
    "identity",
    "keep:x",
    "drop:y",
    "replace:a=b",
    "replace:a=c",
    "http_post:https://example.com/r",
    "bogus:key",
    "json_hash:mail=hmac_sha256:customers",
];

const INTENTS: [&str; 6] = [
    "->",
    "-[journal]->",
    "-[sequenced_slots 64]->",
    "-[sequenced_slots]->",
    "-[fanout_broadcast]->",
    "-[events]->",
];

const SETTINGS: [&str; 9] = [
    "",
    "lane_graph { merge priority }",
    "lane_graph { merge e2 priority e1 e0; merge out priority e3 }",
    "single_ring { ordering strict }",
    "single_ring { ordering per_key; shards 2; shard_key 0 4 }",
    "lane_graph { on_full drop }",
    "lane_graph { ingress journal; egress events }",
    "lane_graph { on_full block; on_full drop }",
    "single_ring { shards",
];

/// A plan before it is text.
#[derive(Clone, Debug)]
struct Sketch {
    name: String,
    description: Option<String>,
    boundaries: Vec<(String, &'static str)>,
    stages: Vec<(String, &'static str)>,
    links: Vec<(String, String, &'static str)>,
    settings: String,
    more: Vec<String>,
}

impl Sketch {
    /// A chain of stages.
    fn new(keys: &[u8], settings: u8) -> Self {
        let stages: Vec<(String, &'static str)> = keys
            .iter()
            .enumerate()
            .map(|(at, key)| (id(at as u8), KEYS[*key as usize % 4]))
            .collect();
        let mut ids: Vec<String> = vec!["in".to_owned()];
        ids.extend(stages.iter().map(|(id, _)| id.clone()));
        ids.push("out".to_owned());
        Self {
            name: "p".to_owned(),
            description: None,
            boundaries: vec![("in".to_owned(), "ingress"), ("out".to_owned(), "egress")],
            stages,
            links: ids
                .windows(2)
                .map(|pair| (pair[0].clone(), pair[1].clone(), "->"))
                .collect(),
            settings: SETTINGS[settings as usize % 7].to_owned(),
            more: Vec::new(),
        }
    }

    /// Edits as an author makes them; `x` and `y` say where and what.
    fn edit(&mut self, operation: u8, x: u8, y: u8) {
        let at = |count: usize| (x as usize) % count.max(1);
        let stage = at(self.stages.len());
        let link = at(self.links.len());
        match operation % 16 {
            // Three of the sixteen rename, because renames lean on each other.
            0..=2 => {
                let to = id(20 + y % 6);
                let ids = self
                    .stages
                    .iter()
                    .map(|(id, _)| id)
                    .chain(self.boundaries.iter().map(|(id, _)| id));
                if let (false, Some((from, _))) =
                    (ids.clone().any(|id| *id == to), self.stages.get(stage))
                {
                    let from = from.clone();
                    self.rename(&from, &to);
                }
            }
            3 | 4 => {
                if let Some(stage) = self.stages.get_mut(stage) {
                    stage.1 = KEYS[y as usize % KEYS.len()];
                }
            }
            5 | 6 => {
                // A stage in the middle of a connection.
                let new = id(10 + y % 8);
                if let Some((from, to, intent)) = self.links.get(link).cloned()
                    && !self.stages.iter().any(|(id, _)| *id == new)
                {
                    self.stages
                        .push((new.clone(), KEYS[y as usize % KEYS.len()]));
                    self.links[link] = (from, new.clone(), intent);
                    self.links.push((new, to, "->"));
                }
            }
            7 => {
                // A stage away, and what stood around it connected.
                if let Some((gone, _)) = self.stages.get(stage).cloned() {
                    self.stages.retain(|(id, _)| *id != gone);
                    let from = self
                        .links
                        .iter()
                        .find(|link| link.1 == gone)
                        .map(|link| link.0.clone());
                    let to = self
                        .links
                        .iter()
                        .find(|link| link.0 == gone)
                        .map(|link| link.1.clone());
                    self.links.retain(|link| link.0 != gone && link.1 != gone);
                    if let (Some(from), Some(to)) = (from, to) {
                        self.links.push((from, to, "->"));
                    }
                }
            }
            8 => {
                // Two stages change places.
                if let (Some((a, _)), Some((b, _))) = (
                    self.stages.get(stage).cloned(),
                    self.stages
                        .get(y as usize % self.stages.len().max(1))
                        .cloned(),
                ) {
                    for link in &mut self.links {
                        for end in [&mut link.0, &mut link.1] {
                            *end = if *end == a {
                                b.clone()
                            } else if *end == b {
                                a.clone()
                            } else {
                                continue;
                            };
                        }
                    }
                }
            }
            9 => {
                if let Some(link) = self.links.get_mut(link) {
                    link.2 = INTENTS[y as usize % INTENTS.len()];
                }
            }
            10 => {
                if let (Some((a, _)), Some((b, _))) = (
                    self.stages.get(stage),
                    self.stages.get(y as usize % self.stages.len().max(1)),
                ) {
                    self.links
                        .push((a.clone(), b.clone(), INTENTS[x as usize % INTENTS.len()]));
                }
            }
            11 => {
                if !self.links.is_empty() {
                    self.links.remove(link);
                }
            }
            12 => self.settings = SETTINGS[y as usize % SETTINGS.len()].to_owned(),
            13 => {
                let at = at(self.boundaries.len());
                let to = id(30 + y % 4);
                if let Some((from, _)) = self.boundaries.get(at).cloned()
                    && !self.boundaries.iter().any(|(id, _)| *id == to)
                {
                    self.rename(&from, &to);
                }
            }
            14 => {
                self.name = format!("name{}", y % 4);
                self.description = (x & 1 == 1).then(|| id(y));
            }
            _ => {
                // Another way out, or in.
                let new = id(40 + y % 4);
                if let Some((stage, _)) = self.stages.get(stage)
                    && !self.boundaries.iter().any(|(id, _)| *id == new)
                {
                    self.links.push(if x & 1 == 1 {
                        (
                            stage.clone(),
                            new.clone(),
                            INTENTS[y as usize % INTENTS.len()],
                        )
                    } else {
                        (
                            new.clone(),
                            stage.clone(),
                            INTENTS[y as usize % INTENTS.len()],
                        )
                    });
                    self.boundaries
                        .push((new, if x & 1 == 1 { "egress" } else { "ingress" }));
                }
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let ids = self
            .stages
            .iter_mut()
            .map(|(id, _)| id)
            .chain(self.boundaries.iter_mut().map(|(id, _)| id))
            .chain(
                self.links
                    .iter_mut()
                    .flat_map(|link| [&mut link.0, &mut link.1]),
            );
        for id in ids {
            if id == from {
                *id = to.to_owned();
            }
        }
        let words = self.settings.split_inclusive([' ', ';']);
        self.settings = words
            .map(|word| match word.strip_prefix(from) {
                Some(end) if end == " " || end == ";" => [to, end].concat(),
                _ => word.to_owned(),
            })
            .collect();
    }

    fn text(&self) -> String {
        let mut lines = vec![format!("pipeline {}", self.name)];
        lines.extend(
            self.description
                .iter()
                .map(|text| format!("description \"{text}\"")),
        );
        lines.extend(
            self.boundaries
                .iter()
                .map(|(id, kind)| format!("{kind} {id}")),
        );
        lines.extend(
            self.stages
                .iter()
                .map(|(id, key)| format!("stage {id} {key}")),
        );
        lines.extend(
            self.links
                .iter()
                .map(|(from, to, intent)| format!("{from} {intent} {to}")),
        );
        lines.push(self.settings.clone());
        lines.extend(self.more.iter().cloned());
        lines.join("\n") + "\n"
    }
}

fn id(number: u8) -> String {
    format!("e{number}")
}

/// Damage as a keyboard does it: a line away, doubled or cut short.
fn damage(text: &str, kind: u8, at: u8) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let at = at as usize % lines.len();
    match kind % 3 {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(at, lines[at]),
        _ => lines[at] = &lines[at][..lines[at].len() / 2],
    }
    lines.join("\n") + "\n"
}

type Edits = Vec<(u8, u8, u8)>;

/// Two plans, the second an edited copy of the first, or, now and then, of another.
fn pairs() -> impl Strategy<Value = (String, String)> {
    let edits = || prop::collection::vec(any::<(u8, u8, u8)>(), 0..5);
    let breaks = || prop::collection::vec(any::<(u8, u8)>(), 0..3);
    (
        prop::collection::vec(any::<u8>(), 0..6),
        any::<u8>(),
        edits(),
        edits(),
        (any::<bool>(), breaks(), breaks()),
    )
        .prop_map(
            |(keys, settings, first, second, (whole, break_a, break_b))| {
                let edit = |sketch: &mut Sketch, edits: &Edits| {
                    for (operation, x, y) in edits {
                        sketch.edit(*operation, *x, *y);
                    }
                };
                let mut sketch = Sketch::new(&keys, settings);
                edit(&mut sketch, &first);
                let mut a = sketch.text();
                edit(&mut sketch, &second);
                let mut b = sketch.text();
                if !whole {
                    for (kind, at) in break_a {
                        a = damage(&a, kind, at);
                    }
                    for (kind, at) in break_b {
                        b = damage(&b, kind, at);
                    }
                }
                (a, b)
            },
        )
}

fn plans(a: &str, b: &str, target: ExecutionTarget, limit: Option<usize>) -> SemanticDiff {
    let side = |text: &str| PlanSource {
        text: text.to_owned(),
        target,
    };
    diff_plans(&side(a), &side(b), limit)
}

/// What both directions tell of a change: not the consequences, which have words of their own in
/// each, nor what follows from ids.
fn told(change: &SemanticChange) -> SemanticChange {
    SemanticChange {
        anchor: String::new(),
        digest: String::new(),
        severity: ChangeSeverity::Info,
        consequences: Vec::new(),
        ..change.clone()
    }
}

/// The change as the other direction should tell it.
fn mirrored(change: &SemanticChange) -> SemanticChange {
    let mut change = told(change);
    change.class = match change.class {
        ChangeClass::Added => ChangeClass::Removed,
        ChangeClass::Removed => ChangeClass::Added,
        other => other,
    };
    if let Some(before) = &mut change.before_id {
        std::mem::swap(before, &mut change.id);
    }
    for field in &mut change.fields {
        std::mem::swap(&mut field.before, &mut field.after);
    }
    std::mem::swap(&mut change.before_line, &mut change.after_line);
    change
}

fn kinds(change: &SemanticChange) -> Vec<ConsequenceKind> {
    change
        .consequences
        .iter()
        .map(|consequence| consequence.kind)
        .collect()
}

fn laws(a: &SemanticDiff, b: &SemanticDiff, limited: &dyn Fn(usize) -> SemanticDiff) {
    // The mirror.
    let there: Vec<SemanticChange> = a.changes.iter().map(mirrored).collect();
    let back: Vec<SemanticChange> = b.changes.iter().map(told).collect();
    assert_eq!(there, back, "\n{}\n{}", a.text, b.text);
    let there: Vec<_> = a.changes.iter().map(kinds).collect();
    let back: Vec<_> = b.changes.iter().map(kinds).collect();
    assert_eq!(there, back, "\n{}\n{}", a.text, b.text);
    assert_eq!(
        (&a.before_hash, &a.after_hash),
        (&b.after_hash, &b.before_hash)
    );
    assert_eq!(a.capabilities_needed, b.capabilities_unneeded);
    assert_eq!(a.capabilities_unneeded, b.capabilities_needed);
    assert_eq!(a.config_required, b.config_unused);
    assert_eq!(a.config_unused, b.config_required);
    // Counts are of what is listed, and no change stands twice.
    for class in ChangeClass::ALL {
        let listed = a
            .changes
            .iter()
            .filter(|change| change.class == *class)
            .count();
        assert_eq!(a.counts.of(*class) as usize, listed);
    }
    assert_eq!(a.total as usize, a.changes.len());
    assert_eq!(a.equal, a.changes.is_empty());
    union_laws(a, b);
    let unlike: BTreeSet<_> = a
        .changes
        .iter()
        .map(|it| (&it.anchor, &it.digest))
        .collect();
    assert_eq!(unlike.len(), a.changes.len(), "{}", a.text);
    for change in &a.changes {
        let severities = change.consequences.iter().map(|one| one.severity);
        let severest = severities.max().unwrap_or(ChangeSeverity::Info);
        assert_eq!(change.severity, severest);
        for one in &change.consequences {
            assert_eq!(
                (one.kind, one.severity),
                (one.code.kind(), one.code.severity())
            );
            let parts: String = one.parts.iter().map(|part| part.text.as_str()).collect();
            assert!(!parts.is_empty() && one.text.ends_with('.'), "{parts}");
        }
    }
    let mut seen = BTreeSet::new();
    for change in &a.changes {
        assert!(
            seen.insert((change.subject, change.id.clone(), change.class)),
            "{}",
            a.text
        );
    }
    // A limit hides, and says how much.
    let all = a.changes.len();
    for limit in BTreeSet::from([0, 1, all / 2, all, all + 1]) {
        let some = limited(limit);
        assert_eq!(some.shown + some.hidden, some.total);
        assert_eq!((some.total, some.counts), (a.total, a.counts));
        assert_eq!(some.changes, a.changes[..limit.min(a.changes.len())]);
        assert_eq!(some.hidden > 0, some.text.contains(" hidden."));
    }
}

/// What a union says of its elements, from one side: ids before and after, and who has it.
fn members(diff: &SemanticDiff, turned: bool) -> Vec<(Option<&str>, Option<&str>, ChangeSubject)> {
    let mut members = Vec::with_capacity(diff.union.elements.len());
    for element in &diff.union.elements {
        let before = element.before_id.as_deref().unwrap_or(&element.id);
        let old = (element.side != UnionSide::After).then_some(before);
        let new = (element.side != UnionSide::Before).then_some(element.id.as_str());
        let (old, new) = if turned { (new, old) } else { (old, new) };
        members.push((old, new, element.subject));
    }
    members
}

/// The union of both and what only moved: the same from either direction, and nothing twice.
fn union_laws(a: &SemanticDiff, b: &SemanticDiff) {
    assert_eq!(members(a, false), members(b, true), "\n{}", a.text);
    let wires = |diff: &SemanticDiff, turned: bool| -> Vec<_> {
        let at = |anchor: &str| {
            let place = diff
                .union
                .elements
                .iter()
                .position(|one| one.anchor == anchor);
            place.expect("a connection has both ends")
        };
        let wires = diff.union.connections.iter().map(|wire| {
            let mut lanes = [wire.before.clone(), wire.after.clone()];
            let mut lines = [wire.before_line, wire.after_line];
            if turned {
                lanes.reverse();
                lines.reverse();
            }
            (at(&wire.from), at(&wire.to), lanes, lines)
        });
        wires.collect()
    };
    let sorted = |mut list: Vec<_>| {
        list.sort();
        list
    };
    assert_eq!(
        sorted(wires(a, false)),
        sorted(wires(b, true)),
        "\n{}",
        a.text
    );
    let anchors: BTreeSet<&String> = a.union.elements.iter().map(|one| &one.anchor).collect();
    assert_eq!(anchors.len(), a.union.elements.len());
    // What changed is in it.
    for change in &a.changes {
        let there = match change.subject {
            ChangeSubject::Boundary | ChangeSubject::Endpoint | ChangeSubject::Stage => {
                anchors.contains(&change.anchor)
            }
            ChangeSubject::Role => {
                let inserted = a.union.inserted.iter();
                let role = |role: &UnionRole| change.anchor == ["role:", &role.id].concat();
                anchors.contains(&change.anchor) || inserted.into_iter().any(role)
            }
            _ => true,
        };
        assert!(there, "{} of\n{}", change.anchor, a.text);
    }
    for role in &a.union.inserted {
        let wire = |at: &String| anchors.contains(at);
        assert!(!role.at.is_empty() && role.at.iter().all(wire), "{role:?}");
    }
    // Nothing both moved and changed; and the other direction moves the same.
    let changed: BTreeSet<&String> = a.changes.iter().map(|change| &change.anchor).collect();
    for moved in &a.moved {
        assert!(
            !changed.contains(&moved.anchor),
            "{}\n{}",
            moved.anchor,
            a.text
        );
    }
    let moved = |diff: &SemanticDiff, turned: bool| -> BTreeSet<_> {
        let moved = diff.moved.iter().map(|moved| {
            let before = moved.before_id.clone().unwrap_or(moved.id.clone());
            let mut ends = [
                (before, moved.before_line),
                (moved.id.clone(), moved.after_line),
            ];
            if turned {
                ends.reverse();
            }
            (moved.subject, ends)
        });
        moved.collect()
    };
    assert_eq!(moved(a, false), moved(b, true));
    assert_eq!(moved(a, false).len(), a.moved.len());
}

/// In the union, what both plans have in one order keeps it, and so does all that stands between.
fn places_are_stable(diff: &SemanticDiff) {
    let line = |before: bool| {
        let lines = diff.union.elements.iter().map(move |element| {
            if before {
                element.before_line
            } else {
                element.after_line
            }
        });
        lines.collect::<Vec<Option<u32>>>()
    };
    let rises = |lines: &[Option<u32>]| {
        let lines: Vec<u32> = lines.iter().copied().flatten().collect();
        lines.windows(2).all(|pair| pair[0] <= pair[1])
    };
    let both: Vec<(u32, u32)> = line(true)
        .into_iter()
        .zip(line(false))
        .filter_map(|(before, after)| before.zip(after))
        .collect();
    let mut in_order = both.clone();
    in_order.sort();
    if in_order.windows(2).all(|pair| pair[0].1 <= pair[1].1) {
        assert!(
            rises(&line(true)) && rises(&line(false)),
            "{:?}",
            diff.union.elements
        );
    }
}

/// Anchors of one plan are found in the other: what both have, through renames, and nothing else.
fn anchors_are_followed(diff: &SemanticDiff, a: &PlanSource, b: &PlanSource) {
    let follow = |before: &PlanSource, after: &PlanSource, anchors: Vec<String>| {
        let request = FollowRequest {
            before: DiffSide::Plan(before.clone()),
            after: DiffSide::Plan(after.clone()),
            of: Some(DiffOf::Plan),
            anchors,
        };
        follow(&request).unwrap()
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for element in &diff.union.elements {
        let id = element.before_id.as_ref().unwrap_or(&element.id);
        let kind = element.anchor.split(':').next().unwrap();
        match element.side {
            UnionSide::After => continue,
            UnionSide::Both => after.push(Some(element.anchor.clone())),
            UnionSide::Before => after.push(None),
        }
        before.push([kind, ":", id].concat());
    }
    let now: Vec<Option<String>> = follow(a, b, before.clone())
        .into_iter()
        .map(|followed| followed.now)
        .collect();
    assert_eq!(now, after, "{}", diff.text);
    let back = follow(b, a, now.iter().flatten().cloned().collect());
    let there = before.iter().zip(&now).filter(|(_, now)| now.is_some());
    for (followed, (anchor, _)) in back.iter().zip(there) {
        assert_eq!(followed.now.as_ref(), Some(anchor));
    }
    // In the same plan each is itself, lines too.
    let lines = 1..=a.text.lines().count();
    before.extend(lines.map(|line| ["line:", &line.to_string()].concat()));
    before.extend(
        diff.union
            .connections
            .iter()
            .filter(|wire| wire.side == UnionSide::Before)
            .map(|wire| wire.anchor.clone()),
    );
    for followed in follow(a, a, before) {
        assert_eq!(followed.fate, AnchorFate::Same, "{followed:?}");
    }
}

/// Every rename is one: the same key, and the same neighbours up to the renames themselves.
fn renames_are_renames(diff: &SemanticDiff, before: &PlanGraph, after: &PlanGraph) {
    let renamed: Vec<(&str, &str)> = diff
        .changes
        .iter()
        .filter(|change| change.class == ChangeClass::Renamed)
        .map(|change| (change.before_id.as_deref().unwrap(), change.id.as_str()))
        .collect();
    let to_after = |id: &str| {
        let pair = renamed.iter().find(|(old, _)| *old == id);
        pair.map_or(id.to_owned(), |(_, new)| (*new).to_owned())
    };
    let key = |graph: &PlanGraph, id: &str| {
        let stage = graph
            .stages
            .iter()
            .find(|stage| stage.id == id)
            .map(|stage| stage.key.clone());
        let boundary = graph
            .boundaries
            .iter()
            .find(|edge| edge.id == id)
            .map(|edge| edge.kind);
        (stage, boundary)
    };
    let near = |graph: &PlanGraph, id: &str, map: &dyn Fn(&str) -> String| {
        let mut ends: Vec<(bool, String)> = graph
            .connections
            .iter()
            .filter_map(|link| match (link.from == id, link.to == id) {
                (true, _) => Some((true, map(&link.to))),
                (_, true) => Some((false, map(&link.from))),
                _ => None,
            })
            .collect();
        ends.sort();
        ends
    };
    // Name and description may be any word, an old id's too.
    let elements = format!("{:?}{:?}", after.stages, after.connections);
    for (old, new) in &renamed {
        assert_eq!(key(before, old), key(after, new));
        assert_eq!(
            near(before, old, &to_after),
            near(after, new, &str::to_owned)
        );
        assert!(
            !elements.contains(&format!("\"{old}\"")),
            "{old} is still used"
        );
    }
}

/// A value that differs from what holds without the setting. Of some there is only one value.
const OTHER_VALUES: [(&str, &str, Option<&str>); 9] = [
    (
        "single_ring",
        "shards",
        Some("ordering per_key; shard_key 0 4; shards 2"),
    ),
    (
        "single_ring",
        "ordering",
        Some("ordering per_key; shard_key 0 4"),
    ),
    (
        "single_ring",
        "shard_key",
        Some("ordering per_key; shard_key 0 4"),
    ),
    ("single_ring", "producer", None),
    ("single_ring", "scheduling", None),
    ("lane_graph", "on_full", Some("on_full drop")),
    ("lane_graph", "ingress", Some("ingress journal")),
    ("lane_graph", "egress", Some("egress sequenced_slots 8")),
    ("lane_graph", "merge", Some("merge priority")),
];

#[test]
fn every_setting_that_changes_the_hash_is_a_change_of_its_own() {
    let plan = |block: &str, settings: &str| {
        let elements = "ingress in\nstage a trim\nstage b upper\nstage c lower\negress out\n";
        let links = if block == "single_ring" {
            "in -> a -> b -> c -> out\n"
        } else {
            "in -> a -> c -> out\nin -> b -> c\n"
        };
        format!("pipeline p\n{elements}{links}{block} {{ {settings} }}\n")
    };
    for target in TARGETS {
        let block = target.name();
        // The compiler lists the settings that there are.
        let unknown = compile(&plan(block, "nope x"), target).diagnostics;
        let helps: Vec<&str> = unknown.iter().filter_map(|it| it.help.as_deref()).collect();
        let names = helps
            .iter()
            .find_map(|help| help.strip_prefix("The settings are "));
        for name in names.expect("the settings").split(", ") {
            let known = OTHER_VALUES
                .iter()
                .find(|one| (one.0, one.1) == (block, name));
            let Some((.., Some(settings))) = known else {
                assert!(known.is_some(), "{block} {name} has no other value here");
                continue;
            };
            let (before, after) = (plan(block, ""), plan(block, settings));
            let diff = plans(&before, &after, target, None);
            assert_ne!(diff.before_hash, diff.after_hash, "{name}");
            let anchor = format!("setting:{block}.{name}");
            let change = diff.changes.iter().find(|change| change.anchor == anchor);
            let change = change.unwrap_or_else(|| panic!("{anchor} in\n{}", diff.text));
            assert!(
                !change.consequences.is_empty() && change.after_line.is_some(),
                "{anchor}"
            );
            let spec = |text: &str| compile(text, target).report.expect("a spec").spec;
            assert!(
                diff_specs(&spec(&before), &spec(&after), None).total > 0,
                "{name}"
            );
        }
    }
}

#[test]
fn a_digest_is_of_all_inputs_also_of_those_that_a_field_only_counts() {
    let plan = |last: &str| {
        let many: Vec<String> = (0..20).map(|n| format!("s{n:02}")).collect();
        let stages: String = many.iter().map(|id| format!("stage {id} trim\n")).collect();
        let links: String = many
            .iter()
            .map(|id| format!("in -> {id}\n{id} -> z\n"))
            .collect();
        let more = format!("stage t0 upper\nstage t1 lower\nin -> t0\nin -> t1\n{last} -> z\n");
        format!("pipeline p\ningress in\negress out\nstage z trim\nz -> out\n{stages}{links}{more}")
    };
    let none = "pipeline p\ningress in\negress out\n";
    let added = |last: &str| {
        let diff = plans(none, &plan(last), ExecutionTarget::LaneGraph, None);
        let change = diff.changes.into_iter().find(|change| change.id == "z");
        change.expect("a stage that came")
    };
    let (one, other) = (added("t0"), added("t1"));
    assert_eq!(one.fields, other.fields);
    assert_ne!(one.digest, other.digest);
    assert_eq!(one.digest, added("t0").digest);
}

proptest! {
    #[test]
    fn the_laws_hold_for_any_two_plans((a, b) in pairs()) {
        for target in TARGETS {
            let diff = plans(&a, &b, target, None);
            laws(&diff, &plans(&b, &a, target, None), &|limit| plans(&a, &b, target, Some(limit)));
            places_are_stable(&diff);
            let source = |text: &str| PlanSource { text: text.to_owned(), target };
            anchors_are_followed(&diff, &source(&a), &source(&b));
            prop_assert!(plans(&a, &a, target, None).equal);
            prop_assert!(plans(&b, &b, target, None).equal);
            let (old, new) = (compile(&a, target), compile(&b, target));
            renames_are_renames(&diff, &old.graph, &new.graph);
            // What a diff of plans calls equal, lowers to the same spec.
            if diff.changes.iter().all(|change| change.subject == ChangeSubject::Metadata) {
                let hash = |report: Option<byteor_pipeline::CompileReportV1>| report.map(|report| report.spec_hash);
                if let (Some(old), Some(new)) = (hash(old.report), hash(new.report)) {
                    prop_assert_eq!(old, new);
                }
            }
        }
    }

    #[test]
    fn the_laws_hold_for_the_specs_of_any_two_plans((a, b) in pairs()) {
        for (old, new) in [(0, 0), (1, 1), (0, 1)] {
            let spec = |text: &str, target| compile(text, target).report.map(|report| report.spec);
            let (Some(old), Some(new)) = (spec(&a, TARGETS[old]), spec(&b, TARGETS[new])) else {
                continue;
            };
            let diff = diff_specs(&old, &new, None);
            laws(&diff, &diff_specs(&new, &old, None), &|limit| diff_specs(&old, &new, Some(limit)));
            prop_assert_eq!(diff.equal, diff.before_hash == diff.after_hash, "{}", diff.text);
            // Each difference has an element that it is of.
            prop_assert!(diff.changes.iter().all(|change| change.subject != ChangeSubject::Lane), "{}\n{}\n{}", diff.text, a, b);
            prop_assert!(diff_specs(&old, &old, None).equal);
        }
    }
}
