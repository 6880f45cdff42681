//! The SingleRing executor: a stage DAG over one sequenced ring, one dedicated thread per stage.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::{Counters, SingleRingSnapshot, snapshot_slots};
use byteor_pipeline_kernel::{
    BindError, LaneError, STATE_BYTES_MAX, SlotsBacking, SlotsRegion, StageFailure, WaitKind,
};
use byteor_pipeline_spec::{
    PipelineSpecV1, Producer as RingProducer, Scheduling, SingleRingSpec, validate_v1,
};

use crate::error::{ExecError, Failure, FailureOrigin};
use crate::producer::Producer;
use crate::resolver::StageResolver;
use crate::sink::RecordSink;
use crate::states::{StateSnapshot, States};
use crate::worker::{Egress, Worker};

/// Counters of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCounters {
    /// Records that it looked at; those marked by a stage before it are not among them.
    pub processed: u64,
    /// Records that it dropped.
    pub dropped: u64,
    /// Records whose result did not fit.
    pub rejected: u64,
}

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What stages do while nothing is ready. `backoff` unless each thread has a core of its own.
    pub wait: WaitKind,
    /// Totals to go on from, out of a checkpoint. Sequences start at 1 all the same.
    pub base_counters: Counters,
    /// Per stage, in the order of the spec, what to go on from; missing ones start at 0.
    pub base_stage_counters: Vec<StageCounters>,
    /// Per stage, in the order of the spec, the state to go on from, as a [`StateSnapshot`] holds
    /// it; where there is none, a stage starts as one that has seen nothing.
    pub base_states: Vec<Option<Arc<[u8]>>>,
}

/// What producer, stages and [`Running`] share. Keeps the backing, and so what it holds for the
/// time of the run.
pub(crate) struct Shared {
    backing: Box<dyn SlotsBacking>,
    wait: WaitKind,
    stage_ids: Vec<String>,
    stop: AtomicBool,
    idle_at: AtomicU64,
    /// Nothing where no stage remembers.
    states: Option<States>,
    failure: Mutex<Option<Failure>>,
}

/// `idle_at` before the sink was ever idle.
const NEVER_IDLE: u64 = u64::MAX;

impl Shared {
    pub(crate) fn slots(&self) -> &SlotsRegion {
        self.backing.slots()
    }

    pub(crate) fn wait(&self) -> WaitKind {
        self.wait
    }

    pub(crate) fn check(&self) -> Result<(), LaneError> {
        self.slots().check()
    }

    #[inline]
    pub(crate) fn states(&self) -> Option<&States> {
        self.states.as_ref()
    }

    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    pub(crate) fn went_idle_at(&self, sequence: u64) {
        self.idle_at.store(sequence, Ordering::Release);
    }

    pub(crate) fn stage_id(&self, index: u32) -> String {
        self.stage_ids
            .get(index as usize)
            .cloned()
            .unwrap_or_default()
    }

    /// Keeps the first failure, and stops everything.
    pub(crate) fn fail(&self, failure: Failure) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(failure);
        self.stop();
    }

    fn failed(&self) -> Option<Failure> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("stage_ids", &self.stage_ids)
            .finish_non_exhaustive()
    }
}

/// The executor.
#[derive(Debug)]
pub struct SingleRing;

