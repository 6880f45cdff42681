//! One stage's thread.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use byteor_pipeline_kernel::{
    LaneError, Mark, Ordering, Outcome, Output, SlotsStage, Stage, StageFailure, Wait, WaitStep,
    WaitStrategy, bytes_of, bytes_of_mut,
};

use crate::error::{Failure, FailureOrigin};
use crate::single_ring::{Shared, StageCounters};
use crate::sink::{RecordSink, SinkFailure, SinkRecord};
use crate::states::StateSnapshot;

/// Records between two moves of a stage's gating sequence, so that the next stage can begin.
const BATCH: u64 = 64;
/// Waits, or batches, between two looks at whether the region's file is still whole.
const CHECK_EVERY: u32 = 4096;
/// Spins between two calls of an idle sink, where the wait strategy never yields.
const SPINS_PER_IDLE: u32 = 4096;

/// What ends a stage's thread early.
enum Stop {
    Stage(StageFailure),
    Unordered,
    Sink(SinkFailure),
    Region(LaneError),
}

/// The sink with its counters, in the last stage's thread.
pub(crate) struct Egress {
    pub(crate) sink: Box<dyn RecordSink>,
    records_out: u64,
    bytes_out: u64,
    dropped: u64,
    rejected: u64,
    failed: bool,
}

impl Egress {
    pub(crate) fn new(sink: Box<dyn RecordSink>, shared: &Shared) -> Self {
        let words = shared.slots().egress_counters();
        Self {
            sink,
            records_out: words.records_out.load(Ordering::Acquire),
            bytes_out: words.bytes_out.load(Ordering::Acquire),
            dropped: words.dropped.load(Ordering::Acquire),
            rejected: words.rejected.load(Ordering::Acquire),
            failed: false,
        }
    }

    #[inline]
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), Stop> {
        self.failed = true; // until it returned: a panic counts as a failure of the sink
        self.sink.take(sequence, record).map_err(Stop::Sink)?;
        self.failed = false;
        match record {
            SinkRecord::Forward(bytes) => {
                self.records_out = self.records_out.wrapping_add(1);
                self.bytes_out = self.bytes_out.wrapping_add(bytes.len() as u64);
            }
            SinkRecord::Dropped { .. } => self.dropped = self.dropped.wrapping_add(1),
            SinkRecord::Rejected { .. } => self.rejected = self.rejected.wrapping_add(1),
        }
        Ok(())
    }

    fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), Stop> {
        self.failed = true;
        self.sink.states(snapshot).map_err(Stop::Sink)?;
        self.failed = false;
        Ok(())
    }

    fn idle(&mut self) -> Result<(), Stop> {
        self.failed = true;
        self.sink.idle().map_err(Stop::Sink)?;
        self.failed = false;
        Ok(())
    }
}

/// A stage, its place in the ring, and the buffers that it works in.
pub(crate) struct Worker {
    shared: Arc<Shared>,
    index: u32,
    place: SlotsStage,
    stage: Box<dyn Stage>,
    /// Some other stage has no order with this one, so it may only read.
    unordered: bool,
    egress: Option<Egress>,
    record: Box<[u64]>,
    result: Box<[u64]>,
    tally: StageCounters,
    /// Highest record that went through completely.
    reached: u64,
    /// After which record this stage saved its state last.
    saved: u64,
    /// The last state snapshot that this stage has nothing to do with any more.
    past: u64,
    wait: Wait,
}

impl Worker {
    pub(crate) fn new(
        shared: &Arc<Shared>,
        index: usize,
        depends_on: &[usize],
        stage: Box<dyn Stage>,
        unordered: bool,
        egress: Option<Egress>,
    ) -> Result<Self, LaneError> {
        let slots = shared.slots();
        let place = SlotsStage::new(slots, index, depends_on)?;
        let words = place.counters();
        let tally = StageCounters {
            processed: words.processed.load(Ordering::Acquire),
            dropped: words.dropped.load(Ordering::Acquire),
            rejected: words.rejected.load(Ordering::Acquire),
        };
        let buffer = || vec![0; slots.class().slot_bytes() / 8].into_boxed_slice();
        Ok(Self {
            index: index as u32,
            reached: place.done(),
            saved: 0,
            past: 0,
            place,
            stage,
            unordered,
            egress,
            record: buffer(),
            result: buffer(),
            tally,
            wait: shared.wait().strategy(),
            shared: Arc::clone(shared),
        })
    }

