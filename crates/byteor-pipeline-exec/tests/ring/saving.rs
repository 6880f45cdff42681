//! Stages and sinks that are slow with states, or fail with them.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use byteor_pipeline_exec::{
    ExecError, FailureOrigin, PureStages, RecordSink, ResolveError, STATE_BYTES_MAX, SinkFailure,
    SinkRecord, StageResolver, StateSnapshot, Workers,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};

use crate::states::{Collect, start, start_with, states, wait_for};
use crate::support::{Bed, LONG, chain, wait_for_failure};

#[test]
fn no_second_snapshot_is_asked_for_while_a_stage_is_slow() {
    for bed in Bed::all().filter(Bed::has_threads) {
        let gate = Arc::new(Mutex::new(()));
        let held = gate.lock().unwrap();
        let stages = {
            let gate = Arc::clone(&gate);
            move |_: &str, key: &str| match key {
                "slow" => Ok(Box::new(Slow(Arc::clone(&gate))) as Box<dyn Stage>),
                key => PureStages.resolve("", key),
            }
        };
        let sink = Collect::default();
        let mut ring = start_with(
            &bed,
            &chain(&["sample:2", "slow"]),
            &stages,
            sink.clone(),
            &[],
        )
        .unwrap();
        let mut producer = ring.producer().unwrap();
        producer.try_publish(b"a").unwrap();
        assert!(producer.snapshot_states());
        for record in [b"b", b"c"] {
            producer.try_publish(record).unwrap();
            assert!(!producer.snapshot_states());
        }
        drop(held);
        wait_for(&sink, 1);
        ring.drain(LONG).unwrap();
        assert_eq!(ring.states().unwrap().sequence, 1);
        ring.stop_and_join().unwrap();
    }
}

struct Slow(Arc<Mutex<()>>);

impl Stage for Slow {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        drop(self.0.lock().unwrap());
        Ok(Outcome::Forward)
    }
}

#[test]
fn a_state_that_is_none_of_the_stage_is_refused_at_startup() {
    let bed = Bed::new(false, Workers::Dedicated, 1);
    let state = |key: &str| states(&[byteor_pipeline_stages::build(key).unwrap()]).remove(0);
    let mut damaged = state("sample:3").unwrap().to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    for (key, base) in [
        ("sample:3", state("sample:4")),
        ("sample:3", state("dedupe:3")),
        ("sample:3", Some(damaged.into())),
        ("sample:3", Some([].into())),
        ("identity", state("sample:3")),
    ] {
        let spec = chain(&["identity", key]);
        let refused = start(&bed, &spec, Collect::default(), &[None, base]).unwrap_err();
        assert_eq!(
            (refused.code(), refused.stage_id()),
            ("E_STAGE_STATE", Some("s1"))
        );
    }
    // What is missing is a stage that has seen nothing.
    let spec = chain(&["sample:3", "sample:3"]);
    start(&bed, &spec, Collect::default(), &[None]).unwrap();
}

/// A stage whose state misbehaves.
#[derive(Clone)]
struct Odd {
    limit: usize,
    gives: usize,
    /// Panics when it is asked the next time but so many.
    calm: Arc<AtomicU32>,
}

impl Stage for Odd {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        Ok(Outcome::Forward)
    }

    fn state_limit(&self) -> usize {
        self.limit
    }

    fn save(&self, put: &mut dyn FnMut(&[u8])) {
        assert_ne!(
            self.calm.fetch_sub(1, Ordering::SeqCst),
            0,
            "asked too often"
        );
        for _ in 0..self.gives {
            put(&[1]);
        }
    }
}

fn odd(limit: usize, gives: usize, calm: u32) -> impl StageResolver {
    let odd = Odd {
        limit,
        gives,
        calm: Arc::new(AtomicU32::new(calm)),
    };
    move |_: &str, _: &str| -> Result<Box<dyn Stage>, ResolveError> { Ok(Box::new(odd.clone())) }
}

#[test]
fn a_state_larger_than_checkpoints_keep_is_refused_at_startup() {
    let bed = Bed::new(false, Workers::Dedicated, 1);
    let spec = chain(&["odd"]);
    let started = |limit| start_with(&bed, &spec, &odd(limit, 1, 9), Collect::default(), &[]);
    started(STATE_BYTES_MAX).unwrap();
    match started(STATE_BYTES_MAX + 1) {
        Err(ExecError::Unsupported { path, message }) => {
            assert_eq!(path, "single_ring.stages.0.key");
            assert!(message.contains("131073 bytes"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    let refused = start_with(&bed, &spec, &odd(3, 4, 9), Collect::default(), &[]).unwrap_err();
    assert_eq!(refused.code(), "E_STAGE_STATE");
}

#[test]
fn a_stage_that_panics_while_it_saves_is_named() {
    for bed in Bed::all() {
        let sink = Collect::default();
        let mut ring =
            start_with(&bed, &chain(&["odd"]), &odd(9, 1, 1), sink.clone(), &[]).unwrap();
        let mut producer = ring.producer().unwrap();
        producer.try_publish(b"a").unwrap();
        assert!(producer.snapshot_states());
        wait_for_failure(&ring);
        let failure = match ring.stop_and_join() {
            Err(ExecError::Failed(failure)) => failure,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            (failure.origin, failure.stage_id.as_str()),
            (FailureOrigin::Panic, "s0")
        );
        assert_eq!(sink.0.lock().unwrap().snapshots.len(), 0);
    }
}

struct Refusing;

impl RecordSink for Refusing {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn states(&mut self, _: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        Err(SinkFailure::new("E_TEST", "it was asked to"))
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        panic!("not after it failed")
    }
}

#[test]
fn a_sink_that_cannot_take_a_snapshot_stops_the_pipeline() {
    for bed in Bed::all() {
        let mut ring = start_with(&bed, &chain(&["sample:2"]), &PureStages, Refusing, &[]).unwrap();
        let mut producer = ring.producer().unwrap();
        producer.try_append(b"a").unwrap();
        assert!(producer.snapshot_states());
        wait_for_failure(&ring);
        let error = ring.stop_and_join().unwrap_err();
        assert_eq!(error.code(), "E_TEST");
        assert_eq!(ring.states().unwrap().sequence, 0, "the one before stays");
    }
}
