//! What becomes of records.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    Base, Counters, Options, PublishError, RecordSink, SinkFailure, SinkRecord, SlotClass,
    StageCounters, WaitKind, Workers,
};
use byteor_pipeline_spec::SingleRingBuilder;

use crate::support::{Bed, Collect, LONG, Log, Seen, Stages, chain};

#[test]
fn records_go_through_the_stages_in_order_with_equal_results_wherever_they_run() {
    let spec = chain(&["keep:a", "drop:b", "replace:a+=A"]);
    let records: Vec<Vec<u8>> = (0..5000_u32)
        .map(|n| {
            format!(
                "{}{}{n}",
                ["a", "", "aa"][n as usize % 3],
                ["b", "", ""][n as usize % 5 % 3]
            )
        })
        .map(String::into_bytes)
        .collect();
    let mut results = Vec::new();
    for bed in Bed::all() {
        let (mut running, log) = bed.start(&spec);
        let mut producer = running.producer().unwrap();
        for (n, record) in records.iter().enumerate() {
            assert_eq!(producer.append(record), Ok(n as u64 + 1));
        }
        producer.flush();
        running.drain(LONG).unwrap();
        let counters = running.stop_and_join().unwrap();
        assert_eq!(counters.records_in, 5000);
        assert_eq!(counters.records_out + counters.dropped, 5000);
        assert_eq!(
            counters.bytes_in,
            records.iter().map(|r| r.len() as u64).sum::<u64>()
        );
        results.push((log.records(), counters, running.snapshot().stages));
    }
    for (result, bed) in results.iter().zip(Bed::all()) {
        assert!(*result == results[0], "{bed:?}");
    }

    let (seen, counters, stages) = &results[0];
    let sequences: Vec<u64> = seen.iter().map(|(sequence, _)| *sequence).collect();
    assert_eq!(sequences, (1..=5000).collect::<Vec<_>>());
    for ((_, seen), record) in seen.iter().zip(&records) {
        let text = String::from_utf8(record.clone()).unwrap();
        let expected = if !text.contains('a') {
            Seen::Dropped(0)
        } else if text.contains('b') {
            Seen::Dropped(1)
        } else {
            Seen::Out(text.replace("aa", "A").replace('a', "A").into_bytes())
        };
        assert_eq!(*seen, expected, "{text}");
    }
    assert_eq!(stages[0].processed, 5000);
    assert_eq!(stages[1].processed, 5000 - stages[0].dropped);
    assert_eq!(stages[2].processed, counters.records_out);
    assert_eq!(stages[0].dropped + stages[1].dropped, counters.dropped);
    assert!(
        stages
            .iter()
            .all(|stage| stage.gating == 5000 && stage.lag == 0)
    );
}

#[test]
fn a_result_beyond_the_slot_is_a_counted_reject_and_the_pipeline_goes_on() {
    for key in ["double", "careless_double"] {
        for (keys, bed) in [&[key][..], &[key, "identity"][..]]
            .into_iter()
            .flat_map(|keys| Bed::all().map(move |bed| (keys, bed)))
        {
            let (mut running, log) = bed.start(&chain(keys));
            let mut producer = running.producer().unwrap();
            let long = [b'x'; 129];
            assert_eq!(producer.try_publish(b"short"), Ok(1));
            assert_eq!(producer.try_publish(&long), Ok(2));
            assert_eq!(producer.try_publish(&[b'y'; 128]), Ok(3));
            running.drain(LONG).unwrap();
            let counters = running.stop_and_join().unwrap();
            assert_eq!(
                (counters.records_in, counters.records_out, counters.rejected),
                (3, 2, 1)
            );
            assert_eq!(
                log.records(),
                [
                    (1, Seen::Out(b"shortshort".to_vec())),
                    (2, Seen::Rejected(0, 258, long.to_vec())),
                    (3, Seen::Out(vec![b'y'; 256])),
                ],
                "{keys:?}, {bed:?}"
            );
        }
    }
}

#[test]
fn an_empty_record_goes_out_and_is_not_a_dropped_one() {
    for bed in Bed::all() {
        let (mut running, log) = bed.start(&chain(&["replace:.+=", "drop:z", "identity"]));
        let mut producer = running.producer().unwrap();
        for record in [&b""[..], b"abc", b"\xff\0\n"] {
            producer.try_publish(record).unwrap();
        }
        running.drain(LONG).unwrap();
        let seen: Vec<_> = log.records().into_iter().map(|(_, seen)| seen).collect();
        assert_eq!(seen[0], Seen::Out(vec![]));
        assert_eq!(seen[1], Seen::Out(vec![]));
        assert_eq!(
            seen[2],
            Seen::Out(b"\n".to_vec()),
            "bytes that are no UTF-8 are bytes"
        );
    }
}

