//! Several rings, split by shard key.

use std::sync::Arc;

use byteor_pipeline_exec::{
    Base, ExecError, MemSequencedSlots, PublishError, ResolveError, RunningShards, Shard,
    ShmSequencedSlots, SingleRing, SlotClass, StageResolver,
};
use byteor_pipeline_spec::{Ordering as RingOrdering, ShardKey, SingleRingSpec};

use crate::support::{Bed, Collect, LONG, Log, Seen, Stages, chain};

const KEY: ShardKey = ShardKey {
    offset: 0,
    length: 2,
};

fn sharded(shards: u32, keys: &[&str]) -> SingleRingSpec {
    SingleRingSpec {
        shards,
        ordering: RingOrdering::PerKey,
        shard_key: Some(KEY),
        ..chain(keys)
    }
}

fn start(
    bed: &Bed,
    spec: &SingleRingSpec,
    bases: Vec<Base>,
) -> Result<(RunningShards, Vec<Arc<Log>>), ExecError> {
    let logs: Vec<Arc<Log>> = bases.iter().map(|_| Arc::default()).collect();
    let shards = bases.into_iter().zip(&logs).enumerate();
    let shards = shards.map(|(number, (base, log))| {
        let path = bed.dir.path().join(format!("ring.{number}"));
        Shard {
            region: if bed.shm {
                Box::new(ShmSequencedSlots::recreate(&path, SlotClass::B256).unwrap())
            } else {
                Box::new(MemSequencedSlots::new(SlotClass::B256, number as u64))
            },
            sink: Box::new(Collect(Arc::clone(log))),
            base,
        }
    });
    let shards = shards.collect();
    Ok((
        SingleRing::start_shards(spec, shards, &Stages, bed.tuning)?,
        logs,
    ))
}

fn bases(shards: usize) -> Vec<Base> {
    vec![Base::default(); shards]
}

/// Two bytes of key, and a number.
fn records(count: u32) -> Vec<Vec<u8>> {
    let record = |n: u32| format!("k{}-{n}", n * 7 % 10).into_bytes();
    (0..count).map(record).collect()
}

#[test]
fn each_record_goes_through_the_ring_of_its_key_in_order_and_states_are_each_shards_own() {
    let spec = sharded(3, &["drop:-1$", "sample:2", "replace:k=K"]);
    let records = records(4000);
    for bed in Bed::all() {
        let (mut running, logs) = start(&bed, &spec, bases(3)).unwrap();
        let mut producer = running.producer().unwrap();
        let mut expected: Vec<Vec<Seen>> = vec![Vec::new(); 3];
        let mut passed = [0_u64; 3];
        for record in &records {
            let (shard, sequence) = producer.append(record).unwrap();
            assert_eq!(Some(shard), KEY.shard_of(record, 3));
            let (seen, passed) = (&mut expected[shard as usize], &mut passed[shard as usize]);
            assert_eq!(sequence, seen.len() as u64 + 1);
            let text = String::from_utf8(record.clone()).unwrap();
            seen.push(if text.ends_with("-1") {
                Seen::Dropped(0)
            } else {
                *passed += 1;
                // The first of two passes.
                if *passed % 2 == 1 {
                    Seen::Out(text.replace('k', "K").into_bytes())
                } else {
                    Seen::Dropped(1)
                }
            });
        }
        producer.flush();
        running.drain(LONG).unwrap();
        let counters = running.stop_and_join().unwrap();
        for (shard, log) in logs.iter().enumerate() {
            let seen = log.records().into_iter().map(|(_, seen)| seen);
            assert_eq!(seen.collect::<Vec<_>>(), expected[shard], "{bed:?}");
            let (all, in_shard) = (&counters[shard], expected[shard].len() as u64);
            assert_eq!(all.records_in, in_shard);
            assert_eq!(all.records_out + all.dropped, in_shard);
        }
        assert!(expected.iter().all(|seen| seen.len() > 300), "all are used");
    }
}

