//! What changed, element by element.

use std::collections::BTreeMap;

use super::anchor::anchor;
use super::consequences;
use super::model::{
    ChangeClass, ChangeSeverity, ChangeSubject, Consequence, FieldChange, SemanticChange,
};
use super::pairing::{Facing, Pairing, Rewiring};
use super::view::{LinkLane, NONE, Place, ViewElement, ViewValue};
use crate::sha256_hex;

/// A change, and what later steps have to know of it.
pub(super) struct Entry {
    pub(super) change: SemanticChange,
    /// The same in both directions, so that a diff and its mirror have one order.
    order: String,
    /// The element before; [`NONE`] for what is none.
    pub(super) before: u32,
    /// The element after.
    pub(super) after: u32,
    /// Ids that the change speaks of, by their numbers after.
    pub(super) near: Vec<u32>,
    /// What the digest is of beside class, ids and fields.
    more: Vec<String>,
}

impl Entry {
    pub(super) fn new(
        class: ChangeClass,
        subject: ChangeSubject,
        before: &str,
        after: &str,
    ) -> Self {
        let (id, other) = match (before, after) {
            (before, "") => (before, ""),
            (before, after) => (after, before),
        };
        let order = if before.is_empty() || (!after.is_empty() && after < before) {
            after
        } else {
            before
        };
        Self {
            change: SemanticChange {
                class,
                subject,
                anchor: anchor(subject, id),
                digest: String::new(),
                id: id.to_owned(),
                before_id: (!other.is_empty() && other != id).then(|| other.to_owned()),
                before_line: None,
                after_line: None,
                severity: ChangeSeverity::Info,
                fields: Vec::new(),
                consequences: Vec::new(),
            },
            order: order.to_owned(),
            before: NONE,
            after: NONE,
            near: Vec::new(),
            more: Vec::new(),
        }
    }

    /// Where the texts have it.
    fn stands(&mut self, before: Option<Place>, after: Option<Place>) {
        self.change.before_line = before.map(|place| place.line);
        self.change.after_line = after.map(|place| place.line);
    }

    /// 32 hex digits over what the change says. Of a long list of inputs a field has only the start,
    /// and the digest all of it. Consequences follow from other changes too, and are left out.
    pub(super) fn digest(&self) -> String {
        let change = &self.change;
        let mut bytes = Vec::new();
        let mut say = |text: Option<&str>| {
            // With lengths, no two lists of texts are the same bytes.
            let length = text.map_or(u32::MAX, |text| text.len() as u32);
            bytes.extend(length.to_le_bytes());
            bytes.extend(text.unwrap_or("").as_bytes());
        };
        say(Some(change.class.name()));
        say(Some(&change.anchor));
        say(change.before_id.as_deref());
        for field in &change.fields {
            say(Some(&field.name));
            say(field.before.as_deref());
            say(field.after.as_deref());
        }
        for text in &self.more {
            say(Some(text));
        }
        let mut digits = sha256_hex(&bytes).split_off("sha256:".len());
        digits.truncate(32);
        digits
    }

    pub(super) fn field(&mut self, name: &str, before: Option<String>, after: Option<String>) {
        if before.is_some() || after.is_some() {
            self.change.fields.push(FieldChange {
                name: name.to_owned(),
                before,
                after,
            });
        }
    }

    pub(super) fn follows(&mut self, consequence: Consequence) {
        self.change.consequences.push(consequence);
    }

    fn key(&self) -> (ChangeSubject, &str, ChangeClass) {
        (self.change.subject, &self.order, self.change.class)
    }
}

/// Puts changes into the order that both directions share.
pub(super) fn in_order(entries: &mut [Entry]) {
    entries.sort_by(|a, b| a.key().cmp(&b.key()));
}

