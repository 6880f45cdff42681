//! Ends of sequenced slots and of an events chain, in a process that is gone just before each of its
//! stores to the region in turn: nothing is torn or comes twice, at most what was in flight is lost, and
//! who is left goes on.
//!
//! The same as of the lanes of `indexbus-transport-shm`, whose rounds these are. A chain loses a slot of
//! its pool with each death in the middle of a record: a hundred deaths leave nine tenths of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use byteor_abi::SlotClass;
use byteor_pipeline_backings_shm::{Attach, OpenOptions, ShmEventsChainRegion, ShmSequencedSlots};
use byteor_pipeline_kernel::ChainQueue::{self, Mpsc, Spsc};
use byteor_pipeline_kernel::{
    LaneError, LaneRx, LaneTx, SlotsBacking, SlotsProducer, SlotsSubscriber,
};

#[path = "../../indexbus-transport-shm/tests/fail_points/round.rs"]
mod round;

use round::{Now, dies, each_store, number, record, soon, until_it_dies};

const CLASS: SlotClass = SlotClass::B256;
const LIVE: OpenOptions = OpenOptions {
    init_timeout: Duration::from_secs(1),
    attach: Attach::Live,
};
/// A region that nobody uses any more, all of which is looked at.
const WHOLE: OpenOptions = OpenOptions {
    attach: Attach::Fresh,
    ..LIVE
};

/// Whether it went; a full lane is asked again.
fn went(said: Result<(), LaneError>) -> bool {
    match said {
        Ok(()) => true,
        Err(LaneError::Full) => false,
        Err(e) => panic!("{e}"),
    }
}

/// Receives each record once and in order, until the process ends at a store.
fn receives_until_it_dies(path: &Path, rx: &mut dyn LaneRx) -> ! {
    let mut into = [0; 256];
    until_it_dies(path, |next| {
        let len = rx.try_recv_into(&mut into).unwrap()?;
        let n = number(&into[..len]);
        assert_eq!(n, next, "each once, in order");
        Some(n + 1)
    })
}

/// A sender dies; `rx` is who is left, and `heir` another sender, made for each death.
fn sender_dies(
    test: &str,
    path: &Path,
    rx: &mut dyn LaneRx,
    mut heir: impl FnMut() -> Box<dyn LaneTx>,
) {
    let (mut next, mut into) = (0, [0; 256]);
    each_store(test, path, |now| {
        while let Some(len) = rx.try_recv_into(&mut into).unwrap() {
            assert_eq!(number(&into[..len]), next, "each once, in order");
            next += 1;
        }
        if let Now::Dead { done } = now {
            assert!(next == done || next == done + 1, "{next} of {done} came");
            heir().try_send(&record(next)).unwrap();
            let len = soon(|| rx.try_recv_into(&mut into).unwrap());
            assert_eq!(number(&into[..len]), next);
            next += 1;
        }
        next
    });
}

/// A receiver dies; `tx` is who is left, and `heir` another receiver, made for each death.
fn receiver_dies(
    test: &str,
    path: &Path,
    tx: &mut dyn LaneTx,
    mut heir: impl FnMut() -> Box<dyn LaneRx>,
) {
    let mut sent = 0;
    each_store(test, path, |now| {
        while went(tx.try_send(&record(sent))) {
            sent += 1;
        }
        let Now::Dead { done } = now else {
            return 0;
        };
        let (mut again, mut into) = (heir(), [0; 256]);
        let len = soon(|| again.try_recv_into(&mut into).unwrap());
        let n = number(&into[..len]);
        // What it had freed and not told of is lost; what it had read and not freed comes again.
        assert!(n == done || n == done + 1, "{n} follows {done}");
        n + 1
    });
}

fn slots(path: &Path) -> ShmSequencedSlots {
    ShmSequencedSlots::attach(path, CLASS, LIVE).unwrap()
}

fn fresh_slots(dir: &tempfile::TempDir) -> PathBuf {
    let path = dir.path().join("slots");
    let region = ShmSequencedSlots::create(&path, CLASS).unwrap();
    region.slots().bind(1).unwrap();
    path
}

fn producer(path: &Path) -> SlotsProducer {
    SlotsProducer::new(slots(path).slots()).unwrap()
}

fn subscriber(path: &Path) -> SlotsSubscriber {
    SlotsSubscriber::new(slots(path).slots(), 0, &[]).unwrap()
}

#[test]
fn a_producer_of_slots_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut tx = producer(&path);
        until_it_dies(&path, |n| went(tx.try_send(&record(n))).then_some(n + 1));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh_slots(&dir);
    sender_dies(
        "a_producer_of_slots_that_dies_at_a_store",
        &path,
        &mut subscriber(&path),
        || Box::new(producer(&path)),
    );
    ShmSequencedSlots::attach(&path, CLASS, WHOLE).expect("it is whole");
}

#[test]
fn a_subscriber_of_slots_that_dies_at_a_store() {
    if let Some(path) = dies() {
        receives_until_it_dies(&path, &mut subscriber(&path));
    }
    let dir = tempfile::tempdir().unwrap();
    let path = fresh_slots(&dir);
    receiver_dies(
        "a_subscriber_of_slots_that_dies_at_a_store",
        &path,
        &mut producer(&path),
        || Box::new(subscriber(&path)),
    );
    ShmSequencedSlots::attach(&path, CLASS, WHOLE).expect("it is whole");
}

fn chain(path: &Path) -> ShmEventsChainRegion {
    ShmEventsChainRegion::attach(path, LIVE).unwrap()
}

