//! A ring that was started.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::{Counters, SingleRingSnapshot, snapshot_slots};

use super::inline::Inline;
use super::producer::Producer;
use super::shared::Shared;
use super::states::{StateSnapshot, States};
use super::worker::Worker;
use super::workers::{AppliedWorkers, Workers};
use crate::error::{ExecError, Failure};

/// A pipeline that was started. Dropping it stops it and joins its threads.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    producer: Option<Producer>,
    /// Each with its first stage.
    threads: Vec<(usize, JoinHandle<()>)>,
    inline: Option<Arc<Inline>>,
    workers: AppliedWorkers,
}

impl Running {
    /// Starts the workers of a ring that is bound. Where one doesn't start, none stays.
    pub(crate) fn start(
        shared: Arc<Shared>,
        mut workers: Vec<Worker>,
        applied: AppliedWorkers,
    ) -> Result<Self, ExecError> {
        let inline = match applied.applied {
            Workers::One => workers.pop().map(|one| Arc::new(Inline::new(one, &shared))),
            Workers::Dedicated | Workers::Segments => None,
        };
        let producer = Producer::new(Arc::clone(&shared), inline.clone());
        let mut running = Self {
            producer: Some(producer.map_err(ExecError::Region)?),
            shared,
            threads: Vec::new(),
            inline,
            workers: applied,
        };
        for worker in workers {
            let first = worker.first_stage();
            let stage_id = running.shared.stage_id(first);
            let thread = std::thread::Builder::new()
                .name(format!("ring-{stage_id}"))
                .spawn(move || worker.run());
            let thread = thread.map_err(|source| ExecError::Thread { stage_id, source })?;
            running.threads.push((first, thread));
        }
        Ok(running)
    }

    /// The one producer. Handed out once.
    pub fn producer(&mut self) -> Result<Producer, ExecError> {
        self.producer.take().ok_or(ExecError::ProducerTaken)
    }

    /// Which threads run the stages.
    pub fn workers(&self) -> &AppliedWorkers {
        &self.workers
    }

    /// Waits until everything published went through all stages and the sink, and the sink was
    /// idle after it. What was appended and not flushed is not waited for.
    pub fn drain(&self, timeout: Duration) -> Result<(), ExecError> {
        let begun = Instant::now();
        loop {
            if let Some(inline) = &self.inline {
                inline.try_turn();
            }
            if let Some(failure) = self.failed() {
                return Err(ExecError::Failed(failure));
            }
            let cursor = self.shared.slots().cursor();
            let idle_at = self.shared.idle_at();
            if idle_at >= Some(cursor) {
                return Ok(());
            }
            let waited = begun.elapsed();
            if waited >= timeout {
                return Err(ExecError::DrainTimeout {
                    waited,
                    cursor,
                    reached: idle_at.unwrap_or(0),
                });
            }
            std::thread::sleep(Duration::from_micros(200).min(timeout - waited));
        }
    }

    /// Cursor, gating and counters as of now.
    pub fn snapshot(&self) -> SingleRingSnapshot {
        snapshot_slots(self.shared.slots(), self.shared.stages())
    }

    /// The last whole snapshot of what the stages remember, which is before the first record what
    /// they started with; nothing where no stage remembers.
    pub fn states(&self) -> Option<Arc<StateSnapshot>> {
        self.shared.states().map(States::latest)
    }

    /// The first failure, if there is one; then everything stops by itself.
    pub fn failed(&self) -> Option<Failure> {
        self.shared.halt().failed()
    }

    /// Whether the pipeline stopped or is about to.
    pub fn stopped(&self) -> bool {
        self.shared.halt().stopped()
    }

    /// Stops all stages, waits for their threads, and returns the totals, or the first failure.
    ///
    /// What is published and not yet through stays undone; [`Running::drain`] first if it should
    /// not. A stage that never returns from a record is waited for. Calling it again gives the
    /// same answer.
    pub fn stop_and_join(&mut self) -> Result<Counters, ExecError> {
        self.shared.halt().stop();
        if let Some(inline) = &self.inline {
            inline.end();
        }
        for (first, thread) in self.threads.drain(..) {
            if thread.join().is_err() {
                // Workers catch panics; this one came from dropping a stage or the sink.
                self.shared.panicked_away(first);
            }
        }
        match self.failed() {
            Some(failure) => Err(ExecError::Failed(failure)),
            None => Ok(self.snapshot().counters),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The failure, if any, was there to be asked for.
        let _ = self.stop_and_join();
    }
}
