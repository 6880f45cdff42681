//! What only shows when all changes are known: capabilities, config fields, fan-out, inserted
//! roles. Each is said once, at the first change that brings it about.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::anchor;
use super::changes::{Entry, in_order};
use super::codes::ConsequenceCode as Code;
use super::consequences::{Value, Words, say};
use super::model::{
    ChangeClass, ChangeSeverity, ChangeSubject, Consequence, ConsequenceKind as Kind, DiffOf,
    StageEffect, UnionRole, UnionSide,
};
use super::pairing::{Facing, Pairing};
use super::view::{InsertedRole, NONE};
use crate::{ExecutionTarget, OnFull};

/// What specs ask of a credential and a config bundle: only before, and only after.
#[derive(Default)]
pub(super) struct Needs {
    pub(super) capabilities: (Vec<String>, Vec<String>),
    pub(super) config: (Vec<String>, Vec<String>),
}

/// Finds the capabilities and config fields that are needed on one side only.
pub(super) fn needs(pairing: &Pairing<'_, '_>, entries: &mut [Entry]) -> Needs {
    // Asking for every stage of a large spec is dear; most diffs touch nothing of the kind.
    let mut by_need: [Vec<(Need, usize)>; 2] = Default::default();
    for (at, entry) in entries.iter().enumerate() {
        let class = entry.change.class;
        if class == ChangeClass::Renamed || class == ChangeClass::Rewired {
            continue;
        }
        let sides = [(Facing::Before, entry.before), (Facing::After, entry.after)];
        for (list, (facing, name)) in by_need.iter_mut().zip(sides) {
            if name != NONE
                && let Some(effect) = pairing.effect_of(facing, name)
            {
                list.extend(needed(effect).into_iter().map(|need| (need, at)));
            }
        }
    }
    let mut needs = Needs::default();
    if by_need.iter().all(Vec::is_empty) {
        return needs;
    }
    for list in &mut by_need {
        list.sort();
    }
    let all = [Facing::Before, Facing::After].map(|facing| {
        let mut all = Vec::new();
        for name in 0..pairing.names.len() as u32 {
            if let Some(effect) = pairing.effect_of(facing, name) {
                all.append(&mut needed(effect));
            }
        }
        all.sort();
        all.dedup();
        all
    });
    for (here, there, now) in [(0, 1, false), (1, 0, true)] {
        for need in &all[here] {
            if all[there].binary_search(need).is_ok() {
                continue;
            }
            let (kind, name) = need;
            // The first change that needs it.
            let first = by_need[here].partition_point(|(other, _)| other < need);
            if let Some((_, at)) = by_need[here].get(first).filter(|(other, _)| other == need) {
                entries[*at].follows(need_text(*kind, name, now));
            }
            let lists = if *kind == Kind::Capability {
                &mut needs.capabilities
            } else {
                &mut needs.config
            };
            let list = if now { &mut lists.1 } else { &mut lists.0 };
            list.push(name.clone());
        }
    }
    needs
}

/// A capability or a config field, by name.
type Need = (Kind, String);

fn needed(effect: StageEffect) -> Vec<Need> {
    let mut needs = Vec::new();
    if let Some(capability) = effect.capability {
        needs.push((Kind::Capability, capability.to_owned()));
    }
    for field in effect.config_fields {
        needs.push((Kind::Config, field));
    }
    needs
}

fn need_text(kind: Kind, name: &str, now: bool) -> Consequence {
    let (code, before, after) = match (kind, now) {
        (Kind::Capability, true) => (
            Code::CapabilityNeeded,
            "The credential must now grant the capability ",
            ".",
        ),
        (Kind::Capability, false) => (
            Code::CapabilityUnneeded,
            "The capability ",
            " is no longer needed.",
        ),
        (_, true) => (Code::ConfigRequired, "The config bundle must now set ", "."),
        (_, false) => (
            Code::ConfigUnused,
            "Nothing uses ",
            " of the config bundle any more.",
        ),
    };
    say(code, &[Words(before), Value(name), Words(after)])
}

/// The first change that speaks of an id, by its number after.
fn mentions(pairing: &Pairing<'_, '_>, entries: &[Entry]) -> Vec<u32> {
    let mut first = vec![NONE; pairing.names.len()];
    for (at, entry) in entries.iter().enumerate() {
        for &name in &entry.near {
            if let Some(slot) = first.get_mut(name as usize)
                && *slot == NONE
            {
                *slot = at as u32;
            }
        }
    }
    first
}

