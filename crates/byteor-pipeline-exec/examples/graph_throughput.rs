//! How fast a graph is, against the same stages called in a loop, in one run: three stages in a row,
//! and two ways that a merge brings together.
//!
//! `cargo run --release -p byteor-pipeline-exec --example graph_throughput`

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::{EgressSink, LaneGraph, Options, Workers};
use byteor_pipeline_exec::{PureStages, SinkFailure, StageResolver};
use byteor_pipeline_kernel::{Outcome, Output};
use byteor_pipeline_spec::{LaneGraphBuilder, LaneGraphSpec, MergePolicy, PipelineSpecV1};

const RECORDS: usize = 1_000_000;
const KEYS: [&str; 3] = ["keep:status=2", "identity", "drop:level=debug"];

struct Nowhere;

impl EgressSink for Nowhere {
    fn take(&mut self, _: &[u8]) -> Result<(), SinkFailure> {
        Ok(())
    }
}

fn graph(builder: LaneGraphBuilder) -> LaneGraphSpec {
    match builder.build() {
        Ok(PipelineSpecV1::LaneGraph(graph)) => graph,
        other => unreachable!("{other:?}"),
    }
}

fn row() -> LaneGraphSpec {
    graph(
        LaneGraphBuilder::new()
            .events("in.a")
            .events("a.b")
            .events("b.c")
            .events("c.out")
            .ingress("in", "in.a")
            .stage("a", KEYS[0], "in.a", "a.b")
            .stage("b", KEYS[1], "a.b", "b.c")
            .stage("c", KEYS[2], "b.c", "c.out")
            .egress("out", "c.out"),
    )
}

fn two_ways() -> LaneGraphSpec {
    graph(
        LaneGraphBuilder::new()
            .fanout_broadcast("in.fanout_broadcast", 2)
            .events("a.merge.c")
            .events("b.merge.c")
            .events("merge.c.c")
            .events("c.out")
            .ingress("in", "in.fanout_broadcast")
            .stage("a", KEYS[0], "in.fanout_broadcast", "a.merge.c")
            .stage("b", KEYS[1], "in.fanout_broadcast", "b.merge.c")
            .merge(
                "merge.c",
                &["a.merge.c", "b.merge.c"],
                "merge.c.c",
                MergePolicy::RoundRobin,
            )
            .stage("c", KEYS[2], "merge.c.c", "c.out")
            .egress("out", "c.out"),
    )
}

/// Records a second through the graph.
fn through(spec: &LaneGraphSpec, workers: Workers, record: &[u8]) -> f64 {
    let options = Options {
        workers,
        ..Options::default()
    };
    let sinks: BTreeMap<String, Box<dyn EgressSink>> =
        BTreeMap::from([("out".to_owned(), Box::new(Nowhere) as _)]);
    let mut running = LaneGraph::start(spec, &PureStages, sinks, &options).expect("it starts");
    let mut ingress = running.ingress("in").expect("it has one");
    let begun = Instant::now();
    for at in 0..RECORDS {
        ingress.append(record).expect("it runs");
        if at % 64 == 63 {
            ingress.flush();
        }
    }
    ingress.end();
    running.drain(Duration::from_secs(600)).expect("it ends");
    RECORDS as f64 / begun.elapsed().as_secs_f64()
}

/// Records a second through the stages of a row in a loop.
fn in_a_loop(record: &[u8]) -> f64 {
    let mut stages = KEYS.map(|key| PureStages.resolve("stage", key).expect("a key"));
    let mut buffer = [0; 256];
    let mut left = 0_usize;
    let begun = Instant::now();
    for _ in 0..RECORDS {
        let goes_on = stages.iter_mut().all(|stage| {
            let outcome = stage.process(record, &mut Output::new(&mut buffer));
            outcome.expect("pure stages don't fail") == Outcome::Forward
        });
        left += usize::from(goes_on);
    }
    let rate = RECORDS as f64 / begun.elapsed().as_secs_f64();
    assert_eq!(left, RECORDS);
    rate
}

fn main() {
    let record = format!("{:<64}", "level=info status=200 GET /index.html");
    let record = record.as_bytes();
    println!("64 bytes, {RECORDS} records; records a second, and against the loop");
    let two = NonZeroUsize::MIN.saturating_add(1);
    for _ in 0..3 {
        let base = in_a_loop(record);
        println!("{:<28}{base:>12.0}", "the stages in a loop");
        for (name, spec) in [("three in a row", row()), ("two ways, merged", two_ways())] {
            for workers in [Workers::One, Workers::Segments(two), Workers::Dedicated] {
                let rate = through(&spec, workers, record);
                let how = format!("{name}, {workers:?}");
                println!("{how:<28}{rate:>12.0}{:>8.2}", rate / base);
            }
        }
    }
}
