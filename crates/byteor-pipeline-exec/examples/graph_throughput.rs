//! How fast a graph is, against the same stages called in a loop, in one run: three in a row, two ways
//! that a merge brings together, and one to three.
//!
//! `cargo run --release -p byteor-pipeline-exec --example graph_throughput -- [--records=N]
//! [--rounds=N] [--bytes=N] [--shape=three|diamond|1p3c] [--only=WAY] [--shm=DIR] [--wait=NAME]`
//!
//! Each stage searches a record for a word near its end, and forwards it; sinks add up lengths and first
//! bytes, and the sums must be those of the loop. The loop copies each record once, and the stages
//! work on the copy, in one thread. All ways take turns in each round, and each run prints a line of
//! JSON with its ratio to the loop of that round.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::{EgressSink, LaneGraph, LanesIn, Options, Workers};
use byteor_pipeline_exec::{PureStages, SinkFailure, StageResolver, WaitKind};
use byteor_pipeline_kernel::{Outcome, Output, Stage};
use byteor_pipeline_spec::{LaneGraphBuilder, LaneGraphSpec, MergePolicy, PipelineSpecV1};

const WORDS: [&str; 3] = ["alpha", "bravo", "gamma"];
const SHAPES: [&str; 3] = ["three", "diamond", "1p3c"];
type Failed = Box<dyn std::error::Error>;

struct Settings {
    records: usize,
    rounds: u32,
    bytes: Vec<usize>,
    shapes: Vec<String>,
    only: Option<String>,
    shm: Option<PathBuf>,
    wait: WaitKind,
}

