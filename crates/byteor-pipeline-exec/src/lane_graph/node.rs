//! A role or an egress: what it does with the records of its lanes, as far as it can go at once.

mod process;

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use byteor_pipeline_kernel::{LaneError, Stage, StageFailure, bytes_of_mut};
use byteor_pipeline_spec::MergePolicy;

use super::barriers::Reached;
use super::ends::Found;
use super::lanes::{LaneRx, LaneTx};
use super::shared::{Name, Recorded, Shared, Why};
use super::sink::EgressSink;
use crate::error::FailureOrigin;
use crate::single_ring::states::save;
use crate::sink::SinkFailure;

/// Where a node's counters stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    Role(usize),
    Endpoint(usize),
}

/// What a node does with what it reads.
pub(super) enum Work {
    /// Writes what the stage makes of it.
    Stage(Box<dyn Stage>),
    /// Writes it: a bridge to one lane, a router to several.
    Carry,
    Merge {
        policy: MergePolicy,
        /// Round robin: the input whose turn it is.
        next: usize,
        /// The inputs that it took from, where choices are recorded.
        took: Vec<u32>,
    },
    Egress {
        sink: Box<dyn EgressSink>,
        /// It was idle, and nothing came since.
        dry: bool,
        /// It failed or panicked, so it isn't asked any more.
        failed: bool,
    },
}

/// What a node took, or made of it, and has still to write. It takes nothing before.
enum Held {
    Nothing,
    /// The record as it came, for the lanes from this one on.
    Record {
        next: usize,
        len: usize,
    },
    /// What the stage made of it.
    Result {
        len: usize,
    },
    /// What a stage that gives several made of it.
    Parts(VecDeque<Box<[u8]>>),
}

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    processed: u64,
    dropped: u64,
    rejected: u64,
    /// Of an egress: records that its sink took, and their bytes.
    left: u64,
    bytes: u64,
}

/// Why a node can't go on.
enum Stop {
    Stage(StageFailure),
    Sink(SinkFailure),
    Lane(LaneError),
}

impl From<LaneError> for Stop {
    fn from(error: LaneError) -> Self {
        Self::Lane(error)
    }
}

impl From<Stop> for Why {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Stage(failure) => Self {
                origin: FailureOrigin::Stage,
                code: failure.code.to_owned(),
                message: failure.message.to_owned(),
            },
            Stop::Sink(failure) => Self {
                origin: FailureOrigin::Sink,
                code: failure.code,
                message: failure.message,
            },
            Stop::Lane(error) => error.into(),
        }
    }
}

pub(super) struct Node {
    pub name: Name,
    cell: Cell,
    /// The lanes that it reads: one, or the inputs of a merge in its order.
    rx: Vec<LaneRx>,
    /// The lanes that it writes, in the order of the spec.
    tx: Vec<LaneTx>,
    work: Work,
    record: Box<[u64]>,
    result: Box<[u64]>,
    held: Held,
    tally: Tally,
    /// The record that it works on, among those that it took, from 1; 0 between records.
    at: u64,
    ended: bool,
}

impl Node {
    pub(super) fn new(
        name: Name,
        cell: Cell,
        (rx, tx): (Vec<LaneRx>, Vec<LaneTx>),
        work: Work,
        slot_bytes: usize,
    ) -> Self {
        let buffer = |bytes: usize| vec![0; bytes / 8].into_boxed_slice();
        let changes = matches!(work, Work::Stage(_));
        Self {
            name,
            cell,
            rx,
            tx,
            work,
            record: buffer(slot_bytes),
            result: buffer(if changes { slot_bytes } else { 0 }),
            held: Held::Nothing,
            tally: Tally::default(),
            at: 0,
            ended: false,
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// The record at which it stands, for a failure; 0 between records.
    pub(super) fn record(&self) -> u64 {
        self.at
    }

    /// The lanes that it writes.
    pub(super) fn writes(&self) -> impl Iterator<Item = usize> + '_ {
        self.tx.iter().map(LaneTx::lane)
    }

    /// The lanes that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = usize> + '_ {
        self.rx.iter().map(LaneRx::lane)
    }

    /// Takes up to `limit` records, and writes what becomes of them, until there is nothing to take
    /// or no room to write. Answers whether it did anything. What it did is visible afterwards, also
    /// where it failed.
    pub(super) fn turn(&mut self, limit: usize, shared: &Shared) -> Result<bool, Why> {
        let gone = self.go(limit, shared);
        self.settle(shared);
        gone.map_err(Why::from)
    }

    fn go(&mut self, limit: usize, shared: &Shared) -> Result<bool, Stop> {
        let mut worked = false;
        for _ in 0..limit {
            if !matches!(self.held, Held::Nothing) {
                worked |= self.write_held()?;
                if !matches!(self.held, Held::Nothing) {
                    return Ok(worked);
                }
                self.at = 0;
            }
            if shared.stopped() {
                return Ok(worked);
            }
            match self.take()? {
                Found::Record(len) => {
                    self.tally.processed += 1;
                    self.at = self.tally.processed;
                    worked = true;
                    self.process(len, shared)?;
                    if matches!(self.held, Held::Nothing) {
                        self.at = 0;
                    }
                }
                Found::Barrier(number) => {
                    self.pass(number, shared)?;
                    worked = true;
                }
                Found::Nothing => {
                    self.idle()?;
                    return Ok(worked);
                }
                Found::Ended => {
                    self.idle()?;
                    self.ended = true;
                    return Ok(true);
                }
            }
        }
        Ok(worked)
    }

