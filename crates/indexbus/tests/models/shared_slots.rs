//! Slots that several holders share.

use indexbus::Error;
use indexbus::primitive::{FreeList, SharedSlots};
use indexbus::raw::{Ordering, Words};

use crate::world::{Plain, Row, World};

pub(super) fn slots<W: World>(count: usize) -> SharedSlots<W::U64, Row<W::U32>> {
    let slots = SharedSlots {
        free: FreeList {
            head: W::u64(0),
            next: Row::new(count, || W::u32(0)),
        },
        holders: Row::new(count, || W::u32(0)),
        stamps: Row::new(count, || W::u32(0)),
    };
    slots.init();
    slots
}

/// Each of `holders` reads one slot and lets it go, while somebody else tries to take it, `tries`
/// times, and writes over it: nobody reads what was written after, the slot is free once, and letting
/// it go once more is told.
pub fn the_last_holder_frees_it<W: World>(holders: u32, tries: usize) -> bool {
    use indexbus::raw::Atomic;
    let slots = slots::<W>(1);
    let word = W::Cell::new(0);
    let index = slots.take().unwrap();
    word.set(7);
    slots.filled(index, 3).unwrap();
    slots.share(index, holders).unwrap();
    let handles: Vec<_> = (0..holders)
        .map(|_| {
            let (slots, word) = (slots.clone(), word.clone());
            W::spawn(move || {
                slots.check(index, 3).unwrap();
                assert_eq!(word.get(), 7);
                slots.release(index, holders).unwrap();
            })
        })
        .collect();
    let mut taken = false;
    for _ in 0..tries {
        match slots.take() {
            Ok(again) => {
                assert_eq!(again, index);
                word.set(8);
                slots.filled(index, 4).unwrap();
                taken = true;
                break;
            }
            Err(Error::Full) => W::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
    handles.into_iter().for_each(W::join);
    assert_eq!(slots.release(index, holders), Err(Error::Corrupted));
    assert_eq!(slots.check(index, 9), Err(Error::Corrupted));
    assert_eq!(slots.holders.at(0).load(Ordering::Relaxed), 0);
    if taken {
        slots.discard(index).unwrap();
    }
    assert_eq!((slots.take(), slots.take()), (Ok(index), Err(Error::Full)));
    taken
}