#[test]
fn the_ingress_refuses_what_is_beyond_the_slot_and_counts_it_when_told() {
    for bed in Bed::all() {
        let (mut running, log) = bed.start(&chain(&["identity"]));
        let mut producer = running.producer().unwrap();
        assert_eq!(producer.max_record_bytes(), 256);
        let refused = producer.try_publish(&[0; 300]);
        assert_eq!(refused, Err(PublishError::TooLarge { max: 256, len: 300 }));
        assert_eq!(
            running.snapshot().counters,
            Counters::default(),
            "nobody counted it yet"
        );
        producer.count_ingress_reject(300);
        assert_eq!(producer.try_publish(b"fits"), Ok(1), "it used no sequence");
        running.drain(LONG).unwrap();
        let counters = running.stop_and_join().unwrap();
        let expected = Counters {
            records_in: 2,
            records_out: 1,
            dropped: 0,
            rejected: 1,
            bytes_in: 304,
            bytes_out: 4,
        };
        assert_eq!(counters, expected);
        assert_eq!(log.records().len(), 1);
    }
}

#[test]
fn a_diamond_runs_both_sides_before_the_last_stage() {
    for bed in Bed::all() {
        let spec = SingleRingBuilder::new()
            .stage("a", "replace:x=y", &[])
            .stage("b", "identity", &[0])
            .stage("c", "identity", &[0])
            .stage("d", "replace:y=z", &[1, 2])
            .ring();
        let (mut running, log) = bed.start(&spec);
        let mut producer = running.producer().unwrap();
        for _ in 0..3000 {
            producer.append(b"x").unwrap();
        }
        producer.flush();
        running.drain(LONG).unwrap();
        running.stop_and_join().unwrap();
        assert_eq!(log.records().len(), 3000);
        assert!(
            log.records()
                .iter()
                .all(|(_, seen)| *seen == Seen::Out(b"z".to_vec()))
        );
    }
}

#[test]
fn a_slow_stage_holds_the_producer_back_at_one_ring() {
    for bed in Bed::all().filter(Bed::has_threads) {
        let (mut running, _) = bed.start(&chain(&["identity", "slow"]));
        let mut producer = running.producer().unwrap();
        let mut published = 0;
        while producer.try_publish(b"x").is_ok() {
            published += 1;
            assert!(published < 100_000);
        }
        let snapshot = running.snapshot();
        assert!(snapshot.stages[1].lag <= 1024);
        assert!(published >= 1024);
        let error = running.drain(Duration::from_millis(20)).unwrap_err();
        assert_eq!(error.code(), "E_EXEC_DRAIN_TIMEOUT");
        running.stop_and_join().unwrap();
        let lag = running.snapshot().stages[1].lag;
        assert!(lag > 0, "a stop doesn't wait for a whole ring");
        assert_eq!(producer.try_publish(b"x"), Err(PublishError::Stopped));
    }
}

#[test]
fn after_a_drain_the_sink_was_idle_after_the_last_record() {
    for bed in Bed::all() {
        let (mut running, log) = bed.start(&chain(&["identity", "identity"]));
        running.drain(LONG).unwrap();
        let mut producer = running.producer().unwrap();
        for round in 1..=60 {
            for _ in 0..round {
                producer.append(b"x").unwrap();
            }
            producer.flush();
            running.drain(LONG).unwrap();
            let taken = log.records.lock().unwrap().len() as u64;
            assert_eq!(taken, producer.appended());
            assert!(log.idle_after.load(Ordering::SeqCst) >= taken);
        }
    }
}

#[test]
fn an_idle_sink_is_asked_again_and_again() {
    struct Asked(Arc<AtomicU64>);
    impl RecordSink for Asked {
        fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
            Ok(())
        }
        fn idle(&mut self) -> Result<(), SinkFailure> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(())
        }
    }
    for wait in [WaitKind::Adaptive, WaitKind::Backoff, WaitKind::Spin] {
        let bed = Bed::new(false, Workers::Dedicated, 1);
        let asked = Arc::new(AtomicU64::new(0));
        let mut options = bed.options();
        options.tuning.wait = wait;
        let (spec, sink) = (chain(&["identity"]), Asked(Arc::clone(&asked)));
        let running = bed.start_with(&spec, &Stages, sink, options, SlotClass::B256);
        let begun = Instant::now();
        while asked.load(Ordering::Relaxed) < 20 {
            assert!(begun.elapsed() < LONG);
            std::thread::yield_now();
        }
        running.unwrap().stop_and_join().unwrap();
    }
}

