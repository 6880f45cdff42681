//! The other lanes over files: created once, joined by others, refused where they are something else.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::{
    BackpressurePolicy, CreditConfig, CreditPolicy, JournalRead, RouterLoopConfig, RouterMode,
    RouterSource, Sample, Start, Step, WaitKind, WaitStrategy, route_until,
};
use indexbus_transport_shm::{
    Attach, Error, EventsRegion, FanoutRegion, JournalRegion4, OpenOptions, SequencerRegion,
    StateRegion,
};

const LIVE: OpenOptions = OpenOptions {
    init_timeout: Duration::from_millis(20),
    create: false,
    ..OpenOptions::DEFAULT
};

#[test]
fn a_journal_is_read_through_another_mapping_and_survives_its_writer() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut writing = JournalRegion4::open_path(&path).unwrap();
    let mut reading = JournalRegion4::open_with(&path, LIVE).unwrap();
    let (mut publisher, _) = writing.split().unwrap();
    publisher.append(b"one").unwrap();
    let (_, subscribers) = reading.split().unwrap();
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut into = [0; 8];
    let one = Ok(Some(JournalRead::Record {
        position: 0,
        len: 3,
    }));
    assert_eq!(subscriber.try_recv_into(&mut into), one);
    drop(writing);
    let mut again = JournalRegion4::open_path(&path).unwrap();
    let (mut publisher, _) = again.split().unwrap();
    assert_eq!(publisher.append(b"two"), Ok(16));
    let two = Ok(Some(JournalRead::Record {
        position: 16,
        len: 3,
    }));
    assert_eq!(subscriber.try_recv_into(&mut into), two);
}

#[test]
fn a_state_is_sampled_through_another_mapping() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let mut writing = StateRegion::<256>::open_path(&path).unwrap();
    let mut reading = StateRegion::<256>::open_with(&path, LIVE).unwrap();
    let (mut publisher, _) = writing.split().unwrap();
    let (_, reader) = reading.split().unwrap();
    let mut into = [0; 256];
    assert_eq!(reader.sample_into(&mut into), Ok(Sample::Unset));
    publisher.publish(b"newest").unwrap();
    let sample = Sample::Value {
        len: 6,
        sequence: 2,
    };
    assert_eq!(reader.sample_into(&mut into), Ok(sample));
}

#[test]
fn a_message_is_routed_between_three_mappings() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fanout");
    let mut producing = FanoutRegion::<2>::open_path(&path).unwrap();
    let mut routing = FanoutRegion::<2>::open_with(&path, LIVE).unwrap();
    let mut consuming = FanoutRegion::<2>::open_with(&path, LIVE).unwrap();
    let watching = FanoutRegion::<2>::open_with(&path, LIVE).unwrap();
    producing
        .handles()
        .unwrap()
        .sender
        .publish(b"to both")
        .unwrap();
    let mut router = routing.handles().unwrap().router;
    let broadcast = RouterMode::Broadcast;
    let step = router.route_once_with(RouterSource::Spsc, broadcast, BackpressurePolicy::Drop);
    assert_eq!(
        step,
        Ok(Step::Delivered {
            delivered: 2,
            full: 0
        })
    );
    let sample = watching.watch().unwrap().sample();
    assert_eq!((sample.spsc, sample.consumers), ((1, 1), [(1, 0); 2]));
    let mut into = [0; 16];
    for consumer in &mut consuming.handles().unwrap().consumers {
        assert_eq!(consumer.try_recv_into(&mut into), Ok(Some(7)));
        assert_eq!(&into[..7], b"to both");
    }
    let fresh = OpenOptions {
        attach: Attach::Fresh,
        ..LIVE
    };
    assert_eq!(code(FanoutRegion::<2>::open_with(&path, fresh)), "opened");
}

#[test]
fn a_producer_is_gated_by_consumers_of_other_mappings() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sequencer");
    let producing = SequencerRegion::open_path(&path).unwrap();
    let consuming = SequencerRegion::open_with(&path, LIVE).unwrap();
    let cell = producing.cell().unwrap();
    let cells = (0..4).map(|n| cell.gating(n).unwrap());
    let mut producer = Sequencer::new(cell.cursor(), GatingSet::new(cells).unwrap(), 4);
    for _ in 0..4 {
        producer.try_claim().unwrap();
    }
    producer.publish();
    assert_eq!(producer.try_claim(), Err(indexbus::Error::Full));
    let cell = consuming.cell().unwrap();
    for n in 0..4 {
        let barrier = Barrier::new(cell.cursor(), GatingSet::new([]).unwrap());
        let mut consumer = Consumer::new(barrier, cell.gating(n).unwrap(), 4);
        assert_eq!(consumer.poll(9), Ok(Some((1, 4))));
        consumer.advance(2);
    }
    assert_eq!(producer.try_claim(), Ok(5));
}

