//! One record, or one barrier, through the nodes of a group: who writes calls who reads.

use std::collections::VecDeque;

use byteor_pipeline_kernel::{LaneError, Outcome, Output, StageFailure, bytes_of, bytes_of_mut};

use super::lanes::{LaneTx, Target, Wrote};
use super::node::{Next, Node, Stop, Work};
use super::shared::Shared;

/// What the calls of one record have in common.
pub(super) struct Call<'a> {
    pub shared: &'a Shared,
    /// The place in the group of the node that works, for whoever catches a failure or a panic.
    pub working: &'a mut usize,
    /// Parts of a record that found no room. Only the first of a group writes any.
    pub held: &'a mut VecDeque<Box<[u8]>>,
}

/// Where a node writes, and how often it did.
struct Written<'n> {
    next: &'n [Next],
    tx: &'n mut [LaneTx],
    wrote: &'n mut u64,
}

/// Nodes of a group from its place `first` on.
pub(super) struct Behind<'n> {
    pub nodes: &'n mut [Node],
    pub first: usize,
}

impl Behind<'_> {
    /// The node at a place of the group, and those behind it.
    fn split(&mut self, place: usize) -> Result<(&mut Node, Behind<'_>), Stop> {
        let at = place.checked_sub(self.first);
        let from = at.and_then(|at| self.nodes.get_mut(at..));
        match from.and_then(<[Node]>::split_first_mut) {
            Some((node, nodes)) => {
                let first = place + 1;
                Ok((node, Behind { nodes, first }))
            }
            // A plan puts readers behind their writers.
            None => Err(Stop::Lane(LaneError::Misused)),
        }
    }

    /// Gives a record to the node at a place, which writes what becomes of it.
    pub(super) fn give(
        &mut self,
        Target { node, input }: Target,
        record: &[u8],
        call: &mut Call<'_>,
    ) -> Result<(), Stop> {
        let place = node;
        *call.working = place;
        let (node, mut behind) = self.split(place)?;
        let Node {
            name,
            rx,
            tx,
            next,
            work,
            result,
            tally,
            wrote,
            ..
        } = node;
        tally.processed += 1;
        let mut to = Written { next, tx, wrote };
        match work {
            Work::Stage(stage) => {
                let mut output = Output::new(bytes_of_mut(result));
                let outcome = stage.process(record, &mut output).map_err(Stop::Stage)?;
                let (needed, kept) = (output.needed(), output.written().len());
                match outcome {
                    Outcome::Forward => behind.write(&mut to, record, call)?,
                    // One that answers `Rewrite` without looking at whether all was kept has rejected.
                    Outcome::Rewrite if needed == kept => {
                        behind.write(&mut to, bytes_of(result, kept), call)?;
                    }
                    Outcome::Drop => tally.dropped += 1,
                    Outcome::Rewrite | Outcome::TooLarge { .. } | Outcome::Reject => {
                        tally.rejected += 1;
                        if let (Some(rejects), Some(rx)) = (&call.shared.rejects, rx.first()) {
                            let taken = rejects.take(&name.id, rx.passed(), record);
                            taken.map_err(Stop::Sink)?;
                        }
                    }
                }
            }
            Work::Many(stage) => {
                let mut parts = 0_u64;
                let mut broken = None;
                let expanded = stage.expand(record, &mut |part| {
                    parts += 1;
                    match behind.part(&mut to, part, call) {
                        Ok(true) => {
                            *call.working = place;
                            Ok(())
                        }
                        // What is left of it stays undone, as everything does.
                        Ok(false) => {
                            broken = Some(None);
                            Err(NO_MORE)
                        }
                        Err(stop) => {
                            broken = Some(Some(stop));
                            Err(NO_MORE)
                        }
                    }
                });
                match broken {
                    Some(Some(stop)) => return Err(stop),
                    Some(None) => {}
                    None => expanded.map_err(Stop::Stage)?,
                }
                if parts == 0 {
                    tally.dropped += 1;
                }
            }
            Work::Carry => behind.write(&mut to, record, call)?,
            Work::Merge {
                next: turn, took, ..
            } => {
                if let Some(took) = took {
                    took.push(input as u32);
                }
                *turn = (input + 1) % rx.len();
                behind.write(&mut to, record, call)?;
            }
            Work::Egress { sink, dry, failed } => {
                *dry = false;
                *failed = true; // until it returned: a panic counts as a failure of the sink
                sink.take(record).map_err(Stop::Sink)?;
                *failed = false;
                tally.left += 1;
                tally.bytes += record.len() as u64;
            }
        }
        Ok(())
    }

    /// Writes a record, for which there is room.
    #[inline]
    fn write(
        &mut self,
        to: &mut Written<'_>,
        record: &[u8],
        call: &mut Call<'_>,
    ) -> Result<(), Stop> {
        *to.wrote += 1;
        for next in to.next {
            match next {
                Next::Call(target) => self.give(*target, record, call)?,
                Next::Queue(at) => {
                    if to.tx[*at].write(record)? == Wrote::Full {
                        // There was room before the record was taken.
                        return Err(Stop::Lane(LaneError::Corrupted));
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes one of several that a stage gave, or keeps it where there is no room. Answers false,
    /// writing nothing, where the pipeline stops.
    fn part(
        &mut self,
        to: &mut Written<'_>,
        part: &[u8],
        call: &mut Call<'_>,
    ) -> Result<bool, Stop> {
        if call.shared.stopped() {
            return Ok(false);
        }
        if let [Next::Queue(at)] = to.next {
            // Behind one that waits, all wait.
            if !call.held.is_empty() || to.tx[*at].write(part)? == Wrote::Full {
                call.held.push_back(part.into());
            }
        } else {
            self.write(to, part, call)?;
        }
        Ok(true)
    }

    /// The barrier came to the node at a place, in all that it reads: it keeps what a checkpoint
    /// needs, and puts the barrier behind what was written.
    pub(super) fn pass(
        &mut self,
        place: usize,
        number: u64,
        call: &mut Call<'_>,
    ) -> Result<(), Stop> {
        *call.working = place;
        let (node, mut behind) = self.split(place)?;
        if let Work::Egress { sink, failed, .. } = &mut node.work {
            *failed = true;
            sink.barrier(number).map_err(Stop::Sink)?;
            *failed = false;
        }
        let reached = node.reached()?;
        for tx in &mut node.tx {
            for target in tx.put_barrier(number) {
                let reader = behind.split(target.node)?.0;
                reader.rx[target.input].pass(number);
                if reader.rx.iter().all(|rx| rx.passed() == number) {
                    behind.pass(target.node, number, call)?;
                }
            }
        }
        call.shared.barriers().reached(&node.name, number, reached);
        Ok(())
    }
}

/// What a stage hears that gives a part when nothing more can be taken; why, the caller knows.
const NO_MORE: StageFailure = StageFailure {
    code: "E_EXEC_STOPPED",
    message: "what is behind the stage takes nothing more",
};
