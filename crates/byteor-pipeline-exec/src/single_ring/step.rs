//! One record through the stages of one worker.

use byteor_pipeline_kernel::{
    Entry, LaneError, Mark, Ordering, Outcome, Output, SlotsStage, Stage, StageFailure, bytes_of,
    bytes_of_mut,
};

use super::egress::Egress;
use super::options::StageCounters;
use crate::sink::{SinkFailure, SinkRecord};

/// What ends a worker early.
pub(crate) enum Stop {
    Stage(StageFailure),
    Unordered,
    Sink(SinkFailure),
    Region(LaneError),
}

/// A stage and its place in the ring.
pub(crate) struct Step {
    pub(crate) index: usize,
    pub(crate) place: SlotsStage,
    pub(crate) stage: Box<dyn Stage>,
    /// Some other stage has no order with this one, so it may only read.
    unordered: bool,
    tally: StageCounters,
}

impl Step {
    pub(crate) fn new(
        index: usize,
        place: SlotsStage,
        stage: Box<dyn Stage>,
        unordered: bool,
    ) -> Self {
        let words = place.counters();
        let tally = StageCounters {
            processed: words.processed.load(Ordering::Acquire),
            dropped: words.dropped.load(Ordering::Acquire),
            rejected: words.rejected.load(Ordering::Acquire),
        };
        Self {
            index,
            place,
            stage,
            unordered,
            tally,
        }
    }

    /// Makes counters and progress visible: the gating sequence goes last.
    pub(crate) fn settle(&mut self, reached: u64) {
        let order = Ordering::Relaxed;
        let words = self.place.counters();
        words.processed.store(self.tally.processed, order);
        words.dropped.store(self.tally.dropped, order);
        words.rejected.store(self.tally.rejected, order);
        self.place.advance(reached);
    }
}

/// The stages of a worker, in gating order, and the buffers that they work in.
///
/// A record is read from its slot once. From stage to stage it stays in memory of the worker;
/// what the last of them leaves is written back where it changed, before any gating sequence of
/// the worker moves, so nobody outside sees the slot in between. A stage outside that follows one
/// within sees the record as all of the worker left it: those after the one that it follows come
/// before it as well, or have no order with it and may only read.
pub(crate) struct Steps {
    pub(crate) steps: Box<[Step]>,
    /// Which of them works now; named where something fails.
    pub(crate) at: usize,
    record: Box<[u64]>,
    result: Box<[u64]>,
}

impl Steps {
    /// `steps` are not empty, and `slot_bytes` is a multiple of 8.
    pub(crate) fn new(steps: Vec<Step>, slot_bytes: usize) -> Self {
        let buffer = || vec![0; slot_bytes / 8].into_boxed_slice();
        Self {
            steps: steps.into_boxed_slice(),
            at: 0,
            record: buffer(),
            result: buffer(),
        }
    }

    /// Where the worker reads: its first stage waits for all that any of them waits for.
    #[inline]
    pub(crate) fn first(&self) -> &SlotsStage {
        &self.steps[0].place
    }

    /// Reads one record of the ring into `input`, and says where it is and its length in bytes; nothing
    /// where a stage outside dropped or rejected it, which is possible where it is `marked`: the sink
    /// is told.
    #[inline]
    pub(crate) fn read(
        &mut self,
        sequence: u64,
        marked: bool,
        input: &mut [u64],
        egress: &mut Option<Egress>,
    ) -> Result<Option<(Entry, usize)>, Stop> {
        self.at = 0;
        // Read once: what comes after works on the same slot, whatever the region says by then.
        let entry = self.first().entry(sequence).map_err(Stop::Region)?;
        if marked && self.passed_over(entry, input, egress)? {
            return Ok(None);
        }
        let len = self.first().read(entry, input).map_err(Stop::Region)?;
        Ok(Some((entry, len)))
    }

