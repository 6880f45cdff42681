//! A graph over shared memory whose process is gone just before each of its first hundred stores to the
//! lanes and counters of its folder, and before some of the next twenty thousand: what left it is whole and in order, its numbers are there and can
//! be, and another one starts at once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use byteor_pipeline_exec::lane_graph::{EgressSink, LanesIn, Options, Workers};
use byteor_pipeline_exec::{
    LaneGraph, PureStages, RunningGraph, SinkFailure, snapshot_graph_folder,
};
use byteor_pipeline_spec::{LaneGraphBuilder, LaneGraphSpec, MergePolicy, PipelineSpecV1};
use indexbus::raw::fail_point;
use indexbus_proof::{rounds, scattered, until_it_ends_itself};

const FOLDER: &str = "BYTEOR_TEST_FOLDER";
const STORE: &str = "BYTEOR_TEST_STORE";
/// Records that leave before a process looks for its end.
const BEFORE: u64 = 20;
const LONG: Duration = Duration::from_secs(60);

/// in -> first -> as it is, and in capitals -> merge -> out: a record leaves twice.
fn diamond() -> LaneGraphSpec {
    let spec = LaneGraphBuilder::new()
        .journal("in.first")
        .fanout_broadcast("first.fanout_broadcast", 2)
        .sequenced_slots("small.merge.out", 1)
        .events("large.merge.out")
        .events("merge.out.out")
        .ingress("in", "in.first")
        .stage("first", "identity", "in.first", "first.fanout_broadcast")
        .stage(
            "small",
            "identity",
            "first.fanout_broadcast",
            "small.merge.out",
        )
        .stage(
            "large",
            "upper",
            "first.fanout_broadcast",
            "large.merge.out",
        )
        .merge(
            "merge.out",
            &["small.merge.out", "large.merge.out"],
            "merge.out.out",
            MergePolicy::RoundRobin,
        )
        .egress("out", "merge.out.out");
    match spec.build().unwrap() {
        PipelineSpecV1::LaneGraph(graph) => graph,
        PipelineSpecV1::SingleRing(_) => unreachable!("built as a graph"),
    }
}

/// Writes each record, with one call.
struct Lines(File);

impl EgressSink for Lines {
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure> {
        let line = [record, b"\n"].concat();
        let written = self.0.write_all(&line);
        written.map_err(|e| SinkFailure::new("E_TEST", e.to_string()))
    }
}

fn start(dir: &Path, workers: Workers) -> RunningGraph {
    let out = File::options()
        .create(true)
        .append(true)
        .open(dir.join("out"));
    let sink: Box<dyn EgressSink> = Box::new(Lines(out.unwrap()));
    let options = Options {
        lanes: LanesIn::Folder(dir.join("run")),
        workers,
        ..Options::default()
    };
    let sinks = BTreeMap::from([("out".to_owned(), sink)]);
    LaneGraph::start(&diamond(), &PureStages, sinks, &options).unwrap()
}

fn workers(round: u64) -> Workers {
    let two = NonZeroUsize::new(2).unwrap();
    [Workers::Dedicated, Workers::Segments(two), Workers::One][round as usize % 3]
}

/// What the process does that dies.
fn dies(dir: &Path) -> ! {
    let store: u64 = std::env::var(STORE).unwrap().parse().unwrap();
    let mut running = start(dir, workers(store));
    let mut ingress = running.ingress("in").unwrap();
    // Some go all the way, so that the end comes in the middle of work.
    for n in 0..BEFORE {
        ingress.append(format!("n{n}").as_bytes()).unwrap();
    }
    ingress.flush();
    while left(dir) != [BEFORE; 2] {
        std::thread::yield_now();
    }
    fail_point::end_at(store);
    for n in BEFORE.. {
        ingress.append(format!("n{n}").as_bytes()).unwrap();
        ingress.flush();
    }
    unreachable!("there is always another record")
}

/// Of both ways, how many records left; each in order, each once.
fn left(dir: &Path) -> [u64; 2] {
    let text = fs::read_to_string(dir.join("out")).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "a record is torn");
    let mut next = [0; 2];
    for line in text.lines() {
        let (way, number) = line.split_at(1);
        let next = &mut next[usize::from(way == "N")];
        assert_eq!(number, next.to_string(), "each once, in order: {line}");
        *next += 1;
    }
    next
}

#[test]
fn a_graph_that_dies_at_a_store() {
    if let Some(dir) = std::env::var_os(FOLDER) {
        dies(Path::new(&dir));
    }
    let (mut waits, mut records) = (Vec::new(), 0);
    for round in rounds("graphs killed at a store", 140) {
        let store = match round {
            0..100 => round + 1,
            // Later ones, over some hundred records.
            _ => scattered(round) % 20_000 + 1,
        };
        let dir = tempfile::tempdir().unwrap();
        let at = store.to_string();
        let env = [(FOLDER, dir.path().as_os_str()), (STORE, at.as_ref())];
        until_it_ends_itself("a_graph_that_dies_at_a_store", &env, || {
            std::thread::sleep(Duration::from_millis(1));
        });

        let begun = Instant::now();
        let dead = snapshot_graph_folder(&dir.path().join("run")).unwrap();
        let [small, large] = left(dir.path());
        for lane in &dead.lanes {
            // Between roles of one thread there is no queue, and its capacity is told as 0.
            let capacity = u64::from(lane.capacity);
            assert!(capacity == 0 || lane.depth <= capacity, "{lane:?}");
            for reader in &lane.readers {
                assert!(reader.read + reader.lag <= lane.published, "{lane:?}");
            }
        }
        assert!(small >= BEFORE && large >= BEFORE, "{small}, {large}");
        // What left is told as soon as it left, or is what was in flight at the egress.
        assert!(
            dead.counters.records_out <= small + large,
            "{:?}",
            dead.counters
        );
        records += small + large;

        // Another one, in a folder of its own, goes all the way.
        let again = tempfile::tempdir().unwrap();
        let mut running = start(again.path(), workers(round));
        waits.push(begun.elapsed());
        let mut ingress = running.ingress("in").unwrap();
        (0..3).for_each(|n| ingress.append(format!("n{n}").as_bytes()).unwrap());
        ingress.end();
        running.drain(LONG).unwrap();
        running.stop_and_join().unwrap();
        assert_eq!(left(again.path()), [3, 3]);
    }
    waits.sort_unstable();
    println!(
        "{} deaths, {records} records left before them; the next graph starts within {:?}, in the middle {:?}",
        waits.len(),
        waits.last().unwrap(),
        waits[waits.len() / 2]
    );
}
