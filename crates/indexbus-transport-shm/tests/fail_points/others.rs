//! Journal, state and sequencer.

use std::path::{Path, PathBuf};

use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::raw::Word64;
use indexbus::{Error, JournalRead, JournalSubscriber, Sample, SequencerCell, Start};
use indexbus_transport_shm::{JournalRegion4, SequencerRegion, StateRegion};

use crate::LIVE;
use crate::round::{Now, dies, each_store, number, record, soon, until_it_dies};

fn journal(path: &Path) -> JournalRegion4 {
    JournalRegion4::open_with(path, LIVE).unwrap()
}

/// The next record, and whether some were told to be lost before it: a journal waits for nobody.
fn follow(subscriber: &mut JournalSubscriber<'_>) -> Option<(u64, bool)> {
    let (mut into, mut overrun) = ([0; 256], false);
    loop {
        match subscriber.try_recv_into(&mut into).unwrap()? {
            JournalRead::Record { len, .. } => return Some((number(&into[..len]), overrun)),
            JournalRead::Overrun { .. } => overrun = true,
        }
    }
}

#[test]
fn a_publisher_of_a_journal_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = journal(&path);
        let (mut publisher, _) = region.split().unwrap();
        until_it_dies(&path, |n| {
            publisher.append(&record(n)).unwrap();
            Some(n + 1)
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut region = JournalRegion4::open_path(&path).unwrap();
    let (_, subscribers) = region.split().unwrap();
    let mut subscriber = subscribers.subscribe(Start::Oldest).unwrap();
    let mut next = 0;
    each_store(
        "others::a_publisher_of_a_journal_that_dies_at_a_store",
        &path,
        |now| {
            while let Some((n, overrun)) = follow(&mut subscriber) {
                assert!(
                    n == next || overrun && n > next,
                    "{n} follows {next}, {overrun}"
                );
                next = n + 1;
            }
            if let Now::Dead { done } = now {
                assert!(next == done || next == done + 1, "{next} of {done} came");
                let mut again = journal(&path);
                let (mut heir, _) = again.split().unwrap();
                heir.append(&record(next)).unwrap();
                assert_eq!(soon(|| follow(&mut subscriber)), (next, false));
                next += 1;
            }
            next
        },
    );
}

#[test]
fn a_subscriber_of_a_journal_that_dies_at_a_store() {
    /// The one that dies, which the other one subscribed for it.
    const OTHER: usize = 0;
    if let Some(path) = dies() {
        let mut region = journal(&path);
        let (_, subscribers) = region.split().unwrap();
        let mut subscriber = subscribers.resume(OTHER).unwrap();
        until_it_dies(&path, |next| {
            let (n, overrun) = follow(&mut subscriber)?;
            assert!(
                n == next || overrun && n > next,
                "{n} follows {next}, {overrun}"
            );
            Some(n + 1)
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("journal");
    let mut region = JournalRegion4::open_path(&path).unwrap();
    let (mut publisher, subscribers) = region.split().unwrap();
    assert_eq!(
        subscribers.subscribe(Start::Oldest).unwrap().number(),
        OTHER
    );
    let mut sent = 0;
    each_store(
        "others::a_subscriber_of_a_journal_that_dies_at_a_store",
        &path,
        |now| {
            publisher.append(&record(sent)).unwrap();
            sent += 1;
            let Now::Dead { done } = now else {
                return 0;
            };
            let mut again = subscribers.resume(OTHER).unwrap();
            let (n, overrun) = soon(|| follow(&mut again));
            assert!(
                n == done || n == done + 1 || overrun && n > done,
                "{n} follows {done}, {overrun}"
            );
            n + 1
        },
    );
}

#[test]
fn a_publisher_of_a_state_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut region = StateRegion::<256>::open_with(&path, LIVE).unwrap();
        let (mut publisher, _) = region.split().unwrap();
        until_it_dies(&path, |n| {
            publisher.publish(&record(n)).unwrap();
            Some(n + 1)
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state");
    let mut region = StateRegion::<256>::open_path(&path).unwrap();
    let (mut first, reader) = region.split().unwrap();
    first.publish(&record(0)).unwrap();
    let (mut newest, mut into) = (0, [0; 256]);
    each_store(
        "others::a_publisher_of_a_state_that_dies_at_a_store",
        &path,
        |now| {
            let sample = reader.sample_into(&mut into).unwrap();
            if let Sample::Value { len, .. } = sample {
                let n = number(&into[..len]);
                assert!(n >= newest, "an older value than {newest}");
                newest = n;
            }
            let Now::Dead { done } = now else {
                return 0;
            };
            match sample {
                Sample::Value { .. } => {
                    assert!(newest + 1 == done || newest == done, "{newest}, {done}")
                }
                // It stopped in the middle, and the sequence says so.
                Sample::Unsettled { sequence } => assert_eq!(sequence % 2, 1),
                Sample::Unset => panic!("something was published"),
            }
            newest = done + 1;
            let mut again = StateRegion::<256>::open_with(&path, LIVE).unwrap();
            let (mut heir, _) = again.split().unwrap();
            heir.publish(&record(newest)).unwrap();
            let sample = reader.sample_into(&mut into).unwrap();
            let Sample::Value { len, .. } = sample else {
                panic!("{sample:?}");
            };
            assert_eq!(number(&into[..len]), newest);
            newest + 1
        },
    );
}

const CAPACITY: u64 = 8;

fn sequencer(path: &Path) -> SequencerRegion {
    SequencerRegion::open_with(path, LIVE).unwrap()
}

fn producer<'m>(cell: &SequencerCell<'m>) -> Sequencer<Word64<'m>> {
    let consumers = GatingSet::new([cell.gating(0).unwrap()]).unwrap();
    Sequencer::new(cell.cursor(), consumers, CAPACITY)
}

fn consumer<'m>(cell: &SequencerCell<'m>) -> Consumer<Word64<'m>> {
    let barrier = Barrier::new(cell.cursor(), GatingSet::new([]).unwrap());
    Consumer::new(barrier, cell.gating(0).unwrap(), CAPACITY)
}

/// Claims and publishes one, where there is room.
fn produce(producer: &mut Sequencer<Word64<'_>>) -> Option<u64> {
    match producer.try_claim() {
        Ok(_) => Some(producer.publish()),
        Err(Error::Full) => None,
        Err(e) => panic!("{e}"),
    }
}

/// Is done with the next one, where there is one.
fn consume(consumer: &mut Consumer<Word64<'_>>) -> Option<u64> {
    let (first, _) = consumer.poll(1).unwrap()?;
    consumer.advance(first);
    Some(first)
}

fn fresh_sequencer(dir: &tempfile::TempDir) -> PathBuf {
    let path = dir.path().join("sequencer");
    drop(SequencerRegion::open_path(&path).unwrap());
    path
}

#[test]
fn a_producer_of_a_sequencer_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let region = sequencer(&path);
        let mut producer = producer(&region.cell().unwrap());
        until_it_dies(&path, |_| produce(&mut producer));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh_sequencer(&dir);
    let region = sequencer(&path);
    let cell = region.cell().unwrap();
    let mut consumer = consumer(&cell);
    let mut next = consumer.done() + 1;
    each_store(
        "others::a_producer_of_a_sequencer_that_dies_at_a_store",
        &path,
        |now| {
            while let Some(n) = consume(&mut consumer) {
                assert_eq!(n, next, "each once, in order");
                next += 1;
            }
            if let Now::Dead { done } = now {
                // What is done is a sequence here: the last one that it published.
                assert!(
                    done == 0 || next == done + 1 || next == done + 2,
                    "{next} follows {done}"
                );
                let heir = soon(|| produce(&mut producer(&cell)));
                assert_eq!((heir, consume(&mut consumer)), (next, Some(next)));
                next += 1;
            }
            next - 1
        },
    );
}

#[test]
fn a_consumer_of_a_sequencer_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let region = sequencer(&path);
        let mut consumer = consumer(&region.cell().unwrap());
        until_it_dies(&path, |_| consume(&mut consumer));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh_sequencer(&dir);
    let region = sequencer(&path);
    let cell = region.cell().unwrap();
    let mut producer = producer(&cell);
    each_store(
        "others::a_consumer_of_a_sequencer_that_dies_at_a_store",
        &path,
        |now| {
            while produce(&mut producer).is_some() {}
            let Now::Dead { done } = now else {
                return 0;
            };
            let mut heir = consumer(&cell);
            let n = soon(|| consume(&mut heir));
            assert!(
                done == 0 || n == done + 1 || n == done + 2,
                "{n} follows {done}"
            );
            n
        },
    );
}
