//! The same bytes as the LaneGraph executor, over memory and over files, with every division of roles
//! into threads: exactly, by the choices that it recorded.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_catalogue::parse_key;
use byteor_pipeline_exec::lane_graph::{
    EgressSink, LaneGraph, LanesIn, Options as GraphOptions, Workers,
};
use byteor_pipeline_exec::{LaneGraphSnapshot, PublishError, ResolveError, SinkFailure, WaitKind};
use byteor_pipeline_generator::{LargePlan, Random, Shape};
use byteor_pipeline_spec::{
    Channel, EndpointKind, LaneGraphBuilder, LaneGraphSpec, MergePolicy, OnFull, PipelineSpecV1,
    RoleWork,
};
use byteor_pipeline_stages::{Stage, build_with};
use byteor_pipeline_step::{Choices, Options};
use indexbus_proof::{given, rounds};

use crate::support::{Run, StandIns, feed, records, sample_specs, spec_of, stepper};

const LONG: Duration = Duration::from_secs(60);

pub type Out = BTreeMap<String, Vec<Vec<u8>>>;

/// Keeps what leaves at one egress.
struct Keep(Arc<Mutex<Vec<Vec<u8>>>>);

impl EgressSink for Keep {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        self.0.lock().unwrap().push(record.to_vec());
        Ok(())
    }
}

/// As the stepper's stages: none that acts on the outside is built.
pub fn resolver(_: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
    let outside = parse_key(key).is_ok_and(|key| key.family.capability.is_some());
    let key = if outside { "identity" } else { key };
    build_with(key, &StandIns).map_err(|error| ResolveError {
        code: error.code.to_owned(),
        message: error.message,
    })
}

struct Ran {
    out: Out,
    choices: Choices,
    snapshot: LaneGraphSnapshot,
}

fn threaded(graph: &LaneGraphSpec, records: &[Vec<u8>], options: &GraphOptions) -> Ran {
    let ids = |kind: EndpointKind| -> Vec<&str> {
        let endpoints = graph.endpoints.iter().filter(|one| one.kind == kind);
        endpoints.map(|one| one.id.as_str()).collect()
    };
    let mut kept = BTreeMap::new();
    let mut sinks: BTreeMap<String, Box<dyn EgressSink>> = BTreeMap::new();
    for id in ids(EndpointKind::Egress) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        sinks.insert(id.to_owned(), Box::new(Keep(Arc::clone(&seen))));
        kept.insert(id.to_owned(), seen);
    }
    let mut running = LaneGraph::start(graph, &resolver, sinks, options).unwrap();
    let mut ingresses: Vec<_> = ids(EndpointKind::Ingress)
        .iter()
        .map(|id| running.ingress(id).unwrap())
        .collect();
    let count = ingresses.len();
    for (at, record) in records.iter().enumerate() {
        let ingress = &mut ingresses[at % count];
        match ingress.append(record) {
            Ok(()) => {}
            Err(PublishError::TooLarge { .. }) => ingress.count_reject(record.len()),
            Err(error) => panic!("{error}: {:?}", running.failed()),
        }
        // Sometimes one by one, sometimes many at once.
        if at % 7 < 4 {
            ingress.flush();
        }
    }
    ingresses.into_iter().for_each(|ingress| ingress.end());
    running.drain(LONG).unwrap();
    running.stop_and_join().unwrap();
    let out = kept.into_iter();
    Ran {
        out: out
            .map(|(id, seen)| (id, seen.lock().unwrap().clone()))
            .filter(|(_, seen)| !seen.is_empty())
            .collect(),
        choices: running.choices().unwrap_or_default(),
        snapshot: running.snapshot(),
    }
}

pub fn stepped(spec: &PipelineSpecV1, records: &[Vec<u8>], options: Options) -> Run {
    let mut stepper = stepper(spec, options);
    feed(&mut stepper, records);
    let run = Run::of(&mut stepper);
    assert!(stepper.finished());
    run
}

