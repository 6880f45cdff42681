//! One block of assembly per processor family: 64 bytes at a time, then what is left by halves.
//!
//! Each means a byte-wise atomic copy without ordering. The compiler assumes nothing about what a
//! block reads, and the processor tears no byte.

use core::ptr::NonNull;

/// As `by_words::words_in`.
///
/// # Safety
/// As that.
#[inline]
pub unsafe fn words_in(from: *const u8, to: NonNull<u64>, words: usize) {
    // SAFETY: by the caller.
    unsafe { copy(from, to.as_ptr().cast(), words * 8) };
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

/// Copies `bytes` bytes, a multiple of 8.
///
/// # Safety
/// `from` is valid for reads and `to` for writes of as many, and they don't overlap; one of them may
/// be written by others meanwhile.
#[cfg(target_arch = "x86_64")]
#[inline]
unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
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
