//! A lane whose file is cut short, in a program that installed the handler: its ends say `Corrupted`
//! within a second, whatever they are at.
//!
//! Each case runs in a process of its own, since the handler is for a whole process.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use indexbus::Error;
use indexbus_transport_shm::EventsRegion;

const CASE: &str = "INDEXBUS_CUT_SHORT_CASE";

/// Runs `body` in a process of its own, as the test `name`, with a folder.
fn alone(name: &str, body: impl FnOnce(&Path)) {
    if std::env::var(CASE).as_deref() == Ok(name) {
        indexbus_sigbus::install().unwrap();
        let dir = tempfile::tempdir().unwrap();
        body(dir.path());
        drop(dir);
        std::process::exit(0);
    }
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CASE, name)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(ended.success(), "{name}: {ended}");
}

fn cut(path: &Path, bytes: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(bytes).unwrap();
}

/// Where files are cut: at the beginning, in the queues, in the slots, in the last page.
fn places(path: &Path) -> [u64; 4] {
    let whole = path.metadata().unwrap().len();
    [0, 8 * 1024, whole / 2, whole - 1024]
}

/// Calls `work` until it says `Corrupted`, for at most a second.
fn until_corrupted(at: u64, mut work: impl FnMut() -> Result<(), Error>) {
    let begun = Instant::now();
    loop {
        match work() {
            Err(Error::Corrupted) => return,
            Ok(()) | Err(Error::Full) => {}
            Err(e) => panic!("cut at {at}: {e}"),
        }
        assert!(
            begun.elapsed() < Duration::from_secs(1),
            "cut at {at}: nobody told"
        );
    }
}

#[test]
fn traffic_over_a_file_that_is_cut_short_ends_corrupted() {
    alone(
        "traffic_over_a_file_that_is_cut_short_ends_corrupted",
        |dir| {
            let path = dir.join("events");
            drop(EventsRegion::open_path(&path).unwrap());
            for at in places(&path) {
                std::fs::remove_file(&path).unwrap();
                let mut region = EventsRegion::open_path(&path).unwrap();
                let (mut tx, mut rx) = region.split_spsc().unwrap();
                let mut into = [0; 256];
                let mut work = || {
                    tx.publish(&[7; 200])?;
                    rx.try_recv_into(&mut into)?;
                    assert!(into[..200] == [7; 200], "lost bytes were believed");
                    Ok(())
                };
                work().unwrap();
                cut(&path, at);
                until_corrupted(at, work);
            }
        },
    );
}

#[test]
fn a_receiver_that_waits_learns_of_it() {
    alone("a_receiver_that_waits_learns_of_it", |dir| {
        let path = dir.join("events");
        for sent in [0, 3] {
            let mut region = EventsRegion::open_path(&path).unwrap();
            let (mut tx, mut rx) = region.split_spsc().unwrap();
            let mut into = [0; 256];
            for _ in 0..sent {
                tx.publish(b"before").unwrap();
                assert_eq!(rx.try_recv_into(&mut into), Ok(Some(6)));
            }
            cut(&path, 0);
            until_corrupted(0, || rx.try_recv_into(&mut into).map(drop));
            std::fs::remove_file(&path).unwrap();
        }
    });
}
