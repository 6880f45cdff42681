//! The free list of a slot pool: indices on a stack, whose head carries a tag.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_EMPTY_FREE_U32;

use crate::Error;
use crate::raw::{Atomic, Words};

/// Where the words of a free list live.
///
/// The head holds an index in its low 32 bits, or `INDEXBUS_EMPTY_FREE_U32`, and above a tag that
/// changes with every take: a taker that was interrupted can't mistake an old head for the present
/// one.
#[derive(Clone, Copy, Debug)]
pub struct FreeList<H, N> {
    /// The head; written by whoever takes or gives.
    pub head: H,
    /// For each slot the next one on the list; written by whoever gives it.
    pub next: N,
}

impl<H: Atomic<u64>, N: Words<u32>> FreeList<H, N> {
    /// Puts all slots on the list, lowest first, while nobody uses it.
    pub fn init(&self) {
        let slots = self.next.capacity();
        for index in 0..slots {
            let next = if index + 1 < slots {
                index as u32 + 1
            } else {
                INDEXBUS_EMPTY_FREE_U32
            };
            self.next.at(index).store(next, Ordering::Relaxed);
        }
        self.head.store(0, Ordering::Release);
    }

    fn next_of(&self, index: u32) -> Result<impl Atomic<u32>, Error> {
        if (index as usize) < self.next.capacity() {
            Ok(self.next.at(index as usize))
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Takes a slot. `Full` if none is free; a list that leads outside is `Corrupted`.
    #[inline]
    pub fn take(&self) -> Result<u32, Error> {
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            let index = head as u32;
            if index == INDEXBUS_EMPTY_FREE_U32 {
                return Err(Error::Full);
            }
            let next = self.next_of(index)?.load(Ordering::Relaxed);
            let tag = (head >> 32).wrapping_add(1);
            let new = tag << 32 | u64::from(next);
            match self
                .head
                .compare_exchange(head, new, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Ok(index),
                Err(found) => head = found,
            }
        }
    }

    /// Gives a slot back. The caller holds it and forgets it.
    #[inline]
    pub fn give(&self, index: u32) -> Result<(), Error> {
        let next = self.next_of(index)?;
        let mut head = self.head.load(Ordering::Acquire);
        loop {
            next.store(head as u32, Ordering::Relaxed);
            let new = head >> 32 << 32 | u64::from(index);
            match self
                .head
                .compare_exchange(head, new, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return Ok(()),
                Err(found) => head = found,
            }
        }
    }

    /// Walks the list while nobody uses it, and marks its slots in `seen`.
    ///
    /// An index out of range, one that `seen` already has, and so a circle, are `Corrupted`; the
    /// walk ends after at most as many steps as there are slots.
    pub fn validate(&self, seen: &mut [bool]) -> Result<(), Error> {
        let mut at = self.head.load(Ordering::Acquire) as u32;
        while at != INDEXBUS_EMPTY_FREE_U32 {
            let cell = seen.get_mut(at as usize).ok_or(Error::Corrupted)?;
            if core::mem::replace(cell, true) {
                return Err(Error::Corrupted);
            }
            at = self.next_of(at)?.load(Ordering::Relaxed);
        }
        Ok(())
    }
}
