//! Nobody sleeps through what came: whoever makes something visible, frees room or stops, wakes all who
//! sleep for it.
//!
//! Words, and what is looked at before a sleep, are modelled under loom and shuttle (`indexbus`). Here
//! the executors run with sleeps that only a wake ends, so that a wake that nobody sends is counted
//! where it would cost 10 ms elsewhere: with every division into threads, every kind of lane and role,
//! and both ways, records that come one by one and lanes that are full.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use byteor_pipeline_exec::lane_graph::{self, EgressSink, LaneGraph, LanesIn};
use byteor_pipeline_exec::{
    MemSequencedSlots, Options, PureStages, RecordSink, ShmSequencedSlots, SingleRing, SinkFailure,
    SinkRecord, SlotClass, SlotsBacking, StateSnapshot, Tuning, WaitKind, Workers,
};
use byteor_pipeline_spec::{
    LaneGraphBuilder, LaneGraphSpec, MergePolicy, OnFull, PipelineSpecV1, SingleRingSpec,
    single_ring_chain,
};
use indexbus::wait::lost_wakes;

/// Longer than anything here waits for.
const LIMIT: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(120);
/// Long enough that everybody who has nothing to do sleeps.
const PAUSE: Duration = Duration::from_millis(2);
/// Records that come one by one.
const SINGLE: u64 = 12;
/// Records that come faster than they leave.
const MANY: u64 = 200;

/// Counts what leaves, and takes its time for some of it.
#[derive(Clone, Default)]
struct Slow {
    left: Arc<AtomicU64>,
    states: Arc<AtomicU64>,
    nap: Duration,
    /// Records between two naps.
    every: u64,
}

impl Slow {
    fn took(&self) {
        let left = self.left.fetch_add(1, Ordering::Release) + 1;
        if !self.nap.is_zero() && left.is_multiple_of(self.every.max(1)) {
            std::thread::sleep(self.nap);
        }
    }

