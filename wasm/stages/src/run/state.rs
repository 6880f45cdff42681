//! Where a run stands, as numbers.

use byteor_pipeline_step::{LaneView, NodeView, Walk};

/// Numbers of the state, before those of nodes and lanes.
pub(super) const HEAD: usize = 8;
/// Numbers for each node.
const PER_NODE: usize = 9;
/// Numbers for each lane.
const PER_LANE: usize = 4;

/// The numbers of [`Run::state`](super::Run::state). `stopped` is the step that a breakpoint stopped
/// before, and its index.
pub(super) fn state(walk: &Walk, stopped: Option<(u64, usize)>) -> Vec<u32> {
    let stepper = walk.stepper();
    let (nodes, lanes) = (stepper.nodes(), stepper.lanes());
    let mut state = Vec::with_capacity(HEAD + nodes.len() * (PER_NODE + 4) + lanes.len() * 4);
    let flags = [
        walk.ended(),
        walk.failure().is_some(),
        walk.spent(),
        stepper.finished(),
    ];
    let (kept, every) = walk.history();
    state.extend([
        walk.at() as u32,
        walk.reached() as u32,
        flags
            .iter()
            .rev()
            .fold(0, |all, flag| all << 1 | u32::from(*flag)),
        stopped.map_or(0, |(step, _)| step as u32),
        stopped.map_or(0, |(_, at)| at as u32),
        (kept >> 10) as u32,
        every as u32,
        stepper.fed_count() as u32,
    ]);
    for node in &nodes {
        let c = node.counters();
        let counted = [
            c.taken,
            c.passed,
            c.dropped,
            c.rejected,
            c.discarded,
            c.blocked,
            c.lost,
        ];
        state.extend(counted.map(|count| count as u32));
        state.extend([node.held() as u32, u32::from(node.ended())]);
    }
    for lane in &lanes {
        let missed: u64 = (0..lane.readers()).map(|reader| lane.missed(reader)).sum();
        let numbers: [u64; PER_LANE] = [lane.fill(), lane.writes(), missed, u64::from(lane.full())];
        state.extend(numbers.map(|number| number as u32));
    }
    for node in &nodes {
        for (lane, reader) in node.reads() {
            let lane = lanes[lane as usize];
            let waiting = waiting(*node, lane, reader as usize);
            let next = lane.next(reader as usize).filter(|_| waiting > 0);
            state.extend([waiting as u32, next.unwrap_or(0) as u32]);
        }
    }
    state
}

/// How many records a node could take of a lane: those of a ring that the stages before it are past.
pub(super) fn waiting(node: NodeView<'_>, lane: LaneView<'_>, reader: usize) -> u64 {
    let before = node.after().iter().map(|stage| lane.level(*stage as usize));
    lane.level(reader) - before.max().unwrap_or(0).min(lane.level(reader))
}
