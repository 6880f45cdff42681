//! Many producers, of which one is stopped or killed.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use indexbus::{Error, MpscReceiver};
use indexbus_proof::rounds;
use indexbus_transport_shm::EventsRegion;
use rustix::process::Signal;

use crate::process::{Other, join, other, payload};

/// What the other process does, if this is one.
fn is_a_producer() -> bool {
    let Some((path, role)) = other() else {
        return false;
    };
    let mut region = join(&path);
    let (mut tx, _) = region.split_mpsc().unwrap();
    if role == "claims" {
        let mut place = tx.reserve(8).unwrap();
        place.write(0, &7_u64.to_le_bytes());
        println!("claimed");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        place.commit().unwrap();
        std::process::exit(0); // nobody reads what the test would print
    }
    for n in 0.. {
        while tx.publish(&payload(n)) == Err(Error::Full) {
            std::thread::yield_now();
        }
        if n == 0 {
            println!("began");
        }
    }
    true
}

/// A lane whose receiver and one producer, owner 1, are in this process.
struct Lane {
    _dir: tempfile::TempDir,
    path: PathBuf,
    region: EventsRegion,
    beside: EventsRegion,
}

impl Lane {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events");
        let region = EventsRegion::open_path(&path).unwrap();
        let beside = join(&path);
        Self {
            _dir: dir,
            path,
            region,
            beside,
        }
    }
}

/// What comes within ten seconds.
fn receive(rx: &mut MpscReceiver<'_>, into: &mut [u8]) -> usize {
    let begun = Instant::now();
    loop {
        if let Some(len) = rx.try_recv_into(into).unwrap() {
            return len;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "nothing came");
        std::thread::yield_now();
    }
}

#[test]
fn a_stopped_producer_is_waited_for_and_a_killed_one_is_passed_over() {
    if is_a_producer() {
        return;
    }
    let test = "many::a_stopped_producer_is_waited_for_and_a_killed_one_is_passed_over";
    let Lane {
        _dir,
        path,
        mut region,
        mut beside,
    } = Lane::new();
    let owners = region.owners();
    let mut rx = region.mpsc_receiver().unwrap();
    let (mut tx, _) = beside.split_mpsc().unwrap();
    let mut into = [0; 8];

    let mut stopped = Other::start(test, "claims", &path, "claimed");
    stopped.signal(Signal::STOP);
    tx.publish(b"behind").unwrap();
    for polls in 1..=200 {
        assert_eq!(rx.try_recv_into(&mut into), Ok(None));
        let held_up = rx.held_up().unwrap();
        assert_eq!((held_up.owner, held_up.polls), (2, polls));
        assert_eq!(rx.skip_dead(&owners).unwrap(), None, "it lives");
    }
    stopped.signal(Signal::CONT);
    stopped
        .child()
        .stdin
        .take()
        .unwrap()
        .write_all(b"go\n")
        .unwrap();
    assert_eq!(receive(&mut rx, &mut into), 8);
    assert_eq!(into, 7_u64.to_le_bytes());
    assert_eq!(receive(&mut rx, &mut into), 6);
    stopped.child().wait().unwrap();

    let mut killed = Other::start(test, "claims", &path, "claimed");
    tx.publish(b"after").unwrap();
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
    assert_eq!(rx.skip_dead(&owners).unwrap(), None);
    killed.kill();
    let begun = Instant::now();
    let skipped = rx.skip_dead(&owners).unwrap().unwrap();
    assert_eq!(skipped.owner, 2);
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(5)));
    assert!(begun.elapsed() < Duration::from_millis(100));
    assert_eq!(rx.skipped(), 1);
}

#[test]
fn producers_that_are_killed_at_any_moment_hold_up_nobody_and_tear_nothing() {
    if is_a_producer() {
        return;
    }
    let test = "many::producers_that_are_killed_at_any_moment_hold_up_nobody_and_tear_nothing";
    let Lane {
        _dir,
        path,
        mut region,
        mut beside,
    } = Lane::new();
    let owners = region.owners();
    let mut rx = region.mpsc_receiver().unwrap();
    let (mut tx, _) = beside.split_mpsc().unwrap();
    let mut into = [0; 256];
    for round in rounds("kills", 25) {
        let mut producer = Other::start(test, "sends", &path, "began");
        let mut next = 0;
        let mut see = |bytes: &[u8]| {
            assert_eq!(bytes, payload(next), "whole, in order, each once");
            next += 1;
        };
        let deadline = Instant::now() + Duration::from_micros(300 * (round % 25));
        while Instant::now() < deadline {
            rx.drain(64, &mut into, &mut see).unwrap();
        }
        producer.kill();
        // What it left, and behind it what the survivor sends, with at most one claim to skip.
        let before = rx.skipped();
        let begun = Instant::now();
        let mut sent = false;
        let mut ended = false;
        while !ended {
            sent = sent || tx.publish(b"end").is_ok();
            let came = rx.drain(64, &mut into, |bytes| match bytes {
                b"end" => ended = true,
                _ => see(bytes),
            });
            if came.unwrap() == 0 {
                rx.skip_dead(&owners).unwrap();
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "held up");
        }
        assert!(rx.skipped() - before <= 1);
        assert!(next > 0);
    }
}
