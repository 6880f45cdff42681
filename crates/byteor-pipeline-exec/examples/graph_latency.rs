//! What records wait for in a graph at a low rate, and what its threads cost when nothing comes.
//!
//! `cargo run --release -p byteor-pipeline-exec --example graph_latency -- [--rate=N] [--seconds=N]
//! [--wait=NAME]`
//!
//! Three stages in a row, on a thread each and on one. Records come at the rate, each flushed alone,
//! and carry the time that they came at; the sink takes the difference. Then nothing comes: from one
//! second after the last record on, the processor time of the process is taken for as long again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::{EgressSink, LaneGraph, Options, Workers};
use byteor_pipeline_exec::{PureStages, SinkFailure, WaitKind};
use byteor_pipeline_spec::{LaneGraphBuilder, PipelineSpecV1};

type Failed = Box<dyn std::error::Error>;

struct Waited {
    since: Instant,
    nanos: Arc<Mutex<Vec<u64>>>,
}

impl EgressSink for Waited {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        let now = self.since.elapsed().as_nanos() as u64;
        let came = record
            .first_chunk()
            .map_or(now, |at| u64::from_le_bytes(*at));
        if let Ok(mut nanos) = self.nanos.lock() {
            nanos.push(now.saturating_sub(came));
        }
        Ok(())
    }
}

/// Processor time of the process so far.
fn processor_time() -> Result<Duration, Failed> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let behind_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = behind_name.split_whitespace().skip(11).take(2);
    let ticks = ticks.map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 10))
}

fn run(workers: Workers, wait: WaitKind, rate: u64, lasts: Duration) -> Result<(), Failed> {
    let spec = LaneGraphBuilder::new()
        .events("in.a")
        .events("a.b")
        .events("b.c")
        .events("c.out")
        .ingress("in", "in.a")
        .stage("a", "identity", "in.a", "a.b")
        .stage("b", "identity", "a.b", "b.c")
        .stage("c", "identity", "b.c", "c.out")
        .egress("out", "c.out")
        .build()
        .map_err(|problems| format!("{problems:?}"))?;
    let PipelineSpecV1::LaneGraph(spec) = spec else {
        return Err("a graph".into());
    };
    let (since, nanos) = (Instant::now(), Arc::default());
    let sink = Waited {
        since,
        nanos: Arc::clone(&nanos),
    };
    let sinks: BTreeMap<String, Box<dyn EgressSink>> =
        BTreeMap::from([("out".to_owned(), Box::new(sink) as _)]);
    let options = Options {
        workers,
        wait,
        ..Options::default()
    };
    let mut running = LaneGraph::start(&spec, &PureStages, sinks, &options)?;
    let mut ingress = running.ingress("in")?;
    let between = Duration::from_secs(1) / rate.max(1) as u32;
    let begun = Instant::now();
    while begun.elapsed() < lasts {
        let now = since.elapsed().as_nanos() as u64;
        ingress.append(&now.to_le_bytes())?;
        ingress.flush();
        std::thread::sleep(between);
    }
    std::thread::sleep(Duration::from_secs(1));
    let (before, idle) = (processor_time()?, Instant::now());
    std::thread::sleep(lasts);
    let used = processor_time()? - before;
    let idle = used.as_secs_f64() / idle.elapsed().as_secs_f64();
    ingress.end();
    running.drain(Duration::from_secs(10))?;
    running.stop_and_join()?;
    let mut nanos = nanos.lock().map_err(|e| e.to_string())?.clone();
    nanos.sort_unstable();
    let at = |part: f64| nanos.get((nanos.len() as f64 * part) as usize).copied();
    println!(
        "{}",
        serde_json::json!({
            "name": "graph-latency/8",
            "workers": format!("{workers:?}"),
            "wait": wait.name(),
            "rate": rate,
            "msgs": nanos.len(),
            "p50_ns": at(0.5),
            "p90_ns": at(0.9),
            "p99_ns": at(0.99),
            "idle_of_a_core": idle,
        })
    );
    Ok(())
}

fn main() -> Result<(), Failed> {
    let (mut rate, mut seconds, mut waits) = (200, 3, vec![WaitKind::Adaptive, WaitKind::Backoff]);
    for argument in std::env::args().skip(1) {
        match argument.split_once('=') {
            Some(("--rate", n)) => rate = n.parse()?,
            Some(("--seconds", n)) => seconds = n.parse()?,
            Some(("--wait", name)) => {
                waits = vec![WaitKind::from_name(name).ok_or_else(|| argument.clone())?];
            }
            _ => return Err(format!("unknown argument {argument}").into()),
        }
    }
    for wait in waits {
        for workers in [Workers::One, Workers::Dedicated] {
            run(workers, wait, rate, Duration::from_secs(seconds))?;
        }
    }
    Ok(())
}
