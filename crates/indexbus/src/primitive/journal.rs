//! The journal: one writer appends to a ring of segments, and readers follow it, each at its own
//! pace. Nobody waits for a reader: one that is overtaken is told, and goes on at the oldest record
//! that is still whole.
//!
//! A position counts bytes since the journal began. Position `p` lies in segment `p / S`, at byte
//! `p % S` of the place `segment % segments`. A record never crosses a segment: what remains of it
//! is filled by a wrap record, which readers pass over.
//!
//! What is published always lies in the last segment that was begun, or ends where the next begins;
//! so the places name the segment of the published position and the ones before it, without a gap.

use core::sync::atomic::Ordering;

use crate::Error;
use crate::raw::{Atomic, Words, copy_in, copy_out};

use indexbus_abi::{
    INDEXBUS_JOURNAL_FLAG_COMMITTED as COMMITTED, INDEXBUS_JOURNAL_FLAG_WRAP as WRAP,
    INDEXBUS_JOURNAL_POSITION_FREE as FREE, INDEXBUS_JOURNAL_SEGMENT_UNUSED as UNUSED,
};

/// Bytes of a record's header: payload length and flags, u32 each.
const HEADER: u64 = 8;
/// No journal lives to see this position; beyond it, sums of positions would wrap.
const LAST: u64 = u64::MAX / 2;
/// Looks for the oldest record before a reader that is always overtaken goes to the newest.
const LOOKS: u32 = 64;

/// Where the words of a journal live.
#[derive(Clone, Copy, Debug)]
pub struct JournalWords<C, A, I, T, P, B> {
    /// Position behind the last published record; written by the writer.
    pub published: C,
    /// Place of the segment being written; written by the writer.
    pub active: A,
    /// For each place the low 32 bits of the segment in it; written by the writer, before it
    /// overwrites any of the segment that was there.
    pub segments: I,
    /// For each place the bytes of it that are published; written by the writer.
    pub tails: T,
    /// Position of each subscriber, or free; written by that subscriber.
    pub positions: P,
    /// The bytes of all places; written by the writer.
    pub bytes: B,
}

/// Where a subscriber begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record that is still whole: replay.
    Oldest,
    /// Behind the newest record: tail.
    Newest,
    /// At a position that a reader was at before.
    At(u64),
}

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

/// A header that can be, at its position.
struct Record {
    len: usize,
    end: u64,
    wrap: bool,
}

fn header(len: u32, flags: u32) -> u64 {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&len.to_ne_bytes());
    bytes[4..].copy_from_slice(&flags.to_ne_bytes());
    u64::from_ne_bytes(bytes)
}

fn fields(header: u64) -> (u32, u32) {
    let [a, b, c, d, rest @ ..] = header.to_ne_bytes();
    (u32::from_ne_bytes([a, b, c, d]), u32::from_ne_bytes(rest))
}

