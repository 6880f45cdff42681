//! `indexbus-router`, as a user starts it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use indexbus_transport_shm::{Attach, FanoutRegion, OpenOptions};

const ROUTER: &str = env!("CARGO_BIN_EXE_indexbus-router");

#[test]
fn it_routes_between_two_processes_prints_its_rates_and_stops_on_a_signal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("fanout");
    let mut router = Command::new(ROUTER)
        .args(["--consumers", "2", "--interval-ms", "20", "--file"])
        .arg(&path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(router.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(
        first.starts_with("sent/sec=0 routed/sec=0 delivered/sec=0 recv/sec=0 "),
        "{first}"
    );
    assert!(
        first.ends_with("qdepth(src_spsc=0, src_mpsc=0, consumers=[0, 0])"),
        "{first}"
    );
    // A second router would take payloads from the first one's queues.
    let second = Command::new(ROUTER).arg("--file").arg(&path).output();
    let second = second.unwrap();
    assert!(!second.status.success());
    let words = String::from_utf8(second.stderr).unwrap();
    assert!(words.contains("E_LANE_TAKEN"), "{words}");
    let options = OpenOptions {
        create: false,
        attach: Attach::Live,
        ..OpenOptions::default()
    };
    let mut region = FanoutRegion::<2>::open_with(&path, options).unwrap();
    let mut ends = region.handles().unwrap();
    let begun = Instant::now();
    for n in 0..2000_u32 {
        while ends.sender.publish(&n.to_le_bytes()) == Err(indexbus::Error::Full) {
            std::thread::yield_now();
        }
        for consumer in &mut ends.consumers {
            let mut into = [0; 8];
            while consumer.try_recv_into(&mut into).unwrap().is_none() {
                assert!(begun.elapsed() < Duration::from_secs(60), "stuck at {n}");
                std::thread::yield_now();
            }
            assert_eq!(into[..4], n.to_le_bytes());
        }
    }
    let stopped = Command::new("kill").arg(router.id().to_string()).status();
    assert!(stopped.unwrap().success());
    let last = lines.map(Result::unwrap).last().unwrap();
    assert!(
        last.starts_with("RouterCounters { routed: 2000, delivered: 4000,"),
        "{last}"
    );
    assert!(router.wait().unwrap().success());
}

#[test]
fn what_is_no_fanout_region_is_refused_with_a_code() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("region");
    let refused = |arguments: &[&str]| {
        let output = Command::new(ROUTER).args(arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let file = path.to_str().unwrap();
    assert!(refused(&["--file", file]).starts_with("E_REGION_IO region "));
    indexbus_transport_shm::JournalRegion4::open_path(&path).unwrap();
    assert!(refused(&["--file", file]).starts_with("E_REGION_INCOMPATIBLE region "));
    assert!(refused(&["--name", "../shm"]).starts_with("E_ROUTER_NAME "));
    assert!(!refused(&[]).is_empty());
}
