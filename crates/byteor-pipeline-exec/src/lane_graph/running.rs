//! A graph that was started.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::{Counters, LaneGraphSnapshot, snapshot_graph};
use byteor_pipeline_spec::LaneGraphSpec;
use byteor_pipeline_step::Choices;

use super::barriers::GraphCheckpoint;
use super::build::{Built, Sinks, build};
use super::ingress::Ingress;
use super::options::Options;
use super::shared::{Name, Shared, Why};
use super::worker::Worker;
use crate::error::{ExecError, Failure, FailureOrigin};
use crate::resolver::StageResolver;

/// The executor of lane graphs in one process.
#[derive(Debug)]
pub struct LaneGraph;

impl LaneGraph {
    /// Starts `spec`, with a sink for each of its egresses, by id.
    ///
    /// In this order: `validate_v1`; refusal of what this executor can't run; the sinks fit the
    /// egresses; every stage is resolved; the lanes are made; the threads start. An error leaves
    /// nothing running, and no file.
    pub fn start(
        spec: &LaneGraphSpec,
        resolver: &dyn StageResolver,
        sinks: Sinks,
        options: &Options,
    ) -> Result<RunningGraph, ExecError> {
        let Built {
            shared,
            ingresses,
            threads,
            store,
        } = build(spec, resolver, sinks, options)?;
        // From here on, dropping `running` stops and joins what was started.
        let mut running = RunningGraph {
            shared,
            ingresses,
            threads: Vec::new(),
        };
        for (number, groups) in threads.into_iter().enumerate() {
            let Some(first) = groups.first().map(|group| group.working().0.name.clone()) else {
                continue;
            };
            let worker = Worker {
                shared: Arc::clone(&running.shared),
                number,
                groups,
            };
            let thread = std::thread::Builder::new()
                .name(format!("graph-{}", first.id))
                .spawn(move || worker.run());
            let thread = thread.map_err(|source| ExecError::Thread {
                stage_id: first.id.clone(),
                source,
            })?;
            running.threads.push((first, thread));
        }
        store.keep();
        Ok(running)
    }
}

/// A graph that was started. Dropping it stops and joins its threads.
#[derive(Debug)]
pub struct RunningGraph {
    shared: Arc<Shared>,
    /// Those that were not handed out.
    ingresses: Vec<Ingress>,
    /// Each with the first of its roles.
    threads: Vec<(Name, JoinHandle<()>)>,
}

impl RunningGraph {
    /// The ingress of that id. Handed out once.
    pub fn ingress(&mut self, id: &str) -> Result<Ingress, ExecError> {
        let at = self.ingresses.iter().position(|one| one.id() == id);
        match at {
            Some(at) => Ok(self.ingresses.remove(at)),
            None => Err(ExecError::Ingress { id: id.to_owned() }),
        }
    }

    /// Waits until the input of every ingress ended and everything went through, each sink was
    /// finished with, and every role ended. Ingresses that nobody took end now; the others end with
    /// [`Ingress::end`], or when they are dropped.
    pub fn drain(&mut self, timeout: Duration) -> Result<(), ExecError> {
        self.ingresses.drain(..).for_each(Ingress::end);
        let begun = Instant::now();
        loop {
            if let Some(failure) = self.failed() {
                return Err(ExecError::Failed(failure));
            }
            let waiting = self.shared.waiting();
            if waiting.is_empty() {
                return Ok(());
            }
            let waited = begun.elapsed();
            if waited >= timeout || self.stopped() {
                return Err(ExecError::GraphDrainTimeout { waited, waiting });
            }
            std::thread::sleep(Duration::from_micros(200).min(timeout - waited));
        }
    }

    /// Lanes, roles and counters as of now.
    pub fn snapshot(&self) -> LaneGraphSnapshot {
        snapshot_graph(self.shared.graph())
    }

    /// Asks for a checkpoint: each ingress puts a barrier into its lane with its next call, and it
    /// flows through the graph. Answers false, asking nothing, while one is on its way.
    pub fn ask_checkpoint(&self) -> bool {
        self.shared.barriers().ask()
    }

    /// The last checkpoint that is whole: its barrier came to every egress.
    pub fn checkpoint(&self) -> Option<Arc<GraphCheckpoint>> {
        self.shared.barriers().latest()
    }

    /// The first failure, if there is one; then everything stops by itself.
    pub fn failed(&self) -> Option<Failure> {
        self.shared.failed()
    }

    /// Whether the pipeline stopped or is about to. One whose roles all ended by themselves didn't.
    pub fn stopped(&self) -> bool {
        self.shared.stopped()
    }

    /// Stops all roles, waits for their threads, and returns the totals, or the first failure.
    ///
    /// What is in the lanes stays undone; [`RunningGraph::drain`] first if it should not. A stage
    /// that never returns from a record is waited for. Calling it again gives the same answer.
    pub fn stop_and_join(&mut self) -> Result<Counters, ExecError> {
        self.shared.stop();
        for (first, thread) in self.threads.drain(..) {
            if thread.join().is_err() {
                // Workers catch panics; this one came from dropping a stage or a sink.
                let why = Why {
                    origin: FailureOrigin::Panic,
                    code: "E_EXEC_PANIC".to_owned(),
                    message: "a stage or sink of its thread panicked while it was put away"
                        .to_owned(),
                };
                self.shared.fail(&first, 0, why);
            }
        }
        match self.shared.failed() {
            Some(failure) => Err(ExecError::Failed(failure)),
            None => Ok(self.snapshot().counters),
        }
    }

    /// What the run chose where the spec leaves it open, once it is stopped and every ingress ended:
    /// the stepping executor gives the same bytes with it. What is in the whole checkpoints of the run
    /// comes before it, and isn't repeated here. Nothing unless [`Options::record_choices`] asked for
    /// it.
    pub fn choices(&self) -> Option<Choices> {
        self.shared.choices()
    }
}

impl Drop for RunningGraph {
    fn drop(&mut self) {
        // The failure, if any, was there to be asked for.
        let _ = self.stop_and_join();
    }
}
