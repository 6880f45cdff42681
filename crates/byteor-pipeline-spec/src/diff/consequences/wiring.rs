//! What follows from other inputs.

use super::{Code, StageEffect, Value, Words, of_own_lane, say};
use crate::ExecutionTarget;
use crate::diff::changes::Entry;
use crate::diff::pairing::{Facing, Pairing, Rewiring};

/// Whether nobody can tell in which order two stages stood: both only look or drop.
fn commute(one: &StageEffect, other: &StageEffect) -> bool {
    let free = |effect: &StageEffect| {
        !effect.rewrites && !effect.remembers() && effect.capability.is_none()
    };
    free(one) && free(other)
}

/// Of an element whose records come from elsewhere.
pub(in crate::diff) fn of_rewiring(
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
            of_own_lane(pairing, Facing::After, (from, after), entry);
        }
        for &from in &rewiring.lost {
            lost(pairing, (before, after), from, rewiring, entry);
            of_own_lane(pairing, Facing::Before, (from, before), entry);
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