pub fn out_of(run: &Run) -> Out {
    let ids = run.out.iter();
    ids.map(|(id, records)| {
        let id = id.trim_end_matches("/0").to_owned();
        let records = records.iter().map(|(_, record)| record.clone());
        (id, records.collect())
    })
    .collect()
}

pub fn graph_of(spec: &PipelineSpecV1) -> &LaneGraphSpec {
    match spec {
        PipelineSpecV1::LaneGraph(graph) => graph,
        PipelineSpecV1::SingleRing(_) => panic!("a graph"),
    }
}

pub fn with_on_full(spec: PipelineSpecV1, on_full: OnFull) -> PipelineSpecV1 {
    PipelineSpecV1::LaneGraph(LaneGraphSpec {
        on_full,
        ..graph_of(&spec).clone()
    })
}

/// Whether a run of it has anything to choose.
fn has_choices(graph: &LaneGraphSpec) -> bool {
    let merges = |role: &byteor_pipeline_spec::Role| matches!(role.work, RoleWork::Merge { .. });
    let journal = |lane: &byteor_pipeline_spec::Lane| lane.channel == Channel::Journal;
    graph.on_full == OnFull::Drop
        || graph.roles.iter().any(merges)
        || graph.lanes.iter().any(journal)
}

/// The ways to run: every division into threads, in memory and in files, with some wait and some
/// capacity each.
fn ways(random: &mut Random, folder: &std::path::Path) -> Vec<GraphOptions> {
    let capacity = [None, NonZeroUsize::new(1), NonZeroUsize::new(3)];
    let waits = [WaitKind::Backoff, WaitKind::Adaptive];
    let three = NonZeroUsize::new(3).unwrap();
    let mut ways = Vec::new();
    for workers in [Workers::Dedicated, Workers::Segments(three), Workers::One] {
        let in_files = LanesIn::Folder(folder.join(format!("run-{}", ways.len())));
        for lanes in [LanesIn::Memory, in_files] {
            ways.push(GraphOptions {
                lanes,
                workers,
                wait: *random.pick(&waits),
                capacity: *random.pick(&capacity),
                record_choices: true,
                ..GraphOptions::default()
            });
        }
    }
    ways
}

#[derive(Default)]
struct Seen {
    discards: usize,
    merges: usize,
    exact: usize,
}

/// Runs the spec in memory and in files, and holds each run against the stepper.
fn same(name: &str, spec: &PipelineSpecV1, records: &[Vec<u8>], seed: u64, seen: &mut Seen) {
    let mut random = Random::new(seed, 91);
    let dir = tempfile::tempdir().unwrap();
    for options in ways(&mut random, dir.path()) {
        let how = format!("{name}, seed {seed}, {options:?}");
        let ran = threaded(graph_of(spec), records, &options);
        let capacity = options.capacity.map(|capacity| capacity.get() as u32);
        let stepper_options = Options {
            seed: random.number() % 50,
            capacity,
            choices: Some(ran.choices.clone()),
            ..Options::default()
        };
        let run = stepped(spec, records, stepper_options.clone());
        assert_eq!(out_of(&run), ran.out, "{how}");
        assert_eq!(*run.recorder.choices(), ran.choices, "{how}");
        counts_add_up(&how, graph_of(spec), &ran, records.len() as u64);
        if !has_choices(graph_of(spec)) {
            // Then it needs no choices to be the same.
            assert_eq!(ran.choices, Choices::default(), "{how}");
            let plain = Options {
                choices: None,
                ..stepper_options
            };
            assert_eq!(out_of(&stepped(spec, records, plain)), ran.out, "{how}");
            seen.exact += 1;
        }
        seen.discards += ran.choices.discards.values().map(Vec::len).sum::<usize>();
        seen.merges += ran.choices.merges.len();
    }
}

