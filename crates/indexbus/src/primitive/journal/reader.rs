//! The end of one subscriber.

use core::sync::atomic::Ordering;

use super::{FREE, JournalWords, Record};
use crate::Error;
use crate::raw::{Atomic, Words, copy_out};

/// What a reader came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalRead {
    /// A record.
    Record {
        /// Its position.
        position: u64,
        /// Bytes of its payload.
        len: usize,
    },
    /// The writer overtook the reader, which goes on at the oldest record that is still whole.
    Overrun {
        /// Bytes that it will never see, headers included.
        lost: u64,
    },
}

/// The end of one subscriber.
#[derive(Debug)]
pub struct JournalReader<C, A, I, T, P, B> {
    words: JournalWords<C, A, I, T, P, B>,
    subscriber: usize,
    at: u64,
    /// What was last seen of the published position.
    seen: u64,
}

impl<C, A, I, T, P, B> JournalReader<C, A, I, T, P, B>
where
    C: Atomic<u64>,
    A: Atomic<u32>,
    I: Words<u32>,
    T: Words<u64>,
    P: Words<u64>,
    B: Words<u64>,
{
    pub(super) fn new(words: JournalWords<C, A, I, T, P, B>, subscriber: usize, at: u64) -> Self {
        Self {
            words,
            subscriber,
            at,
            seen: at,
        }
    }

    /// Which subscriber it is.
    pub fn subscriber(&self) -> usize {
        self.subscriber
    }

    /// The position it is at.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Copies the next record into `into`; `None` if there is none. `BufferTooSmall` leaves it where
    /// it is. What `into` holds is the record's only where one is returned.
    pub fn read(&mut self, into: &mut [u8]) -> Result<Option<JournalRead>, Error> {
        let from = self.at;
        loop {
            if self.at == self.seen {
                let published = self.words.published()?;
                if published < self.at {
                    return Err(Error::Corrupted);
                }
                self.seen = published;
                if published == self.at {
                    return Ok(None);
                }
            }
            let position = self.at;
            let segment = position / self.words.segment_bytes();
            let word = self.words.word(position);
            let header = self.words.bytes.at(word).load(Ordering::Acquire);
            let record = self.words.record(position, header);
            let record = record.filter(|record| record.end <= self.seen);
            let copied = record.as_ref().and_then(|record| {
                let into = into.get_mut(..record.len).filter(|_| !record.wrap)?;
                copy_out(&self.words.bytes, word + 1, into);
                Some(())
            });
            if !self.words.holds(segment) {
                return self.overrun(from).map(Some);
            }
            // All that was read is of this segment: now it is judged.
            let Record { len, end, wrap } = record.ok_or(Error::Corrupted)?;
            if !wrap && copied.is_none() {
                return Err(Error::BufferTooSmall {
                    required: len,
                    provided: into.len(),
                });
            }
            self.at = end;
            if !wrap {
                return Ok(Some(JournalRead::Record { position, len }));
            }
        }
    }

    fn overrun(&mut self, from: u64) -> Result<JournalRead, Error> {
        let (oldest, published) = self.words.oldest()?;
        // The segment it is at is gone, so what is left is behind it.
        if oldest <= self.at {
            return Err(Error::Corrupted);
        }
        let lost = oldest - from;
        (self.at, self.seen) = (oldest, published);
        Ok(JournalRead::Overrun { lost })
    }

    /// Stores how far it read, by one store, for whoever resumes or watches.
    pub fn store_position(&self) {
        let position = self.words.positions.at(self.subscriber);
        position.store(self.at, Ordering::Release);
    }

    /// Frees the subscriber's place. A reader that is dropped without keeps it, for
    /// [`JournalWords::resume`].
    pub fn unsubscribe(self) {
        let position = self.words.positions.at(self.subscriber);
        position.store(FREE, Ordering::Release);
    }
}
