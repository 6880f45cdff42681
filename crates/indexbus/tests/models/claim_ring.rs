//! The ring for many producers that outlives one of them.

use indexbus::primitive::{Cell, ClaimConsumer, ClaimRing};
use indexbus::raw::{Atomic, Ordering};
use indexbus::{Error, NeverDead};

use crate::world::{Row, World};

type Ring<W> = ClaimRing<<W as World>::U64, Row<<W as World>::U64>>;

fn ring<W: World>(capacity: usize, count: u64) -> Ring<W> {
    let ring = ClaimRing {
        head: W::u64(0),
        tail: W::u64(0),
        cells: Row::new(capacity, || W::u64(0)),
    };
    ring.init(count);
    ring.check().unwrap();
    ring
}

/// Just before the counters wrap.
const FIRST: u64 = u64::MAX - 1;

/// What a producer sends: whose it is, and which.
fn item(owner: u32, n: u32) -> u32 {
    owner << 8 | n
}

/// `producers` send `items` each, trying `tries` times; the first of them dies at its second claim
/// if `one_dies`, and then its lock is free. What arrives keeps the order of each, is there once and
/// whole; nothing true is refused; and what the others send comes through.
pub fn each_in_its_order<W: World>(
    capacity: usize,
    producers: u32,
    items: u32,
    tries: usize,
    one_dies: bool,
) -> bool {
    let ring = ring::<W>(capacity, FIRST);
    let slots = Row::new(capacity, || W::u32(0));
    let locks = Row::new(producers as usize + 1, || W::u32(1));
    let at = move |count: u64| count as usize % capacity;
    let handles: Vec<_> = (1..=producers)
        .map(|owner| {
            let (ring, slots, locks) = (ring.clone(), slots.clone(), locks.clone());
            W::spawn(move || {
                let mut head = FIRST;
                let mut n = 0;
                for _ in 0..tries {
                    if n == items {
                        break;
                    }
                    match ring.claim(owner, &mut head) {
                        Ok(_) if one_dies && owner == 1 && n == 1 => {
                            let lock = locks.word(owner as usize);
                            return lock.store(0, Ordering::Release);
                        }
                        Ok(count) => {
                            let slot = slots.word(at(count));
                            slot.store(item(owner, n), Ordering::Relaxed);
                            ring.fill(count, owner).unwrap();
                            n += 1;
                        }
                        Err(Error::Full) => W::yield_now(),
                        Err(e) => panic!("{e}"),
                    }
                }
            })
        })
        .collect();

    let mut rx: ClaimConsumer<_, _> = ring.clone().consumer();
    rx.resume(FIRST);
    let mut next = vec![0; producers as usize + 1];
    let mut see = |count: u64| {
        let value = slots.word(at(count)).load(Ordering::Relaxed);
        let owner = value >> 8;
        assert_eq!(value, item(owner, next[owner as usize]));
        next[owner as usize] += 1;
    };
    let mut count = FIRST;
    for _ in 0..tries {
        assert_eq!(rx.count(), count);
        match rx.peek().unwrap() {
            Cell::Filled => see(count),
            Cell::Skipped => {}
            Cell::Free => {
                rx.release();
                W::yield_now();
                continue;
            }
            Cell::Claimed { owner } => {
                rx.release();
                if locks.word(owner as usize).load(Ordering::Acquire) == 0 {
                    // Lost where it was filled after the look, and before its owner died at the next.
                    assert!(matches!(rx.skip(owner), Ok(()) | Err(Error::ClaimLost)));
                } else {
                    W::yield_now();
                }
                continue;
            }
        }
        rx.pop();
        count = count.wrapping_add(1);
    }
    rx.release();
    handles.into_iter().for_each(W::join);
    // A claim of the dead that the consumer did not come to: whoever takes up its number skips it.
    let left = ring.skip_all_of(1);
    assert!(left <= usize::from(one_dies));
    for (waiting, cell) in ring.waiting().unwrap() {
        assert_eq!(waiting, count);
        count = count.wrapping_add(1);
        if cell == Cell::Filled {
            see(waiting);
        } else {
            assert_eq!(cell, Cell::Skipped);
        }
    }
    let others = if one_dies { 2 } else { 1 };
    (others..=producers).all(|owner| next[owner as usize] == items)
}

/// A claim is skipped while its owner fills it: one of the two happens, and the other is told. The
/// place behind it is not held up.
pub fn filled_or_skipped<W: World>() -> bool {
    let ring = ring::<W>(2, 0);
    let slot = W::u32(0);
    let count = ring.claim(1, &mut 0).unwrap();
    let (filler, written) = (ring.clone(), slot.clone());
    let filled = W::u32(0);
    let told = filled.clone();
    let handle = W::spawn(move || {
        written.store(7, Ordering::Relaxed);
        match filler.fill(count, 1) {
            Ok(()) => told.store(1, Ordering::Relaxed),
            Err(error) => assert_eq!(error, Error::ClaimLost),
        }
    });
    let second = ring.claim(2, &mut 0).unwrap();
    ring.fill(second, 2).unwrap();
    let skipped = ring.skip(count, 1);
    let mut rx = ring.consumer();
    let came = rx.peek().unwrap() == Cell::Filled;
    if came {
        assert_eq!(skipped, Err(Error::ClaimLost));
        assert_eq!(slot.load(Ordering::Relaxed), 7);
    } else {
        assert_eq!((rx.peek(), skipped), (Ok(Cell::Skipped), Ok(())));
    }
    rx.pop();
    assert_eq!(rx.peek(), Ok(Cell::Filled));
    W::join(handle);
    assert_eq!(filled.load(Ordering::Relaxed), u32::from(came));
    true
}

/// A producer died after it claimed and before it moved the tail. The others move it on, claim each a
/// place of its own behind it, and arrive once it was skipped; so does who comes when the consumer is
/// ahead of the tail.
pub fn the_tail_is_helped_along<W: World>() -> bool {
    let ring = ring::<W>(4, FIRST);
    let slots = Row::new(4, || W::u32(0));
    let died = ring.claim(9, &mut { FIRST }).unwrap();
    ring.tail.store(FIRST, Ordering::Release);
    let send = |owner: u32| {
        let (ring, slots) = (ring.clone(), slots.clone());
        move || {
            let count = ring.claim(owner, &mut { FIRST }).unwrap();
            let slot = slots.word(count as usize % 4);
            slot.store(owner, Ordering::Relaxed);
            ring.fill(count, owner).unwrap();
        }
    };
    let other = W::spawn(send(1));
    let mut rx = ring.clone().consumer();
    assert_eq!(rx.peek(), Ok(Cell::Claimed { owner: 9 }));
    rx.skip(9).unwrap();
    rx.pop();
    rx.release();
    send(2)();
    W::join(other);
    let mut came = Vec::new();
    while let Some(count) = rx.next_filled().unwrap() {
        assert_eq!(count, rx.count());
        let slot = slots.word(count as usize % 4);
        came.push(slot.load(Ordering::Relaxed));
        rx.pop();
    }
    assert_eq!((rx.held_up(), rx.skipped()), (None, 0));
    assert_eq!(rx.skip_dead(&NeverDead), Ok(None));
    came.sort_unstable();
    assert_eq!((died, came), (FIRST, vec![1, 2]));
    true
}