#[test]
fn shards_go_on_from_their_states_and_counters() {
    let spec = sharded(2, &["sample:3"]);
    let records = records(900);
    let out = |logs: &[Arc<Log>]| -> Vec<Vec<Seen>> {
        let of = |log: &Arc<Log>| {
            let seen = log.records().into_iter().map(|(_, seen)| seen);
            seen.filter(|seen| matches!(seen, Seen::Out(_))).collect()
        };
        logs.iter().map(of).collect()
    };
    for bed in Bed::all() {
        let run = |bases: Vec<Base>, records: &[Vec<u8>]| {
            let (mut running, logs) = start(&bed, &spec, bases).unwrap();
            let mut producer = running.producer().unwrap();
            for record in records {
                producer.append(record).unwrap();
            }
            assert_eq!(producer.snapshot_states(), 2);
            producer.flush();
            running.drain(LONG).unwrap();
            let begun = std::time::Instant::now();
            let reached = |shard| running.states(shard).unwrap().sequence;
            while (0..2).any(|shard| Some(reached(shard)) != producer.appended(shard)) {
                assert!(begun.elapsed() < LONG);
                std::thread::yield_now();
            }
            let states = [0, 1].map(|shard| running.states(shard).unwrap());
            (out(&logs), running.stop_and_join().unwrap(), states)
        };
        let (whole, totals, last) = run(bases(2), &records);
        let (first, counters, states) = run(bases(2), &records[..400]);
        let bases = counters.into_iter().zip(&states);
        let bases = bases.map(|(counters, states)| Base {
            counters,
            states: states.states.clone(),
            ..Base::default()
        });
        let (second, counters, states) = run(bases.collect(), &records[400..]);
        assert_eq!(counters, totals, "{bed:?}");
        for shard in 0..2 {
            let both = [&first[shard][..], &second[shard]].concat();
            assert_eq!(both, whole[shard], "{bed:?}");
            assert_eq!(states[shard].states, last[shard].states);
        }
    }
}

#[test]
fn a_failure_in_one_shard_stops_all_and_says_which() {
    let spec = sharded(2, &["identity", "fail_on_x"]);
    for bed in Bed::all() {
        let (mut running, logs) = start(&bed, &spec, bases(2)).unwrap();
        let mut producer = running.producer().unwrap();
        let shard = producer.shard_of(b"x");
        producer.append(b"x").unwrap();
        producer.flush();
        assert!(matches!(running.drain(LONG), Err(ExecError::Failed(_))));
        let error = running.stop_and_join().unwrap_err();
        let expected = format!("stage `s1` of shard {shard} failed at record 1: E_TEST");
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert_eq!(producer.append(b"a"), Err(PublishError::Stopped));
        for log in logs {
            let finished = log.finished.load(std::sync::atomic::Ordering::SeqCst);
            assert_eq!(finished, 1, "each sink could flush");
        }
    }
}

#[test]
fn shards_start_all_or_not_at_all() {
    let bed = Bed::new(false, byteor_pipeline_exec::Workers::Dedicated, 1);
    let spec = sharded(3, &["identity"]);
    let refused = start(&bed, &spec, bases(2)).unwrap_err();
    assert_eq!(refused.code(), "E_EXEC_UNSUPPORTED");
    assert!(
        refused
            .to_string()
            .contains("2 rings were given for 3 shards")
    );
    // Of the second shard, the stage can't be had.
    let log = Arc::new(Log::default());
    let shard = |number| Shard {
        region: Box::new(MemSequencedSlots::new(SlotClass::B256, number)),
        sink: Box::new(Collect(Arc::clone(&log))),
        base: Base::default(),
    };
    let left = std::sync::atomic::AtomicU32::new(1);
    let once = |id: &str, key: &str| {
        if left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            return Stages.resolve(id, key);
        }
        Err(ResolveError {
            code: "E_TEST".into(),
            message: "no more".into(),
        })
    };
    let spec = sharded(2, &["identity"]);
    let shards = vec![shard(0), shard(1)];
    let refused = SingleRing::start_shards(&spec, shards, &once, bed.tuning).unwrap_err();
    assert_eq!((refused.code(), refused.stage_id()), ("E_TEST", Some("s0")));
    assert_eq!(Arc::strong_count(&log), 1, "nothing is left running");
}