/// What went into each lane came out of it, and what came in is accounted for.
fn counts_add_up(how: &str, graph: &LaneGraphSpec, ran: &Ran, fed: u64) {
    let snapshot = &ran.snapshot;
    assert_eq!(snapshot.counters.records_in, fed, "{how}");
    let left: usize = ran.out.values().map(Vec::len).sum();
    assert_eq!(snapshot.counters.records_out, left as u64, "{how}");
    let discards = |id: &str| ran.choices.discards.get(id).map_or(0, Vec::len) as u64;
    for (lane, seen) in graph.lanes.iter().zip(&snapshot.lanes) {
        assert_eq!(seen.depth, 0, "{how}: `{}` is empty", lane.id);
        assert_eq!(seen.dropped, discards(&lane.id), "{how}: `{}`", lane.id);
        for (at, reader) in seen.readers.iter().enumerate() {
            let missed = ran.choices.discards.get(&lane.id).into_iter().flatten();
            let missed = missed.filter(|one| one.missed >> at & 1 == 1).count() as u64;
            let all = ran.choices.discards.get(&lane.id).into_iter().flatten();
            let to_nobody = all
                .filter(|one| one.missed.count_ones() as usize == seen.readers.len())
                .count() as u64;
            let writes = seen.published + to_nobody;
            let lost = ran.choices.losses.get(&lane.id);
            let lost = lost.map_or(0, |readers| readers[at].len() as u64);
            assert_eq!(reader.read, writes - missed - lost, "{how}: `{}`", lane.id);
        }
    }
}

#[test]
fn the_examples_give_the_same_bytes_as_the_graph_executor() {
    let mut seen = Seen::default();
    for (name, spec) in sample_specs(ExecutionTarget::LaneGraph) {
        for (on_full, seed) in [(OnFull::Block, 1), (OnFull::Drop, 2)] {
            let spec = with_on_full(spec.clone(), on_full);
            same(&name, &spec, &records(seed, 150), seed, &mut seen);
        }
    }
    assert!(seen.discards > 0, "no full lane discarded anything");
    assert!(seen.merges > 0 && seen.exact > 10);
}

#[test]
fn two_hundred_generated_plans_give_the_same_bytes_as_the_graph_executor() {
    let mut seen = Seen::default();
    for seed in rounds("generated plans", 200) {
        let shape = [Shape::Chain, Shape::Diamonds, Shape::Fan][seed as usize % 3];
        let plan = LargePlan {
            shape,
            lines: 10 + seed as usize % 13,
            seed,
            variant: seed % 3,
        };
        let spec = spec_of(&plan.text(), ExecutionTarget::LaneGraph).unwrap();
        let on_full = if seed % 2 == 0 {
            OnFull::Block
        } else {
            OnFull::Drop
        };
        let spec = with_on_full(spec, on_full);
        same(shape.name(), &spec, &records(seed, 100), seed, &mut seen);
    }
    if given().is_none() {
        assert!(seen.discards > 100, "only {} discards", seen.discards);
        assert!(seen.merges > 20 && seen.exact > 20);
    }
}

/// Two ingresses, two egresses, every role, stages that split and remember.
pub fn everything(policy: MergePolicy) -> PipelineSpecV1 {
    LaneGraphBuilder::new()
        .events("left.words")
        .sequenced_slots("right.all", 4)
        .fanout_broadcast("words.fanout_broadcast", 3)
        .sequenced_slots("all.sequenced_slots", 3)
        .events("quiet.merge.once")
        .events("bridge.all.merge")
        .events("merge.once.once")
        .events("once.router.once")
        .events("router.once.out")
        .sequenced_slots("router.once.tap", 2)
        .events("loud.tap.two")
        .events("third.all.third")
        .ingress("left", "left.words")
        .ingress("right", "right.all")
        .stage("words", "split: ", "left.words", "words.fanout_broadcast")
        .stage(
            "quiet",
            "drop:level",
            "words.fanout_broadcast",
            "quiet.merge.once",
        )
        .stage("loud", "upper", "words.fanout_broadcast", "loud.tap.two")
        .stage(
            "third",
            "sample:3",
            "words.fanout_broadcast",
            "third.all.third",
        )
        .stage("all", "trim", "right.all", "all.sequenced_slots")
        .bridge("bridge.all.once", "all.sequenced_slots", "bridge.all.merge")
        .merge(
            "merge.once",
            &["quiet.merge.once", "bridge.all.merge"],
            "merge.once.once",
            policy,
        )
        .stage("once", "dedupe:5", "merge.once.once", "once.router.once")
        .router(
            "router.once",
            "once.router.once",
            &["router.once.out", "router.once.tap"],
        )
        .egress("out", "router.once.out")
        .egress("tap", "router.once.tap")
        .egress("two", "loud.tap.two")
        .egress("third_out", "third.all.third")
        .build()
        .unwrap()
}

