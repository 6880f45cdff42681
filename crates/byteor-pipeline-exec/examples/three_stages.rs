//! Three working stages over records of 256 bytes, in memory: `three/256/search`.
//!
//! `cargo run --release -p byteor-pipeline-exec --example three_stages -- [--records=N]
//! [--rounds=N] [--only=NAME] [--shm=DIR] [--stages=N] [--key=KEY]
//! [--wait=NAME]`
//!
//! Each stage searches a record for a word that stands near its end, and forwards it. The sink adds
//! up lengths and first bytes, and the sum must be that of what went in. `loop` calls the same stages
//! on a copy of each record in one thread, without a ring; the others are a ring with these workers,
//! and `auto` what the cores give. They take turns in each round, and each run prints a line of JSON,
//! so that it can stand beside other programs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    MemSequencedSlots, Options, PureStages, RecordSink, Running, ShmSequencedSlots, SingleRing,
    SinkFailure, SinkRecord, SlotClass, StageResolver, Tuning, WaitKind, Workers,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage};
use byteor_pipeline_spec::{PipelineSpecV1, SingleRingSpec, single_ring_chain};

const BYTES: usize = 256;
const WORDS: [&str; 4] = ["alpha", "bravo", "gamma", "delta"];
type Failed = Box<dyn std::error::Error>;

struct Settings {
    records: u64,
    rounds: u32,
    only: Option<String>,
    shm: Option<PathBuf>,
    stages: usize,
    key: Option<String>,
    wait: WaitKind,
}

fn settings() -> Result<Settings, String> {
    let mut all = Settings {
        records: 2_000_000,
        rounds: 5,
        only: None,
        shm: None,
        stages: 3,
        key: None,
        wait: Tuning::default().wait,
    };
    for argument in std::env::args().skip(1) {
        let number = |text: &str| text.parse::<u64>().map_err(|e| format!("{argument}: {e}"));
        match argument.split_once('=') {
            Some(("--records", n)) => all.records = number(n)?,
            Some(("--rounds", n)) => all.rounds = number(n)?.clamp(1, 1000) as u32,
            Some(("--stages", n)) => all.stages = number(n)?.clamp(1, 4) as usize,
            Some(("--only", name)) => all.only = Some(name.to_owned()),
            Some(("--shm", dir)) => all.shm = Some(dir.into()),
            Some(("--wait", name)) => {
                all.wait = WaitKind::from_name(name).ok_or_else(|| argument.clone())?;
            }
            Some(("--key", key)) => all.key = Some(key.to_owned()),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(all)
}

/// Letters that are no word, and the words at the end.
fn records() -> Vec<Vec<u8>> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut letter = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        b'k' + (random % 16) as u8
    };
    let record = |_| {
        let mut record: Vec<u8> = (0..BYTES).map(|_| letter()).collect();
        for (at, word) in WORDS.iter().enumerate() {
            let at = BYTES - 8 * (WORDS.len() - at);
            record[at..at + word.len()].copy_from_slice(word.as_bytes());
        }
        record
    };
    (0..1024).map(record).collect()
}

fn sum(sum: u64, record: &[u8]) -> u64 {
    let first = record.first().copied().unwrap_or(0);
    sum.wrapping_add(record.len() as u64 + u64::from(first))
}

/// Adds up what comes out; the atomic is written when idle only.
struct Sum {
    now: u64,
    told: Arc<AtomicU64>,
}

