//! The queue of indices for many producers and one consumer, of which one dies.

use indexbus::primitive::{ClaimQueue, ClaimQueueConsumer, ClaimRing};
use indexbus::raw::{Atomic, Ordering};
use indexbus::{Error, Liveness};

use crate::world::{Row, World};

/// Which owner's lock is free.
struct Locks<W: World>(Row<W::U32>);

impl<W: World> Liveness for Locks<W> {
    type Error = std::convert::Infallible;

    fn is_dead(&self, owner: u32) -> Result<bool, Self::Error> {
        Ok(self.0.word(owner as usize).load(Ordering::Acquire) == 1)
    }
}

/// `producers` put `items` each, trying `tries` times; what arrives keeps the order of each, is there
/// once, with what was written before it was put, and nothing true is refused. If `one_dies`, the
/// first of them claims a place after its items, dies there, and is passed over.
pub fn each_in_its_order<W: World>(
    capacity: usize,
    producers: u32,
    items: u32,
    tries: usize,
    one_dies: bool,
) -> bool {
    let queue = ClaimQueue {
        ring: ClaimRing {
            head: W::u64(0),
            tail: W::u64(0),
            cells: Row::new(capacity, || W::u64(0)),
        },
        entries: Row::new(capacity, || W::u32(0)),
    };
    assert!(producers <= ClaimQueue::<W::U64, Row<W::U64>, Row<W::U32>>::LAST_OWNER);
    queue.init(u32::MAX);
    let cells = Row::new((producers * items) as usize, || W::u32(0));
    let locks = Locks::<W>(Row::new(producers as usize + 1, || W::u32(0)));
    let handles: Vec<_> = (0..producers)
        .map(|producer| {
            let (queue, cells, locks) = (queue.clone(), cells.clone(), locks.0.clone());
            let (owner, mut head) = (producer + 1, 0);
            W::spawn(move || {
                let mut next = producer * items;
                for _ in 0..tries {
                    if next == (producer + 1) * items {
                        if one_dies && producer == 0 && queue.ring.claim(owner, &mut head).is_ok() {
                            locks.word(owner as usize).store(1, Ordering::Release);
                            break;
                        }
                        W::yield_now();
                        continue;
                    }
                    let cell = cells.word(next as usize);
                    let mut stamped = None;
                    match queue.put(owner, &mut head, next, |count| {
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
    let mut rx: ClaimQueueConsumer<_, _, _> = queue.clone().consumer();
    let mut next: Vec<u32> = (0..producers).map(|producer| producer * items).collect();
    let mut taken = 0;
    let mut see = |index: u32, taken: &mut u64| {
        *taken += 1;
        let expected = &mut next[(index / items) as usize];
        assert_eq!(index, *expected);
        *expected += 1;
    };
    let mut last = None;
    let mut passed_over = 0;
    for _ in 0..tries {
        match rx.peek().unwrap() {
            Some((count, index)) => {
                assert!(last < Some(count), "each place once, in order");
                last = Some(count);
                let cell = cells.word(index as usize);
                assert_eq!(cell.load(Ordering::Relaxed), index + 100);
                see(index, &mut taken);
                rx.pop();
                rx.release();
            }
            None => {
                passed_over += u64::from(rx.skip_dead(&locks).unwrap().is_some());
                assert!(rx.skipped() <= 1 && rx.held_up().is_none_or(|claim| claim.owner != 0));
                W::yield_now();
            }
        }
    }
    handles.into_iter().for_each(W::join);
    // What the dead left where the consumer never came to it: who takes its number up skips it.
    let left = queue.skip_all_of(1) as u64;
    assert!(
        left + passed_over <= u64::from(one_dies),
        "the living fill what they claim"
    );
    for (_, index) in queue.waiting().unwrap() {
        see(index, &mut taken);
    }
    taken == u64::from(producers * items) && left + passed_over == u64::from(one_dies)
}
