//! A role or an egress: its ends of lanes, what it does with a record, and what it counts.

use std::sync::atomic::Ordering;

use byteor_pipeline_kernel::{LaneError, Stage, StageFailure};
use byteor_pipeline_spec::MergePolicy;

use super::barriers::{Part, Reached};
use super::choices::Recorded;
use super::counts::{EndpointCounts, GraphCounts, RoleCounts};
use super::lanes::{LaneRx, LaneTx, Target};
use super::shared::{Name, Shared, Why};
use super::sink::EgressSink;
use crate::error::FailureOrigin;
use crate::single_ring::states::save;
use crate::sink::{SinkFailure, TakenBack};

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
    /// As `Stage`, of a stage that gives several.
    Many(Box<dyn Stage>),
    /// Writes it: a bridge to one lane, a router to several.
    Carry,
    Merge {
        policy: MergePolicy,
        /// Round robin: the input whose turn it is.
        next: usize,
        /// The inputs that it took from, where choices are recorded.
        took: Option<Vec<u32>>,
    },
    Egress {
        sink: Box<dyn EgressSink>,
        /// It was idle, and nothing came since.
        dry: bool,
        /// It failed or panicked, so it isn't asked any more.
        failed: bool,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub processed: u64,
    pub dropped: u64,
    pub rejected: u64,
    /// Of an egress: records that its sink took, and their bytes.
    pub left: u64,
    pub bytes: u64,
}

/// Why a node can't go on.
pub(super) enum Stop {
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

/// Where a record goes that a node writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    /// To a reader, which is called with it.
    Call(Target),
    /// Into the queues of the lane with that place among those that the node writes.
    Queue(usize),
}

pub(super) struct Node {
    pub name: Name,
    cell: Cell,
    /// The lanes that it reads: one, or the inputs of a merge in its order.
    pub rx: Vec<LaneRx>,
    /// The lanes that it writes, in the order of the spec.
    pub tx: Vec<LaneTx>,
    /// Where a record that it writes goes.
    pub next: Vec<Next>,
    pub work: Work,
    /// What a stage makes of a record.
    pub result: Box<[u64]>,
    pub tally: Tally,
    /// What was counted for others to see.
    counted: Tally,
    /// Of an egress: what of that its sink's other end refused in this run. Others don't see it among what
    /// left; checkpoints take care of it by themselves.
    back: TakenBack,
    /// Of an egress: what was refused in the runs before.
    rejected_before: u64,
    /// Records that it wrote in this run.
    pub wrote: u64,
    pub ended: bool,
}

impl Node {
    pub(super) fn new(
        name: Name,
        cell: Cell,
        (rx, tx): (Vec<LaneRx>, Vec<LaneTx>),
        work: Work,
        slot_bytes: usize,
        base: &GraphCounts,
    ) -> Self {
        let changes = matches!(work, Work::Stage(_));
        let tally = match cell {
            Cell::Role(_) => {
                let base = base.role(&name.id);
                Tally {
                    processed: base.processed,
                    dropped: base.dropped,
                    rejected: base.rejected,
                    ..Tally::default()
                }
            }
            Cell::Endpoint(_) => {
                let base = base.endpoint(&name.id);
                Tally {
                    left: base.records,
                    bytes: base.bytes,
                    ..Tally::default()
                }
            }
        };
        let words = if changes { slot_bytes / 8 } else { 0 };
        let rejected_before = match cell {
            Cell::Role(_) => 0,
            Cell::Endpoint(_) => base.endpoint(&name.id).rejected,
        };
        Self {
            name,
            cell,
            rx,
            tx,
            next: Vec::new(),
            work,
            result: vec![0; words].into_boxed_slice(),
            tally,
            counted: tally,
            back: TakenBack::default(),
            rejected_before,
            wrote: 0,
            ended: false,
        }
    }

    /// The input that a merge looks at first.
    pub(super) fn first_input(&self) -> usize {
        match &self.work {
            Work::Merge {
                policy: MergePolicy::RoundRobin,
                next,
                ..
            } => *next,
            _ => 0,
        }
    }

