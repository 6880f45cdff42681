//! A bounded ring for many producers and one consumer, which outlives a producer that dies.
//!
//! A cell says what became of its last claim: which put it was, whose, and whether it is claimed,
//! filled or skipped. A claim is made in the cell itself, by one compare-and-exchange, and the tail
//! only tells where to look for the next cell: anybody moves it on. What was claimed becomes filled
//! or skipped, by a compare-and-exchange of the same word, so never both. A cell is free again once
//! the consumer's counter has passed it; the consumer writes no cell but to skip.

use core::sync::atomic::Ordering;

use crate::Error;
use crate::raw::{Atomic, Words};

mod consumer;

pub use consumer::ClaimConsumer;

/// The payload is there.
const FILLED: u64 = 1;
/// Its owner is writing the payload.
const CLAIMED: u64 = 2;
/// There will be no payload.
const SKIPPED: u64 = 3;
const STATE_BITS: u32 = 2;
const OWNER_BITS: u32 = 14;
const COUNT_SHIFT: u32 = STATE_BITS + OWNER_BITS;
/// How many claims a producer may lose to others before it tells them to go first.
const LOST_CLAIMS: u32 = 4096;

/// Where the words of a ring live.
#[derive(Clone, Copy, Debug)]
pub struct ClaimRing<C, T> {
    /// Count of places that the consumer is done with; written by the consumer.
    pub head: C,
    /// Count of places ever claimed, or one less; moved on by whoever sees it behind.
    pub tail: C,
    /// What became of the last claim of each cell; as many as a power of two.
    pub cells: T,
}

/// What the cell at a consumer's count says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nobody claimed it.
    Free,
    /// Its payload is there.
    Filled,
    /// An owner is at it, or died there.
    Claimed {
        /// The owner's number.
        owner: u32,
    },
    /// There will be no payload.
    Skipped,
}

const fn word(count: u64, owner: u32, state: u64) -> u64 {
    count << COUNT_SHIFT | (owner as u64) << STATE_BITS | state
}

const fn state(word: u64) -> u64 {
    word & ((1 << STATE_BITS) - 1)
}

const fn owner(word: u64) -> u32 {
    (word >> STATE_BITS) as u32 & ((1 << OWNER_BITS) - 1)
}

/// How far the put that `word` says is behind `count`, modulo what a word holds of a count.
const fn behind(word: u64, count: u64) -> u64 {
    count.wrapping_sub(word >> COUNT_SHIFT) & (u64::MAX >> COUNT_SHIFT)
}

impl<C: Atomic<u64>, T: Words<u64>> ClaimRing<C, T> {
    /// Largest number of an owner.
    pub const LAST_OWNER: u32 = (1 << OWNER_BITS) - 1;

    fn capacity(&self) -> u64 {
        debug_assert!(self.cells.capacity().is_power_of_two());
        self.cells.capacity() as u64
    }

    fn cell(&self, count: u64) -> impl Atomic<u64> {
        self.cells.at(count as usize & (self.cells.capacity() - 1))
    }

    /// Empties a ring that nobody uses; the next put is number `count`.
    pub fn init(&self, count: u64) {
        for n in 0..self.capacity() {
            let next = count.wrapping_add(n);
            let before = next.wrapping_sub(self.capacity());
            let skipped = word(before, 0, SKIPPED);
            self.cell(next).store(skipped, Ordering::Relaxed);
        }
        self.head.store(count, Ordering::Relaxed);
        self.tail.store(count, Ordering::Release);
    }

    /// Claims the next place for `owner`, and returns which put that is. `head` is what this
    /// producer last saw of the consumer's counter.
    ///
    /// `Full` where the consumer is a whole ring behind, or others are always faster. `Corrupted`
    /// where the words say what can't be.
    #[inline]
    pub fn claim(&self, owner: u32, head: &mut u64) -> Result<u64, Error> {
        debug_assert!(owner <= Self::LAST_OWNER);
        let capacity = self.capacity();
        let mut tail = self.tail.load(Ordering::Acquire);
        for _ in 0..LOST_CLAIMS {
            // The head may be ahead of a tail that nobody moved on yet, or that was read before.
            let mut depth = tail.wrapping_sub(*head);
            if depth >= capacity {
                *head = self.head.load(Ordering::Acquire);
                depth = tail.wrapping_sub(*head);
            }
            let cell = self.cell(tail);
            let seen = cell.load(Ordering::Acquire);
            let behind = behind(seen, tail);
            let next = tail.wrapping_add(1);
            if behind == 0 && state(seen) != 0 {
                // Claimed; whoever did it has not moved the tail yet.
                tail = self.move_tail(tail, next);
                continue;
            }
            if behind == capacity && matches!(state(seen), FILLED | SKIPPED) && depth < capacity {
                let claimed = word(tail, owner, CLAIMED);
                let order = (Ordering::AcqRel, Ordering::Acquire);
                if cell
                    .compare_exchange(seen, claimed, order.0, order.1)
                    .is_ok()
                {
                    self.move_tail(tail, next);
                    return Ok(tail);
                }
                continue;
            }
            let now = self.tail.load(Ordering::Acquire);
            if now != tail {
                // What was read may be of two moments.
                tail = now;
            } else if depth == capacity && behind == capacity && state(seen) != 0 {
                return Err(Error::Full);
            } else {
                return Err(Error::Corrupted);
            }
        }
        Err(Error::Full)
    }

