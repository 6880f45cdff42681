//! A fanout with many producers, of which one is stopped or killed while its router routes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indexbus::{
    BackpressurePolicy, Error, FanoutConsumer, RouterLoopConfig, RouterMode, RouterSource,
    WaitKind, route_until,
};
use indexbus_transport_shm::{Attach, FanoutRegion, OpenOptions};
use rustix::process::Signal;

use crate::process::{Other, other, payload};

const LIVE: OpenOptions = OpenOptions {
    create: false,
    attach: Attach::Live,
    ..OpenOptions::DEFAULT
};

/// Sends for ever, from 0 on, if this is the other process.
fn is_a_producer() -> bool {
    let Some((path, _)) = other() else {
        return false;
    };
    let mut region = FanoutRegion::<1>::open_with(&path, LIVE).unwrap();
    let mut tx = region.handles().unwrap().mpsc_sender;
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

/// What comes until `end` says so, at most ten seconds long.
fn receive(rx: &mut FanoutConsumer<'_>, mut end: impl FnMut(&[u8]) -> bool) {
    let (begun, mut ended, mut into) = (Instant::now(), false, [0; 256]);
    while !ended {
        assert!(begun.elapsed() < Duration::from_secs(10), "held up");
        let came = rx.drain(1, &mut into, |bytes| ended = end(bytes));
        if came.unwrap() == 0 {
            std::thread::yield_now();
        }
    }
}

#[test]
fn producers_of_a_fanout_that_are_stopped_or_killed_hold_up_nobody() {
    if is_a_producer() {
        return;
    }
    let test = "fanout::producers_of_a_fanout_that_are_stopped_or_killed_hold_up_nobody";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fanout");
    let mut routing = FanoutRegion::<1>::open_path(&path).unwrap();
    let mut beside = FanoutRegion::<1>::open_with(&path, LIVE).unwrap();
    let ends = beside.handles().unwrap();
    let (mut tx, [mut rx]) = (ends.mpsc_sender, ends.consumers);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let router = scope.spawn(|| {
            let mut router = routing.router().unwrap();
            let config = RouterLoopConfig {
                source: RouterSource::Mpsc,
                mode: RouterMode::WorkQueue,
                policy: BackpressurePolicy::SpinThenBlock,
                batch_max: 64,
                ..RouterLoopConfig::default()
            };
            let mut wait = WaitKind::Backoff.strategy();
            let ended = route_until(&mut router, config, &mut wait, || {
                stop.load(Ordering::Relaxed)
            });
            (ended.unwrap(), router.skipped())
        });
        for round in 0..25_u64 {
            let mut producer = Other::start(test, "sends", &path, "began");
            let mut next = 0;
            let mut see = |bytes: &[u8]| {
                assert_eq!(bytes, payload(next), "whole, in order, each once");
                next += 1;
            };
            let until = Instant::now() + Duration::from_micros(300 * round);
            receive(&mut rx, |bytes| {
                see(bytes);
                Instant::now() >= until
            });
            if round % 5 == 0 {
                // Stopped, it is waited for, and nothing of its is lost.
                producer.signal(Signal::STOP);
                std::thread::sleep(Duration::from_millis(5));
                producer.signal(Signal::CONT);
                let until = Instant::now() + Duration::from_millis(1);
                receive(&mut rx, |bytes| {
                    see(bytes);
                    Instant::now() >= until
                });
            }
            producer.kill();
            // What it left, and behind it what the survivor sends.
            let mut sent = false;
            let (begun, mut ended, mut into) = (Instant::now(), false, [0; 256]);
            while !ended {
                sent = sent || tx.publish(b"end").is_ok();
                let came = rx.drain(64, &mut into, |bytes| match bytes {
                    b"end" => ended = true,
                    _ => see(bytes),
                });
                came.unwrap();
                assert!(begun.elapsed() < Duration::from_secs(10), "held up");
            }
        }
        stop.store(true, Ordering::Relaxed);
        let (counters, skipped) = router.join().unwrap();
        assert_eq!(counters.delivered, counters.routed);
        assert!(skipped <= 25, "at most one claim of each");
    });
}

/// The moment between claim and filling is short, so one is made to last: a claim that names a lock
/// which is held, and then free.
#[test]
fn a_router_waits_for_a_claim_as_long_as_its_lock_is_held_and_says_whose_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fanout");
    let mut routing = FanoutRegion::<1>::open_path(&path).unwrap();
    let watched = FanoutRegion::<1>::open_with(&path, LIVE).unwrap();
    let watch = watched.watch().unwrap();
    let mut beside = FanoutRegion::<1>::open_with(&path, LIVE).unwrap();
    let lock = beside.owners().take().unwrap();
    claim(&path, lock.number());
    let owners = routing.owners().clone();
    let ends = beside.handles().unwrap();
    let (mut tx, [mut rx]) = (ends.mpsc_sender, ends.consumers);
    tx.publish(b"behind").unwrap();
    let config = RouterLoopConfig {
        source: RouterSource::Mpsc,
        ..RouterLoopConfig::default()
    };
    let mut router = routing.router().unwrap();
    let mut looks = 0;
    let mut wait = WaitKind::Spin.strategy();
    let mut some = || {
        looks += 1;
        looks % 100 == 0
    };
    let counters = route_until(&mut router, config, &mut wait, &mut some).unwrap();
    assert_eq!((counters.routed, router.skipped()), (0, 0));
    assert_eq!(router.held_up().unwrap().owner, lock.number());
    assert_eq!(router.skip_dead(&owners).unwrap(), None, "it lives");
    assert_eq!(watch.sample().held_up_by, Some(lock.number()));
    drop(lock);
    let counters = route_until(&mut router, config, &mut wait, &mut some).unwrap();
    assert_eq!((counters.routed, router.skipped()), (1, 1));
    assert_eq!(watch.sample().held_up_by, None);
    let mut into = [0; 8];
    assert_eq!(rx.try_recv_into(&mut into), Ok(Some(6)));
}

/// What a producer that died at its claim leaves: the cell says whose it is, the tail was moved on.
fn claim(path: &std::path::Path, owner: u32) {
    use std::mem::offset_of;
    use std::os::unix::fs::FileExt;

    use indexbus_abi::{MpscQueue, SharedFanoutLayout};
    let file = std::fs::File::options().write(true).open(path).unwrap();
    let mpsc = offset_of!(SharedFanoutLayout<1>, mpsc);
    let write = |at: usize, word: u64| {
        file.write_all_at(&word.to_ne_bytes(), (mpsc + at) as u64)
            .unwrap();
    };
    write(offset_of!(MpscQueue, cells), u64::from(owner) << 2 | 2);
    write(offset_of!(MpscQueue, tail), 1);
}
