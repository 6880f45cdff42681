//! A worker: one or more consecutive stages, in a thread of their own or in the producer's.

mod report;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use byteor_pipeline_kernel::{LaneError, Wait, WaitStep, WaitStrategy, bytes_of};

use super::egress::Egress;
use super::pending::Pending;
use super::shared::Shared;
use super::step::{Step, Steps, Stop};

/// Records between two moves of the gating sequences, so that the next worker can begin.
const BATCH: u64 = 64;
/// Waits, or batches, between two looks at whether the region's file is still whole.
const CHECK_EVERY: u32 = 4096;
/// Spins between two calls of an idle sink, where the wait strategy never yields.
const SPINS_PER_IDLE: u32 = 4096;

/// What came of looking for records.
enum Turn {
    Moved,
    Dry,
    Stopped,
}

/// How the work of a worker ended, or of one of its turns: a panic, an early stop, or well.
type Ended<T> = Result<Result<T, Stop>, Box<dyn Any + Send>>;

/// Records that leave the ring between two wakes of a producer that may wait for room: half of it, so
/// that it has enough to do.
const ROOM_TO_WAKE: u64 = 512;

pub(crate) struct Worker {
    shared: Arc<Shared>,
    /// Which worker of the ring it is.
    number: usize,
    /// The workers that wait for a stage of this one.
    pub(crate) followers: Vec<usize>,
    steps: Steps,
    /// A record as it was read from its slot.
    input: Box<[u64]>,
    egress: Option<Egress>,
    /// Highest record that went through completely.
    reached: u64,
    /// After which record the stages saved their states last.
    saved: u64,
    /// The last state snapshot that this worker has nothing to do with any more.
    past: u64,
    /// The last question for a snapshot that it has looked at.
    seen: u64,
    /// How far it was when it woke the producer last.
    woke_at: u64,
    turns: u32,
}

impl Worker {
    /// `steps` are consecutive stages; the first one's place waits for all that they wait for.
    pub(crate) fn new(
        shared: &Arc<Shared>,
        number: usize,
        steps: Vec<Step>,
        egress: Option<Egress>,
    ) -> Self {
        let slot_bytes = shared.slots().class().slot_bytes();
        let steps = Steps::new(steps, slot_bytes);
        Self {
            input: vec![0; slot_bytes / 8].into_boxed_slice(),
            reached: steps.first().done(),
            steps,
            egress,
            saved: 0,
            past: 0,
            seen: 0,
            woke_at: 0,
            turns: 0,
            number,
            followers: Vec::new(),
            shared: Arc::clone(shared),
        }
    }

    /// Index of its first stage.
    pub(crate) fn first_stage(&self) -> usize {
        self.steps.steps[0].index
    }

    /// Runs until the pipeline stops, and tells why if it was because of this worker.
    pub(crate) fn run(mut self) {
        let ended = catch_unwind(AssertUnwindSafe(|| self.work()));
        self.close(ended);
    }

    /// Runs until nothing is ready, and tells the sink that it is idle. What is `pending` instead of in
    /// the ring is all that is ready then. False: the pipeline stopped, and this worker is closed.
    pub(crate) fn turn(&mut self, pending: Option<&Pending>) -> bool {
        match catch_unwind(AssertUnwindSafe(|| match pending {
            Some(pending) => self.take_through(pending),
            None => self.until_dry(),
        })) {
            Ok(Ok(true)) => true,
            ended => {
                self.close(ended.map(|ended| ended.map(drop)));
                false
            }
        }
    }

    /// Says how it ended, stops the pipeline, and gives the sink its last call.
    pub(crate) fn close(&mut self, ended: Ended<()>) {
        self.settle();
        self.tell(ended);
        self.shared.halt().stop();
        self.steps.at = self.steps.steps.len() - 1;
        if let Some(mut egress) = self.egress.take() {
            let finished = catch_unwind(AssertUnwindSafe(|| egress.finish()));
            self.tell(finished.map(|finished| finished.map_err(Stop::Sink)));
        }
    }

    fn work(&mut self) -> Result<(), Stop> {
        let mut wait = self.shared.wait.strategy();
        let mut spins = 0;
        let mut dry = false;
        loop {
            match self.batch()? {
                Turn::Moved => {
                    dry = false;
                    wait.reset();
                    continue;
                }
                Turn::Stopped => return Ok(()),
                Turn::Dry => {}
            }
            if !dry && self.egress.is_some() {
                dry = true;
                spins = 0;
                self.idle()?;
            }
            match self.wait(&mut wait) {
                WaitStep::Spun => spins += 1,
                WaitStep::Yielded | WaitStep::Slept => spins = SPINS_PER_IDLE,
            }
            if spins >= SPINS_PER_IDLE {
                dry = false; // so that an idle sink is asked again
            }
        }
    }

