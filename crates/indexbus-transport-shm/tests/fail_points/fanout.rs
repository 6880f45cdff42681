//! A fanout: sender, router, one of two consumers.

use std::path::Path;

use indexbus::{
    BackpressurePolicy, Error, FanoutConsumer, FanoutHandles, RouterMode, RouterSource, Step,
};
use indexbus_transport_shm::FanoutRegion;

use crate::LIVE;
use crate::round::{Now, dies, each_store, number, record, soon, until_it_dies};

fn fresh(dir: &tempfile::TempDir) -> std::path::PathBuf {
    let path = dir.path().join("fanout");
    drop(FanoutRegion::<2>::open_path(&path).unwrap());
    path
}

fn live(path: &Path) -> FanoutRegion<2> {
    FanoutRegion::open_with(path, LIVE).unwrap()
}

fn receive(consumer: &mut FanoutConsumer<'_>) -> Option<u64> {
    let mut into = [0; 256];
    let len = consumer.try_recv_into(&mut into).unwrap()?;
    Some(number(&into[..len]))
}

const SPSC: RouterSource = RouterSource::Spsc;
const ALL: RouterMode = RouterMode::Broadcast;
/// Nothing is dropped as long as the consumers keep up, which they do here.
const DROP: BackpressurePolicy = BackpressurePolicy::Drop;

#[test]
fn a_sender_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let mut ends = region.handles().unwrap();
        until_it_dies(&path, |n| match ends.sender.publish(&record(n)) {
            Ok(()) => Some(n + 1),
            Err(Error::Full) => None,
            Err(e) => panic!("{e}"),
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let mut ends = region.handles().unwrap();
    let mut next = [0; 2];
    each_store("fanout::a_sender_that_dies_at_a_store", &path, |now| {
        let mut pass = |next: &mut [u64; 2]| {
            for _ in 0..4_096 {
                let routed = ends.router.route_once_with(SPSC, ALL, DROP).unwrap();
                for (consumer, next) in ends.consumers.iter_mut().zip(next.iter_mut()) {
                    while let Some(n) = receive(consumer) {
                        assert_eq!(n, *next, "each once, in order");
                        *next += 1;
                    }
                }
                if !matches!(routed, Step::Delivered { .. }) {
                    break;
                }
            }
        };
        pass(&mut next);
        if let Now::Dead { done } = now {
            assert!(
                next[0] == done || next[0] == done + 1,
                "{next:?} of {done} came"
            );
            let mut again = live(&path);
            again
                .handles()
                .unwrap()
                .sender
                .publish(&record(next[0]))
                .unwrap();
            let expected = next[0] + 1;
            soon(|| {
                pass(&mut next);
                (next == [expected; 2]).then_some(())
            });
        }
        next[0]
    });
}

/// Sends, unless a consumer is so far behind that a broadcast may drop.
fn send(ends: &mut FanoutHandles<'_, 2>, sent: &mut u64, next: [u64; 2]) {
    while *sent - next[0].min(next[1]) < 500 {
        match ends.sender.publish(&record(*sent)) {
            Ok(()) => *sent += 1,
            Err(Error::Full) => break,
            Err(e) => panic!("{e}"),
        }
    }
}

/// Receives what is there. A message that a dead router had taken is lost; answers how many.
fn follow(consumer: &mut FanoutConsumer<'_>, next: &mut u64) -> u64 {
    let mut lost = 0;
    while let Some(n) = receive(consumer) {
        assert!(n >= *next, "{n} came twice, or late: {next} is next");
        lost += n - *next;
        *next = n + 1;
    }
    lost
}

#[test]
fn a_router_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let mut ends = region.handles().unwrap();
        until_it_dies(&path, |n| {
            let routed = ends.router.route_once_with(SPSC, ALL, DROP).unwrap();
            matches!(routed, Step::Delivered { .. }).then_some(n + 1)
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let mut ends = region.handles().unwrap();
    let (mut sent, mut next, mut lost) = (0, [0; 2], [0; 2]);
    each_store("fanout::a_router_that_dies_at_a_store", &path, |now| {
        let mut all = |ends: &mut FanoutHandles<'_, 2>, next: &mut [u64; 2]| {
            for (which, consumer) in ends.consumers.iter_mut().enumerate() {
                lost[which] += follow(consumer, &mut next[which]);
            }
        };
        send(&mut ends, &mut sent, next);
        all(&mut ends, &mut next);
        if matches!(now, Now::Dead { .. }) {
            // Another one takes its place, and routes all that is there.
            let mut again = live(&path);
            let mut router = again.handles().unwrap().router;
            soon(|| {
                let routed = router.route_once_with(SPSC, ALL, DROP).unwrap();
                all(&mut ends, &mut next);
                (routed == Step::Idle).then_some(())
            });
            assert!(lost.iter().all(|lost| *lost <= 1), "{lost:?} by one death");
            lost = [0; 2];
        }
        0
    });
}

#[test]
fn a_consumer_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let mut ends = region.handles().unwrap();
        until_it_dies(&path, |next| {
            let n = receive(&mut ends.consumers[0])?;
            assert_eq!(n, next, "each once, in order");
            Some(n + 1)
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let mut ends = region.handles().unwrap();
    // How far the one that dies came at its last death, and the one beside it, which gets all.
    let (mut sent, mut next) = (0, [0; 2]);
    each_store("fanout::a_consumer_that_dies_at_a_store", &path, |now| {
        // As much as its queue holds: what it does is seen at its death only.
        send(&mut ends, &mut sent, next);
        while ends.router.depth(0).unwrap() < 1_000
            && ends.router.route_once_with(SPSC, ALL, DROP).unwrap() != Step::Idle
        {}
        while let Some(n) = receive(&mut ends.consumers[1]) {
            assert_eq!(n, next[1], "the death of another is nothing to it");
            next[1] += 1;
        }
        // It takes more while it lives, so what is sent follows the other one.
        next[0] = next[1];
        let Now::Dead { done } = now else {
            return 0;
        };
        let mut again = live(&path);
        let consumer = &mut again.handles().unwrap().consumers[0];
        let n = soon(|| {
            if let Some(n) = receive(consumer) {
                return Some(n);
            }
            // It had received all there was.
            send(&mut ends, &mut sent, next);
            ends.router.route_once_with(SPSC, ALL, DROP).unwrap();
            None
        });
        assert!(n == done || n == done + 1, "{n} follows {done}");
        n + 1
    });
}
