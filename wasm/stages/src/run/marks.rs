//! Looking through the steps that were reached.

use byteor_pipeline_step::{Mark, StepKind, Walk};

/// See [`Run::find`](super::Run::find).
pub(super) fn find(walk: &Walk, step: u32, back: bool, node: i32, record: u32) -> u32 {
    let fits = |mark: &Mark| {
        let takes = matches!(
            mark.kind,
            StepKind::Passed
                | StepKind::Blocked
                | StepKind::Dropped
                | StepKind::Rejected
                | StepKind::Discarded
                | StepKind::Out
        );
        takes
            && (node < 0 || i32::from(mark.node) == node)
            && (record == 0 || mark.record == record)
    };
    let (done, rest) = walk
        .marks()
        .split_at((step as usize).min(walk.marks().len()));
    let found = if back {
        done.iter().rposition(fits).map(|at| at + 1)
    } else {
        rest.iter().position(fits).map(|at| at + done.len() + 1)
    };
    found.unwrap_or(0) as u32
}

/// See [`Run::ticks`](super::Run::ticks).
pub(super) fn ticks(walk: &Walk, parts: u32) -> Vec<u8> {
    let mut ticks = vec![0_u8; parts as usize];
    let all = walk.marks().len().max(1);
    for (at, mark) in walk.marks().iter().enumerate() {
        let bit = match mark.kind {
            StepKind::Dropped => 1,
            StepKind::Rejected => 2,
            StepKind::Discarded | StepKind::Lost => 4,
            _ => continue,
        };
        if let Some(tick) = ticks.get_mut(at * parts as usize / all) {
            *tick |= bit;
        }
    }
    ticks
}
