//! What follows from another setting.

use super::{Code, Consequence, Value, Words, say};
use crate::ExecutionTarget;

/// What a setting does to the pipeline.
pub(in crate::diff) fn of_setting(
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
