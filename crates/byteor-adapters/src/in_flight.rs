//! The input side of the records in flight: as they came in, in batches, with the places behind
//! them, and what happened to the input between them.
//!
//! Who feeds keeps the originals of records that are not yet visible to itself, and hands a whole
//! batch over before it makes them visible; who delivers takes batches in that order. So neither
//! locks for a record.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::delivery::relock;
use crate::source::{Large, Place};

/// Refused lines and moves that may wait for the records before them.
const MAX_ASIDES: usize = 1024;

/// Consecutive records as they came in.
pub(crate) struct Batch<P> {
    /// Sequence of the first one.
    first: u64,
    bytes: Vec<u8>,
    /// Those behind `len` are of an earlier use, and overwritten part by part.
    records: Vec<Entry<P>>,
    len: usize,
}

struct Entry<P> {
    /// The place behind the record.
    place: P,
    /// Where in the batch's bytes it ends.
    end: usize,
    shard: u32,
}

/// A record as it came in.
pub(crate) struct Original<'a, P> {
    /// The how-manieth of the run it is, from 1.
    pub sequence: u64,
    /// Which ring it went to.
    pub shard: u32,
    /// The place behind it.
    pub place: &'a P,
    pub bytes: &'a [u8],
}

impl<P> Default for Batch<P> {
    fn default() -> Self {
        Self {
            first: 0,
            bytes: Vec::new(),
            records: Vec::new(),
            len: 0,
        }
    }
}

impl<P: Place> Batch<P> {
    /// Adds the record `sequence`, which follows the last one and went to the ring of `shard`.
    pub(crate) fn push(&mut self, sequence: u64, shard: u32, place: &P, bytes: &[u8]) {
        if self.len == 0 {
            self.first = sequence;
        }
        self.bytes.extend_from_slice(bytes);
        let end = self.bytes.len();
        match self.records.get_mut(self.len) {
            Some(entry) => {
                entry.place.clone_from(place);
                (entry.end, entry.shard) = (end, shard);
            }
            None => self.records.push(Entry {
                place: place.clone(),
                end,
                shard,
            }),
        }
        self.len += 1;
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The record `at`.
    pub(crate) fn get(&self, at: usize) -> Option<Original<'_, P>> {
        let entry = self.records[..self.len].get(at)?;
        let start = at
            .checked_sub(1)
            .map_or(0, |before| self.records[before].end);
        Some(Original {
            sequence: self.first + at as u64,
            shard: entry.shard,
            place: &entry.place,
            bytes: &self.bytes[start..entry.end],
        })
    }

    fn clear(&mut self) {
        self.len = 0;
        self.bytes.clear();
    }
}

/// What the feed and the delivery share of the records in flight.
pub struct InFlight<P, L> {
    /// Handed over, oldest first.
    handed: Mutex<VecDeque<Batch<P>>>,
    /// Delivered, to be used again.
    used: Mutex<Vec<Batch<P>>>,
    asides: Mutex<VecDeque<(u64, Aside<P, L>)>>,
    /// How many asides wait.
    waiting: AtomicUsize,
    /// The last sequence that was delivered; written by who delivers.
    delivered: AtomicU64,
}

/// Something that happened to the input between two records.
pub enum Aside<P, L> {
    /// What is too large to be a record.
    TooLarge {
        /// Where its bytes are.
        large: L,
        /// The place behind it.
        place: P,
    },
    /// The source went on elsewhere.
    Moved {
        /// Where it stands now.
        place: P,
        /// Whether what it read was truncated.
        truncated: bool,
    },
}

impl<P, L> Default for InFlight<P, L> {
    /// Nothing in flight.
    fn default() -> Self {
        Self {
            handed: Mutex::default(),
            used: Mutex::default(),
            asides: Mutex::default(),
            waiting: AtomicUsize::new(0),
            delivered: AtomicU64::new(0),
        }
    }
}

impl<P: Place, L: Large> InFlight<P, L> {
    /// Hands `batch` over, and leaves an empty one in its place. To be done before any of its
    /// records is visible.
    pub(crate) fn hand_over(&self, batch: &mut Batch<P>) {
        if batch.len() == 0 {
            return;
        }
        let empty = relock(&self.used).pop().unwrap_or_default();
        let full = std::mem::replace(batch, empty);
        relock(&self.handed).push_back(full);
    }

    /// The next batch in place of `batch`, which was delivered; false where there is none.
    pub(crate) fn next_batch(&self, batch: &mut Batch<P>) -> bool {
        let Some(next) = relock(&self.handed).pop_front() else {
            return false;
        };
        let mut done = std::mem::replace(batch, next);
        done.clear();
        relock(&self.used).push(done);
        true
    }

    /// Notes `aside` behind the record `after`. Gives it back, taking nothing, when too many wait.
    pub(crate) fn put_aside(&self, after: u64, aside: Aside<P, L>) -> Result<(), Aside<P, L>> {
        let mut asides = relock(&self.asides);
        if asides.len() >= MAX_ASIDES {
            return Err(aside);
        }
        asides.push_back((after, aside));
        self.waiting.store(asides.len(), Ordering::Release);
        Ok(())
    }

    /// Whether an aside waits.
    #[inline]
    pub(crate) fn has_asides(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// The oldest aside, where it stands behind a record that is delivered.
    #[inline]
    pub(crate) fn next_aside(&self, delivered: u64) -> Option<Aside<P, L>> {
        if !self.has_asides() {
            return None;
        }
        let mut asides = relock(&self.asides);
        if asides.front()?.0 > delivered {
            return None;
        }
        let aside = asides.pop_front();
        self.waiting.store(asides.len(), Ordering::Release);
        aside.map(|(_, aside)| aside)
    }

    /// The last sequence that was delivered.
    pub(crate) fn delivered(&self) -> u64 {
        self.delivered.load(Ordering::Acquire)
    }

    /// `sequence` was delivered.
    #[inline]
    pub(crate) fn set_delivered(&self, sequence: u64) {
        self.delivered.store(sequence, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Place for u64 {
        type Kept = crate::checkpoint::FileInput;

        fn kept(&self) -> Self::Kept {
            unreachable!("no checkpoint is written here")
        }
    }

    fn all(batch: &Batch<u64>) -> Vec<(u64, u32, u64, Vec<u8>)> {
        let records = (0..).map_while(|at| batch.get(at));
        let owned = records.map(|one| (one.sequence, one.shard, *one.place, one.bytes.to_vec()));
        owned.collect()
    }

    #[test]
    fn a_batch_keeps_records_apart_and_is_used_again_without_what_it_held() {
        let mut batch = Batch::default();
        for (sequence, bytes) in [(7, &b"one"[..]), (8, b""), (9, b"three")] {
            batch.push(sequence, sequence as u32 % 2, &(sequence * 10), bytes);
        }
        let held = [
            (7, 1, 70, b"one".to_vec()),
            (8, 0, 80, Vec::new()),
            (9, 1, 90, b"three".to_vec()),
        ];
        assert_eq!(all(&batch), held);
        batch.clear();
        assert_eq!(all(&batch), []);
        batch.push(12, 5, &1, b"x");
        assert_eq!(all(&batch), [(12, 5, 1, b"x".to_vec())]);
    }
}
