//! Waiting ends (IB-7): the rules by name. Times are lower bounds only.

use std::time::{Duration, Instant};

use indexbus::{Error, FanoutHandles, WaitKind};
use indexbus_blocking::{BlockingError, BlockingReceiver, BlockingSender};
use indexbus_transport_shm::{EventsRegion, FanoutRegion, OpenOptions};

const KINDS: [WaitKind; 3] = [WaitKind::Spin, WaitKind::Backoff, WaitKind::Adaptive];
const A_MOMENT: Duration = Duration::from_millis(20);
const BLOCKING: OpenOptions = OpenOptions {
    blocking: true,
    ..OpenOptions::DEFAULT
};

#[test]
fn a_sender_waits_for_room_and_a_receiver_for_what_comes_with_every_wait() {
    for kind in KINDS {
        let dir = tempfile::tempdir().unwrap();
        let mut region = EventsRegion::open_with(&dir.path().join("lane"), BLOCKING).unwrap();
        let (tx, rx, words) = region.split_spsc_waking().unwrap();
        let mut tx = BlockingSender::waking(tx, kind, words);
        let mut rx = BlockingReceiver::waking(rx, kind, words);
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for n in 0..3_000_u64 {
                    tx.send(&n.to_le_bytes()).unwrap();
                    if n == 1_500 {
                        std::thread::sleep(A_MOMENT); // long enough to fall asleep
                    }
                }
            });
            let mut into = [0; 256];
            for n in 0..3_000_u64 {
                if n == 500 {
                    std::thread::sleep(A_MOMENT); // the lane is full meanwhile
                }
                assert_eq!(rx.recv(&mut into), Ok(8));
                assert_eq!(into[..8], n.to_le_bytes(), "in order, each once");
            }
        });
    }
}

#[test]
fn a_time_that_is_over_is_told_and_nothing_is_lost() {
    for kind in KINDS {
        let dir = tempfile::tempdir().unwrap();
        let mut region = EventsRegion::open_with(&dir.path().join("lane"), BLOCKING).unwrap();
        let (tx, rx, words) = region.split_spsc_waking().unwrap();
        let mut tx = BlockingSender::waking(tx, kind, words);
        let mut rx = BlockingReceiver::waking(rx, kind, words);
        let mut into = [0; 256];
        let begun = Instant::now();
        assert_eq!(
            rx.recv_timeout(&mut into, A_MOMENT),
            Err(BlockingError::TimedOut)
        );
        assert!(begun.elapsed() >= A_MOMENT);
        let mut sent = 0_u64;
        let begun = Instant::now();
        while tx.send_timeout(&sent.to_le_bytes(), A_MOMENT).is_ok() {
            sent += 1;
        }
        assert!(begun.elapsed() >= A_MOMENT);
        for n in 0..sent {
            assert_eq!(rx.recv_timeout(&mut into, Duration::MAX), Ok(8));
            assert_eq!(into[..8], n.to_le_bytes());
        }
        assert_eq!(
            rx.recv_timeout(&mut into, Duration::ZERO),
            Err(BlockingError::TimedOut)
        );
    }
}

#[test]
fn what_waiting_does_not_help_against_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut region = EventsRegion::open_path(dir.path().join("lane")).unwrap();
    let (tx, rx) = region.split_mpsc().unwrap();
    let mut tx = BlockingSender::new(tx, WaitKind::Backoff);
    let mut rx = BlockingReceiver::new(rx, WaitKind::Backoff);
    let error = tx.send(&[0; 300]).unwrap_err();
    assert_eq!(
        error,
        BlockingError::Lane(Error::TooLarge { max: 256, len: 300 })
    );
    assert_eq!(error.code(), "E_RECORD_TOO_LARGE");
    tx.send(b"payload").unwrap();
    let short = Error::BufferTooSmall {
        required: 7,
        provided: 2,
    };
    assert_eq!(rx.recv(&mut [0; 2]), Err(BlockingError::Lane(short)));
    assert_eq!(rx.recv(&mut [0; 256]), Ok(7), "it was left where it is");
    assert_eq!(rx.lane().held_up(), None);
}

#[test]
fn the_ends_of_a_fanout_wait_too() {
    let dir = tempfile::tempdir().unwrap();
    let mut region = FanoutRegion::<1>::open_with(&dir.path().join("fanout"), BLOCKING).unwrap();
    let FanoutHandles {
        sender,
        mut router,
        consumers: [consumer],
        ..
    } = region.handles().unwrap();
    let words = (sender.wake_word().unwrap(), consumer.wake_word().unwrap());
    let mut tx = BlockingSender::sleeping_on(sender, WaitKind::Adaptive, words.0);
    let mut rx = BlockingReceiver::sleeping_on(consumer, WaitKind::Adaptive, words.1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..2 {
                tx.send(b"to all").unwrap();
                std::thread::sleep(A_MOMENT);
                let step = router.route_once_with(
                    indexbus::RouterSource::Spsc,
                    indexbus::RouterMode::Broadcast,
                    indexbus::BackpressurePolicy::Drop,
                );
                step.unwrap();
            }
        });
        let mut into = [0; 256];
        for _ in 0..2 {
            assert_eq!(rx.recv(&mut into), Ok(6));
        }
    });
}
