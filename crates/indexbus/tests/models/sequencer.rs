//! The sequencer: producer, gating, barriers, consumers.

use indexbus::Error;
use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::raw::{Atomic, Ordering};

use crate::world::{Row, World};

/// A ring of `capacity` plain words, one producer that tries `tries` times, and a chain of `stages`:
/// each waits for those before it, adds one to the word, and moves on. Nobody sees a word too early,
/// too late or twice, the producer never overwrites what somebody is still at, and nothing true is
/// refused.
pub fn a_chain_of_stages<W: World>(
    capacity: u64,
    stages: usize,
    records: u64,
    tries: usize,
) -> bool {
    let cursor = W::u64(0);
    let gating = Row::new(stages, || W::u64(0));
    let ring = Row::new(capacity as usize, || W::u64(0));
    let gating_of = |stages: std::ops::Range<usize>| {
        GatingSet::new(stages.map(|stage| gating.word(stage).clone())).unwrap()
    };
    let at = move |sequence: u64| (sequence % capacity) as usize;
    let handles: Vec<_> = (0..stages)
        .map(|stage| {
            let barrier = Barrier::new(cursor.clone(), gating_of(0..stage));
            let looked = barrier.clone();
            let mut place = Consumer::new(barrier, gating.word(stage).clone(), capacity);
            let ring = ring.clone();
            W::spawn(move || {
                for _ in 0..tries {
                    let Some((first, last)) = place.poll(capacity).unwrap() else {
                        if place.done() == records {
                            break;
                        }
                        W::yield_now();
                        continue;
                    };
                    assert_eq!(first, place.done() + 1);
                    assert!(last <= looked.available().unwrap());
                    for sequence in first..=last {
                        let word = ring.word(at(sequence));
                        let value = word.load(Ordering::Relaxed);
                        assert_eq!(value, sequence * 10 + stage as u64);
                        word.store(value + 1, Ordering::Relaxed);
                    }
                    place.advance(last);
                }
            })
        })
        .collect();
    let all = gating_of(0..stages);
    let slowest = all.clone();
    let mut producer = Sequencer::new(cursor.clone(), all, capacity);
    // Once more than the stages: the last record waits for the first to be through.
    for _ in 0..=tries {
        if producer.published() == records {
            break;
        }
        match producer.try_claim() {
            Ok(sequence) => {
                assert_eq!(sequence, producer.claimed());
                let before = ring.word(at(sequence)).load(Ordering::Relaxed);
                if sequence > capacity {
                    let done = (sequence - capacity) * 10 + stages as u64;
                    assert_eq!(before, done, "somebody is still at it");
                }
                if sequence.is_multiple_of(2) && producer.claimed() - producer.published() == 1 {
                    // What is claimed can be given back.
                    producer.unclaim();
                    assert_eq!(producer.try_claim_n(1), Ok((sequence, sequence)));
                }
                let word = ring.word(at(sequence));
                word.store(sequence * 10, Ordering::Relaxed);
                assert_eq!(producer.publish(), sequence);
            }
            Err(Error::Full) => W::yield_now(),
            Err(e) => panic!("{e}"),
        }
        let published = producer.published();
        assert!(slowest.minimum(|| published).unwrap() <= Some(published));
    }
    handles.into_iter().for_each(W::join);
    gating.word(stages - 1).load(Ordering::Acquire) == records
}
