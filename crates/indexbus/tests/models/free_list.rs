//! The free list.

use indexbus::Error;
use indexbus::primitive::FreeList;
use indexbus::raw::{Atomic, Ordering};

use crate::world::{Row, World};

/// `threads` take and give `rounds` times, of `slots` slots: nobody gets what another holds, and
/// all are back at the end. With two slots and a taker that is interrupted between looking and
/// taking, this is the case that the tag is for.
pub fn nobody_gets_what_another_holds<W: World>(
    slots: usize,
    threads: usize,
    rounds: usize,
) -> bool {
    let list = FreeList {
        head: W::u64(0),
        next: Row::new(slots, || W::u32(0)),
    };
    list.init();
    let held = Row::new(slots, || W::u32(0));
    let body = |list: FreeList<W::U64, Row<W::U32>>, held: Row<W::U32>| {
        move || {
            for round in 0..rounds {
                // One round holds two at once, so that they go back in another order.
                let wanted = 1 + round % 2;
                let mut mine = Vec::new();
                for _ in 0..wanted {
                    match list.take() {
                        Ok(slot) => {
                            let cell = held.word(slot as usize);
                            let order = Ordering::Relaxed;
                            let was = cell.compare_exchange(0, 1, order, order);
                            assert_eq!(was, Ok(0), "slot {slot} is held twice");
                            mine.push(slot);
                        }
                        Err(Error::Full) => W::yield_now(),
                        Err(e) => panic!("{e}"),
                    }
                }
                for slot in mine {
                    held.word(slot as usize).store(0, Ordering::Relaxed);
                    list.give(slot).unwrap();
                }
            }
        }
    };
    let handles: Vec<_> = (1..threads)
        .map(|_| W::spawn(body(list.clone(), held.clone())))
        .collect();
    body(list.clone(), held)();
    handles.into_iter().for_each(W::join);
    let mut seen = vec![false; slots];
    list.validate(&mut seen).unwrap();
    assert!(seen.iter().all(|seen| *seen), "a slot was lost");
    true
}
