//! The SingleRing executor, over memory and over shared memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    Counters, ExecError, FailureOrigin, MemSequencedSlots, Options, PublishError, PureStages,
    RecordSink, ResolveError, Running, ShmSequencedSlots, SingleRing, SinkFailure, SinkRecord,
    SlotClass, StageCounters, StageResolver, WaitKind,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use byteor_pipeline_spec::{
    Ordering as RingOrdering, PipelineSpecV1, Producer, Scheduling, ShardKey, SingleRingBuilder,
    SingleRingSpec, single_ring_chain,
};

const LONG: Duration = Duration::from_secs(30);

/// What a sink saw of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Out(Vec<u8>),
    Dropped(u32),
    Rejected(u32, usize, Vec<u8>),
}

#[derive(Default)]
struct Log {
    records: Mutex<Vec<(u64, Seen)>>,
    idle_after: AtomicU64,
    finished: AtomicU64,
}

impl Log {
    fn records(&self) -> Vec<(u64, Seen)> {
        self.records.lock().unwrap().clone()
    }
}

struct Collect(Arc<Log>);

impl RecordSink for Collect {
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        let seen = match record {
            SinkRecord::Forward(bytes) => Seen::Out(bytes.to_vec()),
            SinkRecord::Dropped { stage } => Seen::Dropped(stage),
            SinkRecord::Rejected { stage, len, record } => {
                Seen::Rejected(stage, len, record.to_vec())
            }
        };
        self.0.records.lock().unwrap().push((sequence, seen));
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        let count = self.0.records.lock().unwrap().len() as u64;
        self.0.idle_after.store(count, Ordering::SeqCst);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.0.finished.fetch_add(1, Ordering::SeqCst);
        self.idle()
    }
}

/// Stages for tests, by key: the pure ones, and some that misbehave.
struct Stages;

struct FromFn<F>(F);

impl<F> Stage for FromFn<F>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<Outcome, StageFailure> + Send,
{
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        (self.0)(record, out)
    }
}

fn stage<F>(process: F) -> Result<Box<dyn Stage>, ResolveError>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<Outcome, StageFailure> + Send + 'static,
{
    Ok(Box::new(FromFn(process)))
}

impl StageResolver for Stages {
    fn resolve(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
        match key {
            "double" => stage(|record, out| {
                out.push(record);
                out.push(record);
                Ok(out.outcome())
            }),
            "careless_double" => stage(|record, out| {
                out.push(record);
                out.push(record);
                Ok(Outcome::Rewrite)
            }),
            "fail_on_x" => stage(|record, _| match record {
                b"x" => Err(StageFailure {
                    code: "E_TEST",
                    message: "x is not for me",
                }),
                _ => Ok(Outcome::Forward),
            }),
            "panic_on_x" => stage(|record, _| {
                assert_ne!(record, b"x", "x is too much");
                Ok(Outcome::Forward)
            }),
            "slow" => stage(|_, _| {
                std::thread::sleep(Duration::from_millis(1));
                Ok(Outcome::Forward)
            }),
            "stuck_a_while" => stage(|_, _| {
                std::thread::sleep(Duration::from_millis(300));
                Ok(Outcome::Forward)
            }),
            _ => PureStages.resolve(id, key),
        }
    }
}

fn chain(keys: &[&str]) -> SingleRingSpec {
    let ids: Vec<String> = (0..keys.len()).map(|n| format!("s{n}")).collect();
    let stages: Vec<(&str, &str)> = ids
        .iter()
        .map(String::as_str)
        .zip(keys.iter().copied())
        .collect();
    match single_ring_chain(&stages) {
        PipelineSpecV1::SingleRing(ring) => ring,
        PipelineSpecV1::LaneGraph(_) => unreachable!("a chain is a single ring"),
    }
}

fn start_in_memory(spec: &SingleRingSpec) -> (Running, Arc<Log>) {
    let log = Arc::new(Log::default());
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let sink = Box::new(Collect(Arc::clone(&log)));
    (
        SingleRing::start(spec, region, &Stages, sink, Options::default()).unwrap(),
        log,
    )
}

