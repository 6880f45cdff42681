//! What stops a run, and what is told of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use byteor_pipeline_exec::{
    ExecError, FailureOrigin, PublishError, RecordSink, SinkFailure, SinkRecord, SlotClass,
};
use byteor_pipeline_spec::SingleRingBuilder;

use crate::support::{Bed, LONG, Stages, chain, wait_for_failure};

#[test]
fn a_stage_that_changes_what_another_may_be_reading_stops_the_pipeline() {
    for bed in Bed::all() {
        let spec = SingleRingBuilder::new()
            .stage("a", "identity", &[])
            .stage("b", "drop:x", &[])
            .stage("c", "identity", &[0, 1])
            .ring();
        let (mut running, _) = bed.start(&spec);
        running.producer().unwrap().try_publish(b"x").unwrap();
        wait_for_failure(&running);
        let error = running.stop_and_join().unwrap_err();
        assert_eq!(error.code(), "E_EXEC_UNORDERED_CHANGE");
        assert_eq!(error.stage_id(), Some("b"));
    }
}

#[test]
fn the_stage_that_failed_first_is_named_with_its_record_and_all_threads_end() {
    for bed in Bed::all() {
        let (mut running, log) = bed.start(&chain(&["identity", "fail_on_x", "identity"]));
        let mut producer = running.producer().unwrap();
        for record in [&b"a"[..], b"b", b"x", b"c"] {
            producer.try_append(record).unwrap();
        }
        producer.flush();
        wait_for_failure(&running);
        assert!(matches!(running.drain(LONG), Err(ExecError::Failed(_))));
        let error = running.stop_and_join().unwrap_err();
        assert_eq!(
            error.to_string(),
            "stage `s1` failed at record 3: E_TEST: x is not for me"
        );
        assert_eq!(error.code(), "E_TEST");
        let failure = running.failed().unwrap();
        assert_eq!((failure.stage, failure.origin), (1, FailureOrigin::Stage));
        assert_eq!(producer.append(b"d"), Err(PublishError::Stopped));
        let snapshot = running.snapshot();
        assert_eq!(
            snapshot.stages[1].gating, 2,
            "it is done with what came before"
        );
        assert!(log.records().iter().all(|(sequence, _)| *sequence < 3));
        assert_eq!(
            log.finished.load(Ordering::SeqCst),
            1,
            "the sink could flush"
        );
        assert_eq!(
            running.stop_and_join().unwrap_err().code(),
            "E_TEST",
            "asked again"
        );
    }
}

#[test]
fn a_panic_in_a_stage_is_caught_and_named() {
    for bed in Bed::all() {
        let (mut running, _) = bed.start(&chain(&["panic_on_x", "identity"]));
        running.producer().unwrap().try_publish(b"x").unwrap();
        wait_for_failure(&running);
        let error = running.stop_and_join().unwrap_err();
        assert_eq!(
            (error.code(), error.stage_id()),
            ("E_EXEC_PANIC", Some("s0"))
        );
        assert!(error.to_string().contains("x is too much"), "{error}");
    }
}

#[derive(Clone, Copy, PartialEq)]
enum When {
    Take,
    TakePanics,
    Idle,
    Finish,
}

struct FailingSink(When);

impl FailingSink {
    fn fail_at(&self, when: When) -> Result<(), SinkFailure> {
        if self.0 == when {
            return Err(SinkFailure::new("E_DISK_FULL", "no space left; make room"));
        }
        Ok(())
    }
}

impl RecordSink for FailingSink {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        assert!(self.0 != When::TakePanics, "the sink fell over");
        self.fail_at(When::Take)
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        self.fail_at(When::Idle)
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        assert!(self.0 == When::Finish, "no call after a failure of its own");
        self.fail_at(When::Finish)
    }
}

#[test]
fn a_sink_that_fails_stops_the_pipeline_and_its_record_counts_as_not_taken() {
    for bed in Bed::all() {
        for (when, origin, code) in [
            (When::Take, FailureOrigin::Sink, "E_DISK_FULL"),
            (When::TakePanics, FailureOrigin::Panic, "E_EXEC_PANIC"),
            (When::Idle, FailureOrigin::Sink, "E_DISK_FULL"),
            (When::Finish, FailureOrigin::Sink, "E_DISK_FULL"),
        ] {
            let (spec, sink) = (chain(&["identity", "identity"]), FailingSink(when));
            let running = bed.start_with(&spec, &Stages, sink, bed.options(), SlotClass::B256);
            let mut running = running.unwrap();
            let mut producer = running.producer().unwrap();
            if matches!(when, When::Take | When::TakePanics) {
                producer.try_publish(b"x").unwrap();
            }
            if when != When::Finish {
                wait_for_failure(&running);
            }
            let error = running.stop_and_join().unwrap_err();
            let failure = running.failed().unwrap();
            assert_eq!((failure.origin, error.code()), (origin, code));
            assert_eq!(
                failure.stage_id, "s1",
                "the sink runs in the last stage's thread"
            );
            assert_eq!(running.snapshot().counters.records_out, 0);
            assert_eq!(running.snapshot().stages[1].gating, 0);
        }
    }
}

#[test]
fn dropping_a_running_pipeline_joins_its_threads() {
    for bed in Bed::all() {
        let log = {
            let (mut running, log) = bed.start(&chain(&["stuck_a_while", "identity"]));
            running.producer().unwrap().try_publish(b"x").unwrap();
            std::thread::sleep(Duration::from_millis(50));
            log
        };
        assert_eq!(
            Arc::strong_count(&log),
            1,
            "the sink is gone, and so is its thread"
        );
        assert_eq!(log.finished.load(Ordering::SeqCst), 1);
    }
}
