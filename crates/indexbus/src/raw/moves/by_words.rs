//! Word by word: what all copies are held to.

use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use super::super::word::Word;

/// Copies `words` words of 8 bytes to shared memory.
///
/// # Safety
/// `from` is valid for reads of as many bytes, not shared, in any alignment; `to` is aligned, and
/// valid for reads and writes of as many; all other access to it is atomic.
#[inline]
pub unsafe fn words_in(from: *const u8, to: NonNull<u64>, words: usize) {
    for n in 0..words {
        // SAFETY: by the caller.
        let (value, at) = unsafe {
            (
                from.cast::<u64>().add(n).read_unaligned(),
                Word::new(to.add(n)),
            )
        };
        at.store(value, Ordering::Relaxed);
    }
}

/// Copies `words` words of 8 bytes out of shared memory.
///
/// # Safety
/// As [`words_in`], the other way round.
#[cfg(any(
    test,
    miri,
    feature = "word-copies",
    not(any(target_arch = "x86_64", target_arch = "aarch64"))
))]
#[inline]
pub unsafe fn words_out(from: NonNull<u64>, to: *mut u8, words: usize) {
    for n in 0..words {
        // SAFETY: by the caller.
        unsafe {
            let value = Word::new(from.add(n)).load(Ordering::Relaxed);
            to.cast::<u64>().add(n).write_unaligned(value);
        }
    }
}