/// Name, description and settings that differ.
pub(super) fn named_values(pairing: &Pairing<'_, '_>, entries: &mut Vec<Entry>) {
    let (old, new) = (pairing.old.view, pairing.new.view);
    let mut metadata = Values::new();
    for (side, view) in [old, new].into_iter().enumerate() {
        for value in &view.metadata {
            metadata.entry(value.name.clone()).or_default()[side].get_or_insert(value);
        }
    }
    for (_, [before, after]) in metadata.iter() {
        if before.map(|before| &before.value) != after.map(|after| &after.value) {
            let entry = value_entry(ChangeSubject::Metadata, *before, *after);
            entries.push(followed(entry, Some(consequences::of_metadata())));
        }
    }
    // Some settings speak of elements, whose renames are no change of the setting.
    let mut settings = Values::new();
    for value in &old.settings {
        let name_after = pairing.text_after(&value.name);
        settings.entry(name_after).or_default()[0].get_or_insert(value);
    }
    for value in &new.settings {
        settings.entry(value.name.clone()).or_default()[1].get_or_insert(value);
    }
    for (_, [before, after]) in settings.iter() {
        let same = match (before, after) {
            (Some(before), Some(after)) => {
                before.value == after.value || pairing.text_after(&before.value) == after.value
            }
            _ => false,
        };
        if !same {
            let follows = consequences::of_setting(
                (old.target, new.target),
                after.or(*before).map_or("", |value| &value.name),
                before.map(|before| before.value.as_str()),
                after.map(|after| after.value.as_str()),
            );
            let entry = value_entry(ChangeSubject::Setting, *before, *after);
            entries.push(followed(entry, follows));
        }
    }
}

/// What each side says, by the name after.
type Values<'v> = BTreeMap<String, [Option<&'v ViewValue>; 2]>;

fn value_entry(
    subject: ChangeSubject,
    before: Option<&ViewValue>,
    after: Option<&ViewValue>,
) -> Entry {
    let name = |side: Option<&'_ ViewValue>| side.map_or(String::new(), |value| value.name.clone());
    let value = |side: Option<&'_ ViewValue>| side.map(|value| value.value.clone());
    let place = |side: Option<&'_ ViewValue>| side.and_then(|value| value.place);
    let class = class_of(before.is_some(), after.is_some());
    let mut entry = Entry::new(class, subject, &name(before), &name(after));
    entry.field("value", value(before), value(after));
    entry.stands(place(before), place(after));
    entry
}

fn followed(mut entry: Entry, consequence: Option<Consequence>) -> Entry {
    if let Some(consequence) = consequence {
        entry.follows(consequence);
    }
    entry
}

fn class_of(before: bool, after: bool) -> ChangeClass {
    match (before, after) {
        (true, true) => ChangeClass::Changed,
        (true, false) => ChangeClass::Removed,
        _ => ChangeClass::Added,
    }
}

/// Elements that differ.
pub(super) fn elements(pairing: &Pairing<'_, '_>, entries: &mut Vec<Entry>) {
    for name in 0..pairing.names.len() as u32 {
        if let Some(element) = pairing.old.element(name) {
            if pairing.stays(Facing::Before, name) {
                stayed(pairing, name, pairing.renames.after(name), entries);
            } else {
                entries.push(alone(pairing, Facing::Before, name, element));
            }
        }
        if let Some(element) = pairing.new.element(name)
            && !pairing.stays(Facing::After, name)
        {
            entries.push(alone(pairing, Facing::After, name, element));
        }
    }
}

/// How the field that says what an element does is called.
fn key_name(subject: ChangeSubject) -> &'static str {
    match subject {
        ChangeSubject::Stage => "key",
        ChangeSubject::Role => "work",
        _ => "kind",
    }
}

fn key_of(element: &ViewElement<'_>) -> Option<String> {
    (!element.key.is_empty()).then(|| element.key.to_string())
}

