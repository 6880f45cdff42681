//! The SingleRing executor: a stage DAG over one sequenced ring, or one ring for each shard.

mod egress;
mod inline;
mod options;
mod pending;
mod producer;
mod running;
mod shards;
pub(crate) mod shared;
pub(crate) mod states;
mod step;
pub(crate) mod wakes;
mod wiring;
mod worker;
mod workers;

use std::sync::Arc;

use byteor_pipeline_kernel::{BindError, LaneError, SlotsBacking, SlotsStage, WaitKind};
use byteor_pipeline_spec::SingleRingSpec;

pub(crate) use options::wait_word;
pub use options::{Base, Options, StageCounters, Tuning};
pub use producer::{Producer, PublishError};
pub use running::Running;
pub use shards::{RunningShards, Shard, ShardedProducer};
pub use states::StateSnapshot;
pub use workers::{AppliedWorkers, Workers};

use crate::error::ExecError;
use crate::resolver::StageResolver;
use crate::sink::RecordSink;
use egress::Egress;
use shared::{Halt, Shared};
use states::States;
use step::Step;
use wakes::Wakes;
use wiring::{Wiring, resolve, state_error};
use worker::Worker;
use workers::WorkerPlan;

/// The executor.
#[derive(Debug)]
pub struct SingleRing;

impl SingleRing {
    /// Starts `spec`, of one shard, over a fresh `region`.
    ///
    /// In this order: `validate_v1`; refusal of what this executor can't run (another producer than
    /// `single`, another scheduling than `dedicated`, other than one shard); every stage is
    /// resolved, and restored where it has a state to go on from; the region is bound; the threads
    /// start. An error leaves nothing running. A region serves one run: recreate it for the next.
    pub fn start(
        spec: &SingleRingSpec,
        region: impl SlotsBacking + 'static,
        resolver: &dyn StageResolver,
        sink: Box<dyn RecordSink>,
        options: Options,
    ) -> Result<Running, ExecError> {
        let Options { tuning, base } = options;
        let shard = Shard {
            region: Box::new(region),
            sink,
            base,
        };
        let bring_up = BringUp::new(spec, 1, resolver, tuning)?;
        bring_up.open(shard, None)?.start(&bring_up.plan)
    }

    /// Starts `spec` over as many rings as it has shards: a fresh region each, stages of its own and
    /// a sink of its own. The order is that of [`SingleRing::start`], for all rings before the first
    /// thread starts; the first failure of any shard stops all of them.
    ///
    /// `E_EXEC_UNSUPPORTED` where `shards` are not as many as the spec says.
    pub fn start_shards(
        spec: &SingleRingSpec,
        shards: Vec<Shard>,
        resolver: &dyn StageResolver,
        tuning: Tuning,
    ) -> Result<RunningShards, ExecError> {
        let bring_up = BringUp::new(spec, shards.len(), resolver, tuning)?;
        let several = shards.len() > 1;
        let opened: Vec<Opened> = shards
            .into_iter()
            .zip(0..)
            .map(|(shard, number)| bring_up.open(shard, several.then_some(number)))
            .collect::<Result<_, _>>()?;
        let rings = opened
            .into_iter()
            .map(|opened| opened.start(&bring_up.plan))
            .collect::<Result<_, _>>()?;
        Ok(RunningShards::new(rings, spec.shard_key))
    }
}

/// What the rings of a run have in common.
struct BringUp<'a> {
    spec: &'a SingleRingSpec,
    wiring: Wiring,
    plan: WorkerPlan,
    resolver: &'a dyn StageResolver,
    wait: WaitKind,
    halt: Arc<Halt>,
}

/// A ring that is bound, and its workers, which don't run yet.
struct Opened {
    shared: Arc<Shared>,
    workers: Vec<Worker>,
}

impl Opened {
    fn start(self, plan: &WorkerPlan) -> Result<Running, ExecError> {
        Running::start(self.shared, self.workers, plan.report())
    }
}

impl<'a> BringUp<'a> {
    fn new(
        spec: &'a SingleRingSpec,
        shards: usize,
        resolver: &'a dyn StageResolver,
        tuning: Tuning,
    ) -> Result<Self, ExecError> {
        let wiring = Wiring::new(spec, shards)?;
        let stages = spec.stages.len();
        Ok(Self {
            spec,
            wiring,
            plan: WorkerPlan::new(tuning.workers, stages, shards, tuning.cores()),
            resolver,
            wait: tuning.wait,
            halt: Arc::default(),
        })
    }

    fn open(&self, shard: Shard, number: Option<u32>) -> Result<Opened, ExecError> {
        let Shard { region, sink, base } = shard;
        let stages = resolve(self.spec, self.resolver, &base.states)?;
        let count = stages.len();
        let states = States::new(&stages);
        let states = states.map_err(|(at, source)| state_error(self.spec, at, source))?;

        let slots = region.slots();
        slots.check().map_err(ExecError::Region)?;
        slots.bind(count).map_err(|e| match e {
            BindError::Stages => ExecError::Region(LaneError::Misused),
            BindError::Used => ExecError::RegionUsed,
        })?;
        base.seed(slots, count).map_err(ExecError::Region)?;
        slots.tell_tuning(self.plan.applied.word(), wait_word(self.wait));
        let before: Vec<Vec<usize>> = self
            .plan
            .segments
            .iter()
            .map(|segment| self.wiring.before(segment))
            .collect();
        let stage_ids = self.spec.stages.iter().map(|stage| stage.id.clone());
        let shared = Arc::new(Shared::new(
            region,
            Arc::clone(&self.halt),
            self.wait,
            stage_ids.collect(),
            number,
            states,
            self.wakes(&before),
        ));

        let mut egress = Some(Egress::new(sink, shared.slots()));
        let mut stages = stages.into_iter().enumerate();
        let mut workers = Vec::with_capacity(self.plan.segments.len());
        for (segment, before) in self.plan.segments.iter().zip(&before) {
            let mut steps = Vec::with_capacity(segment.len());
            for (index, stage) in stages.by_ref().take(segment.len()) {
                // The first one waits for all of them; the others go where it went.
                let place = SlotsStage::new(shared.slots(), index, before);
                let place = place.map_err(ExecError::Region)?;
                steps.push(Step::new(index, place, stage, self.wiring.unordered(index)));
            }
            let egress = egress.take_if(|_| segment.end == count);
            let number = workers.len();
            workers.push(Worker::new(&shared, number, steps, egress));
        }
        for (number, worker) in workers.iter_mut().enumerate() {
            let segment = &self.plan.segments[number];
            let follows = |before: &Vec<usize>| before.iter().any(|at| segment.contains(at));
            worker.followers = (0..before.len())
                .filter(|at| follows(&before[*at]))
                .collect();
        }
        Ok(Opened { shared, workers })
    }

    /// The wake words of a ring whose workers wait for these stages.
    fn wakes(&self, before: &[Vec<usize>]) -> Option<Arc<Wakes>> {
        let sleeps = self.wait == WaitKind::Adaptive && self.plan.applied != Workers::One;
        let first = (0..before.len()).filter(|worker| before[*worker].is_empty());
        sleeps.then(|| Arc::new(Wakes::new(before.len(), first.collect())))
    }
}
