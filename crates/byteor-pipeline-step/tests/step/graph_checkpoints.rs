//! A graph that is killed and goes on from its last checkpoint: what leaves keeps the promise that the
//! compiler gives for the plan.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use byteor_pipeline::spec::PromiseKind;
use byteor_pipeline::{ExecutionTarget, promise};
use byteor_pipeline_exec::lane_graph::{
    EgressSink, GraphCheckpoint, LaneGraph, Options as GraphOptions, RunningGraph, Workers,
};
use byteor_pipeline_exec::{PublishError, SinkFailure};
use byteor_pipeline_generator::{LargePlan, Random, Shape};
use byteor_pipeline_spec::{EndpointKind, LaneGraphSpec, MergePolicy, OnFull, PipelineSpecV1};
use byteor_pipeline_step::Options;
use indexbus_proof::{given, rounds};

use crate::same_as_graph::{everything, graph_of, out_of, resolver, stepped, with_on_full};
use crate::support::{records, sample_specs, spec_of};

const LONG: Duration = Duration::from_secs(60);

/// An output that can go back: what left, and how much of it belongs to each barrier.
#[derive(Default)]
struct Output {
    records: Vec<Vec<u8>>,
    barriers: BTreeMap<u64, usize>,
}

struct Keep(Arc<Mutex<Output>>);

impl EgressSink for Keep {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        self.0.lock().unwrap().records.push(record.to_vec());
        Ok(())
    }

    fn barrier(&mut self, number: u64) -> Result<(), SinkFailure> {
        let mut output = self.0.lock().unwrap();
        let len = output.records.len();
        assert_eq!(output.barriers.insert(number, len), None, "each comes once");
        Ok(())
    }
}

type Outputs = BTreeMap<String, Arc<Mutex<Output>>>;

fn ids(graph: &LaneGraphSpec, kind: EndpointKind) -> Vec<String> {
    let endpoints = graph.endpoints.iter().filter(|one| one.kind == kind);
    endpoints.map(|one| one.id.clone()).collect()
}

fn start(graph: &LaneGraphSpec, options: &GraphOptions) -> (RunningGraph, Outputs) {
    let outputs: Outputs = ids(graph, EndpointKind::Egress)
        .into_iter()
        .map(|id| (id, Arc::default()))
        .collect();
    let sinks = outputs.iter().map(|(id, output)| {
        let sink: Box<dyn EgressSink> = Box::new(Keep(Arc::clone(output)));
        (id.clone(), sink)
    });
    let running = LaneGraph::start(graph, &resolver, sinks.collect(), options).unwrap();
    (running, outputs)
}

/// What each ingress is to be given, in order.
type Inputs = BTreeMap<String, Vec<Vec<u8>>>;

/// Gives the inputs in turn, from `from` on, `most` of them in all; asks for a checkpoint now and
/// then. Answers whether all were given, and so every input ended.
fn give(
    running: &mut RunningGraph,
    inputs: &Inputs,
    from: &BTreeMap<String, u64>,
    most: usize,
    random: &mut Random,
) -> bool {
    let mut open: Vec<_> = inputs
        .iter()
        .map(|(id, records)| {
            let start = from.get(id).copied().unwrap_or(0) as usize;
            (running.ingress(id).unwrap(), records[start..].iter())
        })
        .collect();
    let mut given = 0;
    while given < most && !open.is_empty() {
        let at = random.below(open.len());
        let Some(record) = open[at].1.next() else {
            open.remove(at).0.end();
            continue;
        };
        match open[at].0.append(record) {
            Ok(()) => {}
            Err(PublishError::TooLarge { .. }) => open[at].0.count_reject(record.len()),
            Err(error) => panic!("{error}: {:?}", running.failed()),
        }
        given += 1;
        if random.once_in(6) {
            running.ask_checkpoint();
            open.iter_mut().for_each(|(ingress, _)| ingress.flush());
        }
        if random.once_in(9) {
            std::thread::sleep(Duration::from_micros(300));
        }
    }
    if open.is_empty() {
        return true;
    }
    open.iter_mut().for_each(|(ingress, _)| ingress.flush());
    running.stop_and_join().unwrap();
    false
}

#[derive(Debug, Default)]
struct Seen {
    kills: usize,
    went_on: usize,
    remembered: usize,
    by_promise: BTreeMap<PromiseKind, usize>,
}

