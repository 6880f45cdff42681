//! A ring of slots that say which sequence they hold.
//!
//! Sequence `s` (from 1) uses entry `s % capacity`, which names a slot. A slot stays with its entry;
//! what it holds is written beside it, so that a cursor, a gating sequence or an entry that somebody
//! wrote over leads to a slot that says something else.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_EMPTY_FREE_U32;

use crate::Error;
use crate::raw::{Atomic, Words};

/// Where the words of a ring live.
#[derive(Clone, Copy, Debug)]
pub struct SlotRing<E, S> {
    /// Slot index of each sequence of the window; written by the producer in the first lap. As many
    /// as a power of two.
    pub entries: E,
    /// By slot index, the low 32 bits of the sequence that it holds; written by the producer, after
    /// the payload and before the cursor. As many as there are slots.
    pub sequences: S,
}

impl<E: Words<u32>, S: Words<u32>> SlotRing<E, S> {
    /// Empties a ring that nobody uses.
    pub fn init(&self) {
        for n in 0..self.entries.capacity() {
            let unset = INDEXBUS_EMPTY_FREE_U32;
            self.entries.at(n).store(unset, Ordering::Relaxed);
        }
    }

    #[inline]
    fn entry(&self, sequence: u64) -> u32 {
        let capacity = self.entries.capacity();
        debug_assert!(capacity.is_power_of_two());
        let entry = self.entries.at(sequence as usize & (capacity - 1));
        entry.load(Ordering::Relaxed)
    }

    /// Whether the entry of `sequence` was never set.
    #[inline]
    pub fn is_unset(&self, sequence: u64) -> bool {
        self.entry(sequence) == INDEXBUS_EMPTY_FREE_U32
    }

    /// The slot that the entry of `sequence` names, and the low 32 bits of the sequence that it says it
    /// holds, 0 where it never held one. `Corrupted` where the entry names none.
    #[inline]
    pub fn named(&self, sequence: u64) -> Result<(u32, u32), Error> {
        let slot = self.entry(sequence);
        if slot as usize >= self.sequences.capacity() {
            return Err(Error::Corrupted);
        }
        // Acquire: a slot that says the sequence holds its whole payload, whatever the cursor is.
        let says = self.sequences.at(slot as usize).load(Ordering::Acquire);
        Ok((slot, says))
    }

    /// The slot that holds `sequence`. `Corrupted` where the entry names one that says another: then
    /// somebody wrote over the cursor, a gating sequence or the entry.
    ///
    /// The entry is read once: go on with the answer.
    #[inline]
    pub fn slot(&self, sequence: u64) -> Result<u32, Error> {
        match self.named(sequence)? {
            (slot, says) if says == sequence as u32 => Ok(slot),
            _ => Err(Error::Corrupted),
        }
    }

    /// The slot that the producer fills for `sequence`, which it claimed. In the first lap the entry
    /// gets one from `take`, and keeps it.
    #[inline]
    pub fn slot_to_fill(
        &self,
        sequence: u64,
        take: impl FnOnce() -> Result<u32, Error>,
    ) -> Result<u32, Error> {
        let capacity = self.entries.capacity() as u64;
        if sequence <= capacity && self.is_unset(sequence) {
            let slot = take()?;
            let entry = self.entries.at(sequence as usize & (capacity as usize - 1));
            entry.store(slot, Ordering::Relaxed);
            return Ok(slot);
        }
        // Its slot holds the sequence of the lap before, which all consumers are past, or none yet; or
        // this one, where a producer before filled it and was put away before it published.
        let (slot, says) = self.named(sequence)?;
        let before = sequence.saturating_sub(capacity);
        if says == sequence as u32 || says == before as u32 {
            Ok(slot)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// `slot` holds the whole payload of `sequence`: for the producer, before it publishes.
    #[inline]
    pub fn filled(&self, sequence: u64, slot: u32) -> Result<(), Error> {
        if slot as usize >= self.sequences.capacity() {
            return Err(Error::Corrupted);
        }
        let says = self.sequences.at(slot as usize);
        says.store(sequence as u32, Ordering::Release);
        Ok(())
    }
}
