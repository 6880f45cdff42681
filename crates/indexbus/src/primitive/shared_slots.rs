//! Slots that several holders share: a free list, and for each slot how many hold it.

use core::sync::atomic::Ordering;

use super::FreeList;
use crate::Error;
use crate::raw::{Atomic, Words};

/// Where the words of shared slots live.
#[derive(Clone, Copy, Debug)]
pub struct SharedSlots<C, E> {
    /// The slots that nobody holds.
    pub free: FreeList<C, E>,
    /// For each slot how many hold it; written by the router, then counted down by the holders.
    pub holders: E,
    /// For each slot which put of its source it was last used for; written by whoever fills it.
    pub stamps: E,
}

impl<C: Atomic<u64>, E: Words<u32>> SharedSlots<C, E> {
    /// Frees all slots, while nobody uses them.
    pub fn init(&self) {
        self.free.init();
        for slot in 0..self.stamps.capacity() {
            self.stamps.at(slot).store(u32::MAX, Ordering::Relaxed);
            self.holders.at(slot).store(0, Ordering::Relaxed);
        }
    }

    fn slot(&self, index: u32) -> Result<usize, Error> {
        let slot = index as usize;
        (slot < self.holders.capacity())
            .then_some(slot)
            .ok_or(Error::Corrupted)
    }

    /// Takes a slot to fill. `Full` if none is free.
    #[inline]
    pub fn take(&self) -> Result<u32, Error> {
        self.free.take()
    }

    /// The slot is filled for the put that `stamp` says, before a queue shows it.
    #[inline]
    pub fn filled(&self, index: u32, stamp: u32) -> Result<(), Error> {
        let slot = self.slot(index)?;
        self.stamps.at(slot).store(stamp, Ordering::Release);
        Ok(())
    }

    /// Refuses an index that names no slot, or one that was filled for another put: a queue whose
    /// counter or entry somebody wrote over would show old bytes.
    #[inline]
    pub fn check(&self, index: u32, stamp: u32) -> Result<(), Error> {
        let found = self.stamps.at(self.slot(index)?).load(Ordering::Acquire);
        if found == stamp {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }

    /// As many as `holders` get the slot, before their queues show it.
    #[inline]
    pub fn share(&self, index: u32, holders: u32) -> Result<(), Error> {
        let slot = self.slot(index)?;
        self.holders.at(slot).store(holders, Ordering::Relaxed);
        Ok(())
    }

    /// A holder is done with the slot; the last one frees it. Where nobody holds it, or more than
    /// `most` do, somebody else wrote: `Corrupted`.
    #[inline]
    pub fn release(&self, index: u32, most: u32) -> Result<(), Error> {
        let holders = self.holders.at(self.slot(index)?);
        let mut count = holders.load(Ordering::Relaxed);
        loop {
            if count == 0 || count > most {
                return Err(Error::Corrupted);
            }
            // Release: what this holder read, it read before. Acquire: the last one frees the slot
            // after all of that.
            let less =
                holders.compare_exchange(count, count - 1, Ordering::AcqRel, Ordering::Relaxed);
            match less {
                Ok(1) => return self.free.give(index),
                Ok(_) => return Ok(()),
                Err(found) => count = found,
            }
        }
    }

    /// Frees a slot that nobody got.
    #[inline]
    pub fn discard(&self, index: u32) -> Result<(), Error> {
        self.free.give(index)
    }
}
