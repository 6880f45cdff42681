//! The end that appends.

use core::sync::atomic::Ordering;

use super::{COMMITTED, HEADER, JournalWords, WRAP, header};
use crate::Error;
use crate::raw::{Atomic, Words, copy_in};

impl<C, A, I, T, P, B> JournalWords<C, A, I, T, P, B>
where
    C: Atomic<u64>,
    A: Atomic<u32>,
    I: Words<u32>,
    T: Words<u64>,
    P: Words<u64>,
    B: Words<u64>,
{
    /// The one writer. It takes up behind what is published: what the one before it put and didn't
    /// publish is overwritten.
    pub fn writer(self) -> Result<JournalWriter<C, A, I, T, P, B>, Error> {
        let published = self.published()?;
        let segment = published / self.segment_bytes();
        let begins = published.is_multiple_of(self.segment_bytes());
        if !begins && !self.holds(segment) {
            return Err(Error::Corrupted);
        }
        Ok(JournalWriter {
            words: self,
            at: published,
            published,
        })
    }
}

/// The end that appends.
#[derive(Debug)]
pub struct JournalWriter<C, A, I, T, P, B> {
    words: JournalWords<C, A, I, T, P, B>,
    at: u64,
    published: u64,
}

impl<C, A, I, T, P, B> JournalWriter<C, A, I, T, P, B>
where
    C: Atomic<u64>,
    A: Atomic<u32>,
    I: Words<u32>,
    T: Words<u64>,
    P: Words<u64>,
    B: Words<u64>,
{
    /// Appends a record in two phases: its bytes with a header that isn't committed, then the
    /// commit. Readers see it after [`JournalWriter::publish`]. Returns its position.
    pub fn put(&mut self, payload: &[u8]) -> Result<u64, Error> {
        let (max, len) = (self.words.max_record_bytes(), payload.len());
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        let segment_bytes = self.words.segment_bytes();
        let bytes = HEADER + (len as u64).next_multiple_of(8);
        let rest = segment_bytes - self.at % segment_bytes;
        if rest < bytes {
            let wrap = header((rest - HEADER) as u32, COMMITTED | WRAP);
            let word = self.words.bytes.at(self.words.word(self.at));
            word.store(wrap, Ordering::Relaxed);
            self.at += rest;
        }
        if self.at.is_multiple_of(segment_bytes) {
            self.begin(self.at / segment_bytes);
        }
        let position = self.at;
        let word = self.words.word(position);
        let head = self.words.bytes.at(word);
        head.store(header(len as u32, 0), Ordering::Relaxed);
        copy_in(&self.words.bytes, word + 1, payload);
        let end = position + bytes;
        if !end.is_multiple_of(segment_bytes) {
            // Behind the last record nothing is committed: whoever reads on, since somebody wrote over
            // the published position, finds no record of a lap ago.
            let behind = self.words.bytes.at(self.words.word(end));
            behind.store(header(0, 0), Ordering::Relaxed);
        }
        head.store(header(len as u32, COMMITTED), Ordering::Release);
        self.at = end;
        Ok(position)
    }

    /// Names the place after the segment, before any of it is overwritten.
    fn begin(&mut self, segment: u64) {
        self.publish();
        let place = self.words.place(segment);
        let name = self.words.segments.at(place);
        name.store(segment as u32, Ordering::Release);
        C::fence(Ordering::Release);
        self.words.tails.at(place).store(0, Ordering::Relaxed);
        self.words.active.store(place as u32, Ordering::Relaxed);
    }

    /// Makes all that was put visible, by one store. Returns the position behind it.
    pub fn publish(&mut self) -> u64 {
        if self.published != self.at {
            let segment_bytes = self.words.segment_bytes();
            let segment = (self.at - 1) / segment_bytes;
            let tail = self.words.tails.at(self.words.place(segment));
            tail.store(self.at - segment * segment_bytes, Ordering::Relaxed);
            self.words.published.store(self.at, Ordering::Release);
            self.published = self.at;
        }
        self.at
    }
}
