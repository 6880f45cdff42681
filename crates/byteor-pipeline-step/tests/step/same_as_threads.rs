//! The same bytes as the threaded SingleRing executor, over memory and over shared memory, with each
//! kind of workers, of one shard and of several.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline_exec::{
    Base, ExecError, MemSequencedSlots, PublishError, RecordSink, ResolveError, Shard,
    ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord, SlotClass, Tuning, Workers,
};
use byteor_pipeline_generator::{LargePlan, Shape};
use byteor_pipeline_spec::{Ordering, PipelineSpecV1, ShardKey, SingleRingSpec, single_ring_chain};
use byteor_pipeline_stages::{Stage, build_with};
use byteor_pipeline_step::{Options, StepKind};
use indexbus_proof::rounds;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{Run, StandIns, feed, records, sample_specs, spec_of, stepper};

/// What became of each record: forwarded bytes, or who dropped or rejected it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Became {
    Out(Vec<u8>),
    Dropped(u32),
    Rejected(u32),
}

#[derive(Clone, Default)]
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

/// Where a ring runs, and in which threads.
#[derive(Clone, Copy, Debug)]
struct Way {
    shm: bool,
    workers: Workers,
    cores: usize,
}

impl Way {
    /// Each kind of workers, over one of the two. With 3 cores, a ring of three or four stages has two
    /// workers.
    fn over(shm: bool) -> [Self; 4] {
        let workers = [
            (Workers::Dedicated, 1),
            (Workers::Segments, 2),
            (Workers::Segments, 3),
            (Workers::One, 1),
        ];
        workers.map(|(workers, cores)| Self {
            shm,
            workers,
            cores,
        })
    }
}

/// By shard, what the executor made of its records.
fn threaded(
    ring: &SingleRingSpec,
    records: &[Vec<u8>],
    way: Way,
) -> Result<Vec<Vec<Became>>, ExecError> {
    let dir = tempfile::tempdir().unwrap();
    let sinks: Vec<Collect> = (0..ring.shards).map(|_| Collect::default()).collect();
    let shard = |(number, sink): (usize, &Collect)| Shard {
        region: if way.shm {
            let path = dir.path().join(format!("ring.{number}"));
            Box::new(ShmSequencedSlots::create(&path, SlotClass::B256).unwrap())
        } else {
            Box::new(MemSequencedSlots::new(SlotClass::B256, 1))
        },
        sink: Box::new(sink.clone()),
        base: Base::default(),
    };
    let shards = sinks.iter().enumerate().map(shard).collect();
    let tuning = Tuning {
        workers: Some(way.workers),
        cores: Some(way.cores * ring.shards as usize),
        ..Tuning::default()
    };
    let mut running = SingleRing::start_shards(ring, shards, &resolver, tuning)?;
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
    let seen = sinks.iter().map(|sink| sink.0.lock().unwrap().clone());
    let seen: Vec<Vec<Became>> = seen.collect();
    for (seen, counters) in seen.iter().zip(counters) {
        let out = seen
            .iter()
            .filter(|became| matches!(became, Became::Out(_)));
        assert_eq!(out.count() as u64, counters.records_out, "{way:?}");
    }
    Ok(seen)
}

/// By shard, what the stepper made of the records that came into its ring.
fn stepped(ring: &SingleRingSpec, records: &[Vec<u8>], seed: u64) -> Vec<Vec<Became>> {
    let spec = PipelineSpecV1::SingleRing(ring.clone());
    let options = Options {
        seed,
        ..Options::default()
    };
    let mut stepper = stepper(&spec, options);
    feed(&mut stepper, records);
    let run = Run::of(&mut stepper);
    assert!(stepper.finished());
    let mut shards: Vec<Vec<(u64, Became)>> = vec![Vec::new(); ring.shards as usize];
    for (step, after) in &run.trace {
        // The ingress is node 0, and the stages of each shard follow.
        let Some(stage) = step.node.checked_sub(1) else {
            continue;
        };
        let stage = stage % ring.stages.len() as u32;
        let became = match step.kind {
            StepKind::Out => Became::Out(after.clone().unwrap()),
            StepKind::Dropped => Became::Dropped(stage),
            StepKind::Rejected => Became::Rejected(stage),
            _ => continue,
        };
        let shard = stepper.node(step.node as usize).unwrap().shard();
        shards[shard as usize].push((step.record, became));
    }
    let in_order = |mut shard: Vec<(u64, Became)>| {
        let out = shard.iter();
        let out = out.filter(|(_, became)| matches!(became, Became::Out(_)));
        assert!(
            out.is_sorted_by_key(|(record, _)| *record),
            "they leave in order"
        );
        shard.sort_by_key(|(record, _)| *record);
        shard.into_iter().map(|(_, became)| became).collect()
    };
    shards.into_iter().map(in_order).collect()
}

