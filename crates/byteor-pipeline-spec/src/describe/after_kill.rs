//! What a spec promises after a kill, in a sentence.

use super::{AskEffect, Text, names};
use crate::promise::{PromiseKind, PromiseReason, promise};
use crate::{LaneKind, PipelineSpecV1};

pub(super) fn describe(out: &mut Text, spec: &PipelineSpecV1, effect: AskEffect<'_>) {
    out.head("After a kill");
    let promise = promise(spec, effect);
    out.item(&[match promise.kind {
        PromiseKind::SameBytes => {
            "A run that goes on from its progress gives the same bytes as one that was not killed."
        }
        PromiseKind::SameRecords => {
            "A run that goes on from its progress gives the same records as one that was not killed, those of each way in their order; how the ways are interleaved may differ."
        }
        PromiseKind::AtLeastOnce => {
            "A run that goes on from its progress gives each record its effects at least once, or counts it as dropped, rejected or lost; which ones may differ from a run that was not killed."
        }
    }]);
    for reason in &promise.because {
        let ids = |ids: &[String]| names(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        match reason {
            PromiseReason::Merges { ids: merges } => out.item(&[
                &ids(merges),
                if merges.len() == 1 { " takes" } else { " take" },
                " from whichever input has a record.",
            ]),
            PromiseReason::RemembersBehindMerge { ids: stages } => {
                let decide = if stages.len() == 1 {
                    " decides"
                } else {
                    " decide"
                };
                out.item(&[
                    &ids(stages),
                    decide,
                    " by the records before, behind a merge.",
                ]);
            }
            PromiseReason::Drops => out.item(&["Full lanes drop records."]),
            PromiseReason::Journals { ids: journals } => {
                let is = if journals.len() == 1 {
                    " is a "
                } else {
                    " are each a "
                };
                let kind = LaneKind::Journal.name();
                out.item(&[
                    &ids(journals),
                    is,
                    kind,
                    ", which overwrites its oldest records.",
                ]);
            }
        }
    }
}