/// An element that only one side has.
fn alone(pairing: &Pairing<'_, '_>, facing: Facing, name: u32, element: &ViewElement<'_>) -> Entry {
    let id = pairing.names.id(name);
    let mut entry = match facing {
        Facing::Before => Entry::new(ChangeClass::Removed, element.subject, id, ""),
        Facing::After => Entry::new(ChangeClass::Added, element.subject, "", id),
    };
    let side = pairing.side(facing);
    let ends = |inputs: bool| {
        let links = if inputs {
            side.inputs(name)
        } else {
            side.outputs(name)
        };
        let mut ends: Vec<(u32, Option<&LinkLane>)> = Vec::with_capacity(links.len());
        for link in links {
            ends.push((if inputs { link.from } else { link.to }, side.lane(*link)));
        }
        ends
    };
    let (inputs, outputs) = (ends(true), ends(false));
    entry.near.push(pairing.after_name(facing, name));
    for (near, _) in inputs.iter().chain(&outputs) {
        entry.near.push(pairing.after_name(facing, *near));
    }
    match facing {
        Facing::Before => entry.stands(element.place, None),
        Facing::After => entry.stands(None, element.place),
    }
    if Pairing::is_long(inputs.len().max(outputs.len())) {
        entry.more = pairing.texts(inputs.iter().chain(&outputs).copied());
    }
    let mut field = |name: &str, value: Option<String>| match facing {
        Facing::Before => entry.field(name, value, None),
        Facing::After => entry.field(name, None, value),
    };
    field(key_name(element.subject), key_of(element));
    field(
        "inputs",
        pairing.list(&inputs, 0).or_else(|| no_inputs(pairing)),
    );
    field("outputs", pairing.list(&outputs, 0));
    match facing {
        Facing::Before => entry.before = name,
        Facing::After => entry.after = name,
    }
    consequences::of_alone(pairing, facing, name, element, &mut entry);
    if !Pairing::is_long(inputs.len()) {
        for (from, _) in &inputs {
            consequences::of_own_lane(pairing, facing, (*from, name), &mut entry);
        }
    }
    entry
}

/// What stands in the field of an element without inputs.
fn no_inputs(pairing: &Pairing<'_, '_>) -> Option<String> {
    pairing.has_bare_inputs().then(|| "the input".to_owned())
}

/// An element that both sides have.
fn stayed(pairing: &Pairing<'_, '_>, before: u32, after: u32, entries: &mut Vec<Entry>) {
    let (Some(old), Some(new)) = (pairing.old.element(before), pairing.new.element(after)) else {
        return;
    };
    let ids = (pairing.names.id(before), pairing.names.id(after));
    let mut push = |class: ChangeClass, fill: &mut dyn FnMut(&mut Entry)| {
        let mut entry = Entry::new(class, new.subject, ids.0, ids.1);
        (entry.before, entry.after) = (before, after);
        entry.near.push(after);
        entry.stands(old.place, new.place);
        fill(&mut entry);
        entries.push(entry);
    };
    if before != after {
        push(ChangeClass::Renamed, &mut |entry| {
            entry.field("id", Some(ids.0.to_owned()), Some(ids.1.to_owned()));
            let target = pairing.new.view.target;
            entry.follows(consequences::of_rename(target, new.subject));
        });
    }
    if old.key != new.key {
        push(ChangeClass::Changed, &mut |entry| {
            entry.field(key_name(new.subject), key_of(old), key_of(new));
            consequences::of_key(pairing, old, new, entry);
        });
    }
    let rewiring = pairing.rewiring(before, after);
    if !rewiring.lost.is_empty() || !rewiring.gained.is_empty() {
        push(ChangeClass::Rewired, &mut |entry| {
            let (from, to) = inputs(pairing, before, after, &rewiring);
            entry.field("inputs", from, to);
            for (facing, name) in [(Facing::Before, before), (Facing::After, after)] {
                let side = pairing.side(facing);
                let inputs = side.inputs(name);
                if Pairing::is_long(inputs.len()) {
                    let ends = inputs.iter().map(|link| (link.from, side.lane(*link)));
                    entry.more.extend(pairing.texts(ends));
                }
            }
            for &name in &rewiring.lost {
                entry.near.push(pairing.renames.after(name));
            }
            entry.near.extend(&rewiring.gained);
            consequences::of_rewiring(pairing, before, after, &rewiring, entry);
        });
    }
}

