//! Appending, following, replaying a journal.

use indexbus::raw::View;
use indexbus::{
    Error, JournalRead, JournalSubscriber, Start, attach_journal_layout4, init_journal_memory,
    split_journal, validate_journal_layout4,
};
use indexbus_abi::JournalLayout4;
use indexbus_transport_local::HeapMemory;

use crate::input::{Input, allowed};

/// Where the bytes of records begin.
const FIELDS: usize = 448;
/// Reads that a journal of 192 KiB can have at most, one overrun included.
const READS: usize = 3 * 65_536 / 8 + 1;

fn payload(position: u64, len: usize) -> Vec<u8> {
    (0..len).map(|n| (position / 8 + n as u64) as u8).collect()
}

/// Reads to the end.
fn follow(subscriber: &mut JournalSubscriber<'_>, poked: bool) {
    let mut into = vec![0; 65_528];
    for _ in 0..READS {
        let before = subscriber.position();
        match subscriber.try_recv_into(&mut into) {
            Ok(Some(JournalRead::Record { position, len })) => {
                assert!(subscriber.position() > position && position >= before);
                assert!(
                    poked || into[..len] == payload(position, len),
                    "not what was appended"
                );
            }
            Ok(Some(JournalRead::Overrun { lost })) => {
                assert_eq!(subscriber.position(), before + lost);
            }
            Ok(None) => return,
            Err(error) => return allowed(error, poked, |_| false),
        }
    }
    assert!(poked, "more records than fit");
}

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let memory = HeapMemory::of::<JournalLayout4>();
    init_journal_memory(View::of(&memory)).expect("the memory is large enough");
    let cell = || attach_journal_layout4(View::of(&memory));
    let Ok((mut publisher, subscribers)) = cell().and_then(split_journal) else {
        panic!("a fresh journal is refused");
    };
    let mut readers: Vec<JournalSubscriber<'_>> = Vec::new();
    let mut published = 0;
    let mut poked = false;
    let mut input = Input::new(data);
    while let Some(call) = input.call() {
        match call % 8 {
            0 | 1 => {
                // Where it goes is known, unless a new segment has to be begun.
                let len = usize::from(input.u16()) % 9_000;
                let rest = 65_536 - published % 65_536;
                let bytes = 8 + (len as u64).next_multiple_of(8);
                let position = published + if rest < bytes { rest } else { 0 };
                match publisher.append(&payload(position, len)) {
                    Ok(at) => {
                        assert!(poked || at == position, "appended elsewhere");
                        published = at + bytes;
                    }
                    Err(error) => allowed(error, poked, |_| false),
                }
            }
            2 | 3 => {
                if let Some(reader) = readers.get_mut(usize::from(call / 8) % 4) {
                    follow(reader, poked);
                }
            }
            4 => {
                let start = match input.byte() % 3 {
                    0 => Start::Oldest,
                    1 => Start::Newest,
                    _ => Start::At(u64::from(input.u16()) * 8),
                };
                match subscribers.subscribe(start) {
                    Ok(reader) => readers.push(reader),
                    Err(error) => allowed(error, poked, |error| {
                        let all = poked || readers.len() == 4;
                        error == Error::Taken && all || error == Error::Misused
                    }),
                }
            }
            5 => {
                if let Some(reader) = readers.pop() {
                    let number = reader.number();
                    match subscribers.resume(number) {
                        Ok(reader) => readers.push(reader),
                        Err(error) => {
                            allowed(error, poked, |error| poked && error == Error::Misused)
                        }
                    }
                }
            }
            6 => match cell().and_then(split_journal) {
                Ok((heir, _)) => publisher = heir,
                Err(error) => allowed(error, poked, refused_header(poked)),
            },
            _ => {
                let validated = validate_journal_layout4(View::of(&memory)).map(drop);
                if let Err(error) = validated {
                    allowed(error, poked, refused_header(poked));
                }
                if call & 0x80 != 0 {
                    input.poke(&memory, FIELDS);
                    poked = true;
                }
            }
        }
    }
    for reader in &mut readers {
        follow(reader, poked);
    }
}

/// A header that was written over is refused when somebody attaches.
fn refused_header(poked: bool) -> impl FnOnce(Error) -> bool {
    move |error| poked && matches!(error, Error::IncompatibleLayout | Error::NotInitialized)
}