fn fresh_chain(dir: &tempfile::TempDir) -> (PathBuf, ShmEventsChainRegion) {
    let path = dir.path().join("chain");
    let region = ShmEventsChainRegion::create(&path).unwrap();
    (path, region)
}

#[test]
fn a_sender_of_a_chain_that_dies_at_a_store() {
    if let Some(path) = dies() {
        let mut tx = chain(&path).tx(Spsc(0)).unwrap();
        until_it_dies(&path, |n| went(tx.try_send(&record(n))).then_some(n + 1));
    }
    let dir = tempfile::tempdir().unwrap();
    let (path, region) = fresh_chain(&dir);
    sender_dies(
        "a_sender_of_a_chain_that_dies_at_a_store",
        &path,
        &mut region.rx(Spsc(0)).unwrap(),
        || Box::new(chain(&path).tx(Spsc(0)).unwrap()),
    );
}

#[test]
fn a_receiver_of_a_chain_that_dies_at_a_store() {
    if let Some(path) = dies() {
        receives_until_it_dies(&path, &mut chain(&path).rx(Spsc(0)).unwrap());
    }
    let dir = tempfile::tempdir().unwrap();
    let (path, region) = fresh_chain(&dir);
    receiver_dies(
        "a_receiver_of_a_chain_that_dies_at_a_store",
        &path,
        &mut region.tx(Spsc(0)).unwrap(),
        || Box::new(chain(&path).rx(Spsc(0)).unwrap()),
    );
}

#[test]
fn a_receiver_of_many_of_a_chain_that_dies_at_a_store() {
    if let Some(path) = dies() {
        receives_until_it_dies(&path, &mut chain(&path).rx(Mpsc(0)).unwrap());
    }
    let dir = tempfile::tempdir().unwrap();
    let (path, region) = fresh_chain(&dir);
    receiver_dies(
        "a_receiver_of_many_of_a_chain_that_dies_at_a_store",
        &path,
        &mut region.tx(Mpsc(0)).unwrap(),
        || Box::new(chain(&path).rx(Mpsc(0)).unwrap()),
    );
}

#[test]
fn one_of_many_senders_of_a_chain_that_dies_at_a_store() {
    const MANY: ChainQueue = Mpsc(0);
    if let Some(path) = dies() {
        let region = chain(&path);
        let mut tx = region.tx(MANY).unwrap();
        until_it_dies(&path, |n| went(tx.try_send(&record(n))).then_some(n + 1));
    }
    let dir = tempfile::tempdir().unwrap();
    let (path, region) = fresh_chain(&dir);
    let owners = region.owners();
    let (mut rx, mut tx) = (region.rx(MANY).unwrap(), region.tx(MANY).unwrap());
    let (mut next, mut into) = (0, [0; 256]);
    each_store(
        "one_of_many_senders_of_a_chain_that_dies_at_a_store",
        &path,
        |now| {
            while let Some(len) = rx.try_recv_into(&mut into).unwrap() {
                assert_eq!(number(&into[..len]), next, "each once, in order");
                next += 1;
            }
            if let Now::Dead { done } = now {
                // What it had claimed and not filled is passed over.
                let mut skipped = 0;
                tx.try_send(&record(u64::MAX)).unwrap();
                soon(|| {
                    skipped += u32::from(rx.skip_dead(&owners).unwrap().is_some());
                    let len = rx.try_recv_into(&mut into).unwrap()?;
                    let n = number(&into[..len]);
                    assert!(n == next || n == u64::MAX, "{n} follows {next}");
                    next += u64::from(n == next);
                    (n == u64::MAX).then_some(())
                });
                assert!(next == done || next == done + 1, "{next} of {done} came");
                assert!(skipped <= 1, "at most one was in flight");
            }
            next
        },
    );
}

/// Passes slots from one queue to the next: the one in its hand is lost with it, and no other.
#[test]
fn one_that_passes_slots_on_and_dies_at_a_store() {
    if let Some(path) = dies() {
        let region = chain(&path);
        let (mut rx, mut tx) = (region.rx(Spsc(0)).unwrap(), region.tx(Spsc(1)).unwrap());
        until_it_dies(&path, |n| {
            tx.pass(rx.take().unwrap()?).unwrap();
            Some(n + 1)
        });
    }
    let dir = tempfile::tempdir().unwrap();
    let (path, region) = fresh_chain(&dir);
    let mut tx = region.tx(Spsc(0)).unwrap();
    let mut rx = region.rx(Spsc(1)).unwrap();
    let (mut sent, mut next, mut into, mut lost, mut deaths) = (0, 0, [0; 256], 0, 0);
    each_store(
        "one_that_passes_slots_on_and_dies_at_a_store",
        &path,
        |now| {
            // A few at a time, so that the queue behind always has room.
            while sent < next + 100 && went(tx.try_send(&record(sent))) {
                sent += 1;
            }
            while let Some(len) = rx.try_recv_into(&mut into).unwrap() {
                let n = number(&into[..len]);
                assert!(n >= next, "{n} comes twice, or late: {next} is next");
                lost += n - next;
                next = n + 1;
            }
            if let Now::Dead { .. } = now {
                deaths += 1;
                let again = chain(&path);
                let (mut from, mut to) = (again.rx(Spsc(0)).unwrap(), again.tx(Spsc(1)).unwrap());
                to.pass(soon(|| from.take().unwrap())).unwrap();
            }
            assert!(lost <= deaths, "{lost} lost with {deaths} deaths");
            next
        },
    );
}
