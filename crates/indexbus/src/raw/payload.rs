//! Payloads: bytes of a region, copied in and out word by word.

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use super::moves;
use super::word::{Word, Word64};

/// `LEN` payload cells of a region, of `bytes` bytes each, one every `stride` bytes.
///
/// Words that another process writes meanwhile come out old or new, never as undefined behaviour;
/// the protocol of the lane says when they can be trusted.
#[derive(Clone, Copy, Debug)]
pub struct Payloads<'m, const LEN: usize> {
    first: NonNull<u8>,
    stride: usize,
    bytes: usize,
    memory: PhantomData<&'m u64>,
}

// SAFETY: all access goes through atomic operations.
unsafe impl<const LEN: usize> Send for Payloads<'_, LEN> {}
// SAFETY: all access goes through atomic operations.
unsafe impl<const LEN: usize> Sync for Payloads<'_, LEN> {}

impl<'m, const LEN: usize> Payloads<'m, LEN> {
    /// # Safety
    /// `first` is aligned to 8, `stride` and `bytes` are multiples of 8, and each of the `LEN`
    /// cells is valid for reads and writes of `bytes` bytes during the lifetime that the caller
    /// gives the value; all other access to it is atomic, in words of 64 bits.
    pub(super) const unsafe fn new(first: NonNull<u8>, stride: usize, bytes: usize) -> Self {
        Self {
            first,
            stride,
            bytes,
            memory: PhantomData,
        }
    }

    /// Bytes of one cell.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The first word of the cell `n`.
    #[inline]
    fn cell(&self, n: usize) -> NonNull<u64> {
        assert!(n < LEN);
        // SAFETY: one of the cells that `new` was promised.
        unsafe { self.first.byte_add(n * self.stride).cast() }
    }

