//! The sequencer: one producer claims and publishes, consumers wait on barriers and move gating.
//!
//! Sequences start at 1; 0 means none. The slowest gating sequence bounds the producer to
//! `capacity` ahead, so a consumer that stopped finally stops the producer (reference: IndexBus,
//! section 6). One atomic store publishes a whole batch.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_SEQUENCER_CONSUMERS;

use crate::Error;
use crate::raw::Atomic;

/// Up to four gating sequences, of which the smallest counts.
#[derive(Clone, Copy, Debug)]
pub struct GatingSet<W> {
    cells: [Option<W>; INDEXBUS_SEQUENCER_CONSUMERS],
}

impl<W: Atomic<u64>> GatingSet<W> {
    /// The set of `cells`, each written by one consumer; a fifth is `Misused`.
    pub fn new(cells: impl IntoIterator<Item = W>) -> Result<Self, Error> {
        let mut set = [const { None }; INDEXBUS_SEQUENCER_CONSUMERS];
        for (n, cell) in cells.into_iter().enumerate() {
            *set.get_mut(n).ok_or(Error::Misused)? = Some(cell);
        }
        Ok(Self { cells: set })
    }

    /// The smallest sequence of the set, `None` if it is empty.
    #[inline]
    fn slowest(&self) -> Option<u64> {
        let cells = self.cells.iter().flatten();
        cells.map(|cell| cell.load(Ordering::Acquire)).min()
    }

    /// The smallest sequence of the set, `None` if it is empty.
    ///
    /// `Corrupted` where any of them, not only the smallest, is beyond the cursor: no consumer can
    /// be done with what was not published. `cursor` is called after the sequences were read; it
    /// only grows, so what is true is never refused.
    #[inline]
    pub fn minimum(&self, cursor: impl FnOnce() -> u64) -> Result<Option<u64>, Error> {
        let mut slowest = None;
        let mut fastest = 0;
        for cell in self.cells.iter().flatten() {
            let done = cell.load(Ordering::Acquire);
            slowest = Some(slowest.map_or(done, |slowest: u64| slowest.min(done)));
            fastest = fastest.max(done);
        }
        if fastest > cursor() {
            Err(Error::Corrupted)
        } else {
            Ok(slowest)
        }
    }
}

/// The one producer of a ring of `capacity` entries.
#[derive(Debug)]
pub struct Sequencer<W> {
    /// Highest published sequence; written here only.
    cursor: W,
    consumers: GatingSet<W>,
    capacity: u64,
    claimed: u64,
    published: u64,
    seen: u64,
}

impl<W: Atomic<u64>> Sequencer<W> {
    /// Takes up at the present cursor.
    pub fn new(cursor: W, consumers: GatingSet<W>, capacity: u64) -> Self {
        let published = cursor.load(Ordering::Acquire);
        let seen = published.saturating_sub(capacity);
        Self {
            cursor,
            consumers,
            capacity,
            claimed: published,
            published,
            seen,
        }
    }

    /// Claims the next sequence, without making it visible.
    ///
    /// `Full` if that would pass the slowest consumer by more than the capacity. A gating sequence
    /// beyond what was published, of any consumer, is `Corrupted`.
    #[inline]
    pub fn try_claim(&mut self) -> Result<u64, Error> {
        self.try_claim_n(1).map(|(_, last)| last)
    }

    /// Claims the next `n` sequences, all or none: the first and the last of them. As
    /// [`Sequencer::try_claim`]; none, and more than the capacity, are `Misused`.
    #[inline]
    pub fn try_claim_n(&mut self, n: u64) -> Result<(u64, u64), Error> {
        if n == 0 || n > self.capacity {
            return Err(Error::Misused);
        }
        // A cursor near the end of all numbers is nobody's count.
        let last = self.claimed.checked_add(n).ok_or(Error::Corrupted)?;
        let first = self.claimed + 1;
        let wrap = last.saturating_sub(self.capacity);
        if wrap > self.seen {
            let published = self.published;
            let minimum = self.consumers.minimum(|| published)?;
            let minimum = minimum.unwrap_or(published);
            self.seen = minimum;
            if wrap > minimum {
                return Err(Error::Full);
            }
        }
        self.claimed = last;
        Ok((first, last))
    }