/// Answers whether the threaded executor runs it.
fn same(name: &str, ring: &SingleRingSpec, records: &[Vec<u8>]) -> bool {
    let expected = stepped(ring, records, 0);
    assert!(
        stepped(ring, records, 7) == expected,
        "{name}: any schedule"
    );
    for way in [false, true].into_iter().flat_map(Way::over) {
        match threaded(ring, records, way) {
            Ok(seen) => assert!(seen == expected, "{name}, {way:?}"),
            Err(ExecError::Unsupported { .. } | ExecError::Unresolved { .. }) => return false,
            Err(error) => panic!("{name}, {way:?}: {error}"),
        }
    }
    true
}

fn ring_of(spec: PipelineSpecV1) -> SingleRingSpec {
    match spec {
        PipelineSpecV1::SingleRing(ring) => ring,
        PipelineSpecV1::LaneGraph(_) => panic!("a ring"),
    }
}

fn with_shards(ring: SingleRingSpec, shards: u32) -> SingleRingSpec {
    let several = shards > 1;
    SingleRingSpec {
        shards,
        ordering: if several {
            Ordering::PerKey
        } else {
            Ordering::Strict
        },
        shard_key: several.then_some(ShardKey {
            offset: 1,
            length: 3,
        }),
        ..ring
    }
}

#[test]
fn the_examples_give_the_same_bytes() {
    let mut compared = 0;
    for (name, spec) in sample_specs(ExecutionTarget::SingleRing) {
        let ring = ring_of(spec);
        compared += usize::from(same(&name, &ring, &records(11, 300)));
    }
    assert!(compared > 10, "only {compared} examples were compared");
}

/// Keys of stages that have something to do with [`records`], of every outcome.
const KEYS: [&str; 12] = [
    "identity",
    "sample:3",
    "dedupe:5",
    "upper",
    "trim",
    "prefix:0123456789",
    "json_mask:mail",
    "drop:x{200}",
    "json_require:id",
    "json_keep:id,mail",
    "drop:debug",
    "replace:[a-z]+@[a-z.]+=***",
];

fn any_ring() -> impl Strategy<Value = SingleRingSpec> {
    let shapes = prop::sample::select(vec![Shape::Ring, Shape::RingDiamond]);
    let generated = (shapes, any::<u64>(), 0_u64..3).prop_map(|(shape, seed, variant)| {
        let plan = LargePlan {
            shape,
            lines: 20,
            seed,
            variant,
        };
        let spec = spec_of(&plan.text(), ExecutionTarget::SingleRing);
        ring_of(spec.expect("generated plans compile"))
    });
    let chain = prop::collection::vec(prop::sample::select(&KEYS[..]), 1..=4).prop_map(|keys| {
        let ids = ["a", "b", "c", "d"];
        let stages: Vec<_> = ids.into_iter().zip(keys).collect();
        ring_of(single_ring_chain(&stages))
    });
    let shards = prop_oneof![2 => Just(1), 1 => 2..5_u32];
    (prop_oneof![generated, chain], shards).prop_map(|(ring, shards)| with_shards(ring, shards))
}

/// The same 200 rings each time: each runs in every kind of workers, so a thousand take too long.
#[test]
fn generated_rings_give_the_same_bytes_wherever_and_however_they_run() {
    // More records than a ring holds, now and then.
    let counts = prop_oneof![29 => 0..200_usize, 1 => 1_100..3_000_usize];
    let rings = (any_ring(), any::<u64>(), counts);
    for case in rounds("generated rings", 200) {
        // Another generator for each, which follows from its number.
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&case.to_le_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), random);
        let (ring, seed, count) = rings.new_tree(&mut runner).unwrap().current();
        let name = format!("generated {case}, {ring:?}");
        assert!(same(&name, &ring, &records(seed, count)), "{name}");
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
    let ring = with_shards(ring_of(ring), 1);
    assert_eq!(run(&PipelineSpecV1::SingleRing(ring)), run(&graph));
}