fn refusal(spec: &SingleRingSpec) -> ExecError {
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let sink = Box::new(Collect(Arc::default()));
    SingleRing::start(spec, region, &Stages, sink, Options::default())
        .expect_err("it should not start")
}

fn wait_for_failure(running: &Running) {
    let begun = Instant::now();
    while !running.stopped() {
        assert!(begun.elapsed() < LONG);
        std::thread::yield_now();
    }
}

#[test]
fn records_go_through_the_stages_in_order_over_both_backings_with_equal_results() {
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
    let dir = tempfile::tempdir().unwrap();
    let mut results = Vec::new();
    for over_shm in [false, true] {
        let log = Arc::new(Log::default());
        let sink = Box::new(Collect(Arc::clone(&log)));
        let options = Options::default();
        let mut running = if over_shm {
            let region =
                ShmSequencedSlots::create(&dir.path().join("ring"), SlotClass::B256).unwrap();
            SingleRing::start(&spec, region, &Stages, sink, options).unwrap()
        } else {
            let region = MemSequencedSlots::new(SlotClass::B256, 1);
            SingleRing::start(&spec, region, &Stages, sink, options).unwrap()
        };
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
    assert_eq!(results[0], results[1]);

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
        for keys in [&[key][..], &[key, "identity"][..]] {
            let (mut running, log) = start_in_memory(&chain(keys));
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
                "{keys:?}"
            );
        }
    }
}

