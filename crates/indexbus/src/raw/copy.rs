//! Bytes in and out of a row of shared words, word by word.

use core::sync::atomic::Ordering;

use super::word::Atomic;
use super::words::Words;

/// Copies `bytes` into `words` from the word `at` on; the rest of the last word becomes 0.
///
/// # Panics
/// If there are fewer words.
#[inline]
pub fn copy_in(words: &impl Words<u64>, at: usize, bytes: &[u8]) {
    for (n, chunk) in bytes.chunks(8).enumerate() {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let word = u64::from_ne_bytes(word);
        words.at(at + n).store(word, Ordering::Relaxed);
    }
}

/// Copies as many bytes as `into` has out of `words`, from the word `at` on.
///
/// # Panics
/// If there are fewer words.
#[inline]
pub fn copy_out(words: &impl Words<u64>, at: usize, into: &mut [u8]) {
    for (n, chunk) in into.chunks_mut(8).enumerate() {
        let word = words.at(at + n).load(Ordering::Relaxed);
        chunk.copy_from_slice(&word.to_ne_bytes()[..chunk.len()]);
    }
}
