//! Records per second of a SingleRing over shared memory, against the same stages in a loop.
//!
//! `cargo run --release -p byteor-pipeline-exec --example ring_throughput -- [--json]
//! [--records=N] [--bytes=N] [--rounds=N] [--dir=PATH]`
//!
//! For `identity`, stages of real work per record, and stages that remember, whose states are saved
//! every 40 ms as the file adapter does. The loop calls the same stages on the same records in one
//! thread, without a ring. Each figure is the best of the rounds, which is what the code can do when
//! the machine leaves it alone; the cases take turns in each round, and ratios compare figures of
//! one run.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    Options, PureStages, RecordSink, ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord,
    SlotClass, StageResolver,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage};
use byteor_pipeline_spec::{PipelineSpecV1, SingleRingSpec, single_ring_chain};

/// Counts what comes out; the atomic is written when idle only.
struct Count {
    bytes: u64,
    total: Arc<AtomicU64>,
}

impl RecordSink for Count {
    fn take(&mut self, _: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        if let SinkRecord::Forward(bytes) = record {
            self.bytes += bytes.len() as u64;
        }
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        self.total.store(self.bytes, Ordering::Relaxed);
        Ok(())
    }
}

/// How often states are saved, as `byteor-adapters` does.
const SAVE_EVERY: Duration = Duration::from_millis(40);

struct Settings {
    json: bool,
    records: u64,
    bytes: usize,
    rounds: u32,
    dir: PathBuf,
}

impl Settings {
    /// The smallest class that holds the records.
    fn class(&self) -> SlotClass {
        let fits = |class: &SlotClass| class.slot_bytes() >= self.bytes;
        SlotClass::ALL
            .into_iter()
            .find(fits)
            .unwrap_or(SlotClass::B16384)
    }
}

