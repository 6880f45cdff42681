//! A single ring in sentences.

use super::{AskEffect, Stages, Text, names, plural};
use crate::{Ordering, Scheduling, SingleRingSpec};

pub(super) fn describe(out: &mut Text, ring: &SingleRingSpec, effect: AskEffect<'_>) {
    let stages = Stages::new(
        effect,
        ring.stages
            .iter()
            .map(|stage| (stage.id.as_str(), &stage.op)),
    );
    let count = ring.stages.len();
    out.add(&[
        "A single ring of ",
        &plural(count, "stage"),
        " over ",
        &plural(ring.shards as usize, "shard"),
        ".\n",
    ]);

    out.head("What comes in, and in which order");
    out.item(&[
        "Records come in at one place, with a producer of the kind `",
        ring.producer.name(),
        "`.",
    ]);
    match (ring.ordering, ring.shard_key) {
        (Ordering::Strict, _) => out.item(&["They leave in the order in which they came in."]),
        (Ordering::PerKey, Some(key)) => out.item(&[
            "The ",
            &plural(key.length as usize, "byte"),
            " from byte ",
            &key.offset.to_string(),
            " choose a record's shard; records of one shard leave in the order in which they came in, others in any.",
        ]),
        (Ordering::PerKey, None) => out.item(&["Order is kept within a shard, but nothing chooses the shard."]),
    }
    if ring.scheduling == Scheduling::Dedicated {
        out.item(&["Each stage has a thread of its own."]);
    }

    out.head("Stages, each behind those that it waits for");
    for (at, stage) in ring.stages.iter().enumerate() {
        out.add(&[&(at + 1).to_string(), ". "]);
        stages.does(out, at, &stage.op);
        let before: Vec<&str> = stage
            .depends_on
            .iter()
            .map(|&before| {
                ring.stages
                    .get(before as usize)
                    .map_or("?", |stage| stage.id.as_str())
            })
            .collect();
        if before.is_empty() {
            out.add(&[" It takes records as they come in."]);
        } else {
            out.add(&[" It waits for ", &names(&before), "."]);
        }
        if at + 1 == count {
            out.add(&[" Behind it records leave."]);
        }
        out.add(&["\n"]);
    }

    stages.records(out, ring.shards);

    out.head("When there is no room");
    out.item(&["The producer waits for the slowest stage; nothing is dropped."]);

    stages.effects(out);
}
