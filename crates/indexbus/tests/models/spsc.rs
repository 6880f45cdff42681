//! The ring for one producer and one consumer.

use indexbus::Error;
use indexbus::primitive::{SpscConsumer, SpscProducer, SpscWords};
use indexbus::raw::{Atomic, Ordering};

use crate::world::{Row, World};

type Words<W> = SpscWords<<W as World>::U64, Row<<W as World>::U32>>;

fn ring<W: World>(capacity: usize, at: u64) -> Words<W> {
    let words = SpscWords {
        head: W::u64(0),
        tail: W::u64(0),
        entries: Row::new(capacity, || W::u32(0)),
    };
    words.init(u32::MAX);
    words.head.store(at, Ordering::Relaxed);
    words.tail.store(at, Ordering::Release);
    words
}

/// One end sends `items`, one batch after the other, the other receives; each tries `tries` times.
/// The index names a cell of plain words, as a slot is: what was written before an index was put is
/// there when it is taken, in order, and nothing true is refused.
pub fn in_order<W: World>(capacity: usize, items: u32, batch: usize, tries: usize) -> bool {
    // Just before the counters wrap.
    let words = ring::<W>(capacity, u64::MAX - 1);
    let cells = Row::new(items as usize, || W::u32(0));
    let (mut tx, mut rx): (SpscProducer<_, _>, SpscConsumer<_, _>) = words.clone().split();
    let written = cells.clone();
    let sender = W::spawn(move || {
        let mut next = 0;
        for _ in 0..tries {
            for _ in 0..batch {
                match tx.has_room() {
                    Ok(()) if next < items => {}
                    Ok(()) | Err(Error::Full) => break,
                    Err(e) => panic!("{e}"),
                }
                assert_eq!(tx.count(), (u64::MAX - 1).wrapping_add(next.into()));
                let cell = written.word(next as usize);
                cell.store(next + 100, Ordering::Relaxed);
                tx.put(next);
                next += 1;
            }
            tx.publish();
            W::yield_now();
        }
    });
    let mut expected = 0;
    for _ in 0..tries {
        while let Some((count, index)) = rx.peek().unwrap() {
            assert_eq!(
                (count, index),
                ((u64::MAX - 1).wrapping_add(expected.into()), expected)
            );
            let cell = cells.word(index as usize);
            assert_eq!(cell.load(Ordering::Relaxed), expected + 100);
            rx.pop();
            expected += 1;
        }
        rx.release();
        W::yield_now();
    }
    W::join(sender);
    // What is left is what was sent and not received.
    let left: Vec<u32> = words.waiting().unwrap().map(|(_, index)| index).collect();
    assert!(left.len() <= capacity);
    let sent = expected + left.len() as u32;
    assert!(left.into_iter().eq(expected..sent));
    expected == items
}

/// As [`in_order`], but each entry keeps its slot, which is written anew in every lap: what is read
/// is what was written for that put, whole. The receiver is replaced by another in between, which
/// goes on where the first one stopped.
pub fn slots_stay_with_their_entries<W: World>(
    capacity: usize,
    items: u32,
    batch: usize,
    tries: usize,
) -> bool {
    let words = ring::<W>(capacity, 0);
    for slot in 0..capacity {
        let entry = words.entries.word(slot);
        entry.store(slot as u32, Ordering::Relaxed);
    }
    let slots = Row::new(capacity, || W::u32(0));
    let (mut tx, mut rx) = words.clone().split();
    let written = slots.clone();
    let sender = W::spawn(move || {
        let mut next = 0;
        for _ in 0..tries {
            for _ in 0..batch {
                match tx.has_room() {
                    Ok(()) if next < items => {}
                    Ok(()) | Err(Error::Full) => break,
                    Err(e) => panic!("{e}"),
                }
                let slot = tx.held() as usize;
                assert_eq!(slot, next as usize % capacity);
                written.word(slot).store(next + 100, Ordering::Relaxed);
                tx.pass();
                next += 1;
            }
            tx.publish();
            W::yield_now();
        }
    });
    let mut expected = 0;
    for _ in 0..tries {
        while let Some((count, slot)) = rx.peek().unwrap() {
            assert_eq!(count, u64::from(expected));
            let value = slots.word(slot as usize).load(Ordering::Relaxed);
            assert_eq!(value, expected + 100);
            rx.pop();
            expected += 1;
        }
        // Taken, and not yet freed by the one who took it.
        let taken = rx.count();
        rx = words.clone().split().1;
        rx.resume(taken);
        rx.peek().unwrap();
        rx.release();
        W::yield_now();
    }
    W::join(sender);
    expected == items
}
