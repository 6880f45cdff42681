//! What every lane promises, over memory and over shared memory: one suite, written against
//! `LaneTx` and `LaneRx`, run for each kind of lane over each backing.

use byteor_abi::SlotClass;
use byteor_pipeline_backings_mem::{MemEvents, MemSequencedSlots, mem_events_chain};
#[cfg(not(miri))]
use byteor_pipeline_backings_shm::{ShmEventsChainRegion, ShmSequencedSlots};
use byteor_pipeline_kernel::{
    Batch, ChainQueue, ChainRegion, ChainRx, ChainTx, CursorBarrier, GatingBarrier, LaneError,
    LaneRx, LaneTx, SeqBarrier, SlotsBacking, SlotsProducer, SlotsStage, SlotsSubscriber, WaitKind,
};
use indexbus_abi::EventsClass;
#[cfg(not(miri))] // which has no mappings of files
use indexbus_transport_shm::{EventsRegion, OpenOptions};

/// Entries of every v1 lane.
const CAPACITY: usize = 1024;

type Tx<'a> = &'a mut (dyn LaneTx + Send);
type Rx<'a> = &'a mut (dyn LaneRx + Send);

fn whole(records: usize) -> Batch {
    Batch {
        records,
        stopped: None,
    }
}

fn stopped(records: usize, error: LaneError) -> Batch {
    Batch {
        records,
        stopped: Some(error),
    }
}

/// What `try_recv_batch` hands over.
fn receive(rx: Rx<'_>, limit: usize) -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    let mut into = vec![0; 16384];
    let batch = rx.try_recv_batch(limit, &mut into, &mut |record| {
        records.push(record.to_vec())
    });
    assert_eq!(batch, whole(records.len()));
    records
}

fn first_in_is_first_out_at_every_length(tx: Tx<'_>, rx: Rx<'_>) {
    let most = tx.max_record_bytes();
    let mut into = vec![0; most];
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    let lengths = [0, 1, 7, 8, 9, 255.min(most), most - 1, most];
    let record = |len: usize| (0..len).map(|n| (n ^ len) as u8).collect::<Vec<_>>();
    for len in lengths {
        assert_eq!(tx.try_send(&record(len)), Ok(()));
    }
    for len in lengths {
        assert_eq!(rx.try_recv_into(&mut into), Ok(Some(len)));
        assert_eq!(into[..len], record(len));
    }
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
}

fn a_full_lane_takes_nothing_and_loses_nothing(tx: Tx<'_>, rx: Rx<'_>) {
    // In the second lap too, where places are used again.
    for _ in 0..2 {
        for n in 0..CAPACITY {
            assert_eq!(tx.try_send(&n.to_le_bytes()), Ok(()));
        }
        assert_eq!(tx.try_send(b"late"), Err(LaneError::Full));
        assert_eq!(receive(rx, 1), [0_usize.to_le_bytes()]);
        assert_eq!(tx.try_send(b"late"), Ok(()));
        assert_eq!(tx.try_send(b"later"), Err(LaneError::Full));
        let all = receive(rx, usize::MAX);
        assert_eq!(all.len(), CAPACITY);
        assert_eq!(all[CAPACITY - 2], (CAPACITY - 1).to_le_bytes());
        assert_eq!(all[CAPACITY - 1], b"late");
    }
}

fn a_batch_goes_up_to_the_record_that_does_not(tx: Tx<'_>, rx: Rx<'_>) {
    let most = tx.max_record_bytes();
    let large = vec![0; most + 1];
    let too_large = LaneError::TooLarge {
        max: most,
        len: most + 1,
    };
    assert_eq!(tx.try_send_batch(&[]), whole(0));
    assert_eq!(tx.try_send_batch(&[b"a", b"b", b"c"]), whole(3));
    assert_eq!(
        tx.try_send_batch(&[b"d", &large, b"never"]),
        stopped(1, too_large)
    );
    assert_eq!(tx.try_send(&large), Err(too_large));
    let many = vec![&b"x"[..]; CAPACITY];
    assert_eq!(
        tx.try_send_batch(&many),
        stopped(CAPACITY - 4, LaneError::Full)
    );
    assert_eq!(receive(rx, 3), [b"a", b"b", b"c"], "up to the limit");
    assert_eq!(receive(rx, 1), [b"d"]);
    assert_eq!(tx.try_send_batch(&many), stopped(4, LaneError::Full));
    assert_eq!(receive(rx, usize::MAX), vec![b"x"; CAPACITY]);
    assert_eq!(receive(rx, 0), [b""; 0]);
    assert_eq!(tx.try_send_batch(&many), whole(CAPACITY));
}

