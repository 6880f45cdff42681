//! A role or an egress: what it does with the records of its lanes, as far as it can go at once.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use byteor_pipeline_kernel::{LaneError, Outcome, Output, Stage, StageFailure, bytes_of_mut};
use byteor_pipeline_spec::MergePolicy;

use super::lanes::{Found, LaneRx, LaneTx, Wrote};
use super::shared::{Name, Recorded, Shared, Why};
use super::sink::EgressSink;
use crate::error::FailureOrigin;
use crate::sink::SinkFailure;

/// Where a node's counters stand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    Role(usize),
    Endpoint(usize),
}

/// What a node does.
pub(super) enum Work {
    Stage {
        stage: Box<dyn Stage>,
        rx: LaneRx,
        tx: LaneTx,
    },
    /// A bridge has one lane to write, a router several.
    Carry { rx: LaneRx, tx: Vec<LaneTx> },
    Merge {
        rx: Vec<LaneRx>,
        tx: LaneTx,
        policy: MergePolicy,
        /// Round robin: the input whose turn it is.
        next: usize,
        /// The inputs that it took from, where choices are recorded.
        took: Vec<u32>,
    },
    Egress {
        rx: LaneRx,
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
    pub(super) fn new(name: Name, cell: Cell, work: Work, slot_bytes: usize) -> Self {
        let buffer = |bytes: usize| vec![0; bytes / 8].into_boxed_slice();
        let changes = matches!(work, Work::Stage { .. });
        Self {
            name,
            cell,
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
        let tx = match &self.work {
            Work::Stage { tx, .. } | Work::Merge { tx, .. } => std::slice::from_ref(tx),
            Work::Carry { tx, .. } => tx,
            Work::Egress { .. } => &[],
        };
        tx.iter().map(LaneTx::lane)
    }

    /// The lanes that it reads.
    pub(super) fn reads(&self) -> impl Iterator<Item = usize> + '_ {
        let rx = match &self.work {
            Work::Stage { rx, .. } | Work::Carry { rx, .. } | Work::Egress { rx, .. } => {
                std::slice::from_ref(rx)
            }
            Work::Merge { rx, .. } => rx,
        };
        rx.iter().map(LaneRx::lane)
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
        match &mut self.work {
            Work::Stage { rx, .. } | Work::Carry { rx, .. } | Work::Egress { rx, .. } => {
                rx.take(record)
            }
            Work::Merge {
                rx, policy, next, ..
            } => {
                let inputs = rx.len();
                let first = match policy {
                    MergePolicy::RoundRobin => *next,
                    MergePolicy::Priority => 0,
                };
                let mut all_ended = true;
                for turn in 0..inputs {
                    let input = (first + turn) % inputs;
                    match rx[input].take(record)? {
                        Found::Record(len) => {
                            *next = input;
                            return Ok(Found::Record(len));
                        }
                        Found::Nothing => all_ended = false,
                        Found::Ended => {}
                    }
                }
                Ok(if all_ended {
                    Found::Ended
                } else {
                    Found::Nothing
                })
            }
        }
    }

    fn process(&mut self, len: usize, shared: &Shared) -> Result<(), Stop> {
        match &mut self.work {
            Work::Stage { stage, .. } if stage.gives_many() => return self.expand(len),
            Work::Stage { .. } => return self.stage(len),
            Work::Carry { .. } => {}
            Work::Merge { rx, next, took, .. } => {
                if shared.records() {
                    took.push(*next as u32);
                }
                *next = (*next + 1) % rx.len();
            }
            Work::Egress {
                sink, dry, failed, ..
            } => {
                *dry = false;
                *failed = true; // until it returned: a panic counts as a failure of the sink
                let record = &bytes_of_mut(&mut self.record)[..len];
                sink.take(record).map_err(Stop::Sink)?;
                *failed = false;
                self.tally.bytes += len as u64;
                return Ok(());
            }
        }
        self.held = Held::Record { next: 0, len };
        self.write_held()?;
        Ok(())
    }

    fn stage(&mut self, len: usize) -> Result<(), Stop> {
        let Work::Stage { stage, .. } = &mut self.work else {
            return Ok(());
        };
        let record = &bytes_of_mut(&mut self.record)[..len];
        let mut output = Output::new(bytes_of_mut(&mut self.result));
        let outcome = stage.process(record, &mut output).map_err(Stop::Stage)?;
        let kept = output.written().len();
        match outcome {
            Outcome::Forward => self.held = Held::Record { next: 0, len },
            // One that answers `Rewrite` without looking at whether all was kept has rejected.
            Outcome::Rewrite if output.needed() == kept => self.held = Held::Result { len: kept },
            Outcome::Drop => self.tally.dropped += 1,
            Outcome::Rewrite | Outcome::TooLarge { .. } | Outcome::Reject => {
                self.tally.rejected += 1;
            }
        }
        self.write_held()?;
        Ok(())
    }

    fn expand(&mut self, len: usize) -> Result<(), Stop> {
        let Work::Stage { stage, tx, .. } = &mut self.work else {
            return Ok(());
        };
        let record = &bytes_of_mut(&mut self.record)[..len];
        let mut parts = VecDeque::new();
        let mut given = 0_u64;
        let mut broken = None;
        let expanded = stage.expand(record, &mut |part| {
            given += 1;
            // Behind one that waits, all wait; what fits into the lane is copied once.
            let wrote = if parts.is_empty() {
                tx.write(part)
            } else {
                Ok(Wrote::Full)
            };
            match wrote {
                Ok(Wrote::Full) => parts.push_back(part.into()),
                Ok(Wrote::All | Wrote::Discarded) => {}
                Err(error) => {
                    broken = Some(error);
                    return Err(StageFailure {
                        code: error.code(),
                        message: "the lane behind the stage is damaged",
                    });
                }
            }
            Ok(())
        });
        if let Some(error) = broken {
            return Err(Stop::Lane(error));
        }
        expanded.map_err(Stop::Stage)?;
        if given == 0 {
            self.tally.dropped += 1;
        }
        if !parts.is_empty() {
            self.held = Held::Parts(parts);
        }
        Ok(())
    }

    /// Writes what is held, as far as there is room. Answers whether any of it went.
    fn write_held(&mut self) -> Result<bool, LaneError> {
        let mut went = false;
        let tx = match &mut self.work {
            Work::Stage { tx, .. } | Work::Merge { tx, .. } => std::slice::from_mut(tx),
            Work::Carry { tx, .. } => tx,
            Work::Egress { .. } => &mut [],
        };
        match &mut self.held {
            Held::Nothing => return Ok(false),
            Held::Record { next, len } => {
                let record = &bytes_of_mut(&mut self.record)[..*len];
                while let Some(tx) = tx.get_mut(*next) {
                    if tx.write(record)? == Wrote::Full {
                        return Ok(went);
                    }
                    went = true;
                    *next += 1;
                }
            }
            Held::Result { len } => {
                let record = &bytes_of_mut(&mut self.result)[..*len];
                for tx in tx {
                    if tx.write(record)? == Wrote::Full {
                        return Ok(went);
                    }
                    went = true;
                }
            }
            Held::Parts(parts) => {
                while let (Some(part), Some(tx)) = (parts.front(), tx.first_mut()) {
                    if tx.write(part)? == Wrote::Full {
                        return Ok(went);
                    }
                    went = true;
                    parts.pop_front();
                }
            }
        }
        self.held = Held::Nothing;
        Ok(went)
    }

    /// Makes all visible: what was written, then that places are free, then what was counted. A node
    /// that ended says so to those behind it.
    fn settle(&mut self, shared: &Shared) {
        match &mut self.work {
            Work::Stage { rx, tx, .. } => settle_ends(&mut [rx], &mut [tx], self.ended),
            Work::Carry { rx, tx } => {
                let mut tx: Vec<&mut LaneTx> = tx.iter_mut().collect();
                settle_ends(&mut [rx], &mut tx, self.ended);
            }
            Work::Merge { rx, tx, .. } => {
                let mut rx: Vec<&mut LaneRx> = rx.iter_mut().collect();
                settle_ends(&mut rx, &mut [tx], self.ended);
            }
            Work::Egress { rx, .. } => rx.release(),
        }
        self.count(shared);
    }

    fn count(&self, shared: &Shared) {
        let order = Ordering::Relaxed;
        match self.cell {
            Cell::Role(role) => {
                let words = shared.graph.role(role);
                words.processed.store(self.tally.processed, order);
                words.dropped.store(self.tally.dropped, order);
                words.rejected.store(self.tally.rejected, order);
            }
            Cell::Endpoint(endpoint) => {
                let words = shared.graph.endpoint(endpoint);
                words.records.store(self.tally.processed, order);
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

    /// The last call: a sink that did not fail finishes.
    pub(super) fn finish(&mut self) -> Result<(), Why> {
        match &mut self.work {
            Work::Egress {
                sink,
                failed: failed @ false,
                ..
            } => {
                *failed = true;
                sink.finish().map_err(|failure| Stop::Sink(failure).into())
            }
            _ => Ok(()),
        }
    }

    /// Hands in what it chose.
    pub(super) fn tell_choices(&mut self, shared: &Shared) {
        let tx = match &mut self.work {
            Work::Stage { tx, .. } => std::slice::from_mut(tx),
            Work::Merge { tx, took, .. } => {
                let took = std::mem::take(took);
                shared.chose(Recorded::Merge(self.name.id.clone(), took));
                std::slice::from_mut(tx)
            }
            Work::Carry { tx, .. } => tx,
            Work::Egress { .. } => &mut [],
        };
        for tx in tx {
            shared.chose(Recorded::Discards(tx.lane(), tx.take_discards()));
        }
    }
}

fn settle_ends(rx: &mut [&mut LaneRx], tx: &mut [&mut LaneTx], ended: bool) {
    for tx in tx {
        if ended {
            tx.end();
        } else {
            tx.flush();
        }
    }
    for rx in rx {
        rx.release();
    }
}