    /// What a checkpoint keeps of it, as it is now. What it chose is gone from here.
    pub(super) fn reached(&mut self) -> Result<Reached, Stop> {
        let tally = self.tally;
        let role = RoleCounts {
            processed: tally.processed,
            dropped: tally.dropped,
            rejected: tally.rejected,
        };
        let part = match &self.work {
            Work::Stage(stage) | Work::Many(stage) if stage.state_limit() > 0 => {
                Part::Role(role, Some(save(&**stage).map_err(Stop::Stage)?))
            }
            Work::Egress { .. } => Part::Egress(EndpointCounts {
                records: tally.left,
                bytes: tally.bytes,
                rejected: 0,
            }),
            _ => Part::Role(role, None),
        };
        self.count_calls();
        let written = self.tx.iter().map(|tx| (tx.lane(), tx.counts()));
        let read = self.rx.iter().map(|rx| (rx.lane(), rx.counts()));
        Ok(Reached {
            part,
            lanes: written.chain(read).collect(),
            chose: self.chosen(),
        })
    }

    fn chosen(&mut self) -> Vec<Recorded> {
        let mut chosen = Vec::new();
        if let Work::Merge {
            took: Some(took), ..
        } = &mut self.work
        {
            let took = std::mem::take(took);
            chosen.push(Recorded::Merge(self.name.id.clone(), took));
        }
        chosen.extend(self.rx.iter_mut().filter_map(LaneRx::chosen));
        chosen.extend(self.tx.iter_mut().filter_map(LaneTx::chosen));
        chosen
    }

    /// Lanes whose readers are called got what was written.
    fn count_calls(&mut self) {
        let wrote = self.wrote;
        self.tx.iter_mut().for_each(|tx| tx.called(wrote));
    }

    /// Makes all visible: what was written, then that places are free, then what was counted. A node
    /// that ended says so to those behind it. `dry`: it found nothing more to read.
    pub(super) fn settle(&mut self, dry: bool, shared: &Shared) {
        self.count_calls();
        for tx in &mut self.tx {
            if self.ended {
                tx.end();
            } else {
                tx.flush();
            }
        }
        self.rx.iter_mut().for_each(|rx| rx.release(dry));
        let back = self.take_back();
        if back || self.counted != self.tally {
            self.counted = self.tally;
            self.count(shared);
        }
    }

    /// Whether the sink's other end refused something since.
    fn take_back(&mut self) -> bool {
        let Work::Egress {
            sink,
            failed: false,
            ..
        } = &mut self.work
        else {
            return false;
        };
        let back = sink.taken_back(TakenBack {
            records: self.tally.left - self.back.records,
            bytes: self.tally.bytes - self.back.bytes,
        });
        self.back.records += back.records;
        self.back.bytes += back.bytes;
        back != TakenBack::default()
    }

    pub(super) fn count(&self, shared: &Shared) {
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
                let back = self.back;
                words.records.store(self.tally.left - back.records, order);
                words.bytes.store(self.tally.bytes - back.bytes, order);
                let rejected = self.rejected_before + back.records;
                words.rejected.store(rejected, order);
            }
        }
    }

    /// Nothing more comes for now: a sink that got something since is told.
    pub(super) fn idle(&mut self) -> Result<(), Stop> {
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

    /// Nothing came for a while: in the next turn a sink that is dry is asked again, and what was said
    /// of lanes is said once more.
    pub(super) fn wake(&mut self) {
        if let Work::Egress { dry, .. } = &mut self.work {
            *dry = false;
        }
        self.tx.iter_mut().for_each(LaneTx::say_again);
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
            let reached = self.reached()?;
            shared.ended(&self.name, reached);
        }
        Ok(())
    }

    /// Hands in what it chose.
    pub(super) fn tell_choices(&mut self, shared: &Shared) {
        for recorded in self.chosen() {
            shared.chose(recorded);
        }
    }
}