fn a_buffer_too_small_leaves_the_record_where_it_is(tx: Tx<'_>, rx: Rx<'_>) {
    assert_eq!(tx.try_send_batch(&[b"a", b"hello", b"b"]), whole(3));
    let small = LaneError::BufferTooSmall {
        required: 5,
        provided: 4,
    };
    let mut seen = 0;
    let batch = rx.try_recv_batch(9, &mut [0; 4], &mut |record| {
        assert_eq!(record, b"a");
        seen += 1;
    });
    assert_eq!((batch, seen), (stopped(1, small), 1));
    assert_eq!(rx.try_recv_into(&mut [0; 4]), Err(small));
    assert_eq!(receive(rx, 9), [&b"hello"[..], b"b"]);
}

fn two_threads_lose_nothing_and_keep_the_order_in_batches(tx: Tx<'_>, rx: Rx<'_>) {
    const COUNT: u64 = if cfg!(miri) { 200 } else { 30_000 };
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut next = 0;
            while next < COUNT {
                let records: Vec<_> = (next..COUNT.min(next + 1 + next % 60))
                    .map(u64::to_le_bytes)
                    .collect();
                let slices: Vec<&[u8]> = records.iter().map(|record| &record[..]).collect();
                let batch = tx.try_send_batch(&slices);
                assert!(matches!(batch.stopped, None | Some(LaneError::Full)));
                next += batch.records as u64;
                std::thread::yield_now();
            }
        });
        let mut expected = 0_u64;
        while expected < COUNT {
            let batch = rx.try_recv_batch(50, &mut [0; 8], &mut |record| {
                assert_eq!(record, expected.to_le_bytes());
                expected += 1;
            });
            assert_eq!(batch.stopped, None);
            if batch.records == 0 {
                std::thread::yield_now();
            }
        }
    });
}

fn slots(backing: &dyn SlotsBacking, test: fn(Tx<'_>, Rx<'_>)) {
    let region = backing.slots();
    region.bind(1).unwrap();
    let mut rx = SlotsSubscriber::new(region, 0, &[]).unwrap();
    test(&mut SlotsProducer::new(region).unwrap(), &mut rx);
}

fn chain(region: &ChainRegion, test: fn(Tx<'_>, Rx<'_>)) {
    for queue in [ChainQueue::Spsc(3), ChainQueue::Mpsc(0)] {
        let mut rx = ChainRx::new(region, queue).unwrap();
        test(&mut ChainTx::new(region, queue).unwrap(), &mut rx);
        // What a test left; the slots are shared with the next queue.
        while let Ok(Some(_)) = rx.try_recv_into(&mut [0; 256]) {}
    }
}

/// Records that a stage dropped or rejected don't reach a subscriber behind it, and barriers tell
/// how far each may go.
fn a_subscriber_comes_after_the_stages_it_depends_on(backing: &dyn SlotsBacking) {
    let region = backing.slots();
    region.bind(2).unwrap();
    let mut tx = SlotsProducer::new(region).unwrap();
    let mut stage = SlotsStage::new(region, 0, &[]).unwrap();
    let mut rx = SlotsSubscriber::new(region, 1, &[0]).unwrap();
    let cursor = CursorBarrier::new(region);
    let gating = GatingBarrier::new(region, &[0, 1]).unwrap();
    let available = || (cursor.available().unwrap(), gating.available().unwrap());
    assert_eq!(available(), (0, 0));

    assert_eq!(tx.try_send_batch(&[b"a", b"b", b"c", b"d"]), whole(4));
    assert_eq!(available(), (4, 0));
    assert_eq!(receive(&mut rx, 9), [b""; 0], "the stage was not there yet");
    stage.drop_record(stage.entry(1).unwrap());
    stage.rewrite(stage.entry(2).unwrap(), b"B").unwrap();
    stage.reject_record(stage.entry(4).unwrap(), 999);
    stage.advance(4);
    assert_eq!(available(), (4, 0));
    assert_eq!(receive(&mut rx, 1), [b"B"]);
    assert_eq!(available(), (4, 2));
    assert_eq!(receive(&mut rx, 9), [b"c"]);
    assert_eq!(available(), (4, 4), "passed over is done with, too");

    let mut wait = WaitKind::Backoff.strategy();
    let mut tries = 0;
    let waited = gating.wait_for(5, &mut wait, &mut || {
        tries += 1;
        tries == 3
    });
    assert_eq!((waited, tries), (Ok(None), 3));
    tx.try_send(b"e").unwrap();
    assert_eq!(cursor.wait_for(5, &mut wait, &mut || true), Ok(Some(5)));
    assert_eq!(
        GatingBarrier::new(region, &[4]).err(),
        Some(LaneError::Misused)
    );
}

/// The kinds of ends that the suite below runs over, each over memory and shared memory.
const KINDS: [(&str, &str); 4] = [
    ("ChainTx", "ChainRx"),
    ("MpscSender", "MpscReceiver"),
    ("SlotsProducer", "SlotsSubscriber"),
    ("SpscSender", "SpscReceiver"),
];

