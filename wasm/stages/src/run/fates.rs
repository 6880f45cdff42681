//! Where records are, and what became of them.

use byteor_pipeline_step::{StepKind, Walk};
use serde::Serialize;

use super::state::waiting;

/// Where a record is, and what became of it, at the step where the run stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RecordFate {
    /// Whether it came in.
    pub came: bool,
    /// Indexes of the nodes that it waits before, or that hold it.
    pub at: Vec<u32>,
    /// Indexes of the nodes that it left through.
    pub out: Vec<u32>,
    /// Indexes of the nodes that dropped it, each with the step.
    pub dropped: Vec<[u32; 2]>,
    /// Indexes of the nodes that rejected it, each with the step.
    pub rejected: Vec<[u32; 2]>,
    /// Indexes of the nodes whose lane discarded it, or that came too late for it, each with the step.
    pub missed: Vec<[u32; 2]>,
}

/// Those of the records numbered from `first` on, at the step where the walk stands.
pub(super) fn fates(walk: &Walk, first: u64, count: usize) -> Vec<RecordFate> {
    let stepper = walk.stepper();
    let last = (first + count as u64).min(stepper.fed_count() + 1);
    let mut fates = Vec::new();
    for record in first..last {
        let mut fate = RecordFate::default();
        for (step, mark) in walk.steps_of(record) {
            fate.came = true;
            let place = [u32::from(mark.node), step as u32];
            match mark.kind {
                StepKind::Out => fate.out.push(u32::from(mark.node)),
                StepKind::Dropped => fate.dropped.push(place),
                StepKind::Rejected => fate.rejected.push(place),
                StepKind::Discarded | StepKind::Lost => fate.missed.push(place),
                _ => {}
            }
        }
        for places in [&mut fate.dropped, &mut fate.rejected, &mut fate.missed] {
            places.reverse();
        }
        // A split record leaves several times.
        fate.out.sort_unstable();
        fate.out.dedup();
        fates.push(fate);
    }
    let lanes = stepper.lanes();
    for (index, node) in stepper.nodes().iter().enumerate() {
        let held = node.holds();
        let waiting = node.reads().flat_map(|(lane, reader)| {
            let (lane, reader) = (lanes[lane as usize], reader as usize);
            let most = waiting(*node, lane, reader) as usize;
            let records = lane.waiting(reader).into_iter().take(most);
            records.map(move |record| (record, lane.ring()))
        });
        for (record, ring) in held
            .into_iter()
            .map(|record| (record, false))
            .chain(waiting)
        {
            let Some(at) = record.checked_sub(first) else {
                continue;
            };
            let Some(fate) = fates.get_mut(at as usize) else {
                continue;
            };
            // A ring's stages go past what ended before them.
            let over = ring && !(fate.dropped.is_empty() && fate.rejected.is_empty());
            if !over && fate.at.last() != Some(&(index as u32)) {
                fate.at.push(index as u32);
            }
        }
    }
    fates
}