#[test]
fn a_router_that_blocks_sleeps_until_it_is_woken_by_either_side() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fanout");
    let blocking = OpenOptions {
        blocking: true,
        ..OpenOptions::DEFAULT
    };
    let mut producing = FanoutRegion::<1>::open_with(&path, blocking).unwrap();
    let mut routing = FanoutRegion::<1>::open_with(&path, LIVE).unwrap();
    let mut consuming = FanoutRegion::<1>::open_with(&path, LIVE).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let router = scope.spawn(|| {
            let config = RouterLoopConfig {
                mode: RouterMode::WorkQueue,
                policy: BackpressurePolicy::Block,
                credit: Some(CreditConfig::new(1, CreditPolicy::Park)),
                ..RouterLoopConfig::default()
            };
            let mut router = routing.handles().unwrap().router;
            let mut wait = WaitKind::Backoff.strategy();
            route_until(&mut router, config, &mut wait, || {
                done.load(Ordering::Relaxed)
            })
            .unwrap()
        });
        let consumer = scope.spawn(|| {
            let [mut consumer] = consuming.handles().unwrap().consumers;
            let word = consumer.wake_word().unwrap();
            let mut wait = WaitKind::Adaptive.strategy();
            let mut into = [0; 8];
            for n in 0..200_u32 {
                let mut got = consumer.try_recv_into(&mut into).unwrap();
                while got.is_none() {
                    wait.wait_on(word, &mut || {
                        got = consumer.try_recv_into(&mut into).unwrap();
                        got.is_some()
                    });
                    if got.is_none() {
                        got = consumer.try_recv_into(&mut into).unwrap();
                    }
                }
                wait.reset();
                assert_eq!(into[..4], n.to_le_bytes());
                std::thread::sleep(Duration::from_micros(200));
            }
            done.store(true, Ordering::Relaxed);
        });
        let mut sender = producing.handles().unwrap().sender;
        assert!(sender.wake_word().is_some());
        for n in 0..200_u32 {
            sender.publish(&n.to_le_bytes()).unwrap();
        }
        consumer.join().unwrap();
        let counters = router.join().unwrap();
        assert_eq!((counters.routed, counters.dropped), (200, 0));
        let waits = counters.idle_waits + counters.pressure_waits + counters.credit_waits;
        assert_eq!(
            counters.wake_waits, waits,
            "each wait was in a wake section"
        );
    });
}

fn code<T>(opened: Result<T, Error>) -> &'static str {
    opened.err().map_or("opened", |error| error.code())
}

fn codes(path: &Path) -> [&'static str; 5] {
    [
        code(EventsRegion::open_with(path, LIVE)),
        code(FanoutRegion::<2>::open_with(path, LIVE)),
        code(StateRegion::<256>::open_with(path, LIVE)),
        code(JournalRegion4::open_with(path, LIVE)),
        code(SequencerRegion::open_with(path, LIVE)),
    ]
}

#[test]
fn each_region_is_opened_as_its_kind_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    EventsRegion::open_path(path("0")).unwrap();
    FanoutRegion::<2>::open_path(path("1")).unwrap();
    StateRegion::<256>::open_path(path("2")).unwrap();
    JournalRegion4::open_path(path("3")).unwrap();
    SequencerRegion::open_path(path("4")).unwrap();
    for n in 0..5 {
        let codes = codes(&path(&n.to_string()));
        for (other, code) in codes.into_iter().enumerate() {
            let refused = ["E_REGION_INCOMPATIBLE", "E_REGION_TRUNCATED"].contains(&code);
            assert!(refused == (other != n), "{n} as {other}: {code}");
        }
    }
    let other = code(FanoutRegion::<3>::open_with(&path("1"), LIVE));
    assert!(other != "opened", "of another number of consumers");
    let other = code(FanoutRegion::<1>::open_with(&path("1"), LIVE));
    assert_eq!(other, "E_REGION_INCOMPATIBLE");
}

#[test]
fn every_bit_of_every_header_byte_that_counts_is_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    JournalRegion4::open_path(&path).unwrap();
    let whole = fs::read(&path).unwrap();
    for bit in 0..16 * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bytes).unwrap();
        let code = code(JournalRegion4::open_with(&path, LIVE));
        // Reserved flags, and capabilities that we don't know, are ignored.
        let ignored = matches!(bit, 56..64) || matches!(bit, 64..96 if bit != 66);
        let expected = if ignored {
            "opened"
        } else {
            "E_REGION_INCOMPATIBLE"
        };
        assert_eq!(code, expected, "bit {bit}");
    }
}

const REGION: &str = "INDEXBUS_TEST_JOURNAL";
const COUNT: u32 = 20_000;

fn append(path: &Path) {
    let mut region = JournalRegion4::open_with(path, LIVE).unwrap();
    let (mut publisher, _) = region.split().unwrap();
    for n in 0..COUNT {
        publisher
            .append(&[n; 25].map(u32::to_le_bytes).concat())
            .unwrap();
    }
}

#[test]
fn what_another_process_appends_arrives_whole_in_order_or_is_told_as_lost() {
    if let Some(path) = std::env::var_os(REGION) {
        return append(Path::new(&path));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut region = JournalRegion4::open_path(&path).unwrap();
    let (_, subscribers) = region.split().unwrap();
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .arg("what_another_process_appends_arrives_whole_in_order_or_is_told_as_lost")
        .env(REGION, &path)
        .spawn()
        .unwrap();
    let mut into = [0; 100];
    let begun = Instant::now();
    let mut next = 0;
    while next < COUNT {
        assert!(begun.elapsed() < Duration::from_secs(60), "stuck at {next}");
        match subscriber.try_recv_into(&mut into).unwrap() {
            Some(JournalRead::Record { len, .. }) => {
                assert_eq!(len, 100);
                let n = u32::from_le_bytes([into[0], into[1], into[2], into[3]]);
                assert_eq!(into[..], [n; 25].map(u32::to_le_bytes).concat(), "torn");
                assert!(n >= next, "it went back");
                next = n + 1;
            }
            Some(JournalRead::Overrun { lost }) => assert!(lost > 0),
            None => std::thread::yield_now(),
        }
    }
    assert!(writer.wait().unwrap().success());
}
