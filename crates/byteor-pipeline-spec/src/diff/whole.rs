//! What only shows when all changes are known: capabilities, config fields, fan-out, inserted
//! roles. Each is said once, at the first change that brings it about.

use super::changes::Entry;
use super::codes::ConsequenceCode as Code;
use super::consequences::{Value, Words, say};
use super::model::{
    ChangeClass, ChangeSeverity, ChangeSubject, Consequence, ConsequenceKind as Kind, StageEffect,
};
use super::pairing::{Facing, Pairing};
use super::view::NONE;
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
pub(super) fn mentions(pairing: &Pairing<'_, '_>, entries: &[Entry]) -> Vec<u32> {
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
