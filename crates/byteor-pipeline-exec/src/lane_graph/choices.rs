//! Choices, as the parts of a graph hand them in.

use byteor_pipeline_step::{Choices, Discard};

/// What one part chose since it handed in the last.
#[derive(Debug)]
pub(super) enum Recorded {
    /// The inputs that a merge took from.
    Merge(String, Vec<u32>),
    /// What was discarded on its way into a lane.
    Discards(usize, Vec<Discard>),
    /// Which records of a lane one of its so many readers lost.
    Losses(usize, (usize, usize, Vec<u64>)),
}

/// Adds it behind what the same part chose before.
pub(super) fn append(choices: &mut Choices, recorded: Recorded, lane_ids: &[String]) {
    match recorded {
        Recorded::Merge(id, inputs) if !inputs.is_empty() => {
            choices.merges.entry(id).or_default().extend(inputs);
        }
        Recorded::Discards(lane, discards) if !discards.is_empty() => {
            let of_lane = choices.discards.entry(lane_ids[lane].clone());
            of_lane.or_default().extend(discards);
        }
        Recorded::Losses(lane, (reader, readers, losses)) if !losses.is_empty() => {
            let of_lane = choices.losses.entry(lane_ids[lane].clone());
            let of_lane = of_lane.or_insert_with(|| vec![Vec::new(); readers]);
            of_lane[reader].extend(losses);
        }
        Recorded::Merge(..) | Recorded::Discards(..) | Recorded::Losses(..) => {}
    }
}
