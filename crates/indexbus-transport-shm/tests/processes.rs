//! Two processes over one region: this test starts itself a second time as the sender.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

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
