//! Two processes over one region: this test starts itself a second time as the sender.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use indexbus::{WaitKind, WaitStep, WaitStrategy};
use indexbus_transport_shm::{Attach, EventsRegion, OpenOptions};

const REGION: &str = "INDEXBUS_TEST_REGION";
const COUNT: u64 = 50_000;

fn send(path: &Path) {
    let options = OpenOptions {
        create: false,
        attach: Attach::Live,
        ..OpenOptions::default()
    };
    let mut region = EventsRegion::open_with(path, options).unwrap();
    let (mut tx, _) = region.split_spsc().unwrap();
    for n in 0..COUNT {
        while tx.publish(&n.to_le_bytes()) == Err(indexbus::Error::Full) {
            std::thread::yield_now();
        }
    }
}

#[test]
fn what_another_process_sends_arrives_complete_and_in_order() {
    if let Some(path) = std::env::var_os(REGION) {
        return send(Path::new(&path));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut region = EventsRegion::open_path(&path).unwrap();
    let mut sender = Command::new(std::env::current_exe().unwrap())
        .arg("what_another_process_sends_arrives_complete_and_in_order")
        .env(REGION, &path)
        .spawn()
        .unwrap();
    let (_, mut rx) = region.split_spsc().unwrap();
    let mut into = [0; 8];
    let begun = Instant::now();
    for n in 0..COUNT {
        while rx.try_recv_into(&mut into) == Ok(None) {
            assert!(begun.elapsed() < Duration::from_secs(60), "stuck at {n}");
            std::thread::yield_now();
        }
        assert_eq!(u64::from_le_bytes(into), n);
    }
    assert!(sender.wait().unwrap().success());
    assert_eq!(rx.try_recv_into(&mut into), Ok(None));
}

const FEW: u64 = 40;

/// Sends with pauses, in which the receiver falls asleep, and wakes it after each message.
fn send_and_wake(path: &Path) {
    let mut region = EventsRegion::open_path(path).unwrap();
    let (mut tx, _, wake) = region.split_spsc_waking().unwrap();
    for n in 0..FEW {
        std::thread::sleep(Duration::from_millis(4));
        tx.publish(&n.to_le_bytes()).unwrap();
        wake.consumers.wake();
    }
}

#[test]
fn a_receiver_that_sleeps_is_woken_by_another_process() {
    if let Some(path) = std::env::var_os(REGION) {
        return send_and_wake(Path::new(&path));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let options = OpenOptions {
        blocking: true,
        ..OpenOptions::default()
    };
    let mut region = EventsRegion::open_with(&path, options).unwrap();
    let words = path.metadata().unwrap().len() as usize - 2 * 128;
    let mut sender = Command::new(std::env::current_exe().unwrap())
        .arg("a_receiver_that_sleeps_is_woken_by_another_process")
        .env(REGION, &path)
        .spawn()
        .unwrap();
    let (_, mut rx, wake) = region.split_spsc_waking().unwrap();
    let mut wait = WaitKind::Adaptive.strategy();
    let (mut into, mut expected, mut slept) = ([0; 8], 0_u64, 0);
    while expected < FEW {
        let mut received = rx.try_recv_into(&mut into);
        if received == Ok(None) {
            let step = wait.wait_on(wake.consumers, &mut || {
                received = rx.try_recv_into(&mut into);
                received != Ok(None)
            });
            slept += u32::from(step == WaitStep::Slept);
        }
        if received.unwrap().is_some() {
            assert_eq!(u64::from_le_bytes(into), expected);
            expected += 1;
            wait.reset();
        }
    }
    assert!(sender.wait().unwrap().success());
    let region = std::fs::read(&path).unwrap();
    let bumps = u32::from_ne_bytes(region[words..words + 4].try_into().unwrap());
    // Each time that the sender found somebody asleep, or about to be.
    assert!(
        slept > 0 && bumps > 0,
        "slept {slept} times, woken {bumps} times"
    );
}