    /// Copies `payload` into the cell `n`, in whole words; the rest of its last word becomes 0.
    ///
    /// # Panics
    /// If there is no such cell, or it is shorter than `payload`.
    #[inline]
    pub fn write(&self, n: usize, payload: &[u8]) {
        assert!(payload.len() <= self.bytes);
        #[cfg(feature = "fail-points")]
        super::fail_point::store();
        let cell = self.cell(n);
        let whole = payload.len() / 8;
        // SAFETY: the words are within the cell and within the payload, as that is no longer; the
        // cell is aligned, and shared by atomics only.
        unsafe { moves::words_in(payload.as_ptr(), cell, whole) };
        let rest = &payload[whole * 8..];
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            // SAFETY: within the cell, whose size is a multiple of 8.
            let at = unsafe { self.word(cell, whole) };
            at.store(u64::from_ne_bytes(last), Ordering::Relaxed);
        }
    }

    /// Copies `bytes` into the cell `n`, from its byte `offset` on, and leaves the others as they
    /// are. Words of which only a part is written are read and written back: the caller is the only
    /// writer of the cell.
    ///
    /// # Panics
    /// If there is no such cell, or they end beyond it.
    #[inline]
    pub fn write_at(&self, n: usize, offset: usize, bytes: &[u8]) {
        assert!(offset <= self.bytes && bytes.len() <= self.bytes - offset);
        let cell = self.cell(n);
        let merge = |word: usize, from: usize, bytes: &[u8]| {
            // SAFETY: within the cell, whose size is a multiple of 8.
            let at = unsafe { self.word(cell, word) };
            let mut merged = at.load(Ordering::Relaxed).to_ne_bytes();
            merged[from..from + bytes.len()].copy_from_slice(bytes);
            at.store(u64::from_ne_bytes(merged), Ordering::Relaxed);
        };
        let (mut word, begun) = (offset / 8, offset % 8);
        let mut bytes = bytes;
        if begun != 0 {
            let (first, rest) = bytes.split_at(bytes.len().min(8 - begun));
            merge(word, begun, first);
            (word, bytes) = (word + 1, rest);
        }
        let (whole, rest) = bytes.split_at(bytes.len() / 8 * 8);
        if !whole.is_empty() {
            #[cfg(feature = "fail-points")]
            super::fail_point::store();
            // SAFETY: as in `write`; `word` and those behind it are within the cell.
            unsafe { moves::words_in(whole.as_ptr(), cell.add(word), whole.len() / 8) };
        }
        if !rest.is_empty() {
            merge(word + whole.len() / 8, 0, rest);
        }
    }

    /// Copies the first `len` bytes of the cell `n` into `into`, in whole words.
    ///
    /// # Panics
    /// If there is no such cell, it is shorter, or `into` has fewer bytes than `len` rounded up
    /// to 8.
    #[inline]
    pub fn read_words(&self, n: usize, len: usize, into: &mut [u64]) {
        assert!(len <= self.bytes);
        let cell = self.cell(n);
        let into = &mut into[..len.div_ceil(8)];
        // SAFETY: the words are within the cell, whose size is a multiple of 8, and within `into`.
        unsafe { moves::words_out(cell, into.as_mut_ptr().cast(), into.len()) };
    }

    /// Copies as many bytes of the cell `n` as `into` has.
    ///
    /// # Panics
    /// If there is no such cell, or it is shorter than `into`.
    #[inline]
    pub fn read(&self, n: usize, into: &mut [u8]) {
        assert!(into.len() <= self.bytes);
        let cell = self.cell(n);
        let whole = into.len() / 8;
        // SAFETY: the words are within the cell and within `into`, as that is no longer.
        unsafe { moves::words_out(cell, into.as_mut_ptr(), whole) };
        let rest = &mut into[whole * 8..];
        if !rest.is_empty() {
            // SAFETY: within the cell, whose size is a multiple of 8.
            let word = unsafe { self.word(cell, whole) }.load(Ordering::Relaxed);
            rest.copy_from_slice(&word.to_ne_bytes()[..rest.len()]);
        }
    }

    /// # Safety
    /// `cell` came from `cell`, and its word `n` is within it.
    #[inline]
    unsafe fn word(&self, cell: NonNull<u64>, n: usize) -> Word64<'m> {
        // SAFETY: by the caller and the contract of `new`.
        unsafe { Word::new(cell.add(n)) }
    }
}

/// The first `len` bytes of words that [`Payloads::read_words`] filled.
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
                let mut region = [u64::MAX; 16];
                let mut words = [0; 8];
                let mut bytes = std::vec![0; len];
                // SAFETY: two cells of 64 aligned bytes of our own.
                let cells: Payloads<'_, 2> =
                    unsafe { Payloads::new(NonNull::from(&mut region).cast(), 64, 64) };
                cells.write(1, &source[start..start + len]);
                cells.read_words(1, len, &mut words);
                cells.read(1, &mut bytes);
                assert_eq!(bytes_of(&words, len), &source[start..start + len]);
                assert_eq!(bytes, &source[start..start + len]);
                assert_eq!(region[..8], [u64::MAX; 8], "the cell before is untouched");
            }
        }
    }

    #[test]
    fn a_part_that_is_written_in_place_leaves_the_others() {
        let source: std::vec::Vec<u8> = (1..33).collect();
        for offset in 0..=32 {
            for len in 0..=32 - offset {
                let mut region = [0_u64; 8];
                let mut expected = [0; 32];
                expected[offset..offset + len].copy_from_slice(&source[..len]);
                let mut bytes = [0; 32];
                // SAFETY: two cells of 32 aligned bytes of our own.
                let cells: Payloads<'_, 2> =
                    unsafe { Payloads::new(NonNull::from(&mut region).cast(), 32, 32) };
                cells.write_at(1, offset, &source[..len]);
                cells.read(1, &mut bytes);
                assert_eq!(bytes, expected, "{len} bytes at {offset}");
                assert_eq!(region[..4], [0; 4], "the cell before is untouched");
            }
        }
    }
}
