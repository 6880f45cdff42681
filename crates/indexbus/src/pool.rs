//! The slot pool: taking and giving back slots through a tagged free list.

use core::ptr::NonNull;

use indexbus_abi::{INDEXBUS_EMPTY_FREE_U32, INDEXBUS_SLOT_COUNT};

use crate::Error;
use crate::raw::{Word32, Word64, bytes_of, copy_in, copy_out, word32, word64};

const PAYLOAD: usize = 16;

/// Pointers into a slot pool of 1,024 slots.
#[derive(Clone, Copy, Debug)]
pub struct PoolPtr {
    head: NonNull<u8>,
    slot_bytes: usize,
}

// SAFETY: all access goes through atomic operations.
unsafe impl Send for PoolPtr {}
// SAFETY: all access goes through atomic operations.
unsafe impl Sync for PoolPtr {}

impl PoolPtr {
    /// The pool at `base` (its `free_head`) with slots of `slot_bytes` bytes.
    ///
    /// # Safety
    /// `base` is aligned to 64 and valid for `64 + 1024 * (16 + slot_bytes)` bytes as long as the
    /// value is used; all other access is atomic; `slot_bytes` is a multiple of 16.
    pub const unsafe fn new(base: NonNull<u8>, slot_bytes: usize) -> Self {
        Self {
            head: base,
            slot_bytes,
        }
    }

    fn head(&self) -> Word64 {
        // SAFETY: the pool's first word, by `new`.
        unsafe { word64(self.head, 0) }
    }

    fn slot(&self, index: u32) -> Result<NonNull<u8>, Error> {
        if index as usize >= INDEXBUS_SLOT_COUNT {
            return Err(Error::IncompatibleLayout);
        }
        let at = 64 + index as usize * (PAYLOAD + self.slot_bytes);
        // SAFETY: within the pool, as the index was checked.
        Ok(unsafe { self.head.byte_add(at) })
    }

    fn next_free(slot: NonNull<u8>) -> Word32 {
        // SAFETY: `slot` came from `slot()`.
        unsafe { word32(slot, 0) }
    }

    fn len_word(slot: NonNull<u8>) -> Word32 {
        // SAFETY: `slot` came from `slot()`.
        unsafe { word32(slot, 8) }
    }

    /// Most bytes that a slot holds.
    pub fn slot_bytes(&self) -> usize {
        self.slot_bytes
    }

    /// Puts all slots on the free list, lowest first.
    pub fn init(&self) {
        for index in 0..INDEXBUS_SLOT_COUNT as u32 {
            let next = index + 1;
            let last = next as usize == INDEXBUS_SLOT_COUNT;
            if let Ok(slot) = self.slot(index) {
                Self::next_free(slot).set(if last { INDEXBUS_EMPTY_FREE_U32 } else { next });
            }
        }
        self.head().release(0);
    }

    /// Takes a slot. `Full` if none is free; a list that leads nowhere is `IncompatibleLayout`.
    #[inline]
    pub fn take(&self) -> Result<u32, Error> {
        let mut head = self.head().acquire();
        loop {
            let index = head as u32;
            if index == INDEXBUS_EMPTY_FREE_U32 {
                return Err(Error::Full);
            }
            let next = Self::next_free(self.slot(index)?).relaxed();
            let tag = (head >> 32).wrapping_add(1);
            match self.head().replace(head, tag << 32 | u64::from(next)) {
                Ok(()) => return Ok(index),
                Err(found) => head = found,
            }
        }
    }

    /// Gives a slot back. The caller holds it and forgets it.
    #[inline]
    pub fn give(&self, index: u32) -> Result<(), Error> {
        let slot = self.slot(index)?;
        let mut head = self.head().acquire();
        loop {
            Self::next_free(slot).set(head as u32);
            match self
                .head()
                .replace(head, head >> 32 << 32 | u64::from(index))
            {
                Ok(()) => return Ok(()),
                Err(found) => head = found,
            }
        }
    }

    /// Writes a payload into a slot that the caller holds.
    #[inline]
    pub fn write(&self, index: u32, payload: &[u8]) -> Result<(), Error> {
        if payload.len() > self.slot_bytes {
            return Err(Error::TooLarge {
                max: self.slot_bytes,
                len: payload.len(),
            });
        }
        let slot = self.slot(index)?;
        Self::len_word(slot).set(payload.len() as u32);
        // SAFETY: the payload fits, and slots are 16-aligned multiples of 16.
        unsafe { copy_in(slot.byte_add(PAYLOAD), payload) };
        Ok(())
    }

    /// Payload length of a slot, in bytes; one beyond the slot is `IncompatibleLayout`.
    #[inline]
    pub fn len(&self, index: u32) -> Result<usize, Error> {
        let len = Self::len_word(self.slot(index)?).relaxed() as usize;
        if len <= self.slot_bytes {
            Ok(len)
        } else {
            Err(Error::IncompatibleLayout)
        }
    }

    /// Copies the payload of a slot into `words`, and returns its length in bytes.
    ///
    /// # Panics
    /// If `words` holds fewer bytes than a slot.
    #[inline]
    pub fn read_words(&self, index: u32, words: &mut [u64]) -> Result<usize, Error> {
        let len = self.len(index)?;
        // SAFETY: `len` is within the slot, and slots are multiples of 16.
        unsafe { copy_out(self.slot(index)?.byte_add(PAYLOAD), len, words) };
        Ok(len)
    }

    /// Copies the payload of a slot into `into`, and returns its length in bytes.
    pub fn read(&self, index: u32, into: &mut [u8]) -> Result<usize, Error> {
        let len = self.len(index)?;
        let provided = into.len();
        let Some(into) = into.get_mut(..len) else {
            return Err(Error::BufferTooSmall {
                required: len,
                provided,
            });
        };
        let payload = self.slot(index)?;
        for (n, chunk) in into.chunks_mut(8).enumerate() {
            let mut word = [0];
            // SAFETY: this word is within the slot, whose size is a multiple of 16.
            unsafe { copy_out(payload.byte_add(PAYLOAD + 8 * n), 8, &mut word) };
            chunk.copy_from_slice(bytes_of(&word, chunk.len()));
        }
        Ok(len)
    }

    /// The next slot after `index` on the free list, or the head for `None`.
    fn following(&self, index: Option<u32>) -> Result<u32, Error> {
        match index {
            None => Ok(self.head().acquire() as u32),
            Some(index) => Ok(Self::next_free(self.slot(index)?).relaxed()),
        }
    }
}

/// Walks the free list of a pool that nobody uses, and marks its slots in `seen`.
///
/// An index out of range, one that `seen` already has, and so a cycle, are `IncompatibleLayout`;
/// the walk ends after at most 1,024 steps.
pub fn validate_free_list(
    pool: &PoolPtr,
    seen: &mut [bool; INDEXBUS_SLOT_COUNT],
) -> Result<(), Error> {
    let mut at = None;
    loop {
        let next = pool.following(at)?;
        if next == INDEXBUS_EMPTY_FREE_U32 {
            return Ok(());
        }
        let cell = seen
            .get_mut(next as usize)
            .ok_or(Error::IncompatibleLayout)?;
        if core::mem::replace(cell, true) {
            return Err(Error::IncompatibleLayout);
        }
        at = Some(next);
    }
}
