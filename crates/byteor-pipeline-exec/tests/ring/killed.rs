//! A ring over shared memory whose process is gone just before each of its first hundred stores to the
//! region, and before some of the next ten thousand: what left it is whole and in order, its numbers are
//! there and can be, and another ring starts in its place at once.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use byteor_pipeline_backings_shm::snapshot_path;
use byteor_pipeline_exec::{
    Options, PureStages, RecordSink, Running, ShmSequencedSlots, SingleRing, SinkFailure,
    SinkRecord, SlotClass, Tuning,
};
use byteor_pipeline_spec::{PipelineSpecV1, SingleRingSpec, single_ring_chain};
use indexbus::raw::fail_point;
use indexbus_proof::{rounds, scattered, until_it_ends_itself};

use crate::support::{Bed, LONG};

const FOLDER: &str = "BYTEOR_TEST_FOLDER";
const STORE: &str = "BYTEOR_TEST_STORE";
/// Records that leave before a process looks for its end.
const BEFORE: u64 = 20;

/// A stage that rewrites each record, one that drops some, one that remembers.
fn spec() -> SingleRingSpec {
    let stages = [("a", "upper"), ("b", "drop:7$"), ("c", "dedupe:64")];
    match single_ring_chain(&stages) {
        PipelineSpecV1::SingleRing(ring) => ring,
        PipelineSpecV1::LaneGraph(_) => unreachable!("built as a ring"),
    }
}

/// Writes each record, with one call; a dropped one as a point.
struct Lines(File);

impl RecordSink for Lines {
    fn take(&mut self, _: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        let line = match record {
            SinkRecord::Forward(bytes) => [bytes, b"\n"].concat(),
            SinkRecord::Dropped { .. } => b".\n".to_vec(),
            SinkRecord::Rejected { .. } => b"!\n".to_vec(),
        };
        let written = self.0.write_all(&line);
        written.map_err(|e| SinkFailure::new("E_TEST", e.to_string()))
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}

fn start(dir: &Path, out: &str, round: u64) -> Running {
    let (workers, cores) = Bed::WORKERS[round as usize % Bed::WORKERS.len()];
    let out = File::options()
        .create(true)
        .append(true)
        .open(dir.join(out));
    let options = Options {
        tuning: Tuning {
            workers: Some(workers),
            cores: Some(cores),
            ..Tuning::default()
        },
        ..Options::default()
    };
    let region = ShmSequencedSlots::recreate(&dir.join("ring"), SlotClass::B256).unwrap();
    let sink = Box::new(Lines(out.unwrap()));
    SingleRing::start(&spec(), region, &PureStages, sink, options).unwrap()
}

/// What the process does that dies.
fn dies(dir: &Path) -> ! {
    let store: u64 = std::env::var(STORE).unwrap().parse().unwrap();
    let mut running = start(dir, "out", store);
    let mut producer = running.producer().unwrap();
    // Some go all the way, so that the end comes in the middle of work.
    for n in 0..BEFORE {
        producer.append(format!("n{n}").as_bytes()).unwrap();
    }
    producer.flush();
    while left(dir, "out") != BEFORE {
        std::thread::yield_now();
    }
    fail_point::end_at(store);
    for n in BEFORE.. {
        producer.append(format!("n{n}").as_bytes()).unwrap();
        if n % 8 == 0 {
            producer.snapshot_states();
        }
        producer.flush();
    }
    unreachable!("there is always another record")
}

/// How many records left, dropped ones among them; each in order, each once.
fn left(dir: &Path, out: &str) -> u64 {
    let text = fs::read_to_string(dir.join(out)).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "a record is torn");
    let mut next = 0;
    for line in text.lines() {
        let expected = match next % 10 {
            7 => ".".to_owned(),
            _ => format!("N{next}"),
        };
        assert_eq!(line, expected, "each once, in order");
        next += 1;
    }
    next
}

#[test]
fn a_ring_that_dies_at_a_store() {
    if let Some(dir) = std::env::var_os(FOLDER) {
        dies(Path::new(&dir));
    }
    let (mut waits, mut records) = (Vec::new(), 0);
    for round in rounds("rings killed at a store", 140) {
        let store = match round {
            0..100 => round + 1,
            // Later ones, over some hundred records.
            _ => scattered(round) % 10_000 + 1,
        };
        let dir = tempfile::tempdir().unwrap();
        let at = store.to_string();
        let env = [(FOLDER, dir.path().as_os_str()), (STORE, at.as_ref())];
        until_it_ends_itself("killed::a_ring_that_dies_at_a_store", &env, || {
            std::thread::sleep(Duration::from_millis(1));
        });

        let begun = Instant::now();
        let dead = snapshot_path(dir.path().join("ring")).unwrap();
        let gone = left(dir.path(), "out");
        assert!(gone >= BEFORE, "only {gone} left");
        let gating: Vec<u64> = dead.stages.iter().map(|stage| stage.gating).collect();
        assert!(
            gating.is_sorted_by(|before, after| before >= after) && gating[0] <= dead.cursor,
            "no stage is ahead of one before it: {dead:?}"
        );
        // What left is told as soon as it left, or is what was in flight at the sink.
        let counters = &dead.counters;
        let told = counters.records_out + counters.dropped + counters.rejected;
        assert!(told <= gone && gone <= counters.records_in, "{dead:?}");
        records += gone;

        // Another one, in its place, goes all the way.
        let mut running = start(dir.path(), "again", round);
        waits.push(begun.elapsed());
        let mut producer = running.producer().unwrap();
        for n in 0..30 {
            producer.append(format!("n{n}").as_bytes()).unwrap();
        }
        producer.flush();
        running.drain(LONG).unwrap();
        running.stop_and_join().unwrap();
        assert_eq!(left(dir.path(), "again"), 30);
    }
    waits.sort_unstable();
    println!(
        "{} deaths, {records} records left before them; the next ring starts within {:?}, in the middle {:?}",
        waits.len(),
        waits.last().unwrap(),
        waits[waits.len() / 2]
    );
}
