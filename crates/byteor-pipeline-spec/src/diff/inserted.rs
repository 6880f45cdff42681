//! The roles that lowering inserts: consequences of what the author changed, and a part of the union.

use std::collections::{BTreeMap, BTreeSet};

use super::anchor::anchor;
use super::changes::{Entry, in_order};
use super::codes::ConsequenceCode as Code;
use super::consequences::{Value, Words, say};
use super::model::{ChangeClass, ChangeSubject, Consequence, DiffOf};
use super::pairing::{Facing, Pairing};
use super::union_model::{UnionRole, UnionSide};
use super::view::{InsertedRole, NONE};
use super::whole::mentions;

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
    if !now {
        let gone = [
            Words("Lowering no longer inserts "),
            Value(&role.id),
            Words("."),
        ];
        return say(Code::InsertsNoMore, &gone);
    }
    let code = match role.kind {
        "router" => Code::InsertsRouter,
        "merge" => Code::InsertsMerge,
        _ => Code::InsertsBridge,
    };
    say(
        code,
        &[
            Words("Lowering inserts "),
            Value(&role.id),
            Words(", which "),
            Words(&role.does),
            Words("."),
        ],
    )
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
        say(
            Code::MergeTurns,
            &[Value(&new.id), Words(" "), Words(&new.does), Words(".")],
        )
    } else {
        say(
            Code::MergeOrder,
            &[
                Value(&new.id),
                Words(" "),
                Words(&new.does),
                Words(", in this order: "),
                Value(&preferred),
                Words("."),
            ],
        )
    });
    (!entry.change.fields.is_empty()).then_some(entry)
}
