//! What differs between workers: who waits, and who is told when nothing is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    PublishError, RecordSink, SinkFailure, SinkRecord, SlotClass, WaitKind, Workers,
};

use crate::support::{Bed, LONG, Stages, chain};

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
fn who_waits_for_the_end_beside_the_producer_neither_takes_from_it_nor_misses_anything() {
    for bed in Bed::all().filter(|bed| !bed.has_threads()) {
        let (mut running, log) = bed.start(&chain(&["keep:a", "replace:a=b"]));
        let mut producer = running.producer().unwrap();
        let publishes = std::thread::spawn(move || {
            for n in 1..=20_000 {
                assert_eq!(producer.append(b"a"), Ok(n));
                if n % 7 == 0 {
                    producer.flush();
                }
            }
            producer.flush()
        });
        while !publishes.is_finished() {
            running.drain(LONG).unwrap();
        }
        assert_eq!(publishes.join().unwrap(), 20_000);
        assert_eq!(log.records().len(), 20_000);
        assert_eq!(running.stop_and_join().unwrap().records_out, 20_000);
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
