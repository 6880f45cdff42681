//! How a LaneGraph starts, fails, stops, ends, and what can be seen of it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::{RunTuning, RunWait, RunWorkers};
use byteor_pipeline_exec::lane_graph::{COUNTERS_FILE, EgressSink, LanesIn, Options, Workers};
use byteor_pipeline_exec::{
    ExecError, FailureOrigin, LaneGraph, PublishError, PureStages, ResolveError, RunningGraph,
    SinkFailure, SlotClass, StageResolver, snapshot_graph_folder,
};
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure, WaitKind};
use byteor_pipeline_spec::{LaneGraphBuilder, LaneGraphSpec, MergePolicy, OnFull, PipelineSpecV1};

const LONG: Duration = Duration::from_secs(30);
const ALL_WORKERS: [Workers; 3] = [
    Workers::Dedicated,
    Workers::Segments(NonZeroUsize::new(2).unwrap()),
    Workers::One,
];

#[derive(Debug, Default)]
struct Log {
    records: Mutex<Vec<Vec<u8>>>,
    finished: AtomicU64,
}

struct Collect(Arc<Log>);

impl EgressSink for Collect {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        match record {
            b"refuse" => Err(SinkFailure::new("E_SINK", "it is full")),
            _ => {
                self.0.records.lock().unwrap().push(record.to_vec());
                Ok(())
            }
        }
    }

    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.0.finished.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

struct FromFn<F>(F);

impl<F> Stage for FromFn<F>
where
    F: FnMut(&[u8], &mut Output<'_>) -> Result<Outcome, StageFailure> + Send,
{
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        (self.0)(record, out)
    }
}

/// Stages that misbehave, by key.
struct Stages;

impl StageResolver for Stages {
    fn resolve(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
        Ok(match key {
            "fail_on_x" => Box::new(FromFn(|record: &[u8], _: &mut Output<'_>| match record {
                b"x" => Err(StageFailure {
                    code: "E_TEST",
                    message: "x is not for me",
                }),
                _ => Ok(Outcome::Forward),
            })),
            "panic_on_x" => Box::new(FromFn(|record: &[u8], _: &mut Output<'_>| {
                assert_ne!(record, b"x", "x is too much");
                Ok(Outcome::Forward)
            })),
            "slow" => Box::new(FromFn(|_: &[u8], _: &mut Output<'_>| {
                std::thread::sleep(Duration::from_millis(2));
                Ok(Outcome::Forward)
            })),
            "double" => Box::new(FromFn(|record: &[u8], out: &mut Output<'_>| {
                out.push(record);
                out.push(record);
                Ok(Outcome::Rewrite)
            })),
            _ => return PureStages.resolve(id, key),
        })
    }
}

fn graph_of(spec: PipelineSpecV1) -> LaneGraphSpec {
    match spec {
        PipelineSpecV1::LaneGraph(graph) => graph,
        PipelineSpecV1::SingleRing(_) => unreachable!("built as a graph"),
    }
}

/// in -> first -> a and b -> merge -> out.
fn diamond(first: &str, a: &str, b: &str) -> LaneGraphSpec {
    let spec = LaneGraphBuilder::new()
        .events("in.first")
        .fanout_broadcast("first.fanout_broadcast", 2)
        .events("a.merge.out")
        .events("b.merge.out")
        .events("merge.out.out")
        .ingress("in", "in.first")
        .stage("first", first, "in.first", "first.fanout_broadcast")
        .stage("a", a, "first.fanout_broadcast", "a.merge.out")
        .stage("b", b, "first.fanout_broadcast", "b.merge.out")
        .merge(
            "merge.out",
            &["a.merge.out", "b.merge.out"],
            "merge.out.out",
            MergePolicy::RoundRobin,
        )
        .egress("out", "merge.out.out");
    graph_of(spec.build().unwrap())
}

fn start(spec: &LaneGraphSpec, options: &Options) -> Result<(RunningGraph, Arc<Log>), ExecError> {
    let log = Arc::new(Log::default());
    let sink: Box<dyn EgressSink> = Box::new(Collect(Arc::clone(&log)));
    let sinks = BTreeMap::from([("out".to_owned(), sink)]);
    Ok((LaneGraph::start(spec, &Stages, sinks, options)?, log))
}