#[cfg(not(miri))] // which reads no files
#[test]
fn every_end_of_a_lane_is_in_the_suite() {
    let ends = |of_trait: &str| {
        let mut found = Vec::new();
        let mut folders =
            vec![concat!(env!("CARGO_MANIFEST_DIR"), "/../byteor-pipeline-kernel/src").into()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir::<std::path::PathBuf>(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.lines().flat_map(|line| {
                    let by_hand = line.strip_prefix(&format!("impl {of_trait} for "));
                    // Kinds that receive alike share one body.
                    let alike = line
                        .strip_prefix("receives!(")
                        .filter(|_| of_trait == "LaneRx");
                    let named = by_hand
                        .or(alike)
                        .into_iter()
                        .flat_map(|kinds| kinds.split(", "));
                    named.filter_map(|kind| Some(kind.split(['<', ' ']).next()?.to_owned()))
                }));
            }
        }
        found.sort();
        found
    };
    assert_eq!(ends("LaneTx"), KINDS.map(|(tx, _)| tx));
    let mut receivers = KINDS.map(|(_, rx)| rx);
    receivers.sort_unstable();
    assert_eq!(ends("LaneRx"), receivers);
}

/// The suite for one kind of lane over one backing, which `$run` makes and hands over.
macro_rules! conforms {
    ($lane:ident: $run:expr) => {
        mod $lane {
            use super::*;

            fn run(test: fn(Tx<'_>, Rx<'_>)) {
                let run: fn(fn(Tx<'_>, Rx<'_>)) = $run;
                run(test);
            }

            conforms! { tests
                first_in_is_first_out_at_every_length
                a_full_lane_takes_nothing_and_loses_nothing
                a_batch_goes_up_to_the_record_that_does_not
                a_buffer_too_small_leaves_the_record_where_it_is
                two_threads_lose_nothing_and_keep_the_order_in_batches
            }
        }
    };
    (tests $($test:ident)*) => {
        $(#[test]
        fn $test() {
            run(super::$test);
        })*
    };
}

/// The classes of an events lane; Miri would take minutes for the larger ones.
fn events_classes() -> impl Iterator<Item = EventsClass> {
    let classes = if cfg!(miri) { 2 } else { 5 };
    EventsClass::ALL.into_iter().take(classes)
}

conforms! { spsc_over_memory: |test| {
    for class in events_classes() {
        let mut lane = MemEvents::of_class(class);
        let (mut tx, mut rx) = lane.split_spsc().unwrap();
        test(&mut tx, &mut rx);
    }
} }

conforms! { mpsc_over_memory: |test| {
    for class in events_classes() {
        let mut lane = MemEvents::of_class(class);
        let (mut tx, mut rx) = lane.split_mpsc().unwrap();
        test(&mut tx, &mut rx);
    }
} }

conforms! { slots_over_memory: |test| {
    // Miri would take minutes for the larger ones.
    let classes = if cfg!(miri) { 1 } else { 4 };
    for class in SlotClass::ALL.into_iter().take(classes) {
        slots(&MemSequencedSlots::new(class, 1), test);
    }
} }

conforms! { chain_over_memory: |test| chain(&mem_events_chain(), test) }

#[test]
fn a_subscriber_over_memory_comes_after_its_stages() {
    a_subscriber_comes_after_the_stages_it_depends_on(&MemSequencedSlots::new(SlotClass::B256, 1));
}

#[cfg(not(miri))] // which has no mappings of files
mod over_shared_memory {
    use super::*;

    fn events(class: EventsClass) -> (tempfile::TempDir, EventsRegion) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events");
        let lane = EventsRegion::open_class(&path, class, OpenOptions::default()).unwrap();
        (dir, lane)
    }

    conforms! { spsc: |test| {
        for class in events_classes() {
            let (_dir, mut lane) = super::events(class);
            let (mut tx, mut rx) = lane.split_spsc().unwrap();
            test(&mut tx, &mut rx);
        }
    } }

    conforms! { mpsc: |test| {
        for class in events_classes() {
            let (_dir, mut lane) = super::events(class);
            let (mut tx, mut rx) = lane.split_mpsc().unwrap();
            test(&mut tx, &mut rx);
        }
    } }

    conforms! { sequenced_slots: |test| {
        let dir = tempfile::tempdir().unwrap();
        for class in SlotClass::ALL {
            let path = dir.path().join("slots");
            slots(&ShmSequencedSlots::recreate(&path, class).unwrap(), test);
        }
    } }

    conforms! { events_chain: |test| {
        let dir = tempfile::tempdir().unwrap();
        let region = ShmEventsChainRegion::create(&dir.path().join("chain")).unwrap();
        super::super::chain(region.chain(), test);
    } }

    #[test]
    fn a_subscriber_comes_after_its_stages() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("slots");
        let backing = ShmSequencedSlots::create(&path, SlotClass::B256).unwrap();
        a_subscriber_comes_after_the_stages_it_depends_on(&backing);
    }
}