    /// Takes one record through: `input`, which came from `entry` of the ring, or never was in it.
    #[inline]
    pub(crate) fn through(
        &mut self,
        sequence: u64,
        entry: Option<Entry>,
        input: &[u8],
        egress: &mut Option<Egress>,
    ) -> Result<(), Stop> {
        let slot_bytes = self.result.len() * 8;
        // Of what a stage made of it, once one did.
        let mut rewritten = None;
        for (at, step) in self.steps.iter_mut().enumerate() {
            self.at = at;
            let record = rewritten.map_or(input, |len| bytes_of(&self.record, len));
            let mut output = Output::new(bytes_of_mut(&mut self.result));
            let outcome = step.stage.process(record, &mut output);
            let outcome = outcome.map_err(Stop::Stage)?;
            if outcome != Outcome::Forward && step.unordered {
                return Err(Stop::Unordered);
            }
            step.tally.processed = step.tally.processed.wrapping_add(1);
            let needed = output.needed();
            let stage = step.index as u32;
            let refused = match outcome {
                Outcome::Forward => continue,
                Outcome::Rewrite if needed <= slot_bytes => {
                    std::mem::swap(&mut self.record, &mut self.result);
                    rewritten = Some(needed);
                    continue;
                }
                Outcome::Drop => None,
                // A stage that answers Rewrite without looking at whether all of it was kept.
                Outcome::Rewrite => Some(needed),
                Outcome::TooLarge { len } => Some(len.max(slot_bytes + 1)),
                Outcome::Reject => Some(0),
            };
            let Some(too_long) = refused else {
                step.tally.dropped = step.tally.dropped.wrapping_add(1);
                if let Some(entry) = entry {
                    step.place.drop_record(entry);
                }
                return self.leave(sequence, SinkRecord::Dropped { stage }, egress);
            };
            step.tally.rejected = step.tally.rejected.wrapping_add(1);
            if let Some(entry) = entry {
                if rewritten.is_some() && egress.is_none() {
                    // The record as it reached the stage, for the sink.
                    let kept = step.place.rewrite(entry, record);
                    kept.map_err(Stop::Region)?;
                }
                step.place.reject_record(entry, too_long);
            }
            let Some(egress) = egress else { return Ok(()) };
            self.at = self.steps.len() - 1;
            let record = SinkRecord::Rejected {
                stage,
                len: too_long,
                record: rewritten.map_or(input, |len| bytes_of(&self.record, len)),
            };
            return egress.take(sequence, record).map_err(Stop::Sink);
        }
        let record = rewritten.map_or(input, |len| bytes_of(&self.record, len));
        if let Some(egress) = egress {
            // The last stage's result goes out without passing through the slot.
            let taken = egress.take(sequence, SinkRecord::Forward(record));
            return taken.map_err(Stop::Sink);
        }
        match entry.filter(|_| rewritten.is_some()) {
            Some(entry) => {
                let written = self.steps[self.at].place.rewrite(entry, record);
                written.map_err(Stop::Region)
            }
            None => Ok(()),
        }
    }

    /// Whether a stage before this worker's dropped or rejected the record; the sink is told.
    #[cold]
    fn passed_over(
        &mut self,
        entry: Entry,
        input: &mut [u64],
        egress: &mut Option<Egress>,
    ) -> Result<bool, Stop> {
        let sequence = entry.sequence();
        let gone = match self.first().mark(entry).map_err(Stop::Region)? {
            Mark::Live => return Ok(false),
            Mark::Dropped { stage } => {
                self.leave(sequence, SinkRecord::Dropped { stage }, egress)?;
                return Ok(true);
            }
            Mark::Rejected { stage, len } => (stage, len as usize),
        };
        let Some(egress) = egress else {
            return Ok(true);
        };
        let kept = self.first().read(entry, input).map_err(Stop::Region)?;
        self.at = self.steps.len() - 1;
        let record = SinkRecord::Rejected {
            stage: gone.0,
            len: gone.1,
            record: bytes_of(input, kept),
        };
        egress.take(sequence, record).map_err(Stop::Sink)?;
        Ok(true)
    }

    /// Tells the sink, where it is beside this worker's last stage.
    fn leave(
        &mut self,
        sequence: u64,
        record: SinkRecord<'_>,
        egress: &mut Option<Egress>,
    ) -> Result<(), Stop> {
        self.at = self.steps.len() - 1;
        match egress {
            Some(egress) => egress.take(sequence, record).map_err(Stop::Sink),
            None => Ok(()),
        }
    }
}