    /// Runs until the pipeline stops, and tells why if it was because of this stage.
    pub(crate) fn run(mut self) {
        let ended = catch_unwind(AssertUnwindSafe(|| self.work()));
        self.settle();
        match ended {
            Ok(Ok(())) => {}
            Ok(Err(stop)) => self.fail(stop),
            Err(panic) => self.fail_panicked(&*panic),
        }
        self.shared.stop();
        let Some(mut egress) = self.egress.take().filter(|egress| !egress.failed) else {
            return;
        };
        match catch_unwind(AssertUnwindSafe(|| egress.sink.finish())) {
            Ok(Ok(())) => {}
            Ok(Err(failure)) => self.fail(Stop::Sink(failure)),
            Err(panic) => self.fail_panicked(&*panic),
        }
    }

    fn work(&mut self) -> Result<(), Stop> {
        let mut spins = 0;
        let mut turns = 0;
        let mut dry = false;
        loop {
            let ready = self.place.poll(BATCH).map_err(Stop::Region)?;
            // After the poll: whoever sees a record sees what was asked before it was published.
            let limit = self.limit()?;
            turns += 1;
            if turns >= CHECK_EVERY {
                turns = 0;
                self.shared.check().map_err(Stop::Region)?;
            }
            if let Some((first, last)) = ready
                && first <= limit
            {
                dry = false;
                self.wait.reset();
                for sequence in first..=last.min(limit) {
                    self.step(sequence)?;
                    self.reached = sequence;
                    if self.shared.stopped() {
                        break;
                    }
                }
                self.settle();
                if self.shared.stopped() {
                    return Ok(());
                }
                continue;
            }
            if self.shared.stopped() {
                return Ok(());
            }
            if let Some(egress) = &mut self.egress
                && !dry
            {
                dry = true;
                spins = 0;
                egress.idle()?;
                self.shared.went_idle_at(self.reached);
            }
            match self.wait.wait() {
                WaitStep::Spun => spins += 1,
                WaitStep::Yielded | WaitStep::Slept => spins = SPINS_PER_IDLE,
            }
            if spins >= SPINS_PER_IDLE {
                dry = false; // so that an idle sink is asked again
            }
        }
    }

    /// How far the stage may go before it comes here again. Saves its state where a snapshot is
    /// asked for after the record that it reached; the last stage hands the whole to the sink.
    #[inline]
    fn limit(&mut self) -> Result<u64, Stop> {
        match self.shared.states() {
            Some(states) if states.asked() != self.past => self.snapshot(),
            _ => Ok(u64::MAX),
        }
    }

    #[cold]
    fn snapshot(&mut self) -> Result<u64, Stop> {
        let Some(states) = self.shared.states() else {
            return Ok(u64::MAX);
        };
        let asked = states.asked();
        if self.reached < asked {
            return Ok(asked);
        }
        if self.reached > asked {
            // Not published by our producer: another process moved the cursor.
            return Err(Stop::Region(LaneError::Corrupted));
        }
        if self.saved != asked {
            states
                .keep(self.index as usize, asked, &*self.stage)
                .map_err(Stop::Stage)?;
            self.saved = asked;
        }
        if let Some(egress) = &mut self.egress {
            // All stages before reached that record, but perhaps they didn't look up yet.
            let Some(snapshot) = states.whole(asked) else {
                return Ok(asked);
            };
            egress.states(&snapshot)?;
            states.took(snapshot);
        }
        self.past = asked;
        Ok(u64::MAX)
    }