    fn wait(&self, wait: &mut Wait) -> WaitStep {
        match self.shared.wakes() {
            Some(wakes) => wait.wait_on(wakes.worker(self.number), &mut || self.has_something()),
            None => wait.wait(),
        }
    }

    /// Whether there is a reason not to sleep.
    fn has_something(&self) -> bool {
        let ready = self.steps.first().poll(1) != Ok(None);
        let asked = || {
            let states = self.shared.states()?;
            let asked = states.asked();
            let waits_for_others = self.egress.is_some() && self.reached == asked;
            let new = asked != self.seen;
            Some(new || waits_for_others && self.past != asked && states.whole(asked).is_some())
        };
        ready || self.shared.halt().stopped() || asked() == Some(true)
    }

    fn until_dry(&mut self) -> Result<bool, Stop> {
        loop {
            match self.batch()? {
                Turn::Moved => {}
                Turn::Stopped => return Ok(false),
                Turn::Dry => {
                    self.idle()?;
                    return Ok(true);
                }
            }
        }
    }

    fn take_through(&mut self, pending: &Pending) -> Result<bool, Stop> {
        let halt = self.shared.halt();
        for record in pending.records() {
            if halt.stopped() {
                break;
            }
            let sequence = self.reached + 1;
            self.steps
                .through(sequence, None, record, &mut self.egress)?;
            self.reached = sequence;
        }
        let stopped = halt.stopped();
        self.settle();
        if !stopped {
            self.limit()?;
            self.idle()?;
        }
        Ok(!stopped)
    }

    fn idle(&mut self) -> Result<(), Stop> {
        if let Some(egress) = &mut self.egress {
            self.steps.at = self.steps.steps.len() - 1;
            egress.idle().map_err(Stop::Sink)?;
            egress.settle(self.shared.slots());
            self.shared.went_idle_at(self.reached);
        }
        Ok(())
    }

    /// Takes what is ready through, at most a batch of it.
    fn batch(&mut self) -> Result<Turn, Stop> {
        self.steps.at = 0;
        let ready = self.steps.first().poll(BATCH).map_err(Stop::Region)?;
        // After the poll: whoever sees a record sees what was asked before it was published.
        let limit = self.limit()?;
        self.turns += 1;
        if self.turns >= CHECK_EVERY {
            self.turns = 0;
            self.shared.check().map_err(Stop::Region)?;
        }
        let halt = self.shared.halt();
        let Some((first, last)) = ready.filter(|(first, _)| *first <= limit) else {
            return Ok(if halt.stopped() {
                Turn::Stopped
            } else {
                Turn::Dry
            });
        };
        let last = last.min(limit);
        let marked = self.steps.first().any_marked(first, last);
        for sequence in first..=last {
            let (input, egress) = (&mut self.input, &mut self.egress);
            if let Some((entry, len)) = self.steps.read(sequence, marked, input, egress)? {
                let record = bytes_of(input, len);
                self.steps.through(sequence, Some(entry), record, egress)?;
            }
            self.reached = sequence;
            if halt.stopped() {
                break;
            }
        }
        let stopped = halt.stopped();
        self.settle();
        Ok(if stopped { Turn::Stopped } else { Turn::Moved })
    }

    /// How far the worker may go before it comes here again. Saves states where a snapshot is asked
    /// for after the record that it reached; beside the last stage it hands the whole to the sink.
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
        self.seen = asked;
        if self.reached < asked {
            return Ok(asked);
        }
        if self.reached > asked {
            // Not published by our producer: another process moved the cursor.
            return Err(Stop::Region(LaneError::Corrupted));
        }
        if self.saved != asked {
            for (at, step) in self.steps.steps.iter().enumerate() {
                self.steps.at = at;
                let kept = states.keep(step.index, asked, &*step.stage);
                kept.map_err(Stop::Stage)?;
            }
            self.saved = asked;
            if let Some(wakes) = self.shared.wakes() {
                wakes.all();
            }
        }
        if let Some(egress) = &mut self.egress {
            // All stages before reached that record, but perhaps they didn't look up yet.
            let Some(snapshot) = states.whole(asked) else {
                return Ok(asked);
            };
            self.steps.at = self.steps.steps.len() - 1;
            egress.states(&snapshot).map_err(Stop::Sink)?;
            states.took(snapshot);
        }
        self.past = asked;
        Ok(u64::MAX)
    }

    /// Makes counters and progress visible, stage by stage: none gets ahead of one before it.
    fn settle(&mut self) {
        if let Some(egress) = &mut self.egress {
            egress.settle(self.shared.slots());
        }
        for step in &mut self.steps.steps {
            step.settle(self.reached);
        }
        let Some(wakes) = self.shared.wakes() else {
            return;
        };
        for follower in &self.followers {
            wakes.worker(*follower).wake();
        }
        // The last stage is the slowest one, since it comes after all others.
        if self.egress.is_some() && self.reached - self.woke_at >= ROOM_TO_WAKE {
            self.woke_at = self.reached;
            wakes.producer().wake();
        }
    }
}
