//! Regions that others look at, write over, and use again.

use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    ExecError, FailureOrigin, PublishError, ShmSequencedSlots, SingleRing, SlotClass,
};

use crate::support::{Bed, Collect, LONG, Stages, chain, wait_for_failure};

#[test]
fn a_region_serves_one_run_and_one_producer() {
    for bed in Bed::over_shm() {
        let path = bed.path();
        let region = ShmSequencedSlots::create(&path, SlotClass::B256).unwrap();
        let spec = chain(&["identity"]);
        let start = |region| {
            let sink = Box::new(Collect(Arc::default()));
            SingleRing::start(&spec, region, &Stages, sink, bed.options())
        };
        let mut running = start(region).unwrap();
        running.producer().unwrap();
        assert!(matches!(running.producer(), Err(ExecError::ProducerTaken)));
        let attach = || {
            let options = byteor_pipeline_backings_shm::OpenOptions::default();
            ShmSequencedSlots::attach(&path, SlotClass::B256, options).unwrap()
        };
        assert!(matches!(start(attach()), Err(ExecError::RegionUsed)));
        running.stop_and_join().unwrap();
        assert!(
            matches!(start(attach()), Err(ExecError::RegionUsed)),
            "recreate, don't reuse"
        );
    }
}

#[test]
fn a_run_is_watched_from_outside_while_it_runs() {
    for bed in Bed::over_shm() {
        let path = bed.path();
        let (spec, sink) = (
            chain(&["keep:a", "replace:a=bb", "identity"]),
            Collect(Arc::default()),
        );
        let running = bed.start_with(&spec, &Stages, sink, bed.options(), SlotClass::B1024);
        let mut running = running.unwrap();
        let mut producer = running.producer().unwrap();
        let watch = || byteor_pipeline_backings_shm::snapshot_path(&path).unwrap();
        let first = watch();
        let mut before = first.clone();
        for n in 0..50_000_u32 {
            producer
                .append(if n % 2 == 0 { b"a" } else { b"x" })
                .unwrap();
            if n % 1000 == 0 {
                producer.flush();
                let now = watch();
                assert_eq!(now.generation, first.generation);
                assert!(now.cursor >= before.cursor);
                for (now, before) in now.stages.iter().zip(&before.stages) {
                    assert!(now.gating >= before.gating && now.lag <= 1024);
                    assert!(now.processed >= before.processed);
                }
                before = now;
            }
        }
        producer.flush();
        running.drain(LONG).unwrap();
        let counters = running.stop_and_join().unwrap();
        assert_eq!(watch(), running.snapshot());
        assert_eq!(watch().counters, counters);
        assert_eq!((counters.records_out, counters.bytes_out), (25_000, 50_000));
    }
}

#[test]
fn a_region_damaged_from_outside_stops_the_run_with_a_code() {
    for bed in Bed::over_shm() {
        let path = bed.path();
        let (mut running, _) = bed.start(&chain(&["identity", "identity"]));
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        // The cursor jumps by more than a ring.
        file.write_all_at(&99_999_u64.to_ne_bytes(), 64).unwrap();
        wait_for_failure(&running);
        let error = running.stop_and_join().unwrap_err();
        assert_eq!(error.code(), "E_REGION_CORRUPTED");
        assert_eq!(running.failed().unwrap().origin, FailureOrigin::Region);
    }
}

#[test]
fn a_cursor_moved_a_little_ahead_stops_the_run_before_anything_old_comes_out() {
    for bed in Bed::over_shm() {
        let path = bed.path();
        let (mut running, log) = bed.start(&chain(&["identity", "identity"]));
        let mut producer = running.producer().unwrap();
        let count = 3000_u64;
        for n in 1..=count {
            producer.append(&n.to_le_bytes()).unwrap();
        }
        producer.flush();
        running.drain(LONG).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(&(count + 3).to_ne_bytes(), 64).unwrap();
        wait_for_failure(&running);
        let failure = running.failed().unwrap();
        assert_eq!(failure.code, "E_REGION_CORRUPTED");
        assert_eq!((failure.stage, failure.sequence), (0, count + 1));
        assert!(running.stop_and_join().is_err());
        assert_eq!(log.records().len(), count as usize, "and nothing twice");
    }
}

#[test]
fn a_process_that_scribbles_over_the_region_can_stop_a_run_but_not_hang_or_crash_it() {
    for bed in Bed::over_shm() {
        let path = bed.path();
        let spec = chain(&["keep:a", "replace:a=bb", "double"]);
        let bytes = SlotClass::B256.region_bytes() as u64;
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut noticed = 0;
        for _ in 0..20 {
            let (mut running, _) = bed.start(&spec);
            let file = std::fs::File::options().write(true).open(&path).unwrap();
            let mut producer = running.producer().unwrap();
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_millis(15) {
                match producer.try_publish(b"a record") {
                    Ok(_) | Err(PublishError::Full) => {}
                    Err(PublishError::Stopped) => break,
                    Err(PublishError::Corrupted) => {
                        noticed += 1;
                        break;
                    }
                    Err(e) => panic!("{e}"),
                }
                // Half of the damage goes to the few words that matter most.
                let at = if next() % 2 == 0 {
                    next() % 448
                } else {
                    next() % bytes
                } / 8
                    * 8;
                let value = [next(), 0, next() % 2048, u64::MAX][next() as usize % 4];
                file.write_all_at(&value.to_ne_bytes(), at).unwrap();
                let _ = byteor_pipeline_backings_shm::snapshot_path(&path);
            }
            let begun = Instant::now();
            match running.stop_and_join() {
                Ok(_) => {}
                Err(ExecError::Failed(failure)) => {
                    assert_eq!(failure.origin, FailureOrigin::Region, "{failure}");
                    noticed += 1;
                }
                Err(e) => panic!("{e}"),
            }
            assert!(begun.elapsed() < Duration::from_secs(10));
        }
        assert!(noticed > 0, "some of it was noticed");
    }
}
