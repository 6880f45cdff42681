//! What stages remember: snapshots at one record, and runs that go on from them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use byteor_pipeline_exec::{
    Base, ExecError, Options, PureStages, RecordSink, Running, SinkFailure, SinkRecord, SlotClass,
    StageResolver, StateSnapshot,
};
use byteor_pipeline_kernel::Stage;
use byteor_pipeline_spec::{SingleRingBuilder, SingleRingSpec};
use byteor_pipeline_stages::{Chain, Fate, NoSecrets};
use proptest::prelude::*;

use crate::support::{Bed, LONG, chain};

pub type State = Option<Arc<[u8]>>;

/// What a run gave: records that came out, and the snapshots with how many of those came before.
#[derive(Clone, Default)]
pub struct Given {
    taken: u64,
    out: Vec<Vec<u8>>,
    pub snapshots: Vec<(Arc<StateSnapshot>, usize)>,
}

#[derive(Clone, Default)]
pub struct Collect(pub Arc<Mutex<Given>>);

impl RecordSink for Collect {
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure> {
        let mut given = self.0.lock().unwrap();
        given.taken = sequence;
        if let SinkRecord::Forward(bytes) = record {
            given.out.push(bytes.to_vec());
        }
        Ok(())
    }

    fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        let mut given = self.0.lock().unwrap();
        assert_eq!(snapshot.sequence, given.taken, "all up to it, none behind");
        let out = given.out.len();
        given.snapshots.push((Arc::clone(snapshot), out));
        Ok(())
    }

    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }
}

pub fn start(
    bed: &Bed,
    spec: &SingleRingSpec,
    sink: Collect,
    base: &[State],
) -> Result<Running, ExecError> {
    start_with(bed, spec, &PureStages, sink, base)
}

pub fn start_with(
    bed: &Bed,
    spec: &SingleRingSpec,
    stages: &dyn StageResolver,
    sink: impl RecordSink + 'static,
    base: &[State],
) -> Result<Running, ExecError> {
    let base = Base {
        states: base.to_vec(),
        ..Base::default()
    };
    let options = Options {
        base,
        ..bed.options()
    };
    bed.start_with(spec, stages, sink, options, SlotClass::B256)
}

/// Waits until the sink has `count` snapshots.
pub fn wait_for(sink: &Collect, count: usize) {
    let until = Instant::now() + LONG;
    while sink.0.lock().unwrap().snapshots.len() < count {
        assert!(Instant::now() < until, "no snapshot came");
        std::thread::yield_now();
    }
}

/// The states of these stages, as they stand.
pub fn states(stages: &[Box<dyn Stage>]) -> Vec<State> {
    let mut states = Vec::new();
    for stage in stages {
        let mut bytes = Vec::new();
        stage.save(&mut |piece| bytes.extend_from_slice(piece));
        states.push((stage.state_limit() > 0).then(|| bytes.into()));
    }
    states
}

/// A plain loop over the same stages: after each record, what came out so far and the states.
struct Plain {
    out: Vec<Vec<u8>>,
    after: Vec<(usize, Vec<State>)>,
}

fn plain(keys: &[&str], records: &[Vec<u8>]) -> Plain {
    let mut chain = Chain::new(keys, &NoSecrets, 256).unwrap();
    let mut out = Vec::new();
    let mut after = vec![(0, states(chain.stages()))];
    for record in records {
        let take = &mut |fate| {
            if let Fate::Out(record) = fate {
                out.push(record);
            }
            Ok(())
        };
        chain.run(record, take).unwrap();
        after.push((out.len(), states(chain.stages())));
    }
    Plain { out, after }
}

/// Sends `records` through, asking for a snapshot after each record for which `ask` says so.
fn feed(ring: &mut Running, records: &[Vec<u8>], ask: &dyn Fn(usize) -> bool) {
    let mut producer = ring.producer().unwrap();
    for (at, record) in records.iter().enumerate() {
        producer.append(record).unwrap();
        if ask(at) {
            producer.snapshot_states();
        } else if at % 64 == 63 {
            producer.flush();
        }
    }
    producer.flush();
    if ring.states().is_none() {
        return ring.drain(LONG).unwrap();
    }
    // One at the very end, so that the last part is looked at too.
    let until = Instant::now() + LONG;
    while ring
        .states()
        .is_some_and(|last| last.sequence < records.len() as u64)
    {
        assert!(Instant::now() < until, "no snapshot came");
        producer.snapshot_states();
        std::thread::sleep(Duration::from_micros(50));
    }
}

const KEYS: [&str; 14] = [
    "identity",
    "keep:[a-d0-9]",
    "drop:^b",
    "replace:a=bb",
    "upper",
    "truncate:3",
    "sample:1",
    "sample:2",
    "sample:7",
    "dedupe:1",
    "dedupe:3",
    "dedupe:40",
    "dedupe:2:id",
    "sample:1000000000",
];

fn records() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let record = prop_oneof![
        "[a-e]{0,3}".prop_map(String::into_bytes),
        (0..6_u8).prop_map(|id| format!("{{\"id\":{id}}}").into_bytes()),
        // Grows past the slot where each `a` becomes two.
        (120..140_usize).prop_map(|n| vec![b'a'; n]),
    ];
    // More than a ring holds, now and then.
    prop_oneof![
        40 => prop::collection::vec(record.clone(), 0..150),
        1 => prop::collection::vec(record, 1500..2500),
    ]
}

