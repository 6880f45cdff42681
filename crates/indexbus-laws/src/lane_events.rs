//! Sending and receiving over both queues of an events region, of each class.

use indexbus::raw::View;
use indexbus::{
    Error, MpscReceiver, MpscSender, NeverDead, SpscReceiver, SpscSender, attach_events,
    init_events, split_mpsc, split_spsc, validate_events,
};
use indexbus_abi::{EventsClass, INDEXBUS_QUEUE_CAPACITY};
use indexbus_transport_local::HeapMemory;

use crate::input::{Input, allowed};

/// Header, counters, entries and cells of both queues, and the first slots.
const FIELDS: usize = 32_768;
/// The longest payload of any class.
const LONGEST: usize = 4_096;

/// What the `nth` payload of a sender says, `len` bytes of it.
fn payload(sender: u8, nth: u32, len: usize) -> Vec<u8> {
    let [a, b, c, d] = nth.to_le_bytes();
    let mut bytes = vec![sender ^ a; len.max(5)];
    bytes[..5].copy_from_slice(&[sender, a, b, c, d]);
    bytes
}

/// What came: of each sender the next one, by length too.
#[derive(Default)]
struct Expected {
    sent: [Vec<usize>; 3],
    next: [u32; 3],
}

impl Expected {
    fn next(&self, sender: u8) -> u32 {
        self.sent[usize::from(sender)].len() as u32
    }

    fn came(&mut self, bytes: &[u8]) {
        let sender = usize::from(bytes[0]);
        assert!(sender < 3, "nobody sent that");
        let nth = self.next[sender];
        let len = self.sent[sender].get(nth as usize);
        let len = *len.expect("more came than was sent");
        assert_eq!(
            bytes,
            payload(bytes[0], nth, len),
            "torn, twice, or out of order"
        );
        self.next[sender] += 1;
    }

    /// How many are on their way from these.
    fn under_way(&self, senders: &[usize]) -> usize {
        let of = |&sender: &usize| self.sent[sender].len() - self.next[sender] as usize;
        senders.iter().map(of).sum()
    }
}

struct Ends<'m> {
    one: (SpscSender<'m>, SpscReceiver<'m>),
    many: ([MpscSender<'m>; 2], MpscReceiver<'m>),
}

fn ends(memory: &HeapMemory, class: EventsClass) -> Result<Ends<'_>, Error> {
    let cell = || attach_events(View::of(memory), class);
    let (tx, rx) = split_mpsc(cell()?);
    Ok(Ends {
        one: split_spsc(cell()?),
        many: ([tx.clone(), tx], rx),
    })
}

/// Receives what there is: at most what a queue holds, unless somebody wrote over it.
fn receive(
    mut one: impl FnMut(&mut [u8]) -> Result<Option<usize>, Error>,
    expected: &mut Expected,
    poked: bool,
) {
    let mut into = [0; LONGEST];
    for _ in 0..=INDEXBUS_QUEUE_CAPACITY {
        match one(&mut into) {
            Ok(Some(len)) if !poked => expected.came(&into[..len]),
            Ok(Some(len)) => assert!(len <= LONGEST),
            Ok(None) => return,
            Err(error) => return allowed(error, poked, |_| false),
        }
    }
    assert!(poked, "more than a queue holds");
}

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let mut input = Input::new(data);
    let classes = EventsClass::ALL;
    let class = classes[usize::from(input.byte()) % classes.len()];
    let memory = HeapMemory::new(class.region_bytes());
    init_events(View::of(&memory), class).expect("the memory is large enough");
    let mut ends = match ends(&memory, class) {
        Ok(ends) => ends,
        Err(error) => panic!("a fresh region is refused: {error}"),
    };
    let mut expected = Expected::default();
    let mut poked = false;
    while let Some(call) = input.call() {
        let many = 1 + u32::from(call / 8) * 8;
        match call % 8 {
            sender @ 0..=3 => {
                let len = usize::from(input.u16()) % (class.payload_bytes() + 9);
                let batch = sender == 3;
                let sender = sender % 3;
                for _ in 0..many {
                    let bytes = payload(sender, expected.next(sender), len);
                    let said = match sender {
                        0 if batch => ends.one.0.put(&bytes),
                        0 => ends.one.0.publish(&bytes),
                        _ => ends.many.0[usize::from(sender) - 1].publish(&bytes),
                    };
                    let queue: &[usize] = if sender == 0 { &[0] } else { &[1, 2] };
                    match said {
                        Ok(()) => expected.sent[usize::from(sender)].push(len),
                        Err(error) => {
                            let full = expected.under_way(queue) == INDEXBUS_QUEUE_CAPACITY;
                            let max = class.payload_bytes();
                            allowed(error, poked, |error| match error {
                                Error::Full => full || poked,
                                Error::ClaimLost => poked,
                                Error::TooLarge { max: told, len } => {
                                    told == max && len == bytes.len() && len > max
                                }
                                _ => false,
                            });
                            break;
                        }
                    }
                }
            }
            4 => {
                ends.one.0.flush();
                let rx = &mut ends.one.1;
                receive(|into| rx.try_recv_into(into), &mut expected, poked);
            }
            5 => {
                let rx = &mut ends.many.1;
                receive(|into| rx.try_recv_into(into), &mut expected, poked);
                let skipped = rx.skip_dead(&NeverDead);
                assert!(matches!(skipped, Ok(None)), "nobody is dead");
                assert!(poked || rx.held_up().is_none(), "nobody holds it up");
            }
            6 => match validate_events(View::of(&memory), class) {
                Ok(_) => {}
                Err(error) => allowed(error, poked, |error| {
                    poked && matches!(error, Error::IncompatibleLayout | Error::NotInitialized)
                }),
            },
            _ => {
                input.poke(&memory, FIELDS);
                poked = true;
            }
        }
    }
    ends.one.0.flush();
    let (one, many) = (&mut ends.one.1, &mut ends.many.1);
    receive(|into| one.try_recv_into(into), &mut expected, poked);
    receive(|into| many.try_recv_into(into), &mut expected, poked);
    assert!(
        poked || expected.under_way(&[0, 1, 2]) == 0,
        "some got lost"
    );
}