    /// The tail afterwards.
    #[inline]
    fn move_tail(&self, tail: u64, next: u64) -> u64 {
        let order = (Ordering::AcqRel, Ordering::Acquire);
        match self.tail.compare_exchange(tail, next, order.0, order.1) {
            Ok(_) => next,
            Err(found) => found,
        }
    }

    /// Shows what was written for the claim `count` of `owner`. `ClaimLost` where it was skipped
    /// meanwhile, as that of a dead producer is.
    #[inline]
    pub fn fill(&self, count: u64, owner: u32) -> Result<(), Error> {
        self.settle(count, owner, FILLED)
    }

    /// Skips the claim `count` of `owner`, who gave it up or is known to be dead. `ClaimLost` where
    /// it was filled or skipped meanwhile.
    pub fn skip(&self, count: u64, owner: u32) -> Result<(), Error> {
        self.settle(count, owner, SKIPPED)
    }

    #[inline]
    fn settle(&self, count: u64, number: u32, new: u64) -> Result<(), Error> {
        let claimed = word(count, number, CLAIMED);
        let settled = word(count, number, new);
        let order = (Ordering::AcqRel, Ordering::Acquire);
        match self
            .cell(count)
            .compare_exchange(claimed, settled, order.0, order.1)
        {
            Ok(_) => Ok(()),
            Err(found) => Err(self.why_lost(found, count, number)),
        }
    }

    /// Why the claim `count` of `number` is not there: it was settled, and perhaps others claimed the
    /// cell in a later lap.
    #[cold]
    fn why_lost(&self, found: u64, count: u64, number: u32) -> Error {
        let here = word(count, number, 0);
        let ahead = behind(found, count).wrapping_neg() & (u64::MAX >> COUNT_SHIFT);
        let later = ahead != 0
            && ahead.is_multiple_of(self.capacity())
            && ahead <= u64::MAX >> (COUNT_SHIFT + 1);
        if state(found) != 0 && later || found == here | FILLED || found == here | SKIPPED {
            Error::ClaimLost
        } else {
            Error::Corrupted
        }
    }

    /// Skips whatever `owner` claimed and never filled: for who takes up the number of one that
    /// died. Returns how many that were.
    pub fn skip_all_of(&self, number: u32) -> usize {
        let mut skipped = 0;
        for n in 0..self.cells.capacity() {
            let cell = self.cells.at(n);
            let seen = cell.load(Ordering::Acquire);
            if state(seen) == CLAIMED && owner(seen) == number {
                let new = seen | SKIPPED;
                let order = (Ordering::AcqRel, Ordering::Acquire);
                skipped += usize::from(cell.compare_exchange(seen, new, order.0, order.1).is_ok());
            }
        }
        skipped
    }

    /// Checks what holds at any time, also while others are at the ring: each cell says a put that
    /// belongs to it, and the counters are within a ring of each other.
    pub fn check(&self) -> Result<(), Error> {
        let capacity = self.capacity();
        for n in 0..capacity {
            let seen = self.cells.at(n as usize).load(Ordering::Acquire);
            if behind(seen, n) & (capacity - 1) != 0 || state(seen) == 0 {
                return Err(Error::Corrupted);
            }
        }
        // Both only grow: the tail is at most one behind the head before, and at most a ring ahead
        // of the head after.
        let before = self.head.load(Ordering::Acquire).wrapping_sub(1);
        let tail = self.tail.load(Ordering::Acquire);
        let after = self.head.load(Ordering::Acquire).wrapping_sub(1);
        let beyond = tail.wrapping_sub(before).cast_signed() < 0
            || tail.wrapping_sub(after).cast_signed() > capacity.cast_signed() + 1;
        if beyond {
            Err(Error::Corrupted)
        } else {
            Ok(())
        }
    }

    /// Count and state of each place that was claimed and not yet taken, in order, while nobody uses
    /// the ring. `Corrupted` where cells and counters don't agree.
    pub fn waiting(&self) -> Result<impl Iterator<Item = (u64, Cell)> + '_, Error> {
        self.check()?;
        let head = self.head.load(Ordering::Acquire);
        let at = move |n| self.look(head.wrapping_add(n));
        let mut depth = 0;
        for n in 0..self.capacity() {
            match at(n)? {
                Cell::Free => {}
                _ if depth == n => depth += 1,
                _ => return Err(Error::Corrupted),
            }
        }
        let missing = head
            .wrapping_add(depth)
            .wrapping_sub(self.tail.load(Ordering::Acquire));
        if missing > 1 {
            return Err(Error::Corrupted);
        }
        Ok((0..depth).map_while(move |n| Some((head.wrapping_add(n), at(n).ok()?))))
    }

    #[inline]
    fn look(&self, count: u64) -> Result<Cell, Error> {
        let seen = self.cell(count).load(Ordering::Acquire);
        match (behind(seen, count), state(seen)) {
            (0, FILLED) => Ok(Cell::Filled),
            (0, CLAIMED) => Ok(Cell::Claimed { owner: owner(seen) }),
            (0, SKIPPED) => Ok(Cell::Skipped),
            (lap, FILLED | SKIPPED) if lap == self.capacity() => Ok(Cell::Free),
            _ => Err(Error::Corrupted),
        }
    }

    /// The one consumer, as of now.
    pub fn consumer(self) -> ClaimConsumer<C, T> {
        ClaimConsumer::new(self)
    }
}