fn with(workers: Workers) -> Options {
    Options {
        workers,
        ..Options::default()
    }
}

fn wait_until_stopped(running: &RunningGraph) {
    let begun = Instant::now();
    while !running.stopped() {
        assert!(begun.elapsed() < LONG);
        std::thread::yield_now();
    }
}

#[test]
fn what_fails_first_is_named_with_its_record_and_everything_stops() {
    for workers in ALL_WORKERS {
        for (key, origin, code) in [
            ("fail_on_x", FailureOrigin::Stage, "E_TEST"),
            ("panic_on_x", FailureOrigin::Panic, "E_EXEC_PANIC"),
        ] {
            let spec = diamond("identity", "identity", key);
            let (mut running, log) = start(&spec, &with(workers)).unwrap();
            let mut ingress = running.ingress("in").unwrap();
            for record in [&b"1"[..], b"2", b"x", b"4"] {
                match ingress.append(record) {
                    Ok(()) | Err(PublishError::Stopped) => ingress.flush(),
                    Err(error) => panic!("{error}"),
                }
            }
            wait_until_stopped(&running);
            assert_eq!(ingress.append(b"5"), Err(PublishError::Stopped));
            let drained = running.drain(LONG);
            assert!(matches!(drained, Err(ExecError::Failed(_))), "{drained:?}");
            let error = running.stop_and_join().unwrap_err();
            assert_eq!((error.stage_id(), error.code()), (Some("b"), code));
            let ExecError::Failed(failure) = error else {
                panic!("{error}");
            };
            assert_eq!((failure.origin, failure.sequence), (origin, 3));
            assert_eq!(spec.roles[failure.stage as usize].id, "b");
            assert_eq!(
                log.finished.load(Ordering::SeqCst),
                1,
                "what left is flushed"
            );
        }
    }
}

#[test]
fn a_sink_that_fails_stops_all_and_is_not_asked_again() {
    for workers in ALL_WORKERS {
        let spec = diamond("identity", "identity", "drop:.");
        let (mut running, log) = start(&spec, &with(workers)).unwrap();
        let mut ingress = running.ingress("in").unwrap();
        ingress.append(b"1").unwrap();
        ingress.append(b"refuse").unwrap();
        ingress.end();
        wait_until_stopped(&running);
        let error = running.stop_and_join().unwrap_err();
        assert_eq!((error.stage_id(), error.code()), (Some("out"), "E_SINK"));
        assert!(matches!(error, ExecError::Failed(f) if f.sequence == 2));
        assert_eq!(log.finished.load(Ordering::SeqCst), 0);
        assert_eq!(*log.records.lock().unwrap(), [b"1"]);
    }
}

#[test]
fn a_thread_that_panics_while_it_gives_records_stops_the_pipeline() {
    let (mut running, _) =
        start(&diamond("identity", "upper", "trim"), &Options::default()).unwrap();
    let mut ingress = running.ingress("in").unwrap();
    let thread = std::thread::spawn(move || {
        ingress.append(b"1").unwrap();
        panic!("the source is gone");
    });
    assert!(thread.join().is_err());
    let error = running.drain(LONG).unwrap_err();
    assert_eq!(
        (error.stage_id(), error.code()),
        (Some("in"), "E_EXEC_PANIC")
    );
}