#[test]
fn an_empty_record_goes_out_and_is_not_a_dropped_one() {
    let (mut running, log) = start_in_memory(&chain(&["replace:.+=", "drop:z", "identity"]));
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

#[test]
fn the_ingress_refuses_what_is_beyond_the_slot_and_counts_it_when_told() {
    let (mut running, log) = start_in_memory(&chain(&["identity"]));
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

#[test]
fn a_diamond_runs_both_sides_before_the_last_stage() {
    let spec = SingleRingBuilder::new()
        .stage("a", "replace:x=y", &[])
        .stage("b", "identity", &[0])
        .stage("c", "identity", &[0])
        .stage("d", "replace:y=z", &[1, 2])
        .ring();
    let (mut running, log) = start_in_memory(&spec);
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

#[test]
fn a_stage_that_changes_what_another_may_be_reading_stops_the_pipeline() {
    let spec = SingleRingBuilder::new()
        .stage("a", "identity", &[])
        .stage("b", "drop:x", &[])
        .stage("c", "identity", &[0, 1])
        .ring();
    let (mut running, _) = start_in_memory(&spec);
    running.producer().unwrap().try_publish(b"x").unwrap();
    wait_for_failure(&running);
    let error = running.stop_and_join().unwrap_err();
    assert_eq!(error.code(), "E_EXEC_UNORDERED_CHANGE");
    assert_eq!(error.stage_id(), Some("b"));
}

#[test]
fn a_slow_stage_holds_the_producer_back_at_one_ring() {
    let (mut running, _) = start_in_memory(&chain(&["identity", "slow"]));
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

#[test]
fn the_stage_that_failed_first_is_named_with_its_record_and_all_threads_end() {
    let (mut running, log) = start_in_memory(&chain(&["identity", "fail_on_x", "identity"]));
    let mut producer = running.producer().unwrap();
    for record in [&b"a"[..], b"b", b"x", b"c"] {
        producer.try_publish(record).unwrap();
    }
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

#[test]
fn a_panic_in_a_stage_is_caught_and_named() {
    let (mut running, _) = start_in_memory(&chain(&["panic_on_x", "identity"]));
    running.producer().unwrap().try_publish(b"x").unwrap();
    wait_for_failure(&running);
    let error = running.stop_and_join().unwrap_err();
    assert_eq!(
        (error.code(), error.stage_id()),
        ("E_EXEC_PANIC", Some("s0"))
    );
    assert!(error.to_string().contains("x is too much"), "{error}");
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
    for (when, origin, code) in [
        (When::Take, FailureOrigin::Sink, "E_DISK_FULL"),
        (When::TakePanics, FailureOrigin::Panic, "E_EXEC_PANIC"),
        (When::Idle, FailureOrigin::Sink, "E_DISK_FULL"),
        (When::Finish, FailureOrigin::Sink, "E_DISK_FULL"),
    ] {
        let region = MemSequencedSlots::new(SlotClass::B256, 1);
        let sink = Box::new(FailingSink(when));
        let spec = chain(&["identity", "identity"]);
        let mut running =
            SingleRing::start(&spec, region, &Stages, sink, Options::default()).unwrap();
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

#[test]
fn after_a_drain_the_sink_was_idle_after_the_last_record() {
    let (mut running, log) = start_in_memory(&chain(&["identity", "identity"]));
    running.drain(LONG).unwrap();
    let mut producer = running.producer().unwrap();
    for round in 1..=200 {
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
    for wait in [WaitKind::Backoff, WaitKind::Spin] {
        let asked = Arc::new(AtomicU64::new(0));
        let options = Options {
            wait,
            ..Options::default()
        };
        let region = MemSequencedSlots::new(SlotClass::B256, 1);
        let sink = Box::new(Asked(Arc::clone(&asked)));
        let running = SingleRing::start(&chain(&["identity"]), region, &Stages, sink, options);
        let begun = Instant::now();
        while asked.load(Ordering::Relaxed) < 20 {
            assert!(begun.elapsed() < LONG);
            std::thread::yield_now();
        }
        running.unwrap().stop_and_join().unwrap();
    }
}

#[test]
fn counters_go_on_from_a_checkpoint() {
    let base_counters = Counters {
        records_in: 100,
        records_out: 60,
        dropped: 30,
        rejected: 10,
        bytes_in: 1000,
        bytes_out: 600,
    };
    let options = Options {
        base_counters,
        base_stage_counters: vec![StageCounters {
            processed: 90,
            dropped: 30,
            rejected: 1,
        }],
        ..Options::default()
    };
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let spec = chain(&["drop:x", "identity"]);
    let sink = Box::new(Collect(Arc::default()));
    let mut running = SingleRing::start(&spec, region, &Stages, sink, options).unwrap();
    assert_eq!(running.snapshot().counters, base_counters);
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

#[test]
fn what_cannot_run_is_refused_before_anything_starts() {
    let good = chain(&["identity"]);
    let spec = |change: &dyn Fn(&mut SingleRingSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        refusal(&spec)
    };
    let several = spec(&|spec| {
        spec.shards = 2;
        spec.ordering = RingOrdering::PerKey;
        spec.shard_key = Some(ShardKey {
            offset: 0,
            length: 1,
        });
    });
    assert_eq!(several.code(), "E_EXEC_UNSUPPORTED");
    assert!(several.to_string().contains("single_ring.shards"));
    for invalid in [
        spec(&|spec| spec.shards = 0),
        spec(&|spec| spec.producer = Producer::Mpmc),
        spec(&|spec| spec.scheduling = Scheduling::WorkQueue),
        spec(&|spec| spec.stages.clear()),
        spec(&|spec| spec.stages[0].depends_on.push(0)),
        refusal(&chain(&["identity"; 5])),
    ] {
        assert!(matches!(&invalid, ExecError::Spec(problems) if !problems.is_empty()));
        assert!(invalid.code().starts_with("E_SPEC_"), "{invalid}");
    }
    for key in ["http_post:http://127.0.0.1/", "no_such_family", "keep:("] {
        let unresolved = refusal(&chain(&["identity", key]));
        assert_eq!(unresolved.stage_id(), Some("s1"));
        assert!(
            matches!(unresolved, ExecError::Unresolved { .. }),
            "{unresolved}"
        );
        assert!(unresolved.to_string().contains(key), "{unresolved}");
    }
}

#[test]
fn a_region_serves_one_run_and_one_producer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ring");
    let region = ShmSequencedSlots::create(&path, SlotClass::B256).unwrap();
    let spec = chain(&["identity"]);
    let start = |region| {
        let sink = Box::new(Collect(Arc::default()));
        SingleRing::start(&spec, region, &Stages, sink, Options::default())
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

#[test]
fn a_run_is_watched_from_outside_while_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ring");
    let region = ShmSequencedSlots::create(&path, SlotClass::B1024).unwrap();
    let sink = Box::new(Collect(Arc::default()));
    let spec = chain(&["keep:a", "replace:a=bb", "identity"]);
    let mut running = SingleRing::start(&spec, region, &Stages, sink, Options::default()).unwrap();
    let mut producer = running.producer().unwrap();
    let watch = || byteor_pipeline_backings_shm::snapshot_path(&path).unwrap();
    let first = watch();
    let mut before = first.clone();
    for n in 0..200_000_u32 {
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
    assert_eq!(
        (counters.records_out, counters.bytes_out),
        (100_000, 200_000)
    );
}

#[test]
fn a_region_damaged_from_outside_stops_the_run_with_a_code() {
    use std::os::unix::fs::FileExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ring");
    let region = ShmSequencedSlots::create(&path, SlotClass::B256).unwrap();
    let sink = Box::new(Collect(Arc::default()));
    let spec = chain(&["identity", "identity"]);
    let mut running = SingleRing::start(&spec, region, &Stages, sink, Options::default()).unwrap();
    let file = std::fs::File::options().write(true).open(&path).unwrap();
    // The cursor jumps by more than a ring.
    file.write_all_at(&99_999_u64.to_ne_bytes(), 64).unwrap();
    wait_for_failure(&running);
    let error = running.stop_and_join().unwrap_err();
    assert_eq!(error.code(), "E_REGION_CORRUPTED");
    assert_eq!(running.failed().unwrap().origin, FailureOrigin::Region);
}

#[test]
fn a_cursor_moved_a_little_ahead_stops_the_run_before_anything_old_comes_out() {
    use std::os::unix::fs::FileExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ring");
    let region = ShmSequencedSlots::create(&path, SlotClass::B256).unwrap();
    let log = Arc::new(Log::default());
    let sink = Box::new(Collect(Arc::clone(&log)));
    let spec = chain(&["identity", "identity"]);
    let mut running = SingleRing::start(&spec, region, &Stages, sink, Options::default()).unwrap();
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

#[test]
fn dropping_a_running_pipeline_joins_its_threads() {
    let log = {
        let (mut running, log) = start_in_memory(&chain(&["stuck_a_while", "identity"]));
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

#[test]
fn records_of_every_slot_class_reach_its_full_length() {
    for class in SlotClass::ALL {
        let log = Arc::new(Log::default());
        let region = MemSequencedSlots::new(class, 1);
        let sink = Box::new(Collect(Arc::clone(&log)));
        let spec = chain(&["identity", "double"]);
        let mut running =
            SingleRing::start(&spec, region, &Stages, sink, Options::default()).unwrap();
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

#[test]
fn a_process_that_scribbles_over_the_region_can_stop_a_run_but_not_hang_or_crash_it() {
    use std::os::unix::fs::FileExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ring");
    let spec = chain(&["keep:a", "replace:a=bb", "double"]);
    let bytes = SlotClass::B256.region_bytes() as u64;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut failed = 0;
    for _ in 0..60 {
        let region = ShmSequencedSlots::recreate(&path, SlotClass::B256).unwrap();
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        let sink = Box::new(Collect(Arc::default()));
        let mut running =
            SingleRing::start(&spec, region, &Stages, sink, Options::default()).unwrap();
        let mut producer = running.producer().unwrap();
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(15) {
            match producer.try_publish(b"a record") {
                Ok(_) | Err(PublishError::Full) => {}
                Err(PublishError::Stopped | PublishError::Corrupted) => break,
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
                failed += 1;
            }
            Err(e) => panic!("{e}"),
        }
        assert!(begun.elapsed() < Duration::from_secs(10));
    }
    assert!(failed > 0, "some of it was noticed");
}

#[test]
fn a_stage_that_gives_several_records_is_refused_at_startup() {
    let region = MemSequencedSlots::new(SlotClass::B256, 1);
    let started = SingleRing::start(
        &chain(&["identity", "split:,"]),
        region,
        &PureStages,
        Box::new(Nowhere),
        Options::default(),
    );
    match started {
        Err(ExecError::Unsupported { path, message }) => {
            assert_eq!(path, "single_ring.stages.1.key");
            assert!(message.contains("several records"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

struct Nowhere;

impl RecordSink for Nowhere {
    fn take(&mut self, _: u64, _: SinkRecord<'_>) -> Result<(), SinkFailure> {
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}
