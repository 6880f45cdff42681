//! The ring of slots that say their sequence.

use indexbus::Error;
use indexbus::primitive::{Barrier, Consumer, FreeList, GatingSet, Sequencer, SlotRing};
use indexbus::raw::{Atomic, Ordering};

use crate::world::{Row, World};

/// A producer and a consumer over a ring of `capacity` slots, of two plain words each, and a third
/// that once writes `foreign` over the cursor. What the consumer reads is what was sent at this
/// sequence, whole; or it was told before, by one end or the other. Without a foreign cursor nothing
/// is told.
pub fn old_bytes_never<W: World>(
    capacity: usize,
    records: u64,
    tries: usize,
    foreign: Option<u64>,
) -> bool {
    let cursor = W::u64(0);
    let gating = W::u64(0);
    let ring = SlotRing {
        entries: Row::new(capacity, || W::u32(0)),
        sequences: Row::new(capacity, || W::u32(0)),
    };
    ring.init();
    assert_eq!(ring.named(1), Err(Error::Corrupted), "nothing is named yet");
    let payload = Row::new(2 * capacity, || W::u64(0));
    let told = move |error: Error| {
        assert_eq!(error, Error::Corrupted);
        assert!(foreign.is_some(), "something true was refused");
    };

    let none = GatingSet::new([]).unwrap();
    let barrier = Barrier::new(cursor.clone(), none);
    let mut consumer = Consumer::new(barrier, gating.clone(), capacity as u64);
    let (slots, words) = (ring.clone(), payload.clone());
    let receiver = W::spawn(move || {
        for _ in 0..tries {
            let (first, last) = match consumer.poll(u64::MAX) {
                Ok(Some(ready)) => ready,
                Ok(None) if consumer.done() == records => break,
                Ok(None) => {
                    W::yield_now();
                    continue;
                }
                Err(error) => return told(error),
            };
            for sequence in first..=last {
                let slot = match slots.slot(sequence) {
                    Ok(slot) => slot as usize,
                    Err(error) => return told(error),
                };
                for word in [2 * slot, 2 * slot + 1] {
                    let value = words.word(word).load(Ordering::Relaxed);
                    assert_eq!(value, sequence * 10, "old bytes, or half of them");
                }
            }
            consumer.advance(last);
        }
    });
    let free = FreeList {
        head: W::u64(0),
        next: Row::new(capacity, || W::u32(0)),
    };
    free.init();
    let consumers = GatingSet::new([gating.clone()]).unwrap();
    let mut producer = Sequencer::new(cursor.clone(), consumers, capacity as u64);
    let vandal = foreign.map(|foreign| {
        let cursor = cursor.clone();
        W::spawn(move || cursor.store(foreign, Ordering::Relaxed))
    });

    for _ in 0..=tries {
        if producer.published() == records {
            break;
        }
        let sequence = match producer.try_claim() {
            Ok(sequence) => sequence,
            Err(Error::Full) => {
                W::yield_now();
                continue;
            }
            Err(error) => {
                told(error);
                break;
            }
        };
        assert_eq!(ring.is_unset(sequence), sequence <= capacity as u64);
        match ring.slot_to_fill(sequence, || free.take()) {
            Ok(slot) => {
                for word in [2 * slot, 2 * slot + 1] {
                    let word = payload.word(word as usize);
                    word.store(sequence * 10, Ordering::Relaxed);
                }
                ring.filled(sequence, slot).unwrap();
                producer.publish();
            }
            Err(error) => {
                told(error);
                break;
            }
        }
    }
    W::join(receiver);
    vandal.into_iter().for_each(W::join);
    gating.load(Ordering::Acquire) == records
}