#[test]
fn a_drain_waits_for_the_end_of_every_ingress_and_says_who_is_left() {
    for workers in ALL_WORKERS {
        let (mut running, log) =
            start(&diamond("identity", "slow", "slow"), &with(workers)).unwrap();
        let mut ingress = running.ingress("in").unwrap();
        let again = running.ingress("in").unwrap_err();
        assert_eq!(again.code(), "E_EXEC_INGRESS");
        for _ in 0..20 {
            ingress.append(b"r").unwrap();
        }
        ingress.flush();
        let early = running.drain(Duration::from_millis(30)).unwrap_err();
        assert_eq!(early.code(), "E_EXEC_DRAIN_TIMEOUT");
        let ExecError::GraphDrainTimeout { waiting, .. } = early else {
            panic!("{early}");
        };
        assert_eq!(waiting.first().map(String::as_str), Some("in"));
        ingress.end();
        running.drain(LONG).unwrap();
        assert_eq!(log.records.lock().unwrap().len(), 40);
        assert_eq!(log.finished.load(Ordering::SeqCst), 1);
        let counters = running.stop_and_join().unwrap();
        assert_eq!((counters.records_in, counters.records_out), (20, 40));
        assert_eq!((counters.bytes_in, counters.bytes_out), (20, 40));
    }
}

#[test]
fn a_stop_leaves_the_rest_undone_and_dropping_does_the_same() {
    for workers in ALL_WORKERS {
        let (mut running, log) =
            start(&diamond("slow", "identity", "identity"), &with(workers)).unwrap();
        let mut ingress = running.ingress("in").unwrap();
        for _ in 0..500 {
            ingress.append(b"r").unwrap();
        }
        ingress.flush();
        let begun = Instant::now();
        running.stop_and_join().unwrap();
        assert!(
            begun.elapsed() < Duration::from_millis(900),
            "{:?}",
            begun.elapsed()
        );
        assert!(log.records.lock().unwrap().len() < 1000);
        assert_eq!(log.finished.load(Ordering::SeqCst), 1);
        assert_eq!(ingress.append(b"r"), Err(PublishError::Stopped));
    }
    let (mut running, log) = start(
        &diamond("slow", "identity", "identity"),
        &Options::default(),
    )
    .unwrap();
    let ingress = running.ingress("in").unwrap();
    drop(running);
    assert_eq!(log.finished.load(Ordering::SeqCst), 1);
    drop(ingress);
}

#[test]
fn a_full_graph_that_blocks_says_full_and_loses_nothing() {
    for workers in ALL_WORKERS {
        let options = Options {
            capacity: NonZeroUsize::new(2),
            ..with(workers)
        };
        let (mut running, log) = start(&diamond("slow", "identity", "drop:."), &options).unwrap();
        let mut ingress = running.ingress("in").unwrap();
        let mut full = 0;
        for n in 30..60_u8 {
            while let Err(error) = ingress.try_append(&[n]) {
                assert_eq!(error, PublishError::Full);
                full += 1;
                std::thread::yield_now();
            }
        }
        assert!(full > 0);
        ingress.end();
        running.drain(LONG).unwrap();
        let all: Vec<Vec<u8>> = (30..60_u8).map(|n| vec![n]).collect();
        assert_eq!(*log.records.lock().unwrap(), all);
    }
}

#[test]
fn results_that_are_too_large_and_records_that_are_refused_are_counted() {
    for slots in SlotClass::ALL {
        let options = Options {
            slots,
            ..Options::default()
        };
        let (mut running, log) = start(&diamond("double", "identity", "drop:."), &options).unwrap();
        let mut ingress = running.ingress("in").unwrap();
        let max = slots.slot_bytes();
        assert_eq!(ingress.max_record_bytes(), max);
        let refused = ingress.append(&vec![b'z'; max + 1]);
        assert_eq!(refused, Err(PublishError::TooLarge { max, len: max + 1 }));
        ingress.count_reject(max + 1);
        ingress.append(&vec![b'y'; max / 2]).unwrap();
        ingress.append(&vec![b'x'; max / 2 + 1]).unwrap();
        ingress.end();
        running.drain(LONG).unwrap();
        let counters = running.stop_and_join().unwrap();
        assert_eq!((counters.records_in, counters.records_out), (3, 1));
        assert_eq!((counters.rejected, counters.dropped), (2, 1));
        assert_eq!(*log.records.lock().unwrap(), [vec![b'y'; max]]);
    }
}

