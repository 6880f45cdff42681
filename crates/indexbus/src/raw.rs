//! Access to memory that another process may write: atomics and word-wise copies, no references.

use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// An atomic u64 in a region.
///
/// The pointer is to plain memory, so that no reference to the region is ever formed.
#[derive(Clone, Copy, Debug)]
pub struct Word64(NonNull<u64>);

// SAFETY: all access goes through atomic operations.
unsafe impl Send for Word64 {}
// SAFETY: all access goes through atomic operations.
unsafe impl Sync for Word64 {}

impl Word64 {
    /// The word at `at`.
    ///
    /// # Safety
    /// `at` is aligned to 8, valid for reads, and for writes if anything is stored, as long as
    /// the value is used; all other access to it is atomic.
    pub const unsafe fn new(at: NonNull<u64>) -> Self {
        Self(at)
    }

    fn atomic(&self) -> &AtomicU64 {
        // SAFETY: by the contract of `new`; an `AtomicU64` may be shared with other writers.
        unsafe { AtomicU64::from_ptr(self.0.as_ptr()) }
    }

    /// Loads with Acquire: everything before the matching store is visible after it.
    #[inline]
    pub fn acquire(&self) -> u64 {
        self.atomic().load(Ordering::Acquire)
    }

    /// Loads without ordering.
    #[inline]
    pub fn relaxed(&self) -> u64 {
        self.atomic().load(Ordering::Relaxed)
    }

    /// Stores with Release: publishes everything written before.
    #[inline]
    pub fn release(&self, value: u64) {
        self.atomic().store(value, Ordering::Release);
    }

    /// Stores without ordering.
    #[inline]
    pub fn set(&self, value: u64) {
        self.atomic().store(value, Ordering::Relaxed);
    }

    /// Replaces `current` by `new`, and says what was there if it was something else.
    #[inline]
    pub fn replace(&self, current: u64, new: u64) -> Result<(), u64> {
        self.atomic()
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }
}

/// An atomic u32 in a region.
#[derive(Clone, Copy, Debug)]
pub struct Word32(NonNull<u32>);

// SAFETY: all access goes through atomic operations.
unsafe impl Send for Word32 {}
// SAFETY: all access goes through atomic operations.
unsafe impl Sync for Word32 {}

impl Word32 {
    /// The word at `at`.
    ///
    /// # Safety
    /// As [`Word64::new`], aligned to 4.
    pub const unsafe fn new(at: NonNull<u32>) -> Self {
        Self(at)
    }

    fn atomic(&self) -> &AtomicU32 {
        // SAFETY: by the contract of `new`; an `AtomicU32` may be shared with other writers.
        unsafe { AtomicU32::from_ptr(self.0.as_ptr()) }
    }

    /// Loads with Acquire.
    #[inline]
    pub fn acquire(&self) -> u32 {
        self.atomic().load(Ordering::Acquire)
    }

    /// Loads without ordering.
    #[inline]
    pub fn relaxed(&self) -> u32 {
        self.atomic().load(Ordering::Relaxed)
    }

    /// Stores with Release.
    #[inline]
    pub fn release(&self, value: u32) {
        self.atomic().store(value, Ordering::Release);
    }

    /// Stores without ordering.
    #[inline]
    pub fn set(&self, value: u32) {
        self.atomic().store(value, Ordering::Relaxed);
    }

    /// Replaces `current` by `new`, and says what was there if it was something else.
    #[inline]
    pub fn replace(&self, current: u32, new: u32) -> Result<(), u32> {
        self.atomic()
            .compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
    }
}

/// The atomic u64 `offset` bytes after `base`.
///
/// # Safety
/// As [`Word64::new`], for that place.
#[inline]
pub const unsafe fn word64(base: NonNull<u8>, offset: usize) -> Word64 {
    // SAFETY: by the caller.
    unsafe { Word64::new(base.byte_add(offset).cast()) }
}

/// The atomic u32 `offset` bytes after `base`.
///
/// # Safety
/// As [`Word32::new`], for that place.
#[inline]
pub const unsafe fn word32(base: NonNull<u8>, offset: usize) -> Word32 {
    // SAFETY: by the caller.
    unsafe { Word32::new(base.byte_add(offset).cast()) }
}

/// Copies the first `len` bytes at `from` into `into`, in whole words.
///
/// Words that another process writes meanwhile come out old or new, never as undefined behaviour;
/// the caller's protocol says when they can be trusted.
///
/// # Safety
/// `from` is aligned to 8 and valid for atomic reads of `len` bytes rounded up to 8.
///
/// # Panics
/// If `into` has fewer than `len` bytes rounded up to 8.
#[inline]
pub unsafe fn copy_out(from: NonNull<u8>, len: usize, into: &mut [u64]) {
    let words = len.div_ceil(8);
    for (n, word) in into[..words].iter_mut().enumerate() {
        // SAFETY: `n < words`, within what the caller vouches for.
        *word = unsafe { word64(from, 8 * n) }.relaxed();
    }
}

/// Copies `bytes` to `to`, in whole words; the rest of the last word becomes 0.
///
/// # Safety
/// `to` is aligned to 8 and valid for atomic writes of `bytes.len()` rounded up to 8.
#[inline]
pub unsafe fn copy_in(to: NonNull<u8>, bytes: &[u8]) {
    let (words, rest) = bytes.as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        // SAFETY: within the length that the caller vouches for.
        unsafe { word64(to, 8 * n) }.set(u64::from_ne_bytes(*word));
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        // SAFETY: the last word, by the rounding that the caller vouches for.
        unsafe { word64(to, 8 * words.len()) }.set(u64::from_ne_bytes(last));
    }
}

/// The first `len` bytes of words that [`copy_out`] filled.
///
/// # Panics
/// If `words` is shorter.
#[inline]
pub fn bytes_of(words: &[u64], len: usize) -> &[u8] {
    assert!(len <= size_of_val(words));
    // SAFETY: within the slice; every byte of a u64 is initialized, and u8 needs no alignment.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), len) }
}

/// The bytes of `words`, to write to.
#[inline]
pub fn bytes_of_mut(words: &mut [u64]) -> &mut [u8] {
    // SAFETY: the whole slice; any bytes make a valid u64.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), size_of_val(words)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_in_comes_out_for_every_length_and_alignment() {
        let source: std::vec::Vec<u8> = (0..80).collect();
        for start in 0..9 {
            for len in 0..64 {
                let mut region = [u64::MAX; 8];
                let mut copy = [0; 8];
                let at = NonNull::from(&mut region).cast();
                // SAFETY: 64 aligned bytes of our own.
                unsafe {
                    copy_in(at, &source[start..start + len]);
                    copy_out(at, len, &mut copy);
                }
                assert_eq!(bytes_of(&copy, len), &source[start..start + len]);
            }
        }
    }
}