    #[inline]
    fn step(&mut self, sequence: u64) -> Result<(), Stop> {
        let slot_bytes = self.record.len() * 8;
        // Read once: what comes after works on the same slot, whatever the region says by then.
        let entry = self.place.entry(sequence).map_err(Stop::Region)?;
        match self.place.mark(entry).map_err(Stop::Region)? {
            Mark::Live => {}
            Mark::Dropped { stage } => {
                return match &mut self.egress {
                    Some(egress) => egress.take(sequence, SinkRecord::Dropped { stage }),
                    None => Ok(()),
                };
            }
            Mark::Rejected { stage, len } => {
                let Some(egress) = &mut self.egress else {
                    return Ok(());
                };
                let kept = self
                    .place
                    .read(entry, &mut self.record)
                    .map_err(Stop::Region)?;
                let record = bytes_of(&self.record, kept);
                let record = SinkRecord::Rejected {
                    stage,
                    len: len as usize,
                    record,
                };
                return egress.take(sequence, record);
            }
        }

        let len = self
            .place
            .read(entry, &mut self.record)
            .map_err(Stop::Region)?;
        let record = bytes_of(&self.record, len);
        let mut output = Output::new(bytes_of_mut(&mut self.result));
        let outcome = self
            .stage
            .process(record, &mut output)
            .map_err(Stop::Stage)?;
        if self.unordered && outcome != Outcome::Forward {
            return Err(Stop::Unordered);
        }
        self.tally.processed = self.tally.processed.wrapping_add(1);
        let needed = output.needed();
        let stage = self.index;
        let reject = match outcome {
            Outcome::TooLarge { len } => Some(len.max(slot_bytes + 1)),
            // A stage that answers Rewrite without looking at whether all of it was kept.
            Outcome::Rewrite => (needed > slot_bytes).then_some(needed),
            Outcome::Reject => Some(0),
            Outcome::Forward | Outcome::Drop => None,
        };
        if let Some(len) = reject {
            self.tally.rejected = self.tally.rejected.wrapping_add(1);
            self.place.reject_record(entry, len);
            return match &mut self.egress {
                Some(egress) => egress.take(sequence, SinkRecord::Rejected { stage, len, record }),
                None => Ok(()),
            };
        }
        match (outcome, &mut self.egress) {
            (Outcome::Drop, egress) => {
                self.tally.dropped = self.tally.dropped.wrapping_add(1);
                self.place.drop_record(entry);
                egress.as_mut().map_or(Ok(()), |egress| {
                    egress.take(sequence, SinkRecord::Dropped { stage })
                })
            }
            // The last stage's result goes out without passing through the slot.
            (Outcome::Rewrite, Some(egress)) => {
                egress.take(sequence, SinkRecord::Forward(output.written()))
            }
            (Outcome::Rewrite, None) => self
                .place
                .rewrite(entry, output.written())
                .map_err(Stop::Region),
            (_, Some(egress)) => egress.take(sequence, SinkRecord::Forward(record)),
            (_, None) => Ok(()),
        }
    }

    /// Makes counters and progress visible: the gating sequence goes last.
    fn settle(&mut self) {
        let order = Ordering::Relaxed;
        let words = self.place.counters();
        words.processed.store(self.tally.processed, order);
        words.dropped.store(self.tally.dropped, order);
        words.rejected.store(self.tally.rejected, order);
        if let Some(egress) = &self.egress {
            let words = self.shared.slots().egress_counters();
            words.records_out.store(egress.records_out, order);
            words.bytes_out.store(egress.bytes_out, order);
            words.dropped.store(egress.dropped, order);
            words.rejected.store(egress.rejected, order);
        }
        self.place.advance(self.reached);
    }

    fn fail(&self, stop: Stop) {
        let (origin, code, message) = match stop {
            Stop::Stage(failure) => (
                FailureOrigin::Stage,
                failure.code.to_owned(),
                failure.message.to_string(),
            ),
            Stop::Unordered => (
                FailureOrigin::Stage,
                "E_EXEC_UNORDERED_CHANGE".to_owned(),
                "it changed a record that another stage may be reading; give the two an order"
                    .to_owned(),
            ),
            Stop::Sink(failure) => (FailureOrigin::Sink, failure.code, failure.message),
            Stop::Region(error) => (
                FailureOrigin::Region,
                error.code().to_owned(),
                error.to_string(),
            ),
        };
        self.report(origin, code, message);
    }

    fn fail_panicked(&self, panic: &(dyn Any + Send)) {
        let message = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no message".to_owned());
        self.report(FailureOrigin::Panic, "E_EXEC_PANIC".to_owned(), message);
    }

    fn report(&self, origin: FailureOrigin, code: String, message: String) {
        // Between records there is none to name: everything published was reached.
        let next = self.reached + 1;
        let sequence = if next <= self.shared.slots().cursor() {
            next
        } else {
            0
        };
        self.shared.fail(Failure {
            stage: self.index,
            stage_id: self.shared.stage_id(self.index),
            origin,
            sequence,
            code,
            message,
        });
    }
}