    /// Takes back the sequence that was claimed last and is not yet published.
    pub fn unclaim(&mut self) {
        if self.claimed > self.published {
            self.claimed -= 1;
        }
    }

    /// Makes all claimed sequences visible, by one store. Returns the cursor.
    #[inline]
    pub fn publish(&mut self) -> u64 {
        if self.claimed != self.published {
            self.cursor.store(self.claimed, Ordering::Release);
            self.published = self.claimed;
        }
        self.published
    }

    /// Highest sequence that was published.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// Highest sequence that was claimed.
    pub fn claimed(&self) -> u64 {
        self.claimed
    }
}

/// What a consumer waits for: the cursor, and the consumers that come before it.
#[derive(Clone, Copy, Debug)]
pub struct Barrier<W> {
    cursor: W,
    before: GatingSet<W>,
}

impl<W: Atomic<u64>> Barrier<W> {
    /// A barrier over the cursor alone, or over those that come before as well.
    pub fn new(cursor: W, before: GatingSet<W>) -> Self {
        Self { cursor, before }
    }

    /// Highest sequence that may be processed.
    ///
    /// `Corrupted` where a consumer before claims to be ahead of the cursor: going on would process
    /// what that consumer has not seen.
    #[inline]
    pub fn available(&self) -> Result<u64, Error> {
        let mut cursor = 0;
        let slowest = self.before.minimum(|| {
            cursor = self.cursor.load(Ordering::Acquire);
            cursor
        })?;
        Ok(slowest.unwrap_or(cursor))
    }

    /// Highest sequence that those before say may be processed; the cursor is looked at only where
    /// there are none, since its line is the producer's.
    #[inline]
    fn reached(&self) -> u64 {
        let slowest = self.before.slowest();
        slowest.unwrap_or_else(|| self.cursor.load(Ordering::Acquire))
    }
}

/// One consumer: its barrier and its own gating sequence.
#[derive(Debug)]
pub struct Consumer<W> {
    barrier: Barrier<W>,
    /// Highest sequence that it is done with; written here only.
    gating: W,
    capacity: u64,
    done: u64,
}

impl<W: Atomic<u64>> Consumer<W> {
    /// Takes up at the present gating sequence.
    pub fn new(barrier: Barrier<W>, gating: W, capacity: u64) -> Self {
        let done = gating.load(Ordering::Acquire);
        Self {
            barrier,
            gating,
            capacity,
            done,
        }
    }

    /// First and last sequence that are ready, at most `limit` of them; `None` if none is.
    ///
    /// More than `capacity` ready ones can't be, nor can what was ready go back: `Corrupted`. Within
    /// that, the consumers before are believed without a look at the cursor; who can't tell a record
    /// that isn't there by what its entry holds asks [`Barrier::available`].
    #[inline]
    pub fn poll(&self, limit: u64) -> Result<Option<(u64, u64)>, Error> {
        let available = self.barrier.reached();
        match available.checked_sub(self.done) {
            Some(0) => Ok(None),
            Some(ready) if ready <= self.capacity => {
                Ok(Some((self.done + 1, self.done + ready.min(limit))))
            }
            _ => Err(Error::Corrupted),
        }
    }

    /// Moves the gating sequence to `sequence`, by one store; never backwards.
    #[inline]
    pub fn advance(&mut self, sequence: u64) {
        if sequence > self.done {
            self.done = sequence;
            self.gating.store(sequence, Ordering::Release);
        }
    }

    /// Highest sequence that this consumer is done with.
    pub fn done(&self) -> u64 {
        self.done
    }
}