impl SingleRing {
    /// Starts `spec` over a fresh `region`.
    ///
    /// In this order: `validate_v1`; refusal of what this executor can't run (more than one shard,
    /// another producer than `single`, another scheduling than `dedicated`); every stage is
    /// resolved, and restored where it has a state to go on from; the region is bound; the threads
    /// start. An error leaves nothing running. A region serves one run: recreate it for the next.
    pub fn start(
        spec: &SingleRingSpec,
        region: impl SlotsBacking + 'static,
        resolver: &dyn StageResolver,
        sink: Box<dyn RecordSink>,
        options: Options,
    ) -> Result<Running, ExecError> {
        let problems = validate_v1(&PipelineSpecV1::SingleRing(spec.clone()));
        if !problems.is_empty() {
            return Err(ExecError::Spec(problems));
        }
        supported(spec)?;
        let wiring = Wiring::new(spec)?;
        let mut stages = Vec::with_capacity(spec.stages.len());
        for stage in &spec.stages {
            let resolved = resolver.resolve(&stage.id, stage.key());
            let mut resolved = resolved.map_err(|source| ExecError::Unresolved {
                stage_id: stage.id.clone(),
                key: stage.key().to_owned(),
                source,
            })?;
            if resolved.gives_many() {
                return Err(ExecError::Unsupported {
                    path: format!("single_ring.stages.{}.key", stages.len()),
                    message: format!(
                        "stage `{}` gives several records for one, and a ring has one slot for each",
                        stage.id
                    ),
                });
            }
            if resolved.state_limit() > STATE_BYTES_MAX {
                return Err(ExecError::Unsupported {
                    path: format!("single_ring.stages.{}.key", stages.len()),
                    message: format!(
                        "stage `{}` may remember {} bytes, and a checkpoint keeps {STATE_BYTES_MAX} of a stage",
                        stage.id,
                        resolved.state_limit()
                    ),
                });
            }
            if let Some(Some(state)) = options.base_states.get(stages.len()) {
                resolved
                    .restore(state)
                    .map_err(|source| state_error(&stage.id, source))?;
            }
            stages.push(resolved);
        }
        let states = States::new(&stages)
            .map_err(|(index, source)| state_error(&spec.stages[index].id, source))?;

        let slots = region.slots();
        slots.check().map_err(ExecError::Region)?;
        slots.bind(stages.len()).map_err(|e| match e {
            BindError::Stages => ExecError::Region(LaneError::Misused),
            BindError::Used => ExecError::RegionUsed,
        })?;
        seed(slots, stages.len(), &options).map_err(ExecError::Region)?;
        let shared = Arc::new(Shared {
            backing: Box::new(region),
            wait: options.wait,
            stage_ids: spec.stages.iter().map(|stage| stage.id.clone()).collect(),
            stop: AtomicBool::new(false),
            idle_at: AtomicU64::new(NEVER_IDLE),
            states,
            failure: Mutex::new(None),
        });
        let producer = Producer::new(Arc::clone(&shared)).map_err(ExecError::Region)?;

        let last = stages.len() - 1;
        let mut egress = Some(Egress::new(sink, &shared));
        let mut workers = Vec::with_capacity(stages.len());
        for (index, stage) in stages.into_iter().enumerate() {
            let egress = if index == last { egress.take() } else { None };
            let depends_on = &wiring.depends_on[index];
            let unordered = wiring.unordered[index];
            let worker = Worker::new(&shared, index, depends_on, stage, unordered, egress);
            workers.push(worker.map_err(ExecError::Region)?);
        }
        // From here on, dropping `running` stops and joins what was started.
        let mut running = Running {
            shared,
            producer: Some(producer),
            threads: Vec::new(),
        };
        for (worker, stage) in workers.into_iter().zip(&spec.stages) {
            let thread = std::thread::Builder::new()
                .name(format!("ring-{}", stage.id))
                .spawn(move || worker.run());
            running
                .threads
                .push(thread.map_err(|source| ExecError::Thread {
                    stage_id: stage.id.clone(),
                    source,
                })?);
        }
        Ok(running)
    }
}

fn state_error(stage_id: &str, source: StageFailure) -> ExecError {
    ExecError::State {
        stage_id: stage_id.to_owned(),
        source,
    }
}

fn supported(spec: &SingleRingSpec) -> Result<(), ExecError> {
    let refuse = |field: &str, message: &str| {
        let path = format!("single_ring.{field}");
        Err(ExecError::Unsupported {
            path,
            message: message.to_owned(),
        })
    };
    if spec.shards != 1 {
        return refuse("shards", "this executor runs one shard");
    }
    if spec.producer != RingProducer::Single {
        return refuse("producer", "this executor runs the producer `single`");
    }
    if spec.scheduling != Scheduling::Dedicated {
        return refuse(
            "scheduling",
            "this executor runs the scheduling `dedicated`",
        );
    }
    // `per_key` over one shard is met by the strict order of one ring.
    Ok(())
}

/// Who waits for whom.
struct Wiring {
    depends_on: Vec<Vec<usize>>,
    /// Whether some other stage neither comes before nor after.
    unordered: Vec<bool>,
}

impl Wiring {
    fn new(spec: &SingleRingSpec) -> Result<Self, ExecError> {
        let count = spec.stages.len();
        let depends_on: Vec<Vec<usize>> = spec
            .stages
            .iter()
            .map(|stage| {
                stage
                    .depends_on
                    .iter()
                    .map(|before| *before as usize)
                    .collect()
            })
            .collect();
        // Dependencies point backwards (validate_v1), so one pass closes over them. Bit n of
        // `before[stage]`: stage n comes before it. At most four stages.
        let mut before = vec![0_u32; count];
        for stage in 0..count {
            before[stage] = depends_on[stage]
                .iter()
                .fold(0, |all, direct| all | before[*direct] | 1 << direct);
        }
        let ordered = |a: usize, b: usize| before[b] >> a & 1 == 1;
        let last = count - 1;
        if let Some(loose) = (0..last).find(|stage| !ordered(*stage, last)) {
            return Err(ExecError::Unsupported {
                path: format!("single_ring.stages.{last}.depends_on"),
                message: format!(
                    "records leave after stage `{}`, which must come after `{}`",
                    spec.stages[last].id, spec.stages[loose].id
                ),
            });
        }
        let unordered = (0..count)
            .map(|a| (0..count).any(|b| a != b && !ordered(a, b) && !ordered(b, a)))
            .collect();
        Ok(Self {
            depends_on,
            unordered,
        })
    }
}

