//! The slot pool of a region: slots behind a free list.

use core::mem::offset_of;
use core::sync::atomic::Ordering;

use indexbus_abi::{INDEXBUS_SLOT_COUNT, Slot};

use crate::Error;
use crate::primitive::FreeList;
use crate::raw::{LostMark, Payloads, Row, View, Word64};

/// Where the first slot is, after the head of the free list on a cache line of its own.
const FIRST: usize = 64;
/// Where in a slot its payload is; slots of all sizes begin alike.
const PAYLOAD: usize = offset_of!(Slot, data);

/// A slot pool in memory that is borrowed for `'m`: 1,024 slots, unless said otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Pool<'m, const SLOTS: usize = INDEXBUS_SLOT_COUNT> {
    free: FreeList<Word64<'m>, Row<'m, u32, SLOTS>>,
    /// Payload length of each slot; written by whoever holds it.
    lens: Row<'m, u32, SLOTS>,
    payloads: Payloads<'m, SLOTS>,
    lost: LostMark,
}

impl<'m, const SLOTS: usize> Pool<'m, SLOTS> {
    /// The pool that begins `at` bytes after the start, with slots of `slot_bytes` bytes.
    ///
    /// # Panics
    /// If it isn't within the region.
    pub fn new(view: View<'m>, at: usize, slot_bytes: usize) -> Self {
        let (first, stride) = (at + FIRST, PAYLOAD + slot_bytes);
        Self {
            free: FreeList {
                head: view.word(at),
                next: view.row(first + offset_of!(Slot, next_free), stride),
            },
            lens: view.row(first + offset_of!(Slot, len), stride),
            payloads: view.payloads(first + PAYLOAD, stride, slot_bytes),
            lost: view.lost(),
        }
    }

    /// Most bytes that a slot holds.
    pub fn slot_bytes(&self) -> usize {
        self.payloads.bytes()
    }

    /// Puts all slots on the free list, lowest first, while nobody uses the pool.
    pub fn init(&self) {
        self.free.init();
    }

    /// Walks the free list while nobody uses the pool, and marks its slots in `seen`. An index that
    /// is out of range or already in `seen` is `Corrupted`.
    pub fn validate(&self, seen: &mut [bool; SLOTS]) -> Result<(), Error> {
        self.free.validate(seen)
    }

    /// Takes a slot. `Full` if none is free; a list that leads outside is `Corrupted`.
    #[inline]
    pub fn take(&self) -> Result<u32, Error> {
        self.free.take()
    }

    /// Gives a slot back. The caller holds it and forgets it.
    #[inline]
    pub fn give(&self, index: u32) -> Result<(), Error> {
        self.free.give(index)
    }

    /// Writes a payload into a slot that the caller holds.
    #[inline]
    pub fn write(&self, index: u32, payload: &[u8]) -> Result<(), Error> {
        let max = self.slot_bytes();
        if payload.len() > max {
            return Err(Error::TooLarge {
                max,
                len: payload.len(),
            });
        }
        let slot = Self::slot(index)?;
        let len = payload.len() as u32;
        self.lens.at(slot).store(len, Ordering::Relaxed);
        self.payloads.write(slot, payload);
        Ok(())
    }

    #[inline]
    fn slot(index: u32) -> Result<usize, Error> {
        let slot = index as usize;
        if slot < SLOTS {
            Ok(slot)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Payload length of a slot, in bytes; one beyond the slot is `Corrupted`.
    #[inline]
    pub fn len(&self, index: u32) -> Result<usize, Error> {
        let len = self.lens.at(Self::slot(index)?).load(Ordering::Relaxed) as usize;
        if len <= self.slot_bytes() {
            Ok(len)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Copies the payload of a slot into `words`, and returns its length in bytes. Memory that was
    /// lost meanwhile is `Corrupted`.
    ///
    /// # Panics
    /// If `words` holds fewer bytes than a slot.
    #[inline]
    pub fn read_words(&self, index: u32, words: &mut [u64]) -> Result<usize, Error> {
        let len = self.len(index)?;
        self.payloads.read_words(Self::slot(index)?, len, words);
        self.lost.check()?;
        Ok(len)
    }

    /// As [`Pool::read_words`], into bytes.
    pub fn read(&self, index: u32, into: &mut [u8]) -> Result<usize, Error> {
        let len = self.len(index)?;
        let provided = into.len();
        let Some(into) = into.get_mut(..len) else {
            return Err(Error::BufferTooSmall {
                required: len,
                provided,
            });
        };
        self.payloads.read(Self::slot(index)?, into);
        self.lost.check()?;
        Ok(len)
    }
}
