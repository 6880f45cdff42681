//! A folder with an input, and the adapter loop run over it in this process.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use byteor_adapters::AdapterError;
use byteor_adapters::file_to_file::{FileToFile, Notice, Summary};
use byteor_adapters::ingress::Mode;
use byteor_adapters::roots::Roots;
use byteor_adapters::states::StageName;
use byteor_pipeline_exec::{
    ExecError, MemSequencedSlots, PureStages, SingleRing, SlotClass, StageResolver, Tuning,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use byteor_pipeline_spec::{SingleRingBuilder, SingleRingSpec};

pub const SLOT: usize = 256;

/// A stage that fails once `left` records came.
struct Tripping {
    stage: Box<dyn Stage>,
    left: Arc<AtomicU64>,
}

impl Stage for Tripping {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(StageFailure {
                code: "E_TEST",
                message: "it was asked to",
            });
        }
        self.stage.process(record, out)
    }

    fn state_limit(&self) -> usize {
        self.stage.state_limit()
    }

    fn save(&self, put: &mut dyn FnMut(&[u8])) {
        self.stage.save(put);
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), StageFailure> {
        self.stage.restore(state)
    }
}

pub fn chain(keys: &[&str]) -> SingleRingSpec {
    let mut builder = SingleRingBuilder::new();
    for (at, key) in keys.iter().enumerate() {
        let before: &[u32] = if at == 0 { &[] } else { &[at as u32 - 1] };
        builder = builder.stage(&format!("s{at}"), key, before);
    }
    builder.ring()
}

pub fn wiring(folder: &Path, keys: &[&str]) -> FileToFile {
    let path = |name: &str| -> PathBuf { folder.join(name) };
    let (input, output, reject) = (path("in"), path("out"), path("rejected"));
    let mut wiring = FileToFile::new(Roots::Unrestricted, input, output, reject);
    wiring.mode = Mode::StopAtEnd;
    wiring.max_record = SLOT;
    wiring.spec_hash = keys.join(" ");
    wiring.save_every = Duration::from_millis(1);
    wiring.lock_wait = Duration::from_millis(100);
    let name = |(at, key): (usize, &&str)| StageName {
        id: format!("s{at}"),
        key: (*key).to_owned(),
    };
    wiring.stages = keys.iter().enumerate().map(name).collect();
    wiring
}

#[derive(Debug)]
pub enum Ended {
    Well(Summary, Vec<Notice>),
    Start(ExecError),
    Badly(AdapterError),
}

/// Runs the keys over the folder's files; the stage at `trip.0` fails after `trip.1` records.
pub fn run(wiring: FileToFile, trip: (usize, u64)) -> Ended {
    let keys: Vec<String> = wiring
        .stages
        .iter()
        .map(|stage| stage.key.clone())
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let prepared = match wiring.prepare() {
        Ok(prepared) => prepared,
        Err(error) => return Ended::Badly(error),
    };
    let left = Arc::new(AtomicU64::new(trip.1));
    let stages = |id: &str, key: &str| {
        let stage = PureStages.resolve(id, key)?;
        let left = Arc::clone(&left);
        Ok(if id == format!("s{}", trip.0) {
            Box::new(Tripping { stage, left }) as Box<dyn Stage>
        } else {
            stage
        })
    };
    let region = |_| Ok::<_, Infallible>(MemSequencedSlots::new(SlotClass::B256, 1));
    let shards = prepared.shards(region).unwrap();
    let (spec, tuning) = (chain(&keys), Tuning::default());
    let ring = match SingleRing::start_shards(&spec, shards, &stages, tuning) {
        Ok(ring) => ring,
        Err(error) => return Ended::Start(error),
    };
    let ready = match prepared.begin(ring) {
        Ok(ready) => ready,
        Err(error) => return Ended::Badly(error),
    };
    let notices = ready.notices().to_vec();
    match ready.run(&AtomicBool::new(false), &mut |_| {}) {
        Ok(summary) => Ended::Well(summary, notices),
        Err(error) => Ended::Badly(error),
    }
}

pub fn well(ended: Ended) -> (Summary, Vec<Notice>) {
    match ended {
        Ended::Well(summary, notices) => (summary, notices),
        other => panic!("{other:?}"),
    }
}

pub const NEVER: (usize, u64) = (0, u64::MAX);