impl RecordSink for Sum {
    fn take(&mut self, _: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        if let SinkRecord::Forward(bytes) = record {
            self.now = sum(self.now, bytes);
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        self.told.store(self.now, Ordering::Relaxed);
        Ok(())
    }
}

fn chain(settings: &Settings) -> Result<SingleRingSpec, String> {
    let keys = WORDS.map(|word| settings.key.clone().unwrap_or(format!("keep:{word}")));
    let ids = ["a", "b", "c", "d"].into_iter();
    let stages: Vec<_> = ids.zip(keys.iter().map(String::as_str)).collect();
    match single_ring_chain(&stages[..settings.stages]) {
        PipelineSpecV1::SingleRing(ring) => Ok(ring),
        PipelineSpecV1::LaneGraph(_) => Err("a chain is a single ring".to_owned()),
    }
}

/// Seconds, the sum, and which workers ran.
type Ran = (Duration, u64, String);

fn in_a_ring(
    spec: &SingleRingSpec,
    lines: &[Vec<u8>],
    settings: &Settings,
    workers: Option<Workers>,
) -> Result<Ran, Failed> {
    let told = Arc::new(AtomicU64::new(0));
    let sink = Box::new(Sum {
        now: 0,
        told: Arc::clone(&told),
    });
    let options = Options {
        tuning: Tuning {
            workers,
            wait: settings.wait,
            cores: None,
        },
        ..Options::default()
    };
    let path = settings.shm.as_ref().map(|dir| {
        let name = format!("byteor-three-stages-{}", std::process::id());
        dir.join(name)
    });
    let running: Running = match &path {
        Some(path) => {
            let region = ShmSequencedSlots::recreate(path, SlotClass::B256)?;
            SingleRing::start(spec, region, &PureStages, sink, options)?
        }
        None => {
            let region = MemSequencedSlots::new(SlotClass::B256, 1);
            SingleRing::start(spec, region, &PureStages, sink, options)?
        }
    };
    let ran = through(running, lines, settings.records);
    if let Some(path) = &path {
        std::fs::remove_file(path)?;
    }
    let (took, applied) = ran?;
    Ok((took, told.load(Ordering::Relaxed), applied))
}

fn through(
    mut running: Running,
    lines: &[Vec<u8>],
    records: u64,
) -> Result<(Duration, String), Failed> {
    let mut producer = running.producer()?;
    let begun = Instant::now();
    for n in 0..records {
        producer.append(&lines[n as usize % lines.len()])?;
        if n % 64 == 63 {
            producer.flush();
        }
    }
    producer.flush();
    running.drain(Duration::from_secs(600))?;
    let took = begun.elapsed();
    let applied = running.workers();
    let applied = format!("{}{:?}", applied.applied.name(), applied.stages);
    running.stop_and_join()?;
    Ok((took, applied))
}

fn in_a_loop(spec: &SingleRingSpec, lines: &[Vec<u8>], settings: &Settings) -> Result<Ran, Failed> {
    let mut stages = Vec::new();
    for stage in &spec.stages {
        stages.push(PureStages.resolve(&stage.id, stage.key())?);
    }
    let mut buffers = [vec![0; BYTES], vec![0; BYTES]];
    let mut total = 0;
    let begun = Instant::now();
    for n in 0..settings.records {
        total = call(
            &mut stages,
            &lines[n as usize % lines.len()],
            &mut buffers,
            total,
        )?;
    }
    Ok((begun.elapsed(), total, "loop".to_owned()))
}

fn call(
    stages: &mut [Box<dyn Stage>],
    line: &[u8],
    [now, next]: &mut [Vec<u8>; 2],
    total: u64,
) -> Result<u64, String> {
    now[..line.len()].copy_from_slice(line);
    let mut len = line.len();
    for stage in stages {
        let mut output = Output::new(next);
        let outcome = stage.process(&now[..len], &mut output);
        match outcome.map_err(|e| e.to_string())? {
            Outcome::Forward => {}
            Outcome::Drop | Outcome::TooLarge { .. } | Outcome::Reject => return Ok(total),
            Outcome::Rewrite => {
                len = output.needed();
                std::mem::swap(now, next);
            }
        }
    }
    Ok(sum(total, std::hint::black_box(&now[..len])))
}

fn main() -> Result<(), Failed> {
    let settings = settings()?;
    let lines = records();
    let spec = chain(&settings)?;
    let mut ways = vec![("loop", None), ("auto", Some(None))];
    ways.extend(Workers::ALL.map(|workers| (workers.name(), Some(Some(workers)))));
    let chosen = |name: &str| settings.only.as_deref().is_none_or(|only| only == name);
    ways.retain(|(name, _)| chosen(name));
    for _ in 0..settings.rounds {
        for (name, workers) in &ways {
            let (took, total, applied) = match workers {
                None => in_a_loop(&spec, &lines, &settings)?,
                Some(workers) => in_a_ring(&spec, &lines, &settings, *workers)?,
            };
            let in_all = (0..settings.records).map(|n| &lines[n as usize % lines.len()]);
            if settings.key.is_none() && total != in_all.fold(0, |all, line| sum(all, line)) {
                return Err(format!("{name}: what came out is not what went in").into());
            }
            let seconds = took.as_secs_f64();
            println!(
                "{}",
                serde_json::json!({
                    "name": "three/256/search",
                    "way": name,
                    "workers": applied,
                    "msgs": settings.records,
                    "seconds": seconds,
                    "ops_per_s": (settings.records as f64 / seconds).round(),
                })
            );
        }
    }
    Ok(())
}