    /// Waits until so many left.
    fn until(&self, count: u64) {
        while self.left.load(Ordering::Acquire) < count {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

impl EgressSink for Slow {
    fn take(&mut self, _: &[u8]) -> Result<(), SinkFailure> {
        self.took();
        Ok(())
    }
}

impl RecordSink for Slow {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        self.took();
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn states(&mut self, _: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        self.states.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

/// Every kind of lane and of role, with lanes of several readers.
fn everything(policy: MergePolicy, on_full: OnFull) -> LaneGraphSpec {
    let spec = LaneGraphBuilder::new()
        .journal("in.first")
        .fanout_broadcast("first.fanout_broadcast", 2)
        .sequenced_slots("small.sequenced_slots", 2)
        .events("large.merge.both")
        .events("bridge.small.merge")
        .events("merge.both.both")
        .events("both.router.both")
        .events("router.both.out")
        .sequenced_slots("router.both.more", 1)
        .events("small.tap")
        .ingress("in", "in.first")
        .stage("first", "identity", "in.first", "first.fanout_broadcast")
        .stage(
            "small",
            "identity",
            "first.fanout_broadcast",
            "small.sequenced_slots",
        )
        .stage(
            "large",
            "upper",
            "first.fanout_broadcast",
            "large.merge.both",
        )
        .bridge(
            "bridge.small.both",
            "small.sequenced_slots",
            "bridge.small.merge",
        )
        .bridge("bridge.small.tap", "small.sequenced_slots", "small.tap")
        .merge(
            "merge.both",
            &["large.merge.both", "bridge.small.merge"],
            "merge.both.both",
            policy,
        )
        .stage("both", "sample:1", "merge.both.both", "both.router.both")
        .router(
            "router.both",
            "both.router.both",
            &["router.both.out", "router.both.more"],
        )
        .egress("out", "router.both.out")
        .egress("more", "router.both.more")
        .egress("tap", "small.tap")
        .build();
    match spec.unwrap() {
        PipelineSpecV1::LaneGraph(graph) => LaneGraphSpec { on_full, ..graph },
        PipelineSpecV1::SingleRing(_) => unreachable!("built as a graph"),
    }
}

/// How many leave it at `out`, `more` and `tap` for so many that come in: the merge brings both ways
/// together, and the router copies.
fn leaves(records: u64) -> [u64; 3] {
    [2 * records, 2 * records, records]
}

fn graph_ways(folder: &Path, nap: Duration) -> Vec<lane_graph::Options> {
    let n = |n| NonZeroUsize::new(n).unwrap();
    let all = [
        lane_graph::Workers::Dedicated,
        lane_graph::Workers::Segments(n(2)),
        lane_graph::Workers::Segments(n(4)),
        lane_graph::Workers::One,
    ];
    let mut ways = Vec::new();
    for workers in all {
        let in_folder =
            LanesIn::Folder(folder.join(format!("run-{}-{}", nap.as_micros(), ways.len())));
        for (lanes, capacity) in [(LanesIn::Memory, 1), (in_folder, 3)] {
            ways.push(lane_graph::Options {
                lanes,
                workers,
                wait: WaitKind::Adaptive,
                capacity: Some(n(capacity)),
                ..lane_graph::Options::default()
            });
        }
    }
    ways
}

/// Runs the graph with records one by one and checkpoints between, then with more than it can take;
/// answers how many left at each egress.
fn graph(spec: &LaneGraphSpec, options: &lane_graph::Options, nap: Duration) -> [u64; 3] {
    let sinks = ["out", "more", "tap"].map(|id| {
        let slow = Slow {
            nap,
            ..Slow::default()
        };
        (id, slow)
    });
    let boxed = sinks.iter().map(|(id, slow)| {
        let sink: Box<dyn EgressSink> = Box::new(slow.clone());
        ((*id).to_owned(), sink)
    });
    let boxed: BTreeMap<_, _> = boxed.collect();
    let mut running = LaneGraph::start(spec, &PureStages, boxed, options).unwrap();
    let mut ingress = running.ingress("in").unwrap();
    let drops = spec.on_full == OnFull::Drop;
    for n in 0..SINGLE {
        if n % 3 == 2 {
            // Where records are dropped nobody waits here for the one before.
            assert!(running.ask_checkpoint() || drops);
        }
        ingress.append(format!("n{n}").as_bytes()).unwrap();
        ingress.flush();
        if !drops {
            for ((_, slow), count) in sinks.iter().zip(leaves(n + 1)) {
                slow.until(count);
            }
        }
        std::thread::sleep(PAUSE);
    }
    assert!(
        drops || running.checkpoint().is_some(),
        "no barrier went through: {:?}",
        running.failed()
    );
    for n in 0..MANY {
        ingress.append(format!("n{n}").as_bytes()).unwrap();
    }
    ingress.end();
    running.drain(LONG).unwrap();
    running.stop_and_join().unwrap();
    sinks.map(|(_, slow)| slow.left.load(Ordering::Acquire))
}

fn ring_spec() -> SingleRingSpec {
    let stages = [("a", "identity"), ("b", "sample:1"), ("c", "upper")];
    match single_ring_chain(&stages) {
        PipelineSpecV1::SingleRing(ring) => ring,
        PipelineSpecV1::LaneGraph(_) => unreachable!("built as a ring"),
    }
}

fn ring(region: impl SlotsBacking + 'static, workers: Workers, cores: usize) {
    let slow = Slow {
        nap: Duration::from_millis(5),
        every: 400,
        ..Slow::default()
    };
    let tuning = Tuning {
        wait: WaitKind::Adaptive,
        workers: Some(workers),
        cores: Some(cores),
    };
    let options = Options {
        tuning,
        ..Options::default()
    };
    let sink = Box::new(slow.clone());
    let mut running = SingleRing::start(&ring_spec(), region, &PureStages, sink, options).unwrap();
    let mut producer = running.producer().unwrap();
    for n in 0..SINGLE {
        producer.append(format!("n{n}").as_bytes()).unwrap();
        if n % 3 == 2 {
            let before = slow.states.load(Ordering::Acquire);
            assert!(producer.snapshot_states());
            while slow.states.load(Ordering::Acquire) == before {
                std::thread::sleep(Duration::from_micros(100));
            }
        } else {
            producer.flush();
        }
        slow.until(n + 1);
        std::thread::sleep(PAUSE);
    }
    // Twice what it holds, into a sink that stands still now and then: the producer sleeps.
    for n in 0..2_500 {
        producer.append(format!("n{n}").as_bytes()).unwrap();
    }
    producer.flush();
    slow.until(SINGLE + 2_500);
    // Everybody sleeps, and is told to stop.
    std::thread::sleep(PAUSE);
    running.stop_and_join().unwrap();
}

#[test]
fn nobody_sleeps_through_what_came() {
    lost_wakes::look_for(LIMIT);
    let mut last = 0;
    let mut slept = |who: &str| {
        let sleeps = lost_wakes::sleeps();
        println!("{} sleeps: {who}", sleeps - last);
        let lost = lost_wakes::found();
        assert_eq!(lost, 0, "slept through what came: {who}");
        last = sleeps;
        last
    };

    for policy in [MergePolicy::RoundRobin, MergePolicy::Priority] {
        for on_full in [OnFull::Block, OnFull::Drop] {
            let spec = everything(policy, on_full);
            let dir = tempfile::tempdir().unwrap();
            for nap in [Duration::ZERO, Duration::from_micros(300)] {
                for options in graph_ways(dir.path(), nap) {
                    let who = format!("{policy:?}, {on_full:?}, {nap:?}, {options:?}");
                    let left = graph(&spec, &options, nap);
                    if on_full == OnFull::Block {
                        assert_eq!(left, leaves(SINGLE + MANY), "{who}");
                    }
                    slept(&who);
                }
            }
        }
    }

    let dir = tempfile::tempdir().unwrap();
    let kinds = [
        (Workers::Dedicated, 1),
        (Workers::Segments, 3),
        (Workers::One, 1),
    ];
    for (at, (workers, cores)) in kinds.into_iter().enumerate() {
        ring(MemSequencedSlots::new(SlotClass::B256, 1), workers, cores);
        slept(&format!("a ring in memory, {workers:?}"));
        let path = dir.path().join(format!("ring-{at}"));
        ring(
            ShmSequencedSlots::create(&path, SlotClass::B256).unwrap(),
            workers,
            cores,
        );
        slept(&format!("a ring in a file, {workers:?}"));
    }
    // How many each time is the machine's to say; that it is many shows that something was looked at.
    assert!(slept("all") > 1_000, "hardly anybody slept");
}
