//! Assembly, per processor family: many bytes at a time, then what is left by halves.
//!
//! Each block means a byte-wise atomic copy without ordering. The compiler assumes nothing about what a
//! block reads, and the processor tears no byte.

use core::ptr::NonNull;

use super::by_words;

/// As `by_words::words_in`.
///
/// The first 16 bytes are moved by words: a wide load of what was just written to a private buffer in
/// small parts waits until those are in the cache. On the way out it is the other way round: who reads
/// the copy by wide loads would wait for words.
///
/// # Safety
/// As that.
#[inline]
pub unsafe fn words_in(from: *const u8, to: NonNull<u64>, words: usize) {
    let narrow = if words <= 4 { words } else { 2 };
    // SAFETY: by the caller.
    unsafe {
        by_words::words_in(from, to, narrow);
        if narrow < words {
            let to = to.add(narrow).as_ptr().cast();
            copy(from.add(narrow * 8), to, (words - narrow) * 8);
        }
    };
}

/// As `by_words::words_out`.
///
/// # Safety
/// As that.
#[inline]
pub unsafe fn words_out(from: NonNull<u64>, to: *mut u8, words: usize) {
    // SAFETY: by the caller.
    unsafe { copy(from.as_ptr().cast(), to, words * 8) };
}

/// From how many bytes on wider registers make up for being put away afterwards, as measured.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
const LONG: usize = 1024;

/// Copies `bytes` bytes, a multiple of 8.
///
/// `rep movsb` is no help: it is twice as slow where both sides are aligned, and twenty times where
/// they are not.
///
/// # Safety
/// `from` is valid for reads and `to` for writes of as many, and they don't overlap; one of them may
/// be written by others meanwhile.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
    #[cfg(feature = "std")]
    if bytes >= LONG && std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: by the caller.
        return unsafe { copy_long(from, to, bytes) };
    }
    // SAFETY: reads and writes what the caller said, and clobbers what it names. Subtracting 64 leaves
    // the bits 3 to 5 of what is left as they are.
    unsafe {
        core::arch::asm!(
            "sub {n}, 64",
            "jb 3f",
            "2:",
            "movups {a}, [{from}]",
            "movups {b}, [{from} + 16]",
            "movups {c}, [{from} + 32]",
            "movups {d}, [{from} + 48]",
            "movups [{to}], {a}",
            "movups [{to} + 16], {b}",
            "movups [{to} + 32], {c}",
            "movups [{to} + 48], {d}",
            "add {from}, 64",
            "add {to}, 64",
            "sub {n}, 64",
            "jae 2b",
            "3:",
            "test {n:l}, 32",
            "jz 4f",
            "movups {a}, [{from}]",
            "movups {b}, [{from} + 16]",
            "movups [{to}], {a}",
            "movups [{to} + 16], {b}",
            "add {from}, 32",
            "add {to}, 32",
            "4:",
            "test {n:l}, 16",
            "jz 5f",
            "movups {a}, [{from}]",
            "movups [{to}], {a}",
            "add {from}, 16",
            "add {to}, 16",
            "5:",
            "test {n:l}, 8",
            "jz 6f",
            "mov {n}, [{from}]",
            "mov [{to}], {n}",
            "6:",
            n = inout(reg) bytes => _,
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack),
        );
    }
}

/// As [`copy`], for [`LONG`] copies: 128 bytes at a time, and the rest by [`copy`].
///
/// # Safety
/// As [`copy`], on a processor with AVX.
#[cfg(all(target_arch = "x86_64", feature = "std"))]
#[inline]
unsafe fn copy_long(from: *const u8, to: *mut u8, bytes: usize) {
    let (whole, rest) = (bytes / 128 * 128, bytes % 128);
    // SAFETY: as in `copy`; `whole` is not 0. The upper halves of the registers are left as the
    // calling convention wants them.
    unsafe {
        core::arch::asm!(
            "2:",
            "vmovdqu {a:y}, [{from}]",
            "vmovdqu {b:y}, [{from} + 32]",
            "vmovdqu {c:y}, [{from} + 64]",
            "vmovdqu {d:y}, [{from} + 96]",
            "vmovdqu [{to}], {a:y}",
            "vmovdqu [{to} + 32], {b:y}",
            "vmovdqu [{to} + 64], {c:y}",
            "vmovdqu [{to} + 96], {d:y}",
            "add {from}, 128",
            "add {to}, 128",
            "sub {n}, 128",
            "jnz 2b",
            "vzeroupper",
            n = inout(reg) whole => _,
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            a = out(xmm_reg) _,
            b = out(xmm_reg) _,
            c = out(xmm_reg) _,
            d = out(xmm_reg) _,
            options(nostack),
        );
        if rest != 0 {
            copy(from.add(whole), to.add(whole), rest);
        }
    }
}

/// As on x86-64.
///
/// # Safety
/// As on x86-64.
#[cfg(target_arch = "aarch64")]
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
    // SAFETY: as for x86-64.
    unsafe {
        core::arch::asm!(
            "subs {n}, {n}, #64",
            "b.lo 3f",
            "2:",
            "ldp {a:q}, {b:q}, [{from}]",
            "ldp {c:q}, {d:q}, [{from}, #32]",
            "stp {a:q}, {b:q}, [{to}]",
            "stp {c:q}, {d:q}, [{to}, #32]",
            "add {from}, {from}, #64",
            "add {to}, {to}, #64",
            "subs {n}, {n}, #64",
            "b.hs 2b",
            "3:",
            "tbz {n}, #5, 4f",
            "ldp {a:q}, {b:q}, [{from}], #32",
            "stp {a:q}, {b:q}, [{to}], #32",
            "4:",
            "tbz {n}, #4, 5f",
            "ldr {a:q}, [{from}], #16",
            "str {a:q}, [{to}], #16",
            "5:",
            "tbz {n}, #3, 6f",
            "ldr {n}, [{from}]",
            "str {n}, [{to}]",
            "6:",
            n = inout(reg) bytes => _,
            from = inout(reg) from => _,
            to = inout(reg) to => _,
            a = out(vreg) _,
            b = out(vreg) _,
            c = out(vreg) _,
            d = out(vreg) _,
            options(nostack),
        );
    }
}