#[test]
fn every_role_and_lane_with_several_edges_gives_the_same_bytes_as_the_graph_executor() {
    let mut seen = Seen::default();
    for policy in [MergePolicy::RoundRobin, MergePolicy::Priority] {
        for on_full in [OnFull::Block, OnFull::Drop] {
            for seed in 0..12 {
                let spec = with_on_full(everything(policy), on_full);
                same("everything", &spec, &records(seed, 200), seed, &mut seen);
            }
        }
    }
    assert!(seen.discards > 0 && seen.merges > 0);
}

/// Takes its time, so that a journal overtakes what comes to it.
struct Slow(Arc<Mutex<Vec<Vec<u8>>>>);

impl EgressSink for Slow {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        let mut seen = self.0.lock().unwrap();
        if seen.len().is_multiple_of(40) {
            std::thread::sleep(Duration::from_millis(3));
        }
        seen.push(record.to_vec());
        Ok(())
    }
}

#[test]
fn what_a_journal_overwrote_is_lost_in_the_steps_as_it_was_in_the_threads() {
    let spec = LaneGraphBuilder::new()
        .journal("in.journal")
        .events("a.one")
        .events("b.two")
        .ingress("in", "in.journal")
        .stage("a", "upper", "in.journal", "a.one")
        .stage("b", "identity", "in.journal", "b.two")
        .egress("one", "a.one")
        .egress("two", "b.two")
        .build()
        .unwrap();
    let records: Vec<Vec<u8>> = (0..9_000_u32)
        .map(|n| format!("{n:>200}").into_bytes())
        .collect();
    for workers in [Workers::Dedicated, Workers::One] {
        let seen: Vec<Arc<Mutex<Vec<Vec<u8>>>>> = vec![Arc::default(), Arc::default()];
        let sinks = ["one", "two"].iter().zip(&seen).map(|(id, seen)| {
            let sink: Box<dyn EgressSink> = Box::new(Slow(Arc::clone(seen)));
            ((*id).to_owned(), sink)
        });
        let options = GraphOptions {
            workers,
            capacity: NonZeroUsize::new(8),
            record_choices: true,
            ..GraphOptions::default()
        };
        let started = LaneGraph::start(graph_of(&spec), &resolver, sinks.collect(), &options);
        let mut running = started.unwrap();
        let mut ingress = running.ingress("in").unwrap();
        for record in &records {
            ingress.append(record).unwrap();
        }
        ingress.end();
        running.drain(LONG).unwrap();
        running.stop_and_join().unwrap();
        let choices = running.choices().unwrap();
        let lost: Vec<u64> = choices.losses["in.journal"]
            .iter()
            .map(|of| of.len() as u64)
            .collect();
        assert!(lost.iter().all(|lost| *lost > 1000), "{lost:?}");
        let snapshot = running.snapshot();
        let journal = graph_of(&spec)
            .lanes
            .iter()
            .position(|lane| lane.id == "in.journal");
        for (reader, lost) in snapshot.lanes[journal.unwrap()].readers.iter().zip(&lost) {
            assert_eq!((reader.read + lost, reader.lag), (9_000, 0));
        }
        let run = stepped(
            &spec,
            &records,
            Options {
                choices: Some(choices.clone()),
                ..Options::default()
            },
        );
        let out = out_of(&run);
        for (id, seen) in ["one", "two"].iter().zip(&seen) {
            assert!(
                out[*id] == *seen.lock().unwrap(),
                "`{id}` differs, {workers:?}"
            );
        }
        assert_eq!(*run.recorder.choices(), choices);
    }
}
