//! Both lanes of an events region, each end of them.

use std::path::Path;

use indexbus::Error;
use indexbus_transport_shm::EventsRegion;

use crate::LIVE;
use crate::round::{Now, dies, each_store, number, record, soon, until_it_dies};

fn fresh(dir: &tempfile::TempDir) -> std::path::PathBuf {
    let path = dir.path().join("events");
    drop(EventsRegion::open_path(&path).unwrap());
    path
}

fn live(path: &Path) -> EventsRegion {
    EventsRegion::open_with(path, LIVE).unwrap()
}

/// Whether it went; a full lane is asked again.
fn went(said: Result<(), Error>) -> bool {
    match said {
        Ok(()) => true,
        Err(Error::Full) => false,
        Err(e) => panic!("{e}"),
    }
}

/// Receives each record once and in order, until the process ends at a store.
fn receives_until_it_dies(
    path: &Path,
    mut receive: impl FnMut(&mut [u8]) -> Result<Option<usize>, Error>,
) {
    let mut into = [0; 256];
    until_it_dies(path, |next| {
        let len = receive(&mut into).unwrap()?;
        let n = number(&into[..len]);
        assert_eq!(n, next, "each once, in order");
        Some(n + 1)
    });
}

#[test]
fn a_sender_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let (mut tx, _) = region.split_spsc().unwrap();
        until_it_dies(&path, |n| went(tx.publish(&record(n))).then_some(n + 1));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let (_, mut rx) = region.split_spsc().unwrap();
    let (mut next, mut into) = (0, [0; 256]);
    each_store("events::a_sender_that_dies_at_a_store", &path, |now| {
        while let Some(len) = rx.try_recv_into(&mut into).unwrap() {
            assert_eq!(number(&into[..len]), next, "each once, in order");
            next += 1;
        }
        if let Now::Dead { done } = now {
            assert!(next == done || next == done + 1, "{next} of {done} came");
            // Another one takes its place at once.
            let mut again = live(&path);
            let (mut tx, _) = again.split_spsc().unwrap();
            tx.publish(&record(next)).unwrap();
            let len = soon(|| rx.try_recv_into(&mut into).unwrap());
            assert_eq!(number(&into[..len]), next);
            next += 1;
        }
        next
    });
}

#[test]
fn a_receiver_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let (_, mut rx) = region.split_spsc().unwrap();
        receives_until_it_dies(&path, |into| rx.try_recv_into(into));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let (mut tx, _) = region.split_spsc().unwrap();
    let mut sent = 0;
    each_store("events::a_receiver_that_dies_at_a_store", &path, |now| {
        while went(tx.publish(&record(sent))) {
            sent += 1;
        }
        let Now::Dead { done } = now else {
            return 0;
        };
        let mut again = live(&path);
        let (_, mut rx) = again.split_spsc().unwrap();
        let mut into = [0; 256];
        let len = soon(|| rx.try_recv_into(&mut into).unwrap());
        let n = number(&into[..len]);
        assert!(n == done || n == done + 1, "{n} follows {done}");
        n + 1
    });
}

#[test]
fn one_of_many_senders_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let (mut tx, _) = region.split_mpsc().unwrap();
        until_it_dies(&path, |n| went(tx.publish(&record(n))).then_some(n + 1));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let owners = region.owners();
    let mut rx = region.mpsc_receiver().unwrap();
    let mut beside = live(&path);
    let (mut tx, _) = beside.split_mpsc().unwrap();
    let (mut next, mut into) = (0, [0; 256]);
    each_store(
        "events::one_of_many_senders_that_dies_at_a_store",
        &path,
        |now| {
            while let Some(len) = rx.try_recv_into(&mut into).unwrap() {
                assert_eq!(number(&into[..len]), next, "each once, in order");
                next += 1;
            }
            if let Now::Dead { done } = now {
                // What it had claimed and not filled is passed over, and counted.
                let before = rx.skipped();
                tx.publish(&record(u64::MAX)).unwrap();
                soon(|| {
                    rx.skip_dead(&owners).unwrap();
                    let len = rx.try_recv_into(&mut into).unwrap()?;
                    let n = number(&into[..len]);
                    assert!(n == next || n == u64::MAX, "{n} follows {next}");
                    next += u64::from(n == next);
                    (n == u64::MAX).then_some(())
                });
                assert!(next == done || next == done + 1, "{next} of {done} came");
                assert!(rx.skipped() - before <= 1, "at most one was in flight");
            }
            next
        },
    );
}

#[test]
fn a_receiver_of_many_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = live(&path);
        let mut rx = region.mpsc_receiver().unwrap();
        receives_until_it_dies(&path, |into| rx.try_recv_into(into));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh(&dir);
    let mut region = live(&path);
    let (mut tx, _) = region.split_mpsc().unwrap();
    let mut sent = 0;
    each_store(
        "events::a_receiver_of_many_that_dies_at_a_store",
        &path,
        |now| {
            while went(tx.publish(&record(sent))) {
                sent += 1;
            }
            let Now::Dead { done } = now else {
                return 0;
            };
            let mut again = live(&path);
            let mut rx = again.mpsc_receiver().unwrap();
            let mut into = [0; 256];
            let len = soon(|| rx.try_recv_into(&mut into).unwrap());
            let n = number(&into[..len]);
            assert!(n == done || n == done + 1, "{n} follows {done}");
            n + 1
        },
    );
}