/// The inputs of a rewired element: all of them, or where they are many, those that differ.
fn inputs(
    pairing: &Pairing<'_, '_>,
    before: u32,
    after: u32,
    rewiring: &Rewiring,
) -> (Option<String>, Option<String>) {
    let (old, new) = (pairing.old.inputs(before), pairing.new.inputs(after));
    let short = !Pairing::is_long(old.len().max(new.len()));
    let side = |facing: Facing, to: u32, only: &[u32]| {
        let side = pairing.side(facing);
        let links = side.inputs(to);
        let mut list: Vec<(u32, Option<&LinkLane>)> = Vec::new();
        for link in links {
            if short || only.binary_search(&link.from).is_ok() {
                list.push((link.from, side.lane(*link)));
            }
        }
        let more = links.len() - list.len();
        pairing.list(&list, more).or_else(|| no_inputs(pairing))
    };
    (
        side(Facing::Before, before, &rewiring.lost),
        side(Facing::After, after, &rewiring.gained),
    )
}

/// Connections that differ, and that no other change tells: those whose lanes changed, and in a
/// broken plan those that lead to nothing.
pub(super) fn connections(pairing: &Pairing<'_, '_>, entries: &mut Vec<Entry>) {
    for facing in [Facing::Before, Facing::After] {
        let (side, other) = (pairing.side(facing), pairing.other(facing));
        for &link in side.links() {
            let (from, to) = (
                pairing.across(facing, link.from),
                pairing.across(facing, link.to),
            );
            let here = (link.from, link.to);
            match other.link(from, to) {
                Some(same) if facing == Facing::Before => {
                    lanes(
                        pairing,
                        here,
                        (from, to),
                        (side.lane(link), other.lane(same)),
                        (side.link_place(link), other.link_place(same)),
                        entries,
                    );
                }
                None if side.element(link.to).is_none() => {
                    let id = pairing.names.pair(here.0, here.1);
                    let mut entry = match facing {
                        Facing::Before => {
                            Entry::new(ChangeClass::Removed, ChangeSubject::Connection, &id, "")
                        }
                        Facing::After => {
                            Entry::new(ChangeClass::Added, ChangeSubject::Connection, "", &id)
                        }
                    };
                    let lane = side.lane(link).map(|lane| lane.text.to_string());
                    let place = side.link_place(link);
                    match facing {
                        Facing::Before => {
                            entry.field("lane", lane, None);
                            entry.stands(place, None);
                        }
                        Facing::After => {
                            entry.field("lane", None, lane);
                            entry.stands(None, place);
                        }
                    }
                    entry.follows(consequences::of_loose_end(pairing.names.id(link.to)));
                    entries.push(entry);
                }
                _ => {}
            }
        }
    }
}

fn lanes(
    pairing: &Pairing<'_, '_>,
    before: (u32, u32),
    after: (u32, u32),
    lanes: (Option<&LinkLane>, Option<&LinkLane>),
    places: (Option<Place>, Option<Place>),
    entries: &mut Vec<Entry>,
) {
    let (Some(old), Some(new)) = lanes else {
        return;
    };
    if old.text == new.text || !(old.stated || new.stated) {
        return;
    }
    let ids = (
        pairing.names.pair(before.0, before.1),
        pairing.names.pair(after.0, after.1),
    );
    let mut entry = Entry::new(
        ChangeClass::Changed,
        ChangeSubject::Connection,
        &ids.0,
        &ids.1,
    );
    entry.field(
        "lane",
        Some(old.text.to_string()),
        Some(new.text.to_string()),
    );
    entry.stands(places.0, places.1);
    entry.near.extend([after.0, after.1]);
    consequences::of_lane(pairing, after, old, new, &mut entry);
    entries.push(entry);
}
