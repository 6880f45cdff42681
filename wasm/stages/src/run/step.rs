//! What a step did, with its bytes.

use byteor_pipeline_step::{Look, NO_LANE, StepKind};
use serde::Serialize;

use crate::records::readable;

/// What a step did, or what became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RunWord {
    /// The node took a record and passed it on.
    Passed,
    /// The node took a record and holds it, because the lane is full.
    Blocked,
    /// The node wrote a record that it held.
    Emitted,
    /// The stage dropped the record.
    Dropped,
    /// The stage or the ingress rejected the record.
    Rejected,
    /// A full lane discarded the record.
    Discarded,
    /// The stage went past a record that ended before it.
    Skipped,
    /// The record was overwritten before the node read it.
    Lost,
    /// The record left.
    Out,
    /// The node ended.
    Ended,
}

pub(crate) fn word_of(kind: StepKind) -> RunWord {
    match kind {
        StepKind::Passed => RunWord::Passed,
        StepKind::Blocked => RunWord::Blocked,
        StepKind::Emitted => RunWord::Emitted,
        StepKind::Dropped => RunWord::Dropped,
        StepKind::Rejected => RunWord::Rejected,
        StepKind::Discarded => RunWord::Discarded,
        StepKind::Skipped => RunWord::Skipped,
        StepKind::Lost => RunWord::Lost,
        StepKind::Out => RunWord::Out,
        StepKind::Ended => RunWord::Ended,
    }
}

/// One step, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RunLook {
    /// Which step it is, from 1.
    pub step: u32,
    /// The record's number; 0 where it is about none.
    pub record: u32,
    /// Index of the node.
    pub node: u32,
    /// What it did.
    pub what: RunWord,
    /// Index of the lane that the record was written to, or that is full.
    pub lane: Option<u32>,
    /// The record as the node took it, with the escapes of the cases.
    pub before: Option<String>,
    /// The record as it left the node.
    pub after: Option<String>,
}

impl RunLook {
    /// A step as the walk shows it.
    pub(super) fn of(step: u32, look: &Look) -> Self {
        Self {
            step,
            record: look.step.record as u32,
            node: look.step.node,
            what: word_of(look.step.kind),
            lane: (look.step.lane != NO_LANE).then_some(look.step.lane),
            before: look.before.as_deref().map(readable),
            after: look.after.as_deref().map(readable),
        }
    }
}
