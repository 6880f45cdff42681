//! The same bytes as the threaded SingleRing executor, over memory and over shared memory.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_exec::{
    Counters, ExecError, MemSequencedSlots, Options as RingOptions, PublishError, RecordSink,
    ResolveError, ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord, SlotClass,
};
use byteor_pipeline_generator::{LargePlan, Shape};
use byteor_pipeline_spec::{Ordering, PipelineSpecV1, SingleRingSpec, single_ring_chain};
use byteor_pipeline_stages::{Stage, build_with};
use byteor_pipeline_step::{Options, StepKind};

use crate::support::{Run, StandIns, feed, records, sample_specs, spec_of, stepper};

/// What became of each record: forwarded bytes, or who dropped or rejected it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Became {
    Out(Vec<u8>),
    Dropped(u32),
    Rejected(u32),
}

struct Collect(Arc<Mutex<Vec<Became>>>);

impl RecordSink for Collect {
    fn take(&mut self, _: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        self.0.lock().unwrap().push(match record {
            SinkRecord::Forward(bytes) => Became::Out(bytes.to_vec()),
            SinkRecord::Dropped { stage } => Became::Dropped(stage),
            SinkRecord::Rejected { stage, .. } => Became::Rejected(stage),
        });
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}

fn resolver(_: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
    build_with(key, &StandIns).map_err(|error| ResolveError {
        code: error.code.to_owned(),
        message: error.message,
    })
}

fn threaded(
    ring: &SingleRingSpec,
    records: &[Vec<u8>],
    over_shm: bool,
) -> Result<(Vec<Became>, Counters), ExecError> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Box::new(Collect(Arc::clone(&seen)));
    let dir = tempfile::tempdir().unwrap();
    let mut running = if over_shm {
        let region = ShmSequencedSlots::create(&dir.path().join("ring"), SlotClass::B256).unwrap();
        SingleRing::start(ring, region, &resolver, sink, RingOptions::default())?
    } else {
        let region = MemSequencedSlots::new(SlotClass::B256, 1);
        SingleRing::start(ring, region, &resolver, sink, RingOptions::default())?
    };
    let mut producer = running.producer()?;
    for record in records {
        match producer.append(record) {
            Ok(_) => {}
            Err(PublishError::TooLarge { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
    producer.flush();
    running.drain(Duration::from_secs(60))?;
    let counters = running.stop_and_join()?;
    let seen = seen.lock().unwrap().clone();
    Ok((seen, counters))
}

/// By record number, what the stepper made of those that came into the ring.
fn stepped(spec: &PipelineSpecV1, records: &[Vec<u8>], seed: u64) -> Vec<Became> {
    let mut stepper = stepper(
        spec,
        Options {
            seed,
            ..Options::default()
        },
    );
    feed(&mut stepper, records);
    let run = Run::of(&mut stepper);
    assert!(stepper.finished());
    let mut became: Vec<(u64, Became)> = Vec::new();
    for (step, after) in &run.trace {
        // The ingress is node 0, and the stages follow.
        let Some(stage) = step.node.checked_sub(1) else {
            continue;
        };
        let became_of = match step.kind {
            StepKind::Out => Became::Out(after.clone().unwrap()),
            StepKind::Dropped => Became::Dropped(stage),
            StepKind::Rejected => Became::Rejected(stage),
            _ => continue,
        };
        became.push((step.record, became_of));
    }
    let out: Vec<u64> = became
        .iter()
        .filter(|(_, became)| matches!(became, Became::Out(_)))
        .map(|(record, _)| *record)
        .collect();
    assert!(out.is_sorted(), "records leave in order");
    became.sort_by_key(|(record, _)| *record);
    became.into_iter().map(|(_, became)| became).collect()
}

/// Answers whether the threaded executor runs it.
fn same(name: &str, spec: &PipelineSpecV1, records: &[Vec<u8>]) -> bool {
    let PipelineSpecV1::SingleRing(ring) = spec else {
        panic!("{name}: a ring");
    };
    for over_shm in [false, true] {
        let (threaded, counters) = match threaded(ring, records, over_shm) {
            Ok(ran) => ran,
            Err(ExecError::Unsupported { .. } | ExecError::Unresolved { .. }) => return false,
            Err(error) => panic!("{name}: {error}"),
        };
        for seed in [0, 7] {
            let stepped = stepped(spec, records, seed);
            assert_eq!(
                stepped, threaded,
                "{name}, over_shm {over_shm}, seed {seed}"
            );
            let out = stepped.iter().filter(|b| matches!(b, Became::Out(_)));
            assert_eq!(out.count() as u64, counters.records_out, "{name}");
        }
    }
    true
}

/// One shard, so that the threaded executor takes it.
fn unsharded(spec: PipelineSpecV1) -> PipelineSpecV1 {
    match spec {
        PipelineSpecV1::SingleRing(ring) => PipelineSpecV1::SingleRing(SingleRingSpec {
            shards: 1,
            ordering: Ordering::Strict,
            shard_key: None,
            ..ring
        }),
        graph => graph,
    }
}

#[test]
fn the_examples_give_the_same_bytes() {
    let mut compared = 0;
    for (name, spec) in sample_specs(ExecutionTarget::SingleRing) {
        compared += usize::from(same(&name, &unsharded(spec), &records(11, 300)));
    }
    assert!(compared > 10, "only {compared} examples were compared");
}

#[test]
fn generated_plans_give_the_same_bytes() {
    for shape in [Shape::Ring, Shape::RingDiamond] {
        for seed in 1..=6 {
            let plan = LargePlan {
                shape,
                lines: 20,
                seed,
                variant: seed % 3,
            };
            let spec = spec_of(&plan.text(), ExecutionTarget::SingleRing).unwrap();
            assert!(same(shape.name(), &unsharded(spec), &records(seed, 300)));
        }
    }
}

#[test]
fn stages_that_remember_split_and_reject_give_the_same_bytes() {
    for keys in [
        [("a", "sample:3"), ("b", "dedupe:5"), ("c", "upper")],
        [
            ("a", "prefix:0123456789"),
            ("b", "json_mask:mail"),
            ("c", "drop:x{200}"),
        ],
        [
            ("a", "json_require:id"),
            ("b", "json_keep:id,mail"),
            ("c", "trim"),
        ],
    ] {
        let mut many = records(21, 2_500);
        many.extend(many.clone());
        assert!(same(keys[0].1, &single_ring_chain(&keys), &many));
    }
}

#[test]
fn a_chain_gives_the_same_bytes_as_a_ring_and_as_a_graph() {
    let text = LargePlan::new(Shape::Ring, 20).text();
    let ring = spec_of(&text, ExecutionTarget::SingleRing).unwrap();
    let graph = spec_of(&text, ExecutionTarget::LaneGraph).unwrap();
    let records = records(4, 500);
    let run = |spec: &PipelineSpecV1| {
        let mut stepper = stepper(spec, Options::default());
        feed(&mut stepper, &records);
        Run::of(&mut stepper).only_out()
    };
    assert_eq!(run(&unsharded(ring)), run(&graph));
}
