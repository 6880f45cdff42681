//! A bounded ring of slot indices, for many producers and one consumer, which outlives a producer that
//! dies: a [`ClaimRing`] with an index in each cell.
//!
//! The index is written between the claim and its filling. A producer that dies in between takes the
//! slot with it, and holds up the others until its claim is skipped.

use core::sync::atomic::Ordering;

use super::{ClaimConsumer, ClaimRing};
use crate::raw::{Atomic, Words};
use crate::{Error, HeldUp, Liveness};

/// Where the words of a queue live.
#[derive(Clone, Copy, Debug)]
pub struct ClaimQueue<C, T, E> {
    /// Counters, and whose each place is.
    pub ring: ClaimRing<C, T>,
    /// The index in each place; written by the producer that claimed it.
    pub entries: E,
}

impl<C, T, E> ClaimQueue<C, T, E>
where
    C: Atomic<u64>,
    T: Words<u64>,
    E: Words<u32>,
{
    /// Largest number of an owner.
    pub const LAST_OWNER: u32 = ClaimRing::<C, T>::LAST_OWNER;

    /// Empties a queue that nobody uses.
    pub fn init(&self, unset: u32) {
        for at in 0..self.entries.capacity() {
            self.entries.at(at).store(unset, Ordering::Relaxed);
        }
        self.ring.init(0);
    }

    /// Count and index of each entry that waits, in order, while nobody uses the queue. What was
    /// claimed and never filled, left by a producer that died, has none.
    pub fn waiting(&self) -> Result<impl Iterator<Item = (u64, u32)> + '_, Error> {
        let filled = |(_, cell): &(u64, super::Cell)| *cell == super::Cell::Filled;
        let waiting = self.ring.waiting()?.filter(filled);
        Ok(waiting.map(|(count, _)| (count, index(&self.entries, count))))
    }

    /// Puts `index` for `owner`; any number of producers may call this. `head` is what this producer
    /// last saw of the consumer's counter. `stamp` gets which put it is, before the index is visible.
    ///
    /// `Full` while the consumer is a whole ring behind. `ClaimLost` where the place was skipped
    /// meanwhile, as that of a dead producer is: the index went nowhere.
    #[inline]
    pub fn put(
        &self,
        owner: u32,
        head: &mut u64,
        index: u32,
        stamp: impl FnOnce(u64),
    ) -> Result<(), Error> {
        let count = self.ring.claim(owner, head)?;
        let at = at(&self.entries, count);
        self.entries.at(at).store(index, Ordering::Relaxed);
        stamp(count);
        self.ring.fill(count, owner)
    }

    /// Skips whatever `owner` claimed and never filled: for who takes up the number of one that died.
    /// Returns how many that were.
    pub fn skip_all_of(&self, owner: u32) -> usize {
        self.ring.skip_all_of(owner)
    }

    /// The one consumer, as of now.
    pub fn consumer(self) -> ClaimQueueConsumer<C, T, E> {
        ClaimQueueConsumer {
            claims: self.ring.consumer(),
            entries: self.entries,
        }
    }
}

#[inline]
fn at<E: Words<u32>>(entries: &E, count: u64) -> usize {
    debug_assert!(entries.capacity().is_power_of_two());
    count as usize & (entries.capacity() - 1)
}

#[inline]
fn index<E: Words<u32>>(entries: &E, count: u64) -> u32 {
    entries.at(at(entries, count)).load(Ordering::Relaxed)
}

/// The end that takes. Places become free with [`ClaimQueueConsumer::release`], a whole batch by one
/// store.
#[derive(Debug)]
pub struct ClaimQueueConsumer<C, T, E> {
    claims: ClaimConsumer<C, T>,
    entries: E,
}

impl<C, T, E> ClaimQueueConsumer<C, T, E>
where
    C: Atomic<u64>,
    T: Words<u64>,
    E: Words<u32>,
{
    /// Count and index of the oldest entry, left in place; `None` if there is none, or
    /// [`ClaimQueueConsumer::held_up`] says who it waits for. `Corrupted` where its cell says what
    /// can't be.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<(u64, u32)>, Error> {
        let count = self.claims.next_filled()?;
        Ok(count.map(|count| (count, index(&self.entries, count))))
    }

    /// Takes the oldest entry off, whose place is not yet free. Only after
    /// [`ClaimQueueConsumer::peek`] showed it.
    #[inline]
    pub fn pop(&mut self) {
        self.claims.pop();
    }

    /// Frees the places of all that was taken or skipped, by one store.
    #[inline]
    pub fn release(&mut self) {
        self.claims.release();
    }

    /// As [`ClaimConsumer::held_up`].
    pub fn held_up(&self) -> Option<HeldUp> {
        self.claims.held_up()
    }

    /// As [`ClaimConsumer::skipped`].
    pub fn skipped(&self) -> u64 {
        self.claims.skipped()
    }

    /// As [`ClaimConsumer::skip_dead`].
    pub fn skip_dead<L: Liveness + ?Sized>(
        &mut self,
        liveness: &L,
    ) -> Result<Option<HeldUp>, L::Error> {
        self.claims.skip_dead(liveness)
    }
}