/// Says where an element of a lane graph feeds more or fewer elements than before.
pub(super) fn fan_out(pairing: &Pairing<'_, '_>, entries: &mut [Entry]) {
    let lanes = |facing| pairing.side(facing).view.target == ExecutionTarget::LaneGraph;
    if !lanes(Facing::Before) || !lanes(Facing::After) {
        return;
    }
    let first = mentions(pairing, entries);
    for name in 0..pairing.names.len() as u32 {
        if !pairing.stays(Facing::Before, name) {
            continue;
        }
        let after = pairing.renames.after(name);
        let counts = (
            pairing.old.outputs(name).len(),
            pairing.new.outputs(after).len(),
        );
        let at = first[after as usize] as usize;
        // From none to one, or back, is no fan-out: the change itself says it.
        if counts.0 == counts.1 || counts.0.max(counts.1) < 2 {
            continue;
        }
        let Some(entry) = entries.get_mut(at) else {
            continue;
        };
        let id = pairing.names.id(after);
        let (before, many) = (counts.0.to_string(), counts.1.to_string());
        let pace = match (counts.1, pairing.new.view.on_full) {
            (..2, _) => ".",
            (_, OnFull::Block) => "; the slowest of them sets its pace.",
            (_, OnFull::Drop) => "; one whose lane is full misses records.",
        };
        let (code, elements) = match counts.1 {
            1 => (Code::OneReader, " element instead of "),
            _ => (Code::Readers, " elements instead of "),
        };
        entry.follows(say(
            code,
            &[
                Value(id),
                Words(" hands each record to "),
                Value(&many),
                Words(elements),
                Value(&before),
                Words(pace),
            ],
        ));
    }
}

/// The roles that lowering inserted, by their ids as they would be after.
fn by_id<'r>(
    pairing: &Pairing<'_, '_>,
    facing: Facing,
    roles: &'r [InsertedRole],
) -> BTreeMap<String, &'r InsertedRole> {
    let mut map = BTreeMap::new();
    for role in roles {
        map.entry(mapped(pairing, facing, &role.id)).or_insert(role);
    }
    map
}

/// An id made of others, up to renames.
fn mapped(pairing: &Pairing<'_, '_>, facing: Facing, id: &str) -> String {
    match facing {
        Facing::Before => pairing.text_after(id),
        Facing::After => id.to_owned(),
    }
}

/// Tells the roles that lowering inserts now, or no longer, as consequences of what the author
/// changed; and those that do something else.
pub(super) fn inserted(pairing: &Pairing<'_, '_>, entries: &mut Vec<Entry>) {
    let sides = [
        by_id(pairing, Facing::Before, &pairing.old.view.inserted),
        by_id(pairing, Facing::After, &pairing.new.view.inserted),
    ];
    let first = mentions(pairing, entries);
    let setting = entries
        .iter()
        .position(|entry| entry.change.subject == ChangeSubject::Setting);
    let merge_setting = entries
        .iter()
        .position(|entry| entry.change.id.starts_with("lane_graph.merge"));
    let mut own: Vec<Entry> = Vec::new();
    for (facing, here, there) in [(Facing::Before, 0, 1), (Facing::After, 1, 0)] {
        for (id, role) in sides[here].iter() {
            let mut at = NONE;
            for part in id.split('.').skip(1) {
                if let Some(name) = pairing.names.find(part) {
                    at = at.min(first[name as usize]);
                }
            }
            if let Some(other) = sides[there].get(id) {
                if facing == Facing::Before
                    && let Some(entry) = reworked(pairing, role, other)
                {
                    let place = match pairing.new.view.of {
                        // A setting of the plan says it.
                        DiffOf::Plan => merge_setting.or((at != NONE).then_some(at as usize)),
                        // An order that other inputs gave it is told with them.
                        DiffOf::Spec if role.policy == other.policy && at != NONE => {
                            Some(at as usize)
                        }
                        DiffOf::Spec => None,
                    };
                    match place.and_then(|at| entries.get_mut(at)) {
                        Some(place) => place.change.consequences.extend(entry.change.consequences),
                        None => own.push(entry),
                    }
                }
                continue;
            }
            let consequence = inserted_text(role, facing == Facing::After);
            let place = if at == NONE {
                setting
            } else {
                Some(at as usize)
            };
            if let Some(entry) = place.and_then(|at| entries.get_mut(at)) {
                entry.follows(consequence);
                continue;
            }
            let mut entry = match facing {
                Facing::Before => {
                    Entry::new(ChangeClass::Removed, ChangeSubject::Role, &role.id, "")
                }
                Facing::After => Entry::new(ChangeClass::Added, ChangeSubject::Role, "", &role.id),
            };
            entry.follows(consequence);
            own.push(entry);
        }
    }
    if !own.is_empty() {
        entries.append(&mut own);
        in_order(entries);
    }
}

