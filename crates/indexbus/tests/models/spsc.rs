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
