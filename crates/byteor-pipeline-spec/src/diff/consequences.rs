//! What follows from one change, in words.

use super::changes::Entry;
use super::model::{ChangeSubject, Consequence, ConsequenceKind as Kind, StageEffect};
use super::pairing::{Facing, Pairing, Rewiring};
use super::view::{LinkLane, ViewElement};
use crate::{ExecutionTarget, OnFull};

fn say(kind: Kind, parts: &[&str]) -> Consequence {
    Consequence {
        kind,
        text: parts.concat(),
    }
}

pub(super) fn of_metadata() -> Consequence {
    say(
        Kind::Unused,
        &["It is for people: no spec has it, and the spec hash stays."],
    )
}

pub(super) fn of_rename(target: ExecutionTarget, subject: ChangeSubject) -> Consequence {
    if target == ExecutionTarget::SingleRing && subject == ChangeSubject::Boundary {
        return say(
            Kind::Unused,
            &["The spec of a ring has no boundaries, and its hash stays."],
        );
    }
    say(
        Kind::Identity,
        &["It does the same to each record. Ids are part of the spec, so the spec hash changes."],
    )
}

pub(super) fn of_loose_end(to: &str) -> Consequence {
    say(
        Kind::Unused,
        &["The plan has no element ", to, " there, so it can’t run."],
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
        return Some(say(
            Kind::Ordering,
            &[match targets.1 {
                ExecutionTarget::SingleRing => {
                    "All stages share one ring, and one slot for each record."
                }
                ExecutionTarget::LaneGraph => {
                    "Stages are connected by lanes, and run apart from each other."
                }
            }],
        ));
    }
    let (block, name) = name.split_once('.')?;
    if targets.0 == targets.1 && block != targets.1.name() {
        return Some(say(
            Kind::Unused,
            &["The target ", targets.1.name(), " doesn’t read it."],
        ));
    }
    let word = name.split(' ').next().unwrap_or(name);
    Some(match (word, after) {
        ("ordering", Some("per_key")) => say(
            Kind::Ordering,
            &["Records keep their order only among those with the same shard key."],
        ),
        ("ordering", _) => say(Kind::Ordering, &["All records keep one order."]),
        ("shards", after) => say(
            Kind::Ordering,
            &[
                "Records are spread over ",
                after.unwrap_or("1"),
                " rings instead of ",
                before.unwrap_or("1"),
                "; each keeps an order of its own.",
            ],
        ),
        ("shard_key", Some(_)) => say(
            Kind::Ordering,
            &["These bytes of a record choose its shard, and so which records keep their order."],
        ),
        ("shard_key", None) => say(Kind::Ordering, &["No bytes of a record choose its shard."]),
        ("on_full", Some("drop")) => say(
            Kind::Backpressure,
            &[
                "A full lane discards the new record and counts it; nothing waits, and records can be lost.",
            ],
        ),
        ("on_full", _) => say(
            Kind::Backpressure,
            &[
                "A full lane makes its writer wait; nothing is lost, and a slow stage holds up what feeds it.",
            ],
        ),
        ("merge", _) => say(
            Kind::Ordering,
            &["Where several lanes meet, the next record is taken by another rule."],
        ),
        ("ingress" | "egress", _) => say(
            Kind::Backpressure,
            &[
                "Lanes at every ",
                word,
                " whose connection doesn’t name a lane are of another kind.",
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
            let idle = !effect.filters
                && !effect.rewrites
                && !effect.remembers()
                && effect.capability.is_none();
            entry.follows(if idle {
                say(
                    Kind::Output,
                    &["The same records come out: it only passes them on."],
                )
            } else if added {
                say(Kind::Output, &["It ", &effect.does, "."])
            } else {
                say(
                    Kind::Output,
                    &["Nothing there ", &effect.does, " any more."],
                )
            });
        }
        ChangeSubject::Boundary | ChangeSubject::Endpoint => {
            let text = match (element.key.as_ref() == "ingress", added) {
                (true, true) => "Records come in here too.",
                (true, false) => "No records come in here any more.",
                (false, true) => "Records leave here too.",
                (false, false) => "No records leave here any more.",
            };
            entry.follows(say(Kind::Output, &[text]));
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
    match (effect(&old.key), effect(&new.key)) {
        (Some(before), Some(after)) => {
            // One parameter is the key itself.
            if family(&old.key) == family(&new.key)
                && old.key.split(':').next() == new.key.split(':').next()
                && before.parameters.len().max(after.parameters.len()) > 1
            {
                parameters(&before, &after, entry);
            }
            entry.follows(say(
                Kind::Output,
                &["Before, it ", &before.does, "; now it ", &after.does, "."],
            ));
            if before.remembers() && after.remembers() {
                entry.follows(say(
                    Kind::Output,
                    &["It begins anew, without memory of the records before."],
                ));
            }
        }
        (Some(before), None) => {
            entry.follows(say(Kind::Output, &["It no longer ", &before.does, "."]));
        }
        (None, Some(after)) => entry.follows(say(Kind::Output, &["Now it ", &after.does, "."])),
        (None, None) => {}
    }
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
        (0, _) if !bare => entry.follows(say(Kind::Output, &["Records reach it now."])),
        (_, 0) if !bare => entry.follows(say(Kind::Output, &["No records reach it any more."])),
        (..2, 2..) if !ring => entry.follows(say(
            Kind::Ordering,
            &["It takes records from several elements, in no fixed order between them."],
        )),
        (2.., ..2) if !ring => entry.follows(say(
            Kind::Ordering,
            &["It takes its records from one element, in that one’s order."],
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
            Kind::Output,
            &["It no longer gets the records that ", id, " drops."],
        ));
    }
    if effect.rewrites {
        entry.follows(say(
            Kind::Output,
            &["It gets records as ", id, " rewrites them."],
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
    entry.follows(say(
        Kind::Ordering,
        &match (same, facing) {
            (true, _) => [
                "It changed places with ",
                id,
                ". Both only look at records or drop them, so the same come out.",
                "",
                "",
            ],
            (false, Facing::After) => [
                "It changed places with ",
                id,
                ": it gets what ",
                id,
                " makes of a record.",
            ],
            (false, Facing::Before) => [
                "It changed places with ",
                id,
                ": ",
                id,
                " gets what it makes of a record.",
            ],
        },
    ));
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
            Kind::Output,
            &["It also gets the records that ", id, " drops."],
        ));
    }
    if effect.rewrites {
        entry.follows(say(
            Kind::Output,
            &["It gets records without what ", id, " rewrites."],
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
        entry.follows(say(Kind::Unused, &["A single ring has no lanes."]));
        return;
    }
    let (from, to) = (pairing.names.id(from), pairing.names.id(to));
    let then = match view.on_full {
        OnFull::Block => ", then it waits.",
        OnFull::Drop => ", then new records are dropped and counted.",
    };
    if old.capacity != new.capacity {
        entry.follows(match (old.capacity, new.capacity) {
            (before, Some(after)) => {
                let instead = match before {
                    Some(before) => [" instead of ", &before.to_string()].concat(),
                    None => String::new(),
                };
                say(
                    Kind::Capacity,
                    &[
                        from,
                        " may be ",
                        &after.to_string(),
                        " records ahead of ",
                        to,
                        &instead,
                        then,
                    ],
                )
            }
            (_, None) => say(
                Kind::Capacity,
                &[
                    "The plan sets no limit to how far ",
                    from,
                    " may be ahead of ",
                    to,
                    "; the lane’s own size does.",
                ],
            ),
        });
    }
    let has = |lane: &LinkLane, kind: &str| lane.text.contains(kind);
    match (has(old, "journal"), has(new, "journal")) {
        (false, true) => entry.follows(say(
            Kind::Backpressure,
            &[
                "A journal overwrites its oldest records: ",
                to,
                " can miss some, and never holds up ",
                from,
                ".",
            ],
        )),
        (true, false) => entry.follows(say(
            Kind::Backpressure,
            &[to, " no longer misses records that a journal overwrote."],
        )),
        _ => {}
    }
    match (has(old, "fanout_broadcast"), has(new, "fanout_broadcast")) {
        (false, true) => entry.follows(say(
            Kind::FanOut,
            &[
                to,
                " shares one lane with the other readers of ",
                from,
                ", with a queue of its own.",
            ],
        )),
        (true, false) => entry.follows(say(
            Kind::FanOut,
            &[
                to,
                " no longer shares a lane with other readers of ",
                from,
                ".",
            ],
        )),
        _ => {}
    }
}
