//! Copies between memory of ours and memory that others write.
//!
//! What a copy means is `by_words`: each word is loaded and stored by an atomic operation without
//! ordering, so every byte comes out as somebody wrote it, before or meanwhile. That runs under Miri,
//! in the sanitizers (feature `word-copies`) and on other processors. On x86-64 and AArch64 assembly
//! does the same with wider moves, which the language has no name for.

mod by_words;
#[cfg(any(
    miri,
    feature = "word-copies",
    not(any(target_arch = "x86_64", target_arch = "aarch64"))
))]
pub(super) use by_words::{words_in, words_out};

#[cfg(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(miri, feature = "word-copies"))
))]
mod by_moves;
#[cfg(all(
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(any(miri, feature = "word-copies"))
))]
pub(super) use by_moves::{words_in, words_out};

#[cfg(test)]
mod tests {
    use core::ptr::NonNull;

    use super::*;

    const LONGEST: usize = 4096;

    /// Every size up to 512 and then some, at every offset of the private side within a cache line.
    #[test]
    fn both_copies_give_the_same_bytes_for_every_size_and_offset() {
        let source: std::vec::Vec<u8> =
            (0..LONGEST + 64).map(|n| (n * 7 + n / 251) as u8).collect();
        let sizes = (0..512)
            .step_by(8)
            .chain((512..=LONGEST).step_by(if cfg!(miri) { 1024 } else { 8 }));
        let offsets = if cfg!(miri) { 3 } else { 64 };
        for size in sizes {
            for offset in 0..offsets {
                let mut shared = [
                    std::vec![u64::MAX; LONGEST / 8 + 1],
                    std::vec![u64::MAX; LONGEST / 8 + 1],
                ];
                let mut out = [std::vec![7_u8; size + 65], std::vec![7_u8; size + 65]];
                let words = size / 8;
                let from = source[offset..].as_ptr();
                let places = shared
                    .each_mut()
                    .map(|shared| NonNull::from(&mut shared[..]).cast());
                let into = out.each_mut().map(|out| out[offset..].as_mut_ptr());
                // SAFETY: memory of our own, as large as said and aligned.
                unsafe {
                    by_words::words_in(from, places[0], words);
                    words_in(from, places[1], words);
                    by_words::words_out(places[0], into[0], words);
                    words_out(places[1], into[1], words);
                }
                assert_eq!(
                    shared[0], shared[1],
                    "{size} bytes in, from offset {offset}"
                );
                assert_eq!(shared[1][words..], [u64::MAX; LONGEST / 8 + 1][words..]);
                assert_eq!(out[0], out[1], "{size} bytes out, to offset {offset}");
                assert_eq!(out[1][offset..offset + size], source[offset..offset + size]);
            }
        }
    }
}