#[test]
fn what_does_not_start_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("run");
    let options = Options {
        lanes: LanesIn::Folder(folder.clone()),
        ..Options::default()
    };
    let unresolved = diamond("identity", "nobody:knows", "identity");
    assert_eq!(
        start(&unresolved, &options).unwrap_err().stage_id(),
        Some("a")
    );
    let mut broken = diamond("identity", "identity", "identity");
    broken.lanes.pop();
    assert!(matches!(start(&broken, &options), Err(ExecError::Spec(_))));
    let spec = diamond("identity", "identity", "identity");
    let no_sink = LaneGraph::start(&spec, &Stages, BTreeMap::new(), &options).unwrap_err();
    assert_eq!(no_sink.code(), "E_EXEC_EGRESS");
    let sink = |_| -> Box<dyn EgressSink> { Box::new(Collect(Arc::default())) };
    let foreign = ["in", "out"].map(|id| (id.to_owned(), sink(id)));
    let foreign = LaneGraph::start(&spec, &Stages, BTreeMap::from(foreign), &options);
    assert_eq!(foreign.unwrap_err().code(), "E_EXEC_EGRESS");
    assert!(!folder.exists());

    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("other"), "kept").unwrap();
    assert_eq!(
        start(&spec, &options).unwrap_err().code(),
        "E_REGION_EXISTS"
    );
    assert_eq!(std::fs::read(folder.join("other")).unwrap(), b"kept");
}

fn numbers_in(folder: &Path) -> byteor_pipeline_exec::LaneGraphSnapshot {
    snapshot_graph_folder(folder).unwrap()
}

#[test]
fn the_numbers_of_a_run_are_read_from_its_folder_also_when_it_is_over() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("run");
    let options = Options {
        lanes: LanesIn::Folder(folder.clone()),
        workers: Workers::One,
        wait: WaitKind::Adaptive,
        ..Options::default()
    };
    let mut spec = diamond("identity", "keep:a", "identity");
    spec.on_full = OnFull::Drop;
    let (mut running, _) = start(&spec, &options).unwrap();
    let fresh = numbers_in(&folder);
    assert_eq!(fresh, running.snapshot());
    let tuning = RunTuning {
        workers: RunWorkers::One,
        wait: RunWait::Adaptive,
    };
    assert_eq!(fresh.tuning, Some(tuning));
    assert_eq!(fresh.lanes.len(), spec.lanes.len());
    let mut ingress = running.ingress("in").unwrap();
    for record in [&b"a"[..], b"b", b"c"] {
        ingress.append(record).unwrap();
    }
    ingress.end();
    running.drain(LONG).unwrap();
    running.stop_and_join().unwrap();
    let last = running.snapshot();
    drop(running);
    assert_eq!(numbers_in(&folder), last);
    assert_eq!(
        (last.counters.records_in, last.counters.records_out),
        (3, 4)
    );
    let place = |id: &str| spec.lanes.iter().position(|lane| lane.id == id).unwrap();
    let fanout = &last.lanes[place("first.fanout_broadcast")];
    assert_eq!(
        (fanout.published, fanout.depth, fanout.capacity),
        (3, 0, 1024)
    );
    assert_eq!(fanout.readers.iter().map(|r| r.read).sum::<u64>(), 6);
    assert_eq!(fresh.generation, last.generation);

    // Hostile, now: every length that the file can have, and numbers that can't be.
    let path = folder.join(COUNTERS_FILE);
    let whole = std::fs::read(&path).unwrap();
    for len in [0, 15, 64, 127, 128, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).unwrap();
        assert!(snapshot_graph_folder(&folder).is_err(), "{len} bytes");
    }
    for (at, code) in [(0, "E_REGION_INCOMPATIBLE"), (76, "E_REGION_CORRUPTED")] {
        let mut wrong = whole.clone();
        wrong[at] ^= 0x55;
        std::fs::write(&path, &wrong).unwrap();
        assert_eq!(snapshot_graph_folder(&folder).unwrap_err().code(), code);
    }
}