fn seed(slots: &SlotsRegion, stages: usize, options: &Options) -> Result<(), LaneError> {
    let base = &options.base_counters;
    let (ingress, egress) = (slots.ingress_counters(), slots.egress_counters());
    let order = Ordering::Relaxed; // the threads start later
    ingress.records_in.store(base.records_in, order);
    ingress.bytes_in.store(base.bytes_in, order);
    ingress.rejected.store(0, order);
    egress.records_out.store(base.records_out, order);
    egress.bytes_out.store(base.bytes_out, order);
    egress.dropped.store(base.dropped, order);
    // Who refused which of those before no longer matters for the total.
    egress.rejected.store(base.rejected, order);
    for (stage, base) in options.base_stage_counters.iter().take(stages).enumerate() {
        let words = slots.stage_counters(stage)?;
        words.processed.store(base.processed, order);
        words.dropped.store(base.dropped, order);
        words.rejected.store(base.rejected, order);
    }
    Ok(())
}

/// A pipeline that was started. Dropping it stops and joins its threads.
#[derive(Debug)]
pub struct Running {
    shared: Arc<Shared>,
    producer: Option<Producer>,
    threads: Vec<JoinHandle<()>>,
}

impl Running {
    /// The one producer. Handed out once.
    pub fn producer(&mut self) -> Result<Producer, ExecError> {
        self.producer.take().ok_or(ExecError::ProducerTaken)
    }

    /// Waits until everything published went through all stages and the sink, and the sink was
    /// idle after it. What was appended and not flushed is not waited for.
    pub fn drain(&self, timeout: Duration) -> Result<(), ExecError> {
        let begun = Instant::now();
        loop {
            if let Some(failure) = self.failed() {
                return Err(ExecError::Failed(failure));
            }
            let cursor = self.shared.slots().cursor();
            let idle_at = self.shared.idle_at.load(Ordering::Acquire);
            if idle_at != NEVER_IDLE && idle_at >= cursor {
                return Ok(());
            }
            let waited = begun.elapsed();
            if waited >= timeout {
                let reached = if idle_at == NEVER_IDLE { 0 } else { idle_at };
                return Err(ExecError::DrainTimeout {
                    waited,
                    cursor,
                    reached,
                });
            }
            std::thread::sleep(Duration::from_micros(200).min(timeout - waited));
        }
    }

    /// Cursor, gating and counters as of now.
    pub fn snapshot(&self) -> SingleRingSnapshot {
        snapshot_slots(self.shared.slots(), self.shared.stage_ids.len())
    }

    /// The last whole snapshot of what the stages remember, which is before the first record what
    /// they started with; nothing where no stage remembers.
    pub fn states(&self) -> Option<Arc<StateSnapshot>> {
        self.shared.states().map(States::latest)
    }

    /// The first failure, if there is one; then everything stops by itself.
    pub fn failed(&self) -> Option<Failure> {
        self.shared.failed()
    }

    /// Whether the pipeline stopped or is about to.
    pub fn stopped(&self) -> bool {
        self.shared.stopped()
    }

    /// Stops all stages, waits for their threads, and returns the totals, or the first failure.
    ///
    /// What is published and not yet through stays undone; [`Running::drain`] first if it should
    /// not. A stage that never returns from a record is waited for. Calling it again gives the
    /// same answer.
    pub fn stop_and_join(&mut self) -> Result<Counters, ExecError> {
        self.shared.stop();
        for (index, thread) in self.threads.drain(..).enumerate() {
            if thread.join().is_err() {
                // Workers catch panics; this one came from dropping a stage or the sink.
                self.shared.fail(Failure {
                    stage: index as u32,
                    stage_id: self.shared.stage_id(index as u32),
                    origin: FailureOrigin::Panic,
                    sequence: 0,
                    code: "E_EXEC_PANIC".to_owned(),
                    message: "it panicked while it was put away".to_owned(),
                });
            }
        }
        match self.shared.failed() {
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
