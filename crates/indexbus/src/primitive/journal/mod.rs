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
use crate::raw::{Atomic, Words};

mod reader;
mod subscribers;
mod writer;

pub use reader::{JournalRead, JournalReader};
pub use subscribers::Start;
pub use writer::JournalWriter;

use indexbus_abi::{
    INDEXBUS_JOURNAL_FLAG_COMMITTED as COMMITTED, INDEXBUS_JOURNAL_FLAG_WRAP as WRAP,
    INDEXBUS_JOURNAL_POSITION_FREE as FREE, INDEXBUS_JOURNAL_SEGMENT_UNUSED as UNUSED,
};

/// Bytes of a record's header: payload length and flags, u32 each.
const HEADER: u64 = 8;
/// No journal lives to see this position; beyond it, sums of positions would wrap.
const LAST: u64 = u64::MAX / 2;

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
}