fn settings() -> Result<Settings, String> {
    let mut all = Settings {
        records: 1_000_000,
        rounds: 5,
        bytes: vec![8, 256],
        shapes: SHAPES.map(str::to_owned).to_vec(),
        only: None,
        shm: None,
        wait: WaitKind::Adaptive,
    };
    for argument in std::env::args().skip(1) {
        let number = |text: &str| {
            text.parse::<usize>()
                .map_err(|e| format!("{argument}: {e}"))
        };
        match argument.split_once('=') {
            Some(("--records", n)) => all.records = number(n)?,
            Some(("--rounds", n)) => all.rounds = number(n)?.clamp(1, 1000) as u32,
            Some(("--bytes", n)) => all.bytes = vec![number(n)?.clamp(8, 256)],
            Some(("--shape", name)) => all.shapes = vec![name.to_owned()],
            Some(("--only", name)) => all.only = Some(name.to_owned()),
            Some(("--shm", dir)) => all.shm = Some(dir.into()),
            Some(("--wait", name)) => {
                all.wait = WaitKind::from_name(name).ok_or_else(|| argument.clone())?;
            }
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(all)
}

/// Letters that are no word, and what the stages look for at the end.
fn records(bytes: usize) -> Vec<Vec<u8>> {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut letter = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        b'k' + (random % 16) as u8
    };
    let record = |_| {
        let mut record: Vec<u8> = (0..bytes).map(|_| letter()).collect();
        for (at, word) in words(bytes).iter().enumerate() {
            let at = bytes - (word.len() + 1) * (WORDS.len() - at);
            record[at..at + word.len()].copy_from_slice(word.as_bytes());
        }
        record
    };
    (0..1024).map(record).collect()
}

/// What the stages look for: letters where a record has no room for words.
fn words(bytes: usize) -> [&'static str; 3] {
    if bytes < 32 {
        WORDS.map(|word| &word[..1])
    } else {
        WORDS
    }
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

impl EgressSink for Sum {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        self.now = sum(self.now, record);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.told.fetch_add(self.now, Ordering::Relaxed);
        Ok(())
    }
}

fn keys(bytes: usize) -> [String; 3] {
    words(bytes).map(|word| format!("keep:{word}"))
}

fn graph(shape: &str, bytes: usize) -> Result<LaneGraphSpec, Failed> {
    let [a, b, c] = keys(bytes);
    let to = LaneGraphBuilder::new();
    let to = match shape {
        "three" => to
            .events("in.a")
            .events("a.b")
            .events("b.c")
            .events("c.out")
            .ingress("in", "in.a")
            .stage("a", &a, "in.a", "a.b")
            .stage("b", &b, "a.b", "b.c")
            .stage("c", &c, "b.c", "c.out")
            .egress("out", "c.out"),
        "diamond" => to
            .fanout_broadcast("in.ways", 2)
            .events("a.merge")
            .events("b.merge")
            .events("merge.c")
            .events("c.out")
            .ingress("in", "in.ways")
            .stage("a", &a, "in.ways", "a.merge")
            .stage("b", &b, "in.ways", "b.merge")
            .merge(
                "merge",
                &["a.merge", "b.merge"],
                "merge.c",
                MergePolicy::RoundRobin,
            )
            .stage("c", &c, "merge.c", "c.out")
            .egress("out", "c.out"),
        "1p3c" => to
            .fanout_broadcast("in.ways", 3)
            .events("a.out")
            .events("b.out")
            .events("c.out")
            .ingress("in", "in.ways")
            .stage("a", &a, "in.ways", "a.out")
            .stage("b", &b, "in.ways", "b.out")
            .stage("c", &c, "in.ways", "c.out")
            .egress("a_out", "a.out")
            .egress("b_out", "b.out")
            .egress("c_out", "c.out"),
        other => return Err(format!("no shape {other}").into()),
    };
    match to.build().map_err(|problems| format!("{problems:?}"))? {
        PipelineSpecV1::LaneGraph(graph) => Ok(graph),
        PipelineSpecV1::SingleRing(_) => Err("a graph".into()),
    }
}

/// Seconds, and the sum of what came out.
type Ran = (f64, u64);

fn through(
    spec: &LaneGraphSpec,
    workers: Workers,
    lines: &[Vec<u8>],
    settings: &Settings,
) -> Result<Ran, Failed> {
    let folder = settings.shm.as_ref().map(|dir| {
        let name = format!("byteor-graph-throughput-{}", std::process::id());
        dir.join(name)
    });
    let options = Options {
        workers,
        wait: settings.wait,
        lanes: folder.clone().map_or(LanesIn::Memory, LanesIn::Folder),
        ..Options::default()
    };
    let told = Arc::new(AtomicU64::new(0));
    let mut sinks: BTreeMap<String, Box<dyn EgressSink>> = BTreeMap::new();
    for endpoint in &spec.endpoints {
        if endpoint.id.ends_with("out") {
            let told = Arc::clone(&told);
            sinks.insert(endpoint.id.clone(), Box::new(Sum { now: 0, told }));
        }
    }
    let mut running = LaneGraph::start(spec, &PureStages, sinks, &options)?;
    let mut ingress = running.ingress("in")?;
    let begun = Instant::now();
    for at in 0..settings.records {
        ingress.append(&lines[at % lines.len()])?;
        if at % 64 == 63 {
            ingress.flush();
        }
    }
    ingress.end();
    running.drain(Duration::from_secs(600))?;
    let took = begun.elapsed().as_secs_f64();
    running.stop_and_join()?;
    if let Some(folder) = folder {
        std::fs::remove_dir_all(folder)?;
    }
    Ok((took, told.load(Ordering::Relaxed)))
}

fn in_a_loop(shape: &str, lines: &[Vec<u8>], settings: &Settings) -> Result<Ran, Failed> {
    let mut stages = Vec::new();
    for key in keys(lines[0].len()) {
        stages.push(PureStages.resolve("stage", &key)?);
    }
    let (mut record, mut result) = ([0; 256], [0; 256]);
    let mut passes = |stage: &mut Box<dyn Stage>, record: &[u8]| {
        let outcome = stage.process(record, &mut Output::new(&mut result));
        outcome.map(|outcome| outcome == Outcome::Forward)
    };
    let mut total = 0;
    let begun = Instant::now();
    for at in 0..settings.records {
        let line = &lines[at % lines.len()];
        let record = &mut record[..line.len()];
        record.copy_from_slice(line);
        let record = std::hint::black_box(&*record);
        let [a, b, c] = &mut stages[..] else {
            return Err("three stages".into());
        };
        let ways: &mut [&mut [&mut Box<dyn Stage>]] = match shape {
            "three" => &mut [&mut [a, b, c]],
            "diamond" => {
                for way in [a, b] {
                    if passes(way, record).map_err(|e| e.to_string())?
                        && passes(c, record).map_err(|e| e.to_string())?
                    {
                        total = sum(total, record);
                    }
                }
                continue;
            }
            _ => &mut [&mut [a], &mut [b], &mut [c]],
        };
        'ways: for way in ways {
            for stage in way.iter_mut() {
                if !passes(stage, record).map_err(|e| e.to_string())? {
                    continue 'ways;
                }
            }
            total = sum(total, record);
        }
    }
    Ok((begun.elapsed().as_secs_f64(), total))
}

fn main() -> Result<(), Failed> {
    let settings = settings()?;
    let two = NonZeroUsize::MIN.saturating_add(1);
    let ways = [
        ("one", Workers::One),
        ("segments2", Workers::Segments(two)),
        ("dedicated", Workers::Dedicated),
    ];
    for _ in 0..settings.rounds {
        for bytes in &settings.bytes {
            let lines = records(*bytes);
            for shape in &settings.shapes {
                let spec = graph(shape, *bytes)?;
                let (base, expected) = in_a_loop(shape, &lines, &settings)?;
                let say = |way: &str, seconds: f64| {
                    println!(
                        "{}",
                        serde_json::json!({
                            "name": format!("graph-{shape}/{bytes}/search"),
                            "way": way,
                            "msgs": settings.records,
                            "seconds": seconds,
                            "ops_per_s": (settings.records as f64 / seconds).round(),
                            "of_loop": (base / seconds * 1000.0).round() / 1000.0,
                        })
                    );
                };
                say("loop", base);
                for (name, workers) in &ways {
                    if settings.only.as_deref().is_some_and(|only| only != *name) {
                        continue;
                    }
                    let (took, total) = through(&spec, *workers, &lines, &settings)?;
                    if total != expected {
                        return Err(format!("{shape}, {name}: not what the loop gives").into());
                    }
                    say(name, took);
                }
            }
        }
    }
    Ok(())
}