#[test]
fn without_threads_a_flush_takes_everything_through_and_the_ring_is_never_full() {
    for bed in Bed::all().filter(|bed| !bed.has_threads()) {
        let (mut running, log) = bed.start(&chain(&["keep:a", "replace:a=b"]));
        let mut producer = running.producer().unwrap();
        for n in 1..=64 {
            assert_eq!(producer.try_append(b"a"), Ok(n));
        }
        assert_eq!(log.records().len(), 0, "appended is not visible");
        assert_eq!(producer.flush(), 64);
        assert_eq!(log.records().len(), 64);
        assert_eq!(log.idle_after.load(Ordering::SeqCst), 64);
        for n in 65..=5000 {
            assert_eq!(producer.try_append(b"a"), Ok(n), "full takes through, too");
        }
        let snapshot = running.snapshot();
        assert!(snapshot.cursor >= 4000 && snapshot.stages[1].lag == 0);
        // Another thread may publish than the one that ends it.
        std::thread::spawn(move || producer.flush()).join().unwrap();
        running.drain(LONG).unwrap();
        assert_eq!(running.stop_and_join().unwrap().records_out, 5000);
        assert_eq!(log.finished.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn which_workers_run_is_told() {
    let spec = chain(&["identity", "identity", "identity"]);
    let applied = Bed::WORKERS.map(|(workers, cores)| {
        let (running, _) = Bed::new(false, workers, cores).start(&spec);
        let applied = running.workers().clone();
        assert_eq!(applied.requested, Some(workers));
        let told = serde_json::to_value(running.snapshot().tuning).unwrap();
        assert_eq!(told["workers"], applied.applied.name());
        assert_eq!(told["wait"], "adaptive");
        (applied.applied, applied.stages)
    });
    let expected = [
        (Workers::Dedicated, vec![1, 1, 1]),
        (Workers::Segments, vec![3]),
        (Workers::Segments, vec![2, 1]),
        (Workers::One, vec![3]),
    ];
    assert_eq!(applied, expected);
}

#[test]
fn counters_go_on_from_a_checkpoint() {
    for bed in Bed::all() {
        let counters = Counters {
            records_in: 100,
            records_out: 60,
            dropped: 30,
            rejected: 10,
            bytes_in: 1000,
            bytes_out: 600,
        };
        let stage = StageCounters {
            processed: 90,
            dropped: 30,
            rejected: 1,
        };
        let base = Base {
            counters,
            stage_counters: vec![stage],
            ..Base::default()
        };
        let options = Options {
            base,
            ..bed.options()
        };
        let (spec, sink) = (chain(&["drop:x", "identity"]), Collect(Arc::default()));
        let running = bed.start_with(&spec, &Stages, sink, options, SlotClass::B256);
        let mut running = running.unwrap();
        assert_eq!(running.snapshot().counters, counters);
        let mut producer = running.producer().unwrap();
        assert_eq!(
            producer.try_publish(b"x"),
            Ok(1),
            "sequences start at 1 all the same"
        );
        assert_eq!(producer.try_publish(b"abc"), Ok(2));
        producer.count_ingress_reject(500);
        running.drain(LONG).unwrap();
        let counters = running.stop_and_join().unwrap();
        let expected = Counters {
            records_in: 103,
            records_out: 61,
            dropped: 31,
            rejected: 11,
            bytes_in: 1504,
            bytes_out: 603,
        };
        assert_eq!(counters, expected);
        let stages = running.snapshot().stages;
        assert_eq!(
            (stages[0].processed, stages[0].dropped, stages[0].rejected),
            (92, 31, 1)
        );
        assert_eq!((stages[1].processed, stages[1].dropped), (1, 0));
    }
}

#[test]
fn records_of_every_slot_class_reach_its_full_length() {
    for bed in Bed::all() {
        for class in SlotClass::ALL {
            let log = Arc::new(Log::default());
            let (spec, sink) = (chain(&["identity", "double"]), Collect(Arc::clone(&log)));
            let running = bed.start_with(&spec, &Stages, sink, bed.options(), class);
            let mut running = running.unwrap();
            let mut producer = running.producer().unwrap();
            let half = class.slot_bytes() / 2;
            producer.try_publish(&vec![1; half]).unwrap();
            producer.try_publish(&vec![2; half + 1]).unwrap();
            producer.try_publish(&vec![3; 2 * half]).unwrap();
            running.drain(LONG).unwrap();
            let seen: Vec<_> = log.records().into_iter().map(|(_, seen)| seen).collect();
            assert_eq!(seen[0], Seen::Out(vec![1; 2 * half]));
            assert_eq!(seen[1], Seen::Rejected(1, 2 * half + 2, vec![2; half + 1]));
            assert_eq!(seen[2], Seen::Rejected(1, 4 * half, vec![3; 2 * half]));
        }
    }
}
