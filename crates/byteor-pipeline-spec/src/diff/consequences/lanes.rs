//! What follows from other lanes.

use super::{Code, Consequence, Value, Words, say};
use crate::diff::changes::Entry;
use crate::diff::pairing::{Facing, Pairing};
use crate::diff::view::LinkLane;
use crate::{ExecutionTarget, OnFull};

/// Of a connection over other lanes.
pub(in crate::diff) fn of_lane(
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
        (false, true) => entry.follows(journal_misses(from, to)),
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

/// Of the lanes of a connection that came or went with its element.
pub(in crate::diff) fn of_own_lane(
    pairing: &Pairing<'_, '_>,
    facing: Facing,
    (from, to): (u32, u32),
    entry: &mut Entry,
) {
    let side = pairing.side(facing);
    if side.view.target == ExecutionTarget::SingleRing {
        return;
    }
    let lane = side.link(from, to).and_then(|link| side.lane(link));
    if !lane.is_some_and(|lane| lane.text.contains("journal")) {
        return;
    }
    let id = |name| pairing.names.id(pairing.after_name(facing, name));
    entry.follows(match facing {
        Facing::Before => say(
            Code::JournalGone,
            &[
                Words("No journal is between "),
                Value(id(from)),
                Words(" and "),
                Value(id(to)),
                Words(" any more."),
            ],
        ),
        Facing::After => journal_misses(id(from), id(to)),
    });
}

fn journal_misses(from: &str, to: &str) -> Consequence {
    say(
        Code::JournalMisses,
        &[
            Words("A journal overwrites its oldest records: "),
            Value(to),
            Words(" can miss some, and never holds up "),
            Value(from),
            Words("."),
        ],
    )
}
