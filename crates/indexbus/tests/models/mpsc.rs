//! The ring for many producers and one consumer.

use indexbus::Error;
use indexbus::primitive::{MpscConsumer, MpscWords};
use indexbus::raw::{Atomic, Ordering};

use crate::world::{Row, World};

/// `producers` put `items` each, trying `tries` times; what arrives keeps the order of each, is
/// there once, with what was written before it was put, and nothing true is refused.
pub fn each_in_its_order<W: World>(
    capacity: usize,
    producers: u32,
    items: u32,
    tries: usize,
) -> bool {
    let words = MpscWords {
        head: W::u64(0),
        tail: W::u64(0),
        turns: Row::new(capacity, || W::u64(0)),
        entries: Row::new(capacity, || W::u32(0)),
    };
    words.init(u32::MAX);
    let cells = Row::new((producers * items) as usize, || W::u32(0));
    let handles: Vec<_> = (0..producers)
        .map(|producer| {
            let (words, cells) = (words.clone(), cells.clone());
            W::spawn(move || {
                let mut next = producer * items;
                for _ in 0..tries {
                    if next == (producer + 1) * items {
                        break;
                    }
                    let cell = cells.word(next as usize);
                    let mut stamped = None;
                    match words.put(next, |count| {
                        cell.store(next + 100, Ordering::Relaxed);
                        stamped = Some(count);
                    }) {
                        Ok(()) => {
                            assert!(stamped.is_some());
                            next += 1;
                        }
                        Err(Error::Full) => W::yield_now(),
                        Err(e) => panic!("{e}"),
                    }
                }
            })
        })
        .collect();
    let mut rx: MpscConsumer<_, _, _> = words.clone().consumer();
    let mut next: Vec<u32> = (0..producers).map(|producer| producer * items).collect();
    let mut taken = 0;
    let mut see = |count: u64, index: u32, taken: &mut u64| {
        assert_eq!(count, *taken);
        *taken += 1;
        let expected = &mut next[(index / items) as usize];
        assert_eq!(index, *expected);
        *expected += 1;
    };
    for _ in 0..tries {
        match rx.peek().unwrap() {
            Some((count, index)) => {
                let cell = cells.word(index as usize);
                assert_eq!(cell.load(Ordering::Relaxed), index + 100);
                see(count, index, &mut taken);
                rx.pop();
            }
            None => W::yield_now(),
        }
    }
    handles.into_iter().for_each(W::join);
    for (count, index) in words.waiting().unwrap() {
        see(count, index, &mut taken);
    }
    taken == u64::from(producers * items)
}