    fn take(&mut self) -> Result<Found, LaneError> {
        let record = bytes_of_mut(&mut self.record);
        let inputs = self.rx.len();
        let first = match &self.work {
            Work::Merge {
                policy: MergePolicy::RoundRobin,
                next,
                ..
            } => *next,
            _ => 0,
        };
        let (mut all_ended, mut all_there, mut barrier) = (true, true, None);
        for turn in 0..inputs {
            let input = (first + turn) % inputs;
            match self.rx[input].take(record)? {
                Found::Record(len) => {
                    if let Work::Merge { next, .. } = &mut self.work {
                        *next = input;
                    }
                    return Ok(Found::Record(len));
                }
                // It is passed over until the others are there, too.
                Found::Barrier(number) => {
                    all_ended = false;
                    barrier = Some(number);
                }
                Found::Nothing => (all_ended, all_there) = (false, false),
                Found::Ended => {}
            }
        }
        Ok(match barrier {
            Some(number) if all_there => Found::Barrier(number),
            _ if all_ended => Found::Ended,
            _ => Found::Nothing,
        })
    }

    /// Everything before the barrier is done with: keeps what a checkpoint needs, and puts the
    /// barrier behind what was written.
    fn pass(&mut self, number: u64, shared: &Shared) -> Result<(), Stop> {
        if let Work::Egress { sink, failed, .. } = &mut self.work {
            *failed = true;
            sink.barrier(number).map_err(Stop::Sink)?;
            *failed = false;
        }
        let reached = self.reached()?;
        self.tx.iter_mut().for_each(|tx| tx.put_barrier(number));
        self.rx.iter_mut().for_each(|rx| rx.pass(number));
        shared.barriers().reached(&self.name, number, reached);
        Ok(())
    }

    /// What a checkpoint keeps of it, as it is now.
    fn reached(&self) -> Result<Reached, Stop> {
        Ok(match &self.work {
            Work::Stage(stage) if stage.state_limit() > 0 => {
                Reached::State(Some(save(&**stage).map_err(Stop::Stage)?))
            }
            Work::Egress { .. } => Reached::Left(self.tally.left),
            _ => Reached::State(None),
        })
    }

    /// Makes all visible: what was written, then that places are free, then what was counted. A node
    /// that ended says so to those behind it.
    pub(super) fn settle(&mut self, shared: &Shared) {
        for tx in &mut self.tx {
            if self.ended {
                tx.end();
            } else {
                tx.flush();
            }
        }
        self.rx.iter_mut().for_each(LaneRx::release);
        self.count(shared);
    }

    fn count(&self, shared: &Shared) {
        let order = Ordering::Relaxed;
        match self.cell {
            Cell::Role(role) => {
                let words = shared.graph().role(role);
                words.processed.store(self.tally.processed, order);
                words.dropped.store(self.tally.dropped, order);
                words.rejected.store(self.tally.rejected, order);
            }
            Cell::Endpoint(endpoint) => {
                let words = shared.graph().endpoint(endpoint);
                words.records.store(self.tally.left, order);
                words.bytes.store(self.tally.bytes, order);
            }
        }
    }

    fn idle(&mut self) -> Result<(), Stop> {
        if let Work::Egress {
            sink, dry, failed, ..
        } = &mut self.work
            && !*dry
        {
            *failed = true;
            sink.idle().map_err(Stop::Sink)?;
            *failed = false;
            *dry = true;
        }
        Ok(())
    }

    /// A sink that is dry is asked again in the next turn.
    pub(super) fn wake(&mut self) {
        if let Work::Egress { dry, .. } = &mut self.work {
            *dry = false;
        }
    }

    /// The last call: a sink that did not fail finishes. Says to the others that it ended, if it did.
    pub(super) fn finish(&mut self, shared: &Shared) -> Result<(), Why> {
        if let Work::Egress {
            sink,
            failed: failed @ false,
            ..
        } = &mut self.work
        {
            *failed = true;
            sink.finish().map_err(Stop::Sink)?;
        }
        if self.ended {
            shared.ended(&self.name, self.reached()?);
        }
        Ok(())
    }

    /// Hands in what it chose.
    pub(super) fn tell_choices(&mut self, shared: &Shared) {
        if let Work::Merge { took, .. } = &mut self.work {
            let took = std::mem::take(took);
            shared.chose(Recorded::Merge(self.name.id.clone(), took));
        }
        for rx in &mut self.rx {
            shared.chose(Recorded::Losses(rx.lane(), rx.take_losses()));
        }
        for tx in &mut self.tx {
            shared.chose(Recorded::Discards(tx.lane(), tx.take_discards()));
        }
    }
}
