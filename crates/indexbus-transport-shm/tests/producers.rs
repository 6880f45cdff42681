//! Producers in processes of their own that are stopped and killed: this test starts itself again as
//! each of them.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use indexbus::{Error, MpscReceiver};
use indexbus_transport_shm::{Attach, EventsRegion, OpenOptions};
use rustix::process::{Pid, Signal, kill_process};

const REGION: &str = "INDEXBUS_TEST_PRODUCER_REGION";
const ROLE: &str = "INDEXBUS_TEST_PRODUCER_ROLE";

fn join(path: &Path) -> EventsRegion {
    let options = OpenOptions {
        create: false,
        attach: Attach::Live,
        ..OpenOptions::default()
    };
    EventsRegion::open_with(path, options).unwrap()
}

/// A payload whose bytes all follow from its number.
fn payload(n: u64) -> [u8; 200] {
    let mut payload = [n as u8; 200];
    payload[..8].copy_from_slice(&n.to_le_bytes());
    payload
}

/// What the other process does, if this is one.
fn is_a_producer() -> bool {
    let Some(path) = std::env::var_os(REGION) else {
        return false;
    };
    let mut region = join(Path::new(&path));
    let (mut tx, _) = region.split_mpsc().unwrap();
    if std::env::var(ROLE).unwrap() == "claims" {
        let mut place = tx.reserve(8).unwrap();
        place.write(0, &7_u64.to_le_bytes());
        println!("claimed");
        std::io::stdin().read_line(&mut String::new()).unwrap();
        place.commit().unwrap();
        return true;
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

/// Another process, which is killed when this value goes.
struct Producer(Child);

impl Producer {
    /// Starts one, in the test that `test` names, and waits until it said `ready`.
    fn start(test: &str, role: &str, path: &Path, ready: &str) -> Self {
        let child = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(REGION, path)
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().ends_with(ready)));
        Self(child)
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.0.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.kill();
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
    let test = "a_stopped_producer_is_waited_for_and_a_killed_one_is_passed_over";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut region = EventsRegion::open_path(&path).unwrap();
    let owners = region.owners();
    let mut rx = region.mpsc_receiver().unwrap();
    let mut beside = join(&path);
    let (mut tx, _) = beside.split_mpsc().unwrap();
    let mut into = [0; 8];

    let mut stopped = Producer::start(test, "claims", &path, "claimed");
    stopped.signal(Signal::STOP);
    tx.publish(b"behind").unwrap();
    for polls in 1..=200 {
        assert_eq!(rx.try_recv_into(&mut into), Ok(None));
        let held_up = rx.held_up().unwrap();
        assert_eq!((held_up.owner, held_up.polls), (2, polls));
        assert_eq!(rx.skip_dead(&owners).unwrap(), None, "it lives");
    }
    stopped.signal(Signal::CONT);
    stopped.0.stdin.take().unwrap().write_all(b"go\n").unwrap();
    assert_eq!(receive(&mut rx, &mut into), 8);
    assert_eq!(into, 7_u64.to_le_bytes());
    assert_eq!(receive(&mut rx, &mut into), 6);
    stopped.0.wait().unwrap();

    let mut killed = Producer::start(test, "claims", &path, "claimed");
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
    let test = "producers_that_are_killed_at_any_moment_hold_up_nobody_and_tear_nothing";
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut region = EventsRegion::open_path(&path).unwrap();
    let owners = region.owners();
    let mut rx = region.mpsc_receiver().unwrap();
    let mut beside = join(&path);
    let (mut tx, _) = beside.split_mpsc().unwrap();
    let mut into = [0; 256];
    for round in 0..25_u64 {
        let mut producer = Producer::start(test, "sends", &path, "began");
        let mut next = 0;
        let mut see = |bytes: &[u8]| {
            assert_eq!(bytes, payload(next), "whole, in order, each once");
            next += 1;
        };
        let deadline = Instant::now() + Duration::from_micros(300 * round);
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
