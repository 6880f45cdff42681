//! The end of a claim ring that takes.

use core::sync::atomic::Ordering;

use super::{Cell, ClaimRing};
use crate::raw::{Atomic, Words};
use crate::{Error, HeldUp, Liveness};

/// The end that takes. Places become free with [`ClaimConsumer::release`], a whole batch by one
/// store.
#[derive(Debug)]
pub struct ClaimConsumer<C, T> {
    ring: ClaimRing<C, T>,
    taken: u64,
    freed: u64,
    held_up: Option<HeldUp>,
    skipped: u64,
}

impl<C: Atomic<u64>, T: Words<u64>> ClaimConsumer<C, T> {
    pub(super) fn new(ring: ClaimRing<C, T>) -> Self {
        let taken = ring.head.load(Ordering::Acquire);
        Self {
            ring,
            taken,
            freed: taken,
            held_up: None,
            skipped: 0,
        }
    }

    /// Which put the next one is.
    #[inline]
    pub fn count(&self) -> u64 {
        self.taken
    }

    /// What the next cell says. `Corrupted` where that can't be.
    #[inline]
    pub fn peek(&self) -> Result<Cell, Error> {
        if self.taken.wrapping_sub(self.freed) > self.ring.capacity() {
            return Err(Error::Corrupted);
        }
        self.ring.look(self.taken)
    }

    /// Which put the next one is whose payload is there, past those that were skipped; `None` if there
    /// is none, or [`ClaimConsumer::held_up`] says who it waits for.
    #[inline]
    pub fn next_filled(&mut self) -> Result<Option<u64>, Error> {
        loop {
            match self.peek()? {
                Cell::Filled => {
                    self.held_up = None;
                    return Ok(Some(self.taken));
                }
                Cell::Free => {
                    self.held_up = None;
                    return Ok(None);
                }
                Cell::Claimed { owner } => {
                    self.wait_for(owner);
                    return Ok(None);
                }
                Cell::Skipped => {
                    self.skipped += 1;
                    self.pop();
                }
            }
        }
    }

    #[cold]
    fn wait_for(&mut self, owner: u32) {
        let count = self.taken;
        let polls = match self.held_up {
            Some(before) if before.count == count => before.polls.saturating_add(1),
            _ => 1,
        };
        self.held_up = Some(HeldUp {
            owner,
            count,
            polls,
        });
    }

    /// The claim that the last look found unfilled, and so what this end waits for.
    pub fn held_up(&self) -> Option<HeldUp> {
        self.held_up
    }

    /// How many claims of dead producers, and claims that were given up, this end passed over.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Skips the claim that this end waits for if its owner is dead. Returns that claim, or `None`
    /// where there is none, its owner lives, or it was filled meanwhile.
    pub fn skip_dead<L: Liveness + ?Sized>(
        &mut self,
        liveness: &L,
    ) -> Result<Option<HeldUp>, L::Error> {
        let Some(claim) = self.held_up else {
            return Ok(None);
        };
        if claim.owner == 0 || !liveness.is_dead(claim.owner)? {
            return Ok(None);
        }
        self.held_up = None;
        Ok(self.skip(claim.owner).is_ok().then_some(claim))
    }

    /// Goes on at the place `count`, where a consumer before this one stopped between taking and
    /// releasing. The next [`ClaimConsumer::peek`] is `Corrupted` where that can't be.
    pub fn resume(&mut self, count: u64) {
        self.taken = count;
    }

    /// Skips the claim that [`ClaimConsumer::peek`] showed, whose `owner` is known to be dead.
    /// `ClaimLost` where it was filled meanwhile.
    pub fn skip(&self, owner: u32) -> Result<(), Error> {
        self.ring.skip(self.taken, owner)
    }

    /// Is done with the next place, which is not yet free. Only after [`ClaimConsumer::peek`] said
    /// that it is filled or skipped.
    #[inline]
    pub fn pop(&mut self) {
        self.taken = self.taken.wrapping_add(1);
    }

    /// Frees all places that this end is done with, by one store.
    #[inline]
    pub fn release(&mut self) {
        if self.freed != self.taken {
            self.freed = self.taken;
            self.ring.head.store(self.taken, Ordering::Release);
        }
    }
}
