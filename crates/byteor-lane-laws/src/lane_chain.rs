//! Three queues of an events chain, over which slots are sent, passed on, held and received: each
//! queue gives what was put into it, once and in order, whoever put it.

use std::collections::VecDeque;
use std::sync::Arc;

use byteor_abi::EventsChainRegion4;
use byteor_pipeline_kernel::{
    ChainQueue, ChainRegion, ChainRx, ChainTx, HeldSlot, LaneError, LaneRx, LaneTx,
};
use indexbus::NeverDead;
use indexbus_laws::input::{Input, allowed};
use indexbus_transport_local::HeapMemory;

/// Slots of the chain, and entries of a queue.
const SLOTS: usize = 1024;
/// Header, all queues and the free list.
const FIELDS: usize = 131_072;
const QUEUES: [ChainQueue; 3] = [
    ChainQueue::Spsc(0),
    ChainQueue::Spsc(1),
    ChainQueue::Mpsc(0),
];

struct Queue {
    /// A queue for many producers has two.
    tx: Vec<ChainTx>,
    rx: ChainRx,
    waiting: VecDeque<Vec<u8>>,
}

impl Queue {
    fn new(region: &ChainRegion, name: ChainQueue) -> Self {
        let tx = || match ChainTx::new(region, name) {
            Ok(tx) => tx,
            Err(error) => panic!("a producer of {name:?} is refused: {error}"),
        };
        let many = matches!(name, ChainQueue::Mpsc(_));
        Self {
            tx: (0..=usize::from(many)).map(|_| tx()).collect(),
            rx: match ChainRx::new(region, name) {
                Ok(rx) => rx,
                Err(error) => panic!("the consumer of {name:?} is refused: {error}"),
            },
            waiting: VecDeque::new(),
        }
    }
}

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let memory = Arc::new(HeapMemory::new(size_of::<EventsChainRegion4>()));
    let region = ChainRegion::init(memory.clone()).expect("the memory has its size");
    region.own_claims(1).expect("nobody has a number yet");
    let mut queues = QUEUES.map(|name| Queue::new(&region, name));
    let mut held: Vec<(HeldSlot, Vec<u8>)> = Vec::new();
    let mut poked = false;
    let mut sent = 0_u8;
    let mut input = Input::new(data);
    while let Some(call) = input.call() {
        let many = usize::from(call / 8);
        let at = many % QUEUES.len();
        let used = held.len()
            + queues
                .iter()
                .map(|queue| queue.waiting.len())
                .sum::<usize>();
        let Queue { tx, rx, waiting } = &mut queues[at];
        let max = tx[0].max_record_bytes();
        match call % 8 {
            0 | 1 => {
                let len = usize::from(input.u16()) % (max + 9);
                let tx = &mut tx[usize::from(call % 8) % if at == 2 { 2 } else { 1 }];
                for n in 0..many * 4 + 1 {
                    sent = sent.wrapping_add(1);
                    let bytes = vec![sent; len];
                    match tx.try_send(&bytes) {
                        Ok(()) => waiting.push_back(bytes),
                        Err(error) => {
                            let full = waiting.len() == SLOTS || used + n == SLOTS;
                            allowed(error, poked, |error| match error {
                                LaneError::Full => full || poked,
                                LaneError::ClaimLost => poked,
                                LaneError::TooLarge {
                                    max: told,
                                    len: said,
                                } => told == max && said == len && len > max,
                                _ => false,
                            });
                            break;
                        }
                    }
                }
            }
            2 => {
                let mut into = vec![0; max];
                for _ in 0..many * 4 + 1 {
                    match rx.try_recv_into(&mut into) {
                        Ok(Some(len)) if poked => assert!(len <= max),
                        Ok(Some(len)) => {
                            let expected = waiting.pop_front();
                            assert_eq!(Some(&into[..len]), expected.as_deref(), "not the next one");
                        }
                        Ok(None) => {
                            assert!(poked || waiting.is_empty(), "one was waiting");
                            break;
                        }
                        Err(error) => {
                            allowed(error, poked, |_| false);
                            break;
                        }
                    }
                }
            }
            3 if held.len() < 64 => match rx.take() {
                Ok(Some(slot)) => {
                    let expected = waiting.pop_front();
                    assert!(poked || expected.is_some(), "nobody put that");
                    held.push((slot, expected.unwrap_or_default()));
                }
                Ok(None) => assert!(poked || waiting.is_empty(), "one was waiting"),
                Err(error) => allowed(error, poked, |_| false),
            },
            4 => {
                // Passed on, into this queue or another, without a copy.
                let Some((slot, bytes)) = held.pop() else {
                    continue;
                };
                match tx[0].pass(slot) {
                    Ok(()) => waiting.push_back(bytes),
                    Err(refused) => {
                        let full = waiting.len() == SLOTS;
                        allowed(refused.error, poked, |error| match error {
                            LaneError::Full => full || poked,
                            LaneError::ClaimLost => poked,
                            _ => false,
                        });
                    }
                }
            }
            5 => {
                let Some((slot, bytes)) = held.last_mut() else {
                    continue;
                };
                let mut into = vec![0; max];
                match slot.read_into(&mut into) {
                    Ok(len) => assert!(poked || into[..len] == **bytes, "a held record changed"),
                    Err(error) => allowed(error, poked, |_| false),
                }
                let fresh = vec![call; many];
                match slot.rewrite(&fresh) {
                    Ok(()) => *bytes = fresh,
                    Err(error) => allowed(error, poked, |_| false),
                }
            }
            6 => {
                if many % 2 == 0 {
                    // Back to the pool.
                    held.clear();
                }
                let skipped = rx.skip_dead(&NeverDead);
                assert!(matches!(skipped, Ok(None)), "nobody is dead");
                let attach = if held.is_empty() {
                    ChainRegion::attach_fresh
                } else {
                    ChainRegion::attach_live
                };
                if let Err(error) = attach(memory.clone()) {
                    allowed(error, poked, |error| {
                        poked
                            && matches!(
                                error,
                                LaneError::IncompatibleLayout | LaneError::NotInitialized
                            )
                    });
                }
            }
            7 => {
                input.poke(&memory, FIELDS);
                poked = true;
            }
            _ => {}
        }
    }
}