/// The roles that lowering inserts on either side, by id.
pub(super) fn union_roles(pairing: &Pairing<'_, '_>) -> Vec<UnionRole> {
    let sides = [
        by_id(pairing, Facing::Before, &pairing.old.view.inserted),
        by_id(pairing, Facing::After, &pairing.new.view.inserted),
    ];
    let ids: BTreeSet<&String> = sides[0].keys().chain(sides[1].keys()).collect();
    let mut roles = Vec::with_capacity(ids.len());
    for id in ids {
        let (old, new) = (sides[0].get(id), sides[1].get(id));
        let (facing, Some(shown)) = (match new {
            Some(_) => (Facing::After, new),
            None => (Facing::Before, old),
        }) else {
            continue;
        };
        let mut at = Vec::new();
        for part in shown.id.split('.').skip(1) {
            if let Some(name) = pairing.names.find(part)
                && let Some(element) = pairing.side(facing).element(name)
            {
                let stays = pairing.stays(facing, name);
                let after = if stays {
                    pairing.after_name(facing, name)
                } else {
                    name
                };
                at.push(anchor(element.subject, pairing.names.id(after)));
            }
        }
        let before_id = old.map(|old| &old.id).filter(|id| **id != shown.id);
        roles.push(UnionRole {
            id: shown.id.clone(),
            before_id: before_id.cloned(),
            kind: shown.kind,
            side: match (old, new) {
                (Some(_), Some(_)) => UnionSide::Both,
                (Some(_), None) => UnionSide::Before,
                _ => UnionSide::After,
            },
            at,
            reworked: old
                .zip(new)
                .is_some_and(|(old, new)| reworked(pairing, old, new).is_some()),
            text: inserted_text(shown, true).text,
        });
    }
    roles
}

fn inserted_text(role: &InsertedRole, now: bool) -> Consequence {
    let one = role.id.split('.').nth(1).unwrap_or("");
    let role_id = Value(&role.id);
    match (now, role.kind) {
        (false, _) => say(
            Code::InsertsNoMore,
            &[Words("Lowering no longer inserts "), role_id, Words(".")],
        ),
        (_, "router") => say(
            Code::InsertsRouter,
            &[
                Words("Lowering inserts "),
                role_id,
                Words(": the records of "),
                Value(one),
                Words(" go to several lanes."),
            ],
        ),
        (_, "merge") => say(
            Code::InsertsMerge,
            &[
                Words("Lowering inserts "),
                role_id,
                Words(": records of several lanes go to "),
                Value(one),
                Words("."),
            ],
        ),
        _ => say(
            Code::InsertsBridge,
            &[
                Words("Lowering inserts "),
                role_id,
                Words(": a connection of "),
                Value(one),
                Words(" asks for another lane than the block gives the boundary."),
            ],
        ),
    }
}

/// An inserted role that both sides have and that does something else.
fn reworked(pairing: &Pairing<'_, '_>, old: &InsertedRole, new: &InsertedRole) -> Option<Entry> {
    let mut entry = Entry::new(ChangeClass::Changed, ChangeSubject::Role, &old.id, &new.id);
    if old.policy != new.policy {
        entry.field(
            "policy",
            old.policy.map(str::to_owned),
            new.policy.map(str::to_owned),
        );
    }
    let order = |role: &InsertedRole| (!role.order.is_empty()).then(|| role.order.join(", "));
    let same = old.order.len() == new.order.len()
        && old.order.iter().zip(&new.order).all(|(before, after)| {
            mapped(pairing, Facing::Before, before) == mapped(pairing, Facing::After, after)
        });
    if !same {
        entry.field("order", order(old), order(new));
    }
    let preferred = new.order.join(", ");
    entry.follows(if new.order.is_empty() {
        let turns = Words(" takes one record from each lane in turn.");
        say(Code::MergeTurns, &[Value(&new.id), turns])
    } else {
        say(
            Code::MergeOrder,
            &[
                Value(&new.id),
                Words(" takes from the first that has a record, in this order: "),
                Value(&preferred),
                Words("."),
            ],
        )
    });
    (!entry.change.fields.is_empty()).then_some(entry)
}

/// What is left where two specs differ and no element does.
pub(super) fn lanes_only() -> Entry {
    let mut entry = Entry::new(ChangeClass::Changed, ChangeSubject::Lane, "lanes", "lanes");
    let text = "Only names of lanes differ, or parts that no element uses. Records flow the same way, and the spec hash changes.";
    entry.follows(say(Code::LanesOnly, &[Words(text)]));
    entry
}

/// Puts the consequences of each change in order.
pub(super) fn finish(entries: &mut [Entry]) {
    for entry in entries {
        let list = &mut entry.change.consequences;
        list.sort_by_key(|one| one.kind);
        list.dedup();
        let severest = list.iter().map(|one| one.severity).max();
        entry.change.severity = severest.unwrap_or(ChangeSeverity::Info);
        entry.change.digest = entry.digest();
    }
}