impl<C, A, I, T, P, B> JournalWords<C, A, I, T, P, B>
where
    C: Atomic<u64>,
    A: Atomic<u32>,
    I: Words<u32>,
    T: Words<u64>,
    P: Words<u64>,
    B: Words<u64>,
{
    fn segment_words(&self) -> u64 {
        (self.bytes.capacity() / self.segments.capacity()) as u64
    }

    fn segment_bytes(&self) -> u64 {
        self.segment_words() * 8
    }

    fn place(&self, segment: u64) -> usize {
        (segment % self.segments.capacity() as u64) as usize
    }

    /// The word of `bytes` that the position is in.
    fn word(&self, position: u64) -> usize {
        let segment = position / self.segment_bytes();
        let within = position % self.segment_bytes() / 8;
        (self.place(segment) as u64 * self.segment_words() + within) as usize
    }

    /// Most bytes of a payload.
    pub fn max_record_bytes(&self) -> usize {
        (self.segment_bytes() - HEADER) as usize
    }

    /// Empties a journal that nobody uses.
    pub fn init(&self) {
        for n in 0..self.segments.capacity() {
            let segment = if n == 0 { 0 } else { UNUSED };
            self.segments.at(n).store(segment, Ordering::Relaxed);
            self.tails.at(n).store(0, Ordering::Relaxed);
        }
        for n in 0..self.positions.capacity() {
            self.positions.at(n).store(FREE, Ordering::Relaxed);
        }
        self.active.store(0, Ordering::Relaxed);
        self.published.store(0, Ordering::Release);
    }

    /// The position behind the last published record.
    fn published(&self) -> Result<u64, Error> {
        let published = self.published.load(Ordering::Acquire);
        if published.is_multiple_of(8) && published <= LAST {
            Ok(published)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Whether the segment is in its place, and so all that was read of it before is whole.
    #[inline]
    fn holds(&self, segment: u64) -> bool {
        C::fence(Ordering::Acquire);
        let found = self.segments.at(self.place(segment));
        found.load(Ordering::Acquire) == segment as u32
    }

    /// What a header at `position` says; `None` if that can't be.
    fn record(&self, position: u64, header: u64) -> Option<Record> {
        let (len, flags) = fields(header);
        let rest = self.segment_bytes() - position % self.segment_bytes();
        let wrap = match flags {
            COMMITTED => false,
            flags if flags == COMMITTED | WRAP => true,
            _ => return None,
        };
        let bytes = HEADER + u64::from(len).next_multiple_of(8);
        let fits = if wrap { bytes == rest } else { bytes <= rest };
        fits.then_some(Record {
            len: len as usize,
            end: position + bytes,
            wrap,
        })
    }

    /// Walks the records from the start of the segment that `until` lies in or ends; `Corrupted` if
    /// one can't be, or none ends there.
    fn walk(&self, segment: u64, until: u64) -> Result<(), Error> {
        let mut at = segment * self.segment_bytes();
        while at < until {
            let header = self.bytes.at(self.word(at)).load(Ordering::Acquire);
            at = self.record(at, header).ok_or(Error::Corrupted)?.end;
        }
        if at == until {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Checks a journal that nobody uses: positions, the names of the places, and every record.
    pub fn validate(&self) -> Result<(), Error> {
        let published = self.published()?;
        let newest = published / self.segment_bytes();
        let begun = !published.is_multiple_of(self.segment_bytes()) || newest == 0;
        let segments = self.segments.capacity() as u64;
        for place in 0..segments {
            // The segment that belongs there: one of the last, or the one that is begun next.
            let back = (newest + segments - place) % segments;
            let found = self.segments.at(place as usize).load(Ordering::Acquire);
            match newest.checked_sub(back) {
                Some(segment) if found == segment as u32 => {
                    let end = (segment + 1) * self.segment_bytes();
                    self.walk(segment, end.min(published))?;
                }
                Some(segment) if segment == newest && !begun => {
                    let before = segment.checked_sub(segments);
                    if found != before.map_or(UNUSED, |before| before as u32) {
                        return Err(Error::Corrupted);
                    }
                }
                None if found == UNUSED => {}
                _ => return Err(Error::Corrupted),
            }
        }
        for n in 0..self.positions.capacity() {
            let position = self.positions.at(n).load(Ordering::Acquire);
            if position != FREE && (position > published || !position.is_multiple_of(8)) {
                return Err(Error::Corrupted);
            }
        }
        Ok(())
    }

    /// The oldest position that can be read, and the published one. A reader that is overtaken each
    /// time it looks gets the published one for both.
    fn oldest(&self) -> Result<(u64, u64), Error> {
        let mut published = self.published()?;
        for _ in 0..LOOKS {
            let newest = published / self.segment_bytes();
            for back in (0..self.segments.capacity() as u64).rev() {
                if let Some(segment) = newest.checked_sub(back)
                    && self.holds(segment)
                {
                    return Ok((segment * self.segment_bytes(), published));
                }
            }
            let now = self.published()?;
            if now == published {
                // Nothing moved, and no place names what has to be there.
                return Err(Error::Corrupted);
            }
            published = now;
        }
        Ok((published, published))
    }

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

    /// A new subscriber. `Taken` if there are as many as there can be; `Misused` for a position that
    /// no record begins or ends at.
    pub fn subscribe(self, start: Start) -> Result<JournalReader<C, A, I, T, P, B>, Error> {
        let at = match start {
            Start::Oldest => self.oldest()?.0,
            Start::Newest => self.published()?,
            Start::At(position) => self.known(position)?.ok_or(Error::Misused)?,
        };
        for subscriber in 0..self.positions.capacity() {
            let taken = self.positions.at(subscriber).compare_exchange(
                FREE,
                at,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if taken.is_ok() {
                return Ok(self.reader(subscriber, at));
            }
        }
        Err(Error::Taken)
    }

    /// The subscriber that was there before, at the position it stored last. `Misused` if there is
    /// none.
    pub fn resume(self, subscriber: usize) -> Result<JournalReader<C, A, I, T, P, B>, Error> {
        match self.position(subscriber)? {
            Some(position) => {
                let at = self.known(position)?.ok_or(Error::Corrupted)?;
                Ok(self.reader(subscriber, at))
            }
            None => Err(Error::Misused),
        }
    }

    fn reader(self, subscriber: usize, at: u64) -> JournalReader<C, A, I, T, P, B> {
        JournalReader {
            words: self,
            subscriber,
            at,
            seen: at,
        }
    }

    /// The position a subscriber stored last; `None` for one that is free.
    pub fn position(&self, subscriber: usize) -> Result<Option<u64>, Error> {
        if subscriber >= self.positions.capacity() {
            return Err(Error::Misused);
        }
        let position = self.positions.at(subscriber).load(Ordering::Acquire);
        Ok((position != FREE).then_some(position))
    }

    /// Frees the place of a subscriber that is gone.
    pub fn release(&self, subscriber: usize) -> Result<(), Error> {
        if subscriber >= self.positions.capacity() {
            return Err(Error::Misused);
        }
        let position = self.positions.at(subscriber);
        position.store(FREE, Ordering::Release);
        Ok(())
    }

    /// The position, if a record begins or ends there, or it is overwritten: then the first read
    /// tells.
    fn known(&self, position: u64) -> Result<Option<u64>, Error> {
        if !position.is_multiple_of(8) || position > self.published()? {
            return Ok(None);
        }
        let segment = position / self.segment_bytes();
        let walked = self.walk(segment, position);
        if self.holds(segment) && walked.is_err() {
            return Ok(None);
        }
        Ok(Some(position))
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
        head.store(header(len as u32, COMMITTED), Ordering::Release);
        self.at += bytes;
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