proptest! {
    /// A run that is killed goes on from some snapshot, whichever was the last on the disk. So from
    /// each one that a run gave, the rest of the records must give the rest of what a run that
    /// nobody disturbed gives, to the state behind the last record.
    #[test]
    fn from_any_snapshot_the_rest_is_what_an_undisturbed_run_gives(
        keys in prop::collection::vec(prop::sample::select(&KEYS[..]), 1..=4),
        records in records(),
        every in 1..90_usize,
        shm in any::<bool>(),
        (workers, cores) in prop::sample::select(&Bed::WORKERS[..]),
        chosen in any::<prop::sample::Index>(),
    ) {
        let expected = plain(&keys, &records);
        let spec = chain(&keys);
        let sink = Collect::default();
        let bed = Bed::new(shm, workers, cores);
        let mut ring = start(&bed, &spec, sink.clone(), &[]).unwrap();
        let remembers = expected.after[0].1.iter().any(Option::is_some);
        prop_assert_eq!(ring.states().is_some(), remembers);
        feed(&mut ring, &records, &|at| at % every == 0);
        ring.stop_and_join().unwrap();
        let given = sink.0.lock().unwrap().clone();
        prop_assert_eq!(&given.out, &expected.out);
        prop_assert_eq!(given.snapshots.is_empty(), !remembers || records.is_empty());
        let mut before = 0;
        for (snapshot, out) in &given.snapshots {
            let at = snapshot.sequence as usize;
            prop_assert!(before < at, "snapshots go forward");
            before = at;
            prop_assert_eq!((*out, &snapshot.states), (expected.after[at].0, &expected.after[at].1));
        }
        if given.snapshots.is_empty() {
            return Ok(());
        }
        let (snapshot, out) = chosen.get(&given.snapshots);
        let at = snapshot.sequence as usize;
        let again = Collect::default();
        let mut ring = start(&bed, &spec, again.clone(), &snapshot.states).unwrap();
        prop_assert_eq!(&ring.states().unwrap().states, &snapshot.states);
        feed(&mut ring, &records[at..], &|at| at % 31 == 30);
        let last = ring.states().unwrap();
        ring.stop_and_join().unwrap();
        prop_assert_eq!(&again.0.lock().unwrap().out, &expected.out[*out..]);
        prop_assert_eq!(&last.states, &expected.after[records.len()].1);
    }
}

#[test]
fn stages_side_by_side_save_after_the_same_record_too() {
    for bed in Bed::all() {
        let spec = SingleRingBuilder::new()
            .stage("third", "sample:3", &[])
            .stage("left", "identity", &[0])
            .stage("right", "identity", &[0])
            .stage("once", "dedupe:10", &[1, 2])
            .ring();
        let records: Vec<Vec<u8>> = (0..5_000_u32)
            .map(|n| (n % 77).to_string().into())
            .collect();
        let expected = plain(&["sample:3", "identity", "identity", "dedupe:10"], &records);
        let sink = Collect::default();
        let mut ring = start(&bed, &spec, sink.clone(), &[]).unwrap();
        feed(&mut ring, &records, &|_| true);
        ring.stop_and_join().unwrap();
        let given = sink.0.lock().unwrap().clone();
        assert_eq!(given.out, expected.out);
        for (snapshot, out) in &given.snapshots {
            let (count, states) = &expected.after[snapshot.sequence as usize];
            assert_eq!((out, &snapshot.states), (count, states));
        }
    }
}

#[test]
fn a_snapshot_is_asked_for_once_and_only_where_something_came() {
    for bed in Bed::all() {
        let sink = Collect::default();
        let mut ring = start(&bed, &chain(&["sample:2", "identity"]), sink.clone(), &[]).unwrap();
        assert_eq!(ring.states().unwrap().sequence, 0);
        let mut producer = ring.producer().unwrap();
        assert!(!producer.snapshot_states(), "nothing came");
        // Everything is through before anybody asks.
        producer.try_publish(b"a").unwrap();
        ring.drain(LONG).unwrap();
        assert!(producer.snapshot_states());
        wait_for(&sink, 1);
        assert!(!producer.snapshot_states(), "nothing came since");
        // What was only appended becomes visible.
        producer.try_append(b"b").unwrap();
        while !producer.snapshot_states() {
            std::thread::yield_now();
        }
        wait_for(&sink, 2);
        ring.stop_and_join().unwrap();
        let given = sink.0.lock().unwrap().clone();
        let sequences: Vec<u64> = given.snapshots.iter().map(|(s, _)| s.sequence).collect();
        assert_eq!(sequences, [1, 2]);

        let mut forgetful = start(&bed, &chain(&["identity"]), Collect::default(), &[]).unwrap();
        assert_eq!(forgetful.states(), None);
        let mut producer = forgetful.producer().unwrap();
        producer.try_publish(b"a").unwrap();
        assert!(!producer.snapshot_states());
    }
}
