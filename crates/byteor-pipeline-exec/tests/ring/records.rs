//! What becomes of records.

use std::sync::Arc;

use byteor_pipeline_exec::{Base, Counters, Options, PublishError, SlotClass, StageCounters};
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
