//! What tests run rings over, sinks that remember, and stages that misbehave.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    ExecError, MemSequencedSlots, Options, PureStages, RecordSink, ResolveError, Running,
    ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord, SlotClass, StageResolver, Tuning,
    Workers,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use byteor_pipeline_spec::{PipelineSpecV1, SingleRingSpec, single_ring_chain};

pub const LONG: Duration = Duration::from_secs(30);

/// Memory or a file, and workers.
pub struct Bed {
    pub shm: bool,
    pub tuning: Tuning,
    pub dir: tempfile::TempDir,
}

impl Bed {
    pub fn new(shm: bool, workers: Workers, cores: usize) -> Self {
        let tuning = Tuning {
            workers: Some(workers),
            cores: Some(cores),
            ..Tuning::default()
        };
        let dir = tempfile::tempdir().unwrap();
        Self { shm, tuning, dir }
    }

    /// A thread for each stage; one for all; two, of which one has several where there are three;
    /// and none.
    pub const WORKERS: [(Workers, usize); 4] = [
        (Workers::Dedicated, 1),
        (Workers::Segments, 2),
        (Workers::Segments, 3),
        (Workers::One, 1),
    ];

    pub fn all() -> impl Iterator<Item = Self> {
        let both = [false, true].into_iter();
        both.flat_map(|shm| Self::WORKERS.map(|(workers, cores)| Self::new(shm, workers, cores)))
    }

    pub fn over_shm() -> impl Iterator<Item = Self> {
        Self::all().filter(|bed| bed.shm)
    }

    pub fn has_threads(&self) -> bool {
        self.tuning.workers != Some(Workers::One)
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("ring")
    }

    pub fn options(&self) -> Options {
        Options {
            tuning: self.tuning,
            ..Options::default()
        }
    }

    pub fn start_with(
        &self,
        spec: &SingleRingSpec,
        stages: &dyn StageResolver,
        sink: impl RecordSink + 'static,
        options: Options,
        class: SlotClass,
    ) -> Result<Running, ExecError> {
        let sink = Box::new(sink);
        if self.shm {
            let region = ShmSequencedSlots::recreate(&self.path(), class).unwrap();
            SingleRing::start(spec, region, stages, sink, options)
        } else {
            let region = MemSequencedSlots::new(class, 1);
            SingleRing::start(spec, region, stages, sink, options)
        }
    }

    pub fn start(&self, spec: &SingleRingSpec) -> (Running, Arc<Log>) {
        let log = Arc::new(Log::default());
        let sink = Collect(Arc::clone(&log));
        let running = self.start_with(spec, &Stages, sink, self.options(), SlotClass::B256);
        (running.unwrap(), log)
    }
}

impl std::fmt::Debug for Bed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Tuning { workers, cores, .. } = self.tuning;
        write!(f, "shm {}, {workers:?} on {cores:?} cores", self.shm)
    }
}

/// What a sink saw of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Out(Vec<u8>),
    Dropped(u32),
    Rejected(u32, usize, Vec<u8>),
}

#[derive(Debug, Default)]
pub struct Log {
    pub records: Mutex<Vec<(u64, Seen)>>,
    pub idle_after: AtomicU64,
    pub finished: AtomicU64,
}

impl Log {
    pub fn records(&self) -> Vec<(u64, Seen)> {
        self.records.lock().unwrap().clone()
    }
}

pub struct Collect(pub Arc<Log>);

impl RecordSink for Collect {
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        let seen = match record {
            SinkRecord::Forward(bytes) => Seen::Out(bytes.to_vec()),
            SinkRecord::Dropped { stage } => Seen::Dropped(stage),
            SinkRecord::Rejected { stage, len, record } => {
                Seen::Rejected(stage, len, record.to_vec())
            }
        };
        self.0.records.lock().unwrap().push((sequence, seen));
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        let count = self.0.records.lock().unwrap().len() as u64;
        self.0.idle_after.store(count, Ordering::SeqCst);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.0.finished.fetch_add(1, Ordering::SeqCst);
        self.idle()
    }
}

/// Stages for tests, by key: the pure ones, and some that misbehave.
pub struct Stages;

struct FromFn<F>(F);

impl<F> Stage for FromFn<F>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<Outcome, StageFailure> + Send,
{
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        (self.0)(record, out)
    }
}

fn stage<F>(process: F) -> Result<Box<dyn Stage>, ResolveError>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<Outcome, StageFailure> + Send + 'static,
{
    Ok(Box::new(FromFn(process)))
}

impl StageResolver for Stages {
    fn resolve(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
        match key {
            "double" => stage(|record, out| {
                out.push(record);
                out.push(record);
                Ok(out.outcome())
            }),
            "careless_double" => stage(|record, out| {
                out.push(record);
                out.push(record);
                Ok(Outcome::Rewrite)
            }),
            "fail_on_x" => stage(|record, _| match record {
                b"x" => Err(StageFailure {
                    code: "E_TEST",
                    message: "x is not for me",
                }),
                _ => Ok(Outcome::Forward),
            }),
            "panic_on_x" => stage(|record, _| {
                assert_ne!(record, b"x", "x is too much");
                Ok(Outcome::Forward)
            }),
            "slow" => stage(|_, _| {
                std::thread::sleep(Duration::from_millis(1));
                Ok(Outcome::Forward)
            }),
            "stuck_a_while" => stage(|_, _| {
                std::thread::sleep(Duration::from_millis(300));
                Ok(Outcome::Forward)
            }),
            _ => PureStages.resolve(id, key),
        }
    }
}

pub fn chain(keys: &[&str]) -> SingleRingSpec {
    let ids: Vec<String> = (0..keys.len()).map(|n| format!("s{n}")).collect();
    let stages: Vec<(&str, &str)> = ids
        .iter()
        .map(String::as_str)
        .zip(keys.iter().copied())
        .collect();
    match single_ring_chain(&stages) {
        PipelineSpecV1::SingleRing(ring) => ring,
        PipelineSpecV1::LaneGraph(_) => unreachable!("a chain is a single ring"),
    }
}

/// Whoever drains a ring without threads moves it.
pub fn wait_for_failure(running: &Running) {
    let begun = Instant::now();
    while !running.stopped() {
        assert!(begun.elapsed() < LONG);
        let _ = running.drain(Duration::from_millis(1));
    }
}