fn settings() -> Result<Settings, String> {
    let shm = PathBuf::from("/dev/shm");
    let dir = if shm.is_dir() {
        shm
    } else {
        std::env::temp_dir()
    };
    let mut all = Settings {
        json: false,
        records: 1_000_000,
        bytes: 120,
        rounds: 3,
        dir,
    };
    for argument in std::env::args().skip(1) {
        let number = |text: &str| text.parse().map_err(|e| format!("{argument}: {e}"));
        match argument.split_once('=') {
            None if argument == "--json" => all.json = true,
            Some(("--records", n)) => all.records = number(n)?,
            Some(("--bytes", n)) => all.bytes = number(n)?.clamp(64, 16384) as usize,
            Some(("--rounds", n)) => all.rounds = number(n)?.clamp(1, 100) as u32,
            Some(("--dir", dir)) => all.dir = dir.into(),
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(all)
}

fn chain(stages: &[(&str, &str)]) -> Result<SingleRingSpec, String> {
    match single_ring_chain(stages) {
        PipelineSpecV1::SingleRing(ring) => Ok(ring),
        PipelineSpecV1::LaneGraph(_) => Err("a chain is a single ring".to_owned()),
    }
}

/// Log-like lines; one in eight has what the first stage drops, one in four what the last replaces.
fn records(bytes: usize) -> Vec<Vec<u8>> {
    (0..1024_u32)
        .map(|n| {
            let level = if n % 8 == 0 { "debug" } else { "info" };
            let who = if n % 4 == 0 {
                "ann@example.org"
            } else {
                "nobody"
            };
            let mut line = format!("{{ level={level} n={n} who={who} ").into_bytes();
            line.resize(bytes.max(line.len()), b'.');
            line.truncate(bytes);
            line
        })
        .collect()
}

fn over_shm(
    spec: &SingleRingSpec,
    lines: &[Vec<u8>],
    settings: &Settings,
) -> Result<(Duration, u64), Box<dyn std::error::Error>> {
    let path = settings
        .dir
        .join(format!("byteor-ring-throughput-{}", std::process::id()));
    let region = ShmSequencedSlots::recreate(&path, settings.class())?;
    let total = Arc::new(AtomicU64::new(0));
    let sink = Box::new(Count {
        bytes: 0,
        total: Arc::clone(&total),
    });
    let begun = Instant::now();
    let ran = SingleRing::start(spec, region, &PureStages, sink, Options::default()).and_then(
        |mut running| {
            let mut producer = running.producer()?;
            let remembers = running.states().is_some();
            let mut asked_at = Instant::now();
            for n in 0..settings.records {
                let line = &lines[n as usize % lines.len()];
                if producer.append(line).is_err() {
                    break; // a stage failed: drain tells
                }
                if n % 64 == 63 {
                    producer.flush();
                    if remembers && asked_at.elapsed() >= SAVE_EVERY && producer.snapshot_states() {
                        asked_at = Instant::now();
                    }
                }
            }
            producer.flush();
            running.drain(Duration::from_secs(60))?;
            let took = begun.elapsed();
            running.stop_and_join()?;
            Ok(took)
        },
    );
    std::fs::remove_file(&path)?;
    Ok((ran?, total.load(Ordering::Relaxed)))
}

fn in_loop(
    spec: &SingleRingSpec,
    lines: &[Vec<u8>],
    settings: &Settings,
) -> Result<(Duration, u64), Box<dyn std::error::Error>> {
    let mut stages = Vec::new();
    for stage in &spec.stages {
        stages.push(PureStages.resolve(&stage.id, stage.key())?);
    }
    let buffer = || vec![0; settings.class().slot_bytes()];
    let mut buffers = [buffer(), buffer()];
    let mut bytes = 0;
    let begun = Instant::now();
    for n in 0..settings.records {
        let line = &lines[n as usize % lines.len()];
        bytes += call(&mut stages, line, &mut buffers)? as u64;
    }
    Ok((begun.elapsed(), bytes))
}

/// Length of what comes out of the stages for one record; 0 if it was dropped.
fn call(
    stages: &mut [Box<dyn Stage>],
    line: &[u8],
    buffers: &mut [Vec<u8>; 2],
) -> Result<usize, String> {
    let [now, next] = buffers;
    now[..line.len()].copy_from_slice(line);
    let mut len = line.len();
    for stage in stages {
        let mut output = Output::new(next);
        match stage
            .process(&now[..len], &mut output)
            .map_err(|e| e.to_string())?
        {
            Outcome::Forward => {}
            Outcome::Drop | Outcome::TooLarge { .. } | Outcome::Reject => return Ok(0),
            Outcome::Rewrite => {
                len = output.needed();
                std::mem::swap(now, next);
            }
        }
    }
    Ok(std::hint::black_box(len))
}

/// A case: its name, its stages, and the case of as many stages without state that it is held
/// against.
type Case = (&'static str, SingleRingSpec, Option<&'static str>);

fn cases() -> Result<Vec<Case>, String> {
    let parse = ("parse", r"keep:^\{");
    let quiet = ("quiet", "drop:level=debug");
    let mask = ("mask", "replace:[a-z]+@[a-z.]+=***");
    Ok(vec![
        ("identity", chain(&[("pass", "identity")])?, None),
        (
            "sample_1",
            chain(&[("some", "sample:1")])?,
            Some("identity"),
        ),
        ("dedupe_1", chain(&[("once", "dedupe:4096")])?, None),
        ("stages_1", chain(&[mask])?, None),
        ("stages_3", chain(&[parse, quiet, mask])?, None),
        (
            "stages_4",
            chain(&[parse, quiet, mask, ("pass", "identity")])?,
            None,
        ),
        (
            "sample_4",
            chain(&[parse, quiet, mask, ("some", "sample:1")])?,
            Some("stages_4"),
        ),
    ])
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = settings()?;
    let lines = records(settings.bytes);
    let cases = cases()?;
    let mut best = vec![[Duration::MAX; 2]; cases.len()];
    for _ in 0..settings.rounds {
        for ((name, spec, _), best) in cases.iter().zip(&mut best) {
            let (ring, ring_bytes) = over_shm(spec, &lines, &settings)?;
            let (plain, plain_bytes) = in_loop(spec, &lines, &settings)?;
            if ring_bytes != plain_bytes {
                return Err(format!(
                    "{name}: {ring_bytes} bytes out of the ring, {plain_bytes} out of the loop"
                )
                .into());
            }
            *best = [best[0].min(ring), best[1].min(plain)];
        }
    }
    let rate = |took: Duration| settings.records as f64 / took.as_secs_f64();
    let rounded = |ratio: f64| (ratio * 1000.0).round() / 1000.0;
    let mut report = Vec::new();
    for ((name, spec, partner), [ring, plain]) in cases.iter().zip(&best) {
        let partner = partner.and_then(|partner| {
            let at = cases.iter().position(|(name, ..)| *name == partner)?;
            Some((
                partner,
                rounded(best[at][0].as_secs_f64() / ring.as_secs_f64()),
            ))
        });
        report.push((*name, spec.stages.len(), rate(*ring), rate(*plain), partner));
    }
    if settings.json {
        let cases: Vec<_> = report
            .iter()
            .map(|(name, stages, ring, plain, partner)| {
                serde_json::json!({
                    "name": name,
                    "stages": stages,
                    "ring_records_per_s": ring.round(),
                    "loop_records_per_s": plain.round(),
                    "ring_to_loop": rounded(ring / plain),
                    "without_state": partner.map(|(name, _)| name),
                    "ring_to_without_state": partner.map(|(_, ratio)| ratio),
                })
            })
            .collect();
        let all = serde_json::json!({
            "bench": "ring_throughput",
            "records": settings.records,
            "record_bytes": settings.bytes,
            "slot_bytes": settings.class().slot_bytes(),
            "rounds": settings.rounds,
            "cores": std::thread::available_parallelism()?.get(),
            "cases": cases,
        });
        println!("{all}");
    } else {
        for (name, stages, ring, plain, partner) in report {
            print!(
                "{name:<10} {stages} stage(s)  ring {:>6.2} M/s  loop {:>6.2} M/s  ring/loop {:.2}",
                ring / 1e6,
                plain / 1e6,
                ring / plain
            );
            match partner {
                Some((partner, ratio)) => println!("  {ratio:.2} of {partner}"),
                None => println!(),
            }
        }
    }
    Ok(())
}
