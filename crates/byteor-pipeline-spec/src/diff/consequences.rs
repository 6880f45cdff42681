//! What follows from one change, in words.

use super::changes::Entry;
use super::codes::ConsequenceCode as Code;
use super::model::{ChangeSubject, Consequence, StageEffect};
use super::pairing::{Facing, Pairing, Rewiring};
use super::view::{LinkLane, ViewElement};
use crate::sentence::SentencePart;
use crate::{ExecutionTarget, OnFull};

/// A piece of a consequence's sentence.
pub(super) enum Piece<'p> {
    /// Words.
    Words(&'p str),
    /// An id, a number or a name.
    Value(&'p str),
    /// What a stage does.
    Does(&'p StageEffect),
}

pub(super) use Piece::{Does, Value, Words};

/// The consequence of a code, in a sentence of these pieces.
pub(super) fn say(code: Code, pieces: &[Piece<'_>]) -> Consequence {
    let (mut text, mut parts) = (String::new(), Vec::new());
    for piece in pieces {
        match piece {
            Words(words) => {
                text.push_str(words);
                SentencePart::push(&mut parts, words, false);
            }
            Value(value) => {
                text.push_str(value);
                SentencePart::push(&mut parts, value, true);
            }
            Does(effect) => {
                text.push_str(&effect.does);
                for part in &effect.parts {
                    SentencePart::push(&mut parts, &part.text, part.value);
                }
            }
        }
    }
    Consequence {
        code,
        kind: code.kind(),
        severity: code.severity(),
        text,
        parts,
    }
}

pub(super) fn of_metadata() -> Consequence {
    let text = "It is for people: no spec has it, and the spec hash stays.";
    say(Code::ForPeople, &[Words(text)])
}

pub(super) fn of_rename(target: ExecutionTarget, subject: ChangeSubject) -> Consequence {
    if target == ExecutionTarget::SingleRing && subject == ChangeSubject::Boundary {
        let text = "The spec of a ring has no boundaries, and its hash stays.";
        return say(Code::NoBoundaries, &[Words(text)]);
    }
    let text =
        "It does the same to each record. Ids are part of the spec, so the spec hash changes.";
    say(Code::SameWork, &[Words(text)])
}

pub(super) fn of_loose_end(to: &str) -> Consequence {
    say(
        Code::LooseEnd,
        &[
            Words("The plan has no element "),
            Value(to),
            Words(" there, so it can’t run."),
        ],
    )
}

/// What a setting does to the pipeline.
pub(super) fn of_setting(
    targets: (ExecutionTarget, ExecutionTarget),
    name: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Option<Consequence> {
    if name == "target" {
        let text = match targets.1 {
            ExecutionTarget::SingleRing => {
                "All stages share one ring, and one slot for each record."
            }
            ExecutionTarget::LaneGraph => {
                "Stages are connected by lanes, and run apart from each other."
            }
        };
        return Some(say(Code::Target, &[Words(text)]));
    }
    let (block, name) = name.split_once('.')?;
    if targets.0 == targets.1 && block != targets.1.name() {
        return Some(say(
            Code::Unread,
            &[
                Words("The target "),
                Value(targets.1.name()),
                Words(" doesn’t read it."),
            ],
        ));
    }
    let word = name.split(' ').next().unwrap_or(name);
    let words = |code, text| say(code, &[Words(text)]);
    Some(match (word, after) {
        ("ordering", Some("per_key")) => words(
            Code::OrderPerKey,
            "Records keep their order only among those with the same shard key.",
        ),
        ("ordering", _) => words(Code::OrderStrict, "All records keep one order."),
        ("shards", after) => say(
            Code::Shards,
            &[
                Words("Records are spread over "),
                Value(after.unwrap_or("1")),
                Words(" rings instead of "),
                Value(before.unwrap_or("1")),
                Words("; each keeps an order of its own."),
            ],
        ),
        ("shard_key", Some(_)) => words(
            Code::ShardKey,
            "These bytes of a record choose its shard, and so which records keep their order.",
        ),
        ("shard_key", None) => words(Code::ShardKey, "No bytes of a record choose its shard."),
        ("on_full", Some("drop")) => words(
            Code::FullDrops,
            "A full lane discards the new record and counts it; nothing waits, and records can be lost.",
        ),
        ("on_full", _) => words(
            Code::FullBlocks,
            "A full lane makes its writer wait; nothing is lost, and a slow stage holds up what feeds it.",
        ),
        ("merge", _) => words(
            Code::MergeRule,
            "Where several lanes meet, the next record is taken by another rule.",
        ),
        ("ingress" | "egress", _) => say(
            Code::BoundaryLanes,
            &[
                Words("Lanes at every "),
                Value(word),
                Words(" whose connection doesn’t name a lane are of another kind."),
            ],
        ),
        _ => return None,
    })
}

/// Whether nobody can tell in which order two stages stood: both only look or drop.
fn commute(one: &StageEffect, other: &StageEffect) -> bool {
    let free = |effect: &StageEffect| {
        !effect.rewrites && !effect.remembers() && effect.capability.is_none()
    };
    free(one) && free(other)
}

/// Whether it does anything but pass records on.
fn acts(effect: &StageEffect) -> bool {
    effect.filters || effect.rewrites || effect.remembers() || effect.capability.is_some()
}

/// Of what is remembered of records before.
fn of_memory(effects: (Option<&StageEffect>, Option<&StageEffect>), entry: &mut Entry) {
    let remembers = |effect: Option<&StageEffect>| effect.is_some_and(StageEffect::remembers);
    let (code, text) = match (remembers(effects.0), remembers(effects.1)) {
        (true, true) => (
            Code::MemoryAnew,
            "It begins anew, without memory of the records before.",
        ),
        (false, true) => (
            Code::MemoryBegins,
            "It begins without memory of the records before.",
        ),
        (true, false) => (
            Code::MemoryForgotten,
            "What was remembered of the records before is forgotten.",
        ),
        (false, false) => return,
    };
    entry.follows(say(code, &[Words(text)]));
}

/// Of records that go somewhere outside the pipeline.
fn of_outside(effects: (Option<&StageEffect>, Option<&StageEffect>), entry: &mut Entry) {
    let outside =
        |effect: Option<&'_ StageEffect>| effect.and_then(|effect| effect.outside.clone());
    entry.follows(match (outside(effects.0), outside(effects.1)) {
        (Some(before), Some(after)) if before == after => return,
        (Some(before), Some(after)) => say(
            Code::SendsElsewhere,
            &[
                Words("Records leave the pipeline for "),
                Value(&after),
                Words(" instead of "),
                Value(&before),
                Words("."),
            ],
        ),
        (None, Some(after)) => say(
            Code::SendsTo,
            &[
                Words("Records leave the pipeline for "),
                Value(&after),
                Words("."),
            ],
        ),
        (Some(before), None) => say(
            Code::SendsNoMore,
            &[
                Words("No records leave the pipeline for "),
                Value(&before),
                Words(" here any more."),
            ],
        ),
        (None, None) => return,
    });
}

/// Of an element that one side has.
pub(super) fn of_alone(
    pairing: &Pairing<'_, '_>,
    facing: Facing,
    name: u32,
    element: &ViewElement<'_>,
    entry: &mut Entry,
) {
    let added = facing == Facing::After;
    match element.subject {
        ChangeSubject::Stage => {
            let Some(effect) = pairing.effect_of(facing, name) else {
                return;
            };
            entry.follows(if !acts(&effect) {
                let text = "The same records come out: it only passes them on.";
                say(Code::PassesOn, &[Words(text)])
            } else if added {
                say(Code::Does, &[Words("It "), Does(&effect), Words(".")])
            } else {
                say(
                    Code::DoesNoMore,
                    &[Words("Nothing there "), Does(&effect), Words(" any more.")],
                )
            });
            let effects = match facing {
                Facing::Before => (Some(&effect), None),
                Facing::After => (None, Some(&effect)),
            };
            of_memory(effects, entry);
            of_outside(effects, entry);
        }
        ChangeSubject::Boundary | ChangeSubject::Endpoint => {
            let (code, text) = match (element.key.as_ref() == "ingress", added) {
                (true, true) => (Code::ComesIn, "Records come in here too."),
                (true, false) => (Code::ComesInNoMore, "No records come in here any more."),
                (false, true) => (Code::Leaves, "Records leave here too."),
                (false, false) => (Code::LeavesNoMore, "No records leave here any more."),
            };
            entry.follows(say(code, &[Words(text)]));
        }
        _ => {}
    }
}

/// Of a key that changed: what it does, and the parameters that differ.
pub(super) fn of_key(
    pairing: &Pairing<'_, '_>,
    old: &ViewElement<'_>,
    new: &ViewElement<'_>,
    entry: &mut Entry,
) {
    if new.subject != ChangeSubject::Stage {
        return;
    }
    let effect = |key: &str| (pairing.effect)(key);
    let family = |key: &str| key.split(':').next().map(str::len);
    let (before, after) = (effect(&old.key), effect(&new.key));
    let effects = (before.as_ref(), after.as_ref());
    match effects {
        (Some(before), Some(after)) => {
            // One parameter is the key itself.
            if family(&old.key) == family(&new.key)
                && old.key.split(':').next() == new.key.split(':').next()
                && before.parameters.len().max(after.parameters.len()) > 1
            {
                parameters(before, after, entry);
            }
            entry.follows(say(
                Code::DoesElse,
                &[
                    Words("Before, it "),
                    Does(before),
                    Words("; now it "),
                    Does(after),
                    Words("."),
                ],
            ));
        }
        (Some(before), None) => entry.follows(say(
            Code::DoesNoMore,
            &[Words("It no longer "), Does(before), Words(".")],
        )),
        (None, Some(after)) => entry.follows(say(
            Code::Does,
            &[Words("Now it "), Does(after), Words(".")],
        )),
        (None, None) => {}
    }
    of_memory(effects, entry);
    of_outside(effects, entry);
}

fn parameters(before: &StageEffect, after: &StageEffect, entry: &mut Entry) {
    let value = |effect: &StageEffect, name: &str| {
        let parameter = effect.parameters.iter().find(|(other, _)| *other == name);
        parameter.map(|(_, value)| value.clone())
    };
    // In the order of the key; what only one of both has comes last, in the order of names.
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in &before.parameters {
        if after.parameters.iter().any(|(other, _)| other == name) {
            names.push(name);
        }
    }
    let shared = names.len();
    for (name, _) in before.parameters.iter().chain(&after.parameters) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    names[shared..].sort_unstable();
    for name in names {
        let (old, new) = (value(before, name), value(after, name));
        if old != new {
            entry.field(name, old, new);
        }
    }
}

/// Of an element whose records come from elsewhere.
pub(super) fn of_rewiring(
    pairing: &Pairing<'_, '_>,
    before: u32,
    after: u32,
    rewiring: &Rewiring,
    entry: &mut Entry,
) {
    // Of many inputs, a sentence for each would hide the rest.
    if !Pairing::is_long(rewiring.gained.len() + rewiring.lost.len()) {
        for &from in &rewiring.gained {
            gained(pairing, (before, after), from, rewiring, entry);
        }
        for &from in &rewiring.lost {
            lost(pairing, (before, after), from, rewiring, entry);
        }
    }
    let counts = (
        pairing.old.inputs(before).len(),
        pairing.new.inputs(after).len(),
    );
    let ring = [&pairing.old, &pairing.new]
        .iter()
        .any(|side| side.view.target == ExecutionTarget::SingleRing);
    let bare = pairing.has_bare_inputs();
    match counts {
        (0, _) if !bare => entry.follows(say(Code::Reached, &[Words("Records reach it now.")])),
        (_, 0) if !bare => entry.follows(say(
            Code::ReachedNoMore,
            &[Words("No records reach it any more.")],
        )),
        (..2, 2..) if !ring => entry.follows(say(
            Code::SeveralInputs,
            &[Words(
                "It takes records from several elements, in no fixed order between them.",
            )],
        )),
        (2.., ..2) if !ring => entry.follows(say(
            Code::OneInput,
            &[Words(
                "It takes its records from one element, in that one’s order.",
            )],
        )),
        _ => {}
    }
}

fn gained(
    pairing: &Pairing<'_, '_>,
    (before, after): (u32, u32),
    from: u32,
    rewiring: &Rewiring,
    entry: &mut Entry,
) {
    let Some(effect) = pairing.effect_of(Facing::After, from) else {
        return;
    };
    let id = pairing.names.id(from);
    let was = pairing.across(Facing::After, from);
    if pairing.old.link(before, was).is_some() {
        changed_places(pairing, Facing::After, after, (from, &effect), entry);
        return;
    }
    if pairing.stays(Facing::After, from)
        && pairing.is_behind_new(Facing::Before, &rewiring.lost, was)
    {
        return;
    }
    if effect.filters {
        entry.follows(say(
            Code::DropsMissing,
            &[
                Words("It no longer gets the records that "),
                Value(id),
                Words(" drops."),
            ],
        ));
    }
    if effect.rewrites {
        entry.follows(say(
            Code::Rewritten,
            &[
                Words("It gets records as "),
                Value(id),
                Words(" rewrites them."),
            ],
        ));
    }
}

/// Of an element that was fed by another one and feeds it now, or the other way round.
fn changed_places(
    pairing: &Pairing<'_, '_>,
    facing: Facing,
    own: u32,
    (other, effect): (u32, &StageEffect),
    entry: &mut Entry,
) {
    let own = pairing.effect_of(facing, own);
    let id = pairing.names.id(pairing.after_name(facing, other));
    let same = own.is_some_and(|own| commute(&own, effect));
    let place = Words("It changed places with ");
    entry.follows(match (same, facing) {
        (true, _) => say(
            Code::PlacesSame,
            &[
                place,
                Value(id),
                Words(". Both only look at records or drop them, so the same come out."),
            ],
        ),
        (false, Facing::After) => say(
            Code::PlacesChanged,
            &[
                place,
                Value(id),
                Words(": it gets what "),
                Value(id),
                Words(" makes of a record."),
            ],
        ),
        (false, Facing::Before) => say(
            Code::PlacesChanged,
            &[
                place,
                Value(id),
                Words(": "),
                Value(id),
                Words(" gets what it makes of a record."),
            ],
        ),
    });
}

fn lost(
    pairing: &Pairing<'_, '_>,
    (before, after): (u32, u32),
    from: u32,
    rewiring: &Rewiring,
    entry: &mut Entry,
) {
    let Some(effect) = pairing.effect_of(Facing::Before, from) else {
        return;
    };
    let now = pairing.across(Facing::Before, from);
    let id = pairing.names.id(now);
    if pairing.new.link(after, now).is_some() {
        changed_places(pairing, Facing::Before, before, (from, &effect), entry);
        return;
    }
    if pairing.stays(Facing::Before, from)
        && pairing.is_behind_new(Facing::After, &rewiring.gained, now)
    {
        return;
    }
    if effect.filters {
        entry.follows(say(
            Code::DropsPresent,
            &[
                Words("It also gets the records that "),
                Value(id),
                Words(" drops."),
            ],
        ));
    }
    if effect.rewrites {
        entry.follows(say(
            Code::RewrittenNoMore,
            &[
                Words("It gets records without what "),
                Value(id),
                Words(" rewrites."),
            ],
        ));
    }
}

/// Of a connection over other lanes.
pub(super) fn of_lane(
    pairing: &Pairing<'_, '_>,
    (from, to): (u32, u32),
    old: &LinkLane,
    new: &LinkLane,
    entry: &mut Entry,
) {
    let view = pairing.new.view;
    if view.target == ExecutionTarget::SingleRing {
        entry.follows(say(Code::NoLanes, &[Words("A single ring has no lanes.")]));
        return;
    }
    let (from, to) = (pairing.names.id(from), pairing.names.id(to));
    let (ahead, then) = match view.on_full {
        OnFull::Block => (Code::AheadWaits, ", then it waits."),
        OnFull::Drop => (
            Code::AheadDrops,
            ", then new records are dropped and counted.",
        ),
    };
    if old.capacity != new.capacity {
        entry.follows(match (old.capacity, new.capacity) {
            (before, Some(after)) => {
                let (before, after) = (before.map(|before| before.to_string()), after.to_string());
                let mut pieces = vec![
                    Value(from),
                    Words(" may be "),
                    Value(&after),
                    Words(" records ahead of "),
                    Value(to),
                ];
                if let Some(before) = &before {
                    pieces.extend([Words(" instead of "), Value(before)]);
                }
                pieces.push(Words(then));
                say(ahead, &pieces)
            }
            (_, None) => say(
                Code::AheadOpen,
                &[
                    Words("The plan sets no limit to how far "),
                    Value(from),
                    Words(" may be ahead of "),
                    Value(to),
                    Words("; the lane’s own size does."),
                ],
            ),
        });
    }
    let has = |lane: &LinkLane, kind: &str| lane.text.contains(kind);
    match (has(old, "journal"), has(new, "journal")) {
        (false, true) => entry.follows(say(
            Code::JournalMisses,
            &[
                Words("A journal overwrites its oldest records: "),
                Value(to),
                Words(" can miss some, and never holds up "),
                Value(from),
                Words("."),
            ],
        )),
        (true, false) => entry.follows(say(
            Code::JournalNoMore,
            &[
                Value(to),
                Words(" no longer misses records that a journal overwrote."),
            ],
        )),
        _ => {}
    }
    match (has(old, "fanout_broadcast"), has(new, "fanout_broadcast")) {
        (false, true) => entry.follows(say(
            Code::SharesLane,
            &[
                Value(to),
                Words(" shares one lane with the other readers of "),
                Value(from),
                Words(", with a queue of its own."),
            ],
        )),
        (true, false) => entry.follows(say(
            Code::SharesNoMore,
            &[
                Value(to),
                Words(" no longer shares a lane with other readers of "),
                Value(from),
                Words("."),
            ],
        )),
        _ => {}
    }
}