/// Where the counters of a graph have what the only reader of a lane read, and what it was given.
fn words_of(spec: &LaneGraphSpec, id: &str) -> (u64, u64) {
    let cell = |at: usize| 128 + 64 * at as u64;
    let lane = spec.lanes.iter().position(|lane| lane.id == id).unwrap();
    let reads = |role: &byteor_pipeline_spec::Role| role.work.rx().to_vec();
    let read = spec.roles.iter().flat_map(reads);
    let read = read.chain(["merge.out.out".to_owned()]);
    let before = read.filter(|id| spec.lanes[..lane].iter().any(|lane| lane.id == *id));
    (cell(spec.lanes.len() + before.count()), cell(lane) + 16)
}

#[test]
fn counters_that_somebody_writes_over_stop_the_run_with_an_error() {
    use std::os::unix::fs::FileExt;
    for workers in ALL_WORKERS {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("run");
        let options = Options {
            lanes: LanesIn::Folder(folder.clone()),
            capacity: NonZeroUsize::new(2),
            ..with(workers)
        };
        let spec = diamond("slow", "slow", "identity");
        // The lane behind an ingress is a queue whatever the workers.
        let (read, given) = words_of(&spec, "in.first");
        for (at, word) in [(read, u64::MAX), (given, 0)] {
            let (mut running, _) = start(&spec, &options).unwrap();
            let counters = std::fs::OpenOptions::new()
                .write(true)
                .open(folder.join(COUNTERS_FILE))
                .unwrap();
            let mut ingress = running.ingress("in").unwrap();
            let begun = Instant::now();
            while !running.stopped() && begun.elapsed() < LONG {
                match ingress.try_append(b"r") {
                    Ok(()) => ingress.flush(),
                    Err(PublishError::Full) => std::thread::yield_now(),
                    Err(PublishError::Stopped | PublishError::Corrupted) => break,
                    Err(error) => panic!("{error}"),
                }
                counters.write_all_at(&word.to_ne_bytes(), at).unwrap();
            }
            let error = running.stop_and_join().unwrap_err();
            assert_eq!(error.code(), "E_REGION_CORRUPTED", "{error}");
            assert!(
                matches!(&error, ExecError::Failed(f) if f.origin == FailureOrigin::Region),
                "{error}"
            );
            drop((running, ingress));
            std::fs::remove_dir_all(&folder).unwrap();
        }
    }
}

/// Runs until it is killed, in the folder that the variable names; only as the child of the test
/// below.
#[test]
#[ignore = "runs until it is killed"]
fn a_run_without_an_end() {
    let Some(folder) = std::env::var_os("BYTEOR_TEST_FOLDER") else {
        return;
    };
    let options = Options {
        lanes: LanesIn::Folder(folder.into()),
        ..with(Workers::Segments(NonZeroUsize::new(2).unwrap()))
    };
    let (mut running, _) = start(&diamond("identity", "keep:a", "slow"), &options).unwrap();
    let mut ingress = running.ingress("in").unwrap();
    loop {
        ingress.append(b"abc").unwrap();
        ingress.flush();
    }
}

#[test]
fn a_run_that_was_killed_leaves_numbers_that_can_be() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("run");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "a_run_without_an_end",
            "--ignored",
            "--nocapture",
        ])
        .env("BYTEOR_TEST_FOLDER", &folder)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // While it runs, from another process.
    let begun = Instant::now();
    let alive = loop {
        assert!(begun.elapsed() < LONG, "it does not run");
        match snapshot_graph_folder(&folder) {
            Ok(snapshot) if snapshot.counters.records_out > 20 => break snapshot,
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let dead = numbers_in(&folder);
    assert_eq!(dead.generation, alive.generation);
    assert!(
        dead.counters.since(&alive.counters).is_some(),
        "numbers only grow"
    );
    for lane in &dead.lanes {
        assert!(lane.depth <= u64::from(lane.capacity), "{lane:?}");
        for reader in &lane.readers {
            assert!(reader.read + reader.lag <= lane.published, "{lane:?}");
        }
    }
    // What lies beside it is not taken for a run of one's own.
    let options = Options {
        lanes: LanesIn::Folder(folder),
        ..Options::default()
    };
    let again = start(&diamond("identity", "upper", "trim"), &options);
    assert_eq!(again.unwrap_err().code(), "E_REGION_EXISTS");
}
