//! Claiming, publishing and gating: a producer, two consumers, the second after the first.

use indexbus::primitive::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::raw::{View, Word64};
use indexbus::{Error, SequencerCell};
use indexbus_abi::SequencerLayout4;
use indexbus_transport_local::HeapMemory;

use crate::input::{Input, allowed};

/// Entries of the ring that it would gate.
const CAPACITY: u64 = 8;

type Word<'m> = Word64<'m>;

fn set<'m>(words: &[Word<'m>]) -> GatingSet<Word<'m>> {
    match GatingSet::new(words.iter().copied()) {
        Ok(set) => set,
        Err(error) => panic!("two of four are refused: {error}"),
    }
}

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let memory = HeapMemory::of::<SequencerLayout4>();
    let Ok(cell) = SequencerCell::init(View::of(&memory)) else {
        panic!("the memory is large enough");
    };
    let gating = |n| cell.gating(n).expect("there are four");
    let (first, second) = (gating(0), gating(1));
    let new = || Sequencer::new(cell.cursor(), set(&[first, second]), CAPACITY);
    let mut producer = new();
    let mut consumers = [
        Consumer::new(Barrier::new(cell.cursor(), set(&[])), first, CAPACITY),
        Consumer::new(Barrier::new(cell.cursor(), set(&[first])), second, CAPACITY),
    ];
    let mut poked = false;
    let mut input = Input::new(data);
    while let Some(call) = input.call() {
        let many = u64::from(call / 8);
        match call % 8 {
            0 | 1 => {
                let before = producer.claimed();
                match producer.try_claim_n(many) {
                    Ok((from, to)) => {
                        assert_eq!((from, to), (before + 1, before + many));
                        let slowest = consumers[1].done();
                        assert!(
                            poked || to - slowest <= CAPACITY,
                            "past the slowest consumer"
                        );
                    }
                    Err(error) => {
                        let ahead = (before - consumers[1].done().min(before)).saturating_add(many);
                        allowed(error, poked, |error| match error {
                            Error::Full => poked || ahead > CAPACITY,
                            Error::Misused => many == 0 || many > CAPACITY,
                            _ => false,
                        });
                        assert_eq!(producer.claimed(), before, "all or none");
                    }
                }
            }
            2 => {
                let claimed = producer.claimed();
                assert_eq!(producer.publish(), claimed);
            }
            3 => producer.unclaim(),
            which @ (4 | 5) => {
                let consumer = &mut consumers[usize::from(which) - 4];
                match consumer.poll(many.max(1)) {
                    Ok(Some((from, to))) => {
                        assert_eq!(from, consumer.done().wrapping_add(1), "each once, in order");
                        let ready = to.wrapping_sub(from) + 1;
                        assert!(ready <= many.max(1) && ready <= CAPACITY);
                        assert!(poked || to <= producer.published(), "what wasn't published");
                        consumer.advance(to);
                    }
                    Ok(None) => {}
                    Err(error) => allowed(error, poked, |_| false),
                }
                assert!(poked || consumers[1].done() <= consumers[0].done());
            }
            6 => {
                // Another one takes its place; what was claimed and not published is claimed anew.
                let published = producer.published();
                producer = new();
                assert!(poked || producer.published() == published);
            }
            _ => {
                input.poke(&memory, 256);
                poked = true;
                let attached = SequencerCell::attach(View::of(&memory)).map(drop);
                if let Err(error) = attached {
                    allowed(error, poked, |error| {
                        matches!(error, Error::IncompatibleLayout | Error::NotInitialized)
                    });
                }
            }
        }
    }
}
