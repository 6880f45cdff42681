//! What a spec promises after a kill, in sentences.

use super::{AskEffect, Text, names};
use crate::promise::{Promise, PromiseKind, PromiseReason, promise};
use crate::{LaneKind, PipelineSpecV1};

pub(super) fn describe(out: &mut Text, spec: &PipelineSpecV1, effect: AskEffect<'_>) {
    out.head("After a kill");
    for sentence in sentences(&promise(spec, effect)) {
        out.item(&[&sentence]);
    }
}

/// The promise in a sentence, then one for each thing that keeps it from a stronger one. The same
/// sentences stand in the describe text.
pub fn sentences(promise: &Promise) -> Vec<String> {
    let because = promise.because.iter().map(reason);
    std::iter::once(kind(promise.kind).to_owned())
        .chain(because)
        .collect()
}

fn kind(kind: PromiseKind) -> &'static str {
    match kind {
        PromiseKind::SameBytes => {
            "A run that goes on from its progress gives the same bytes as one that was not killed."
        }
        PromiseKind::SameRecords => {
            "A run that goes on from its progress gives the same records as one that was not killed, those of each way in their order; how the ways are interleaved may differ."
        }
        PromiseKind::AtLeastOnce => {
            "A run that goes on from its progress gives each record its effects at least once, or counts it as dropped, rejected or lost; which ones may differ from a run that was not killed."
        }
    }
}

fn reason(reason: &PromiseReason) -> String {
    let named = |ids: &[String], one: &str, several: &str| {
        let words = if ids.len() == 1 { one } else { several };
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        [&names(&ids), words].concat()
    };
    match reason {
        PromiseReason::Merges { ids } => [
            &named(ids, " takes", " take"),
            " from whichever input has a record.",
        ]
        .concat(),
        PromiseReason::RemembersBehindMerge { ids } => [
            &named(ids, " decides", " decide"),
            " by the records before, behind a merge.",
        ]
        .concat(),
        PromiseReason::Drops => "Full lanes drop records.".to_owned(),
        PromiseReason::Journals { ids } => [
            &named(ids, " is a ", " are each a "),
            LaneKind::Journal.name(),
            ", which overwrites its oldest records.",
        ]
        .concat(),
    }
}