/// Runs with kills until all is through; gives what left, outputs gone back to each checkpoint.
fn with_kills(
    graph: &LaneGraphSpec,
    inputs: &Inputs,
    random: &mut Random,
    seen: &mut Seen,
) -> BTreeMap<String, Vec<Vec<u8>>> {
    let mut left: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let mut states = BTreeMap::new();
    let workers = [
        Workers::Dedicated,
        Workers::Segments(NonZeroUsize::new(2).unwrap()),
        Workers::One,
    ];
    loop {
        let options = GraphOptions {
            workers: *random.pick(&workers),
            capacity: *random.pick(&[None, NonZeroUsize::new(2)]),
            base_states: states.clone(),
            ..GraphOptions::default()
        };
        let (mut running, outputs) = start(graph, &options);
        let most = if seen.kills % 4 == 3 {
            usize::MAX
        } else {
            20 + random.below(120)
        };
        let done = give(&mut running, inputs, &taken, most, random);
        if done {
            running.drain(LONG).unwrap();
            for (id, output) in outputs {
                let output = output.lock().unwrap();
                left.entry(id).or_default().extend(output.records.clone());
            }
            left.retain(|_, records| !records.is_empty());
            seen.kills += 1;
            return left;
        }
        seen.kills += 1;
        let Some(checkpoint) = running.checkpoint() else {
            continue;
        };
        seen.went_on += 1;
        seen.remembered += checkpoint.states.len();
        go_back(&checkpoint, &outputs, &mut left);
        for (id, records) in &checkpoint.taken {
            *taken.entry(id.clone()).or_default() += records;
        }
        states = checkpoint.states.clone();
    }
}

/// Keeps what left before the barrier.
fn go_back(
    checkpoint: &GraphCheckpoint,
    outputs: &Outputs,
    left: &mut BTreeMap<String, Vec<Vec<u8>>>,
) {
    for (id, output) in outputs {
        let output = output.lock().unwrap();
        let until = checkpoint.left[id] as usize;
        if let Some(at) = output.barriers.get(&checkpoint.barrier) {
            assert_eq!(*at, until, "the sink of `{id}` was told at the same place");
        }
        let records = &output.records[..until];
        left.entry(id.clone())
            .or_default()
            .extend_from_slice(records);
    }
}

fn sorted(mut out: BTreeMap<String, Vec<Vec<u8>>>) -> BTreeMap<String, Vec<Vec<u8>>> {
    out.values_mut().for_each(|records| records.sort());
    out
}

fn keeps_its_promise(name: &str, spec: &PipelineSpecV1, seed: u64, seen: &mut Seen) {
    let graph = graph_of(spec);
    let mut random = Random::new(seed, 17);
    let ingresses = ids(graph, EndpointKind::Ingress);
    let all = records(seed, 400);
    let mut inputs = Inputs::new();
    for (at, record) in all.iter().enumerate() {
        let id = &ingresses[at % ingresses.len()];
        inputs.entry(id.clone()).or_default().push(record.clone());
    }
    let left = with_kills(graph, &inputs, &mut random, seen);
    let undisturbed = out_of(&stepped(spec, &all, Options::default()));
    let kind = promise(spec).kind;
    *seen.by_promise.entry(kind).or_default() += 1;
    match kind {
        PromiseKind::SameBytes => assert_eq!(left, undisturbed, "{name}, seed {seed}"),
        PromiseKind::SameRecords => {
            assert_eq!(sorted(left), sorted(undisturbed), "{name}, seed {seed}");
        }
        // What is let through may differ; that it came to an end is what there is to see.
        PromiseKind::AtLeastOnce => {}
    }
}

#[test]
fn a_graph_that_is_killed_keeps_what_the_compiler_promises() {
    let mut seen = Seen::default();
    for (name, spec) in sample_specs(ExecutionTarget::LaneGraph) {
        let spec = with_on_full(spec, OnFull::Block);
        keeps_its_promise(&name, &spec, 5, &mut seen);
    }
    for seed in rounds("killed graphs", 24) {
        let shape = [Shape::Chain, Shape::Diamonds, Shape::Fan][seed as usize % 3];
        let plan = LargePlan {
            shape,
            lines: 10 + seed as usize % 11,
            seed,
            variant: 0,
        };
        let spec = spec_of(&plan.text(), ExecutionTarget::LaneGraph).unwrap();
        keeps_its_promise(shape.name(), &spec, seed, &mut seen);
    }
    for policy in [MergePolicy::RoundRobin, MergePolicy::Priority] {
        for on_full in [OnFull::Block, OnFull::Drop] {
            let spec = with_on_full(everything(policy), on_full);
            keeps_its_promise("everything", &spec, 3, &mut seen);
        }
    }
    if given().is_none() {
        assert!(seen.went_on > 20 && seen.remembered > 3, "{seen:?}");
    }
    assert_eq!(seen.by_promise.len(), 3, "{seen:?}");
}
