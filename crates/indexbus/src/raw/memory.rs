//! The memory of a region, and checked views of it.

use core::fmt;
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering, fence};

use super::payload::Payloads;
use super::word::{Primitive, Word};
use super::words::Row;
use crate::Error;

/// What regions are aligned to, in bytes.
const ALIGN: usize = 64;

/// Memory that holds a region, for as long as the value lives: on the heap, or a mapped file.
///
/// # Safety
/// [`RegionMemory::base`] and [`RegionMemory::bytes`] always say the same, aligned to 64, valid for
/// reads and writes until the value is dropped; and whoever else may touch it (another process,
/// another handle) does so by atomic operations, or not as Rust sees it.
pub unsafe trait RegionMemory: Send + Sync + fmt::Debug {
    /// The first byte.
    fn base(&self) -> NonNull<u8>;

    /// How many bytes there are.
    fn bytes(&self) -> usize;

    /// Whether the memory is still all there. Called now and then, outside the hot loop.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Whether nobody outside of this process can see it, ever.
    fn is_private(&self) -> bool {
        false
    }

    /// A word that is no longer 0 once a part of the memory was lost, and reads as zero; `None` where
    /// that can't be told, or can't happen. It is about this memory as long as the value lives.
    fn lost_word(&self) -> Option<&'static AtomicU32> {
        None
    }
}

/// Whether memory was lost under a lane: its file was cut short, and what was cut off reads as zero.
///
/// The ends of a lane look at it once a batch, after what they copied and before they believe it. It is
/// one load of a word that nobody writes.
#[derive(Clone, Copy, Debug, Default)]
pub struct LostMark(Option<&'static AtomicU32>);

impl LostMark {
    /// `Corrupted` where memory was lost: then what was read before this call may be zeroes.
    #[inline]
    pub fn check(self) -> Result<(), Error> {
        let Some(word) = self.0 else {
            return Ok(());
        };
        // The copies before it are done first.
        fence(Ordering::Acquire);
        if word.load(Ordering::Relaxed) == 0 {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }
}

/// A region's memory, borrowed for `'m`. All that comes out of it is checked against its bounds
/// when it is made, and can't outlive `'m`.
#[derive(Clone, Copy, Debug)]
pub struct View<'m> {
    base: NonNull<u8>,
    bytes: usize,
    lost: LostMark,
    memory: PhantomData<&'m u64>,
}

// SAFETY: all access goes through atomic operations.
unsafe impl Send for View<'_> {}
// SAFETY: all access goes through atomic operations.
unsafe impl Sync for View<'_> {}

impl<'m> View<'m> {
    /// All of `memory`.
    pub fn of<M: RegionMemory + ?Sized>(memory: &'m M) -> Self {
        // SAFETY: by the contract of `RegionMemory`, which is borrowed for `'m`.
        let view = unsafe { Self::new(memory.base(), memory.bytes()) };
        Self {
            lost: LostMark(memory.lost_word()),
            ..view
        }
    }

    /// # Safety
    /// `base` is aligned to 64 and valid for reads and writes of `bytes` bytes during `'m`; all
    /// other access is atomic.
    pub(crate) unsafe fn new(base: NonNull<u8>, bytes: usize) -> Self {
        assert!(base.as_ptr().addr().is_multiple_of(ALIGN));
        Self {
            base,
            bytes,
            lost: LostMark::default(),
            memory: PhantomData,
        }
    }

    /// The same view, no longer bound to the borrow: for a handle that owns what it points into.
    ///
    /// # Safety
    /// Nothing that comes out of the result is used after the memory is gone. So it stays in a
    /// private field, beside an owner of the [`RegionMemory`].
    pub unsafe fn beside_its_owner(self) -> View<'static> {
        View {
            base: self.base,
            bytes: self.bytes,
            lost: self.lost,
            memory: PhantomData,
        }
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a part of the memory was lost; for the ends of a lane, which look at it once a batch.
    pub fn lost(&self) -> LostMark {
        self.lost
    }

    /// The first of `len` places of `bytes` bytes, `stride` bytes apart.
    fn places(&self, at: usize, stride: usize, len: usize, bytes: usize) -> NonNull<u8> {
        let end = (len - 1)
            .checked_mul(stride)
            .and_then(|last| last.checked_add(at)?.checked_add(bytes));
        assert!(
            end.is_some_and(|end| end <= self.bytes),
            "outside of the region"
        );
        // SAFETY: within the region, as was just checked.
        unsafe { self.base.byte_add(at) }
    }

    /// The word `at` bytes after the start.
    ///
    /// # Panics
    /// If it isn't aligned, or not within the region: offsets come from layouts.
    #[inline]
    pub fn word<T: Primitive>(&self, at: usize) -> Word<'m, T> {
        assert!(at.is_multiple_of(size_of::<T>()));
        let place = self.places(at, 0, 1, size_of::<T>());
        // SAFETY: within the region, and aligned, since the region is.
        unsafe { Word::new(place.cast()) }
    }

    /// `LEN` words, the first `at` bytes after the start, one every `stride` bytes.
    ///
    /// # Panics
    /// As [`View::word`].
    pub fn row<T: Primitive, const LEN: usize>(&self, at: usize, stride: usize) -> Row<'m, T, LEN> {
        const { assert!(LEN > 0) };
        assert!(at.is_multiple_of(size_of::<T>()) && stride.is_multiple_of(size_of::<T>()));
        let first = self.places(at, stride, LEN, size_of::<T>());
        // SAFETY: all within the region, and aligned, since the region is.
        unsafe { Row::new(first, stride) }
    }

    /// `LEN` payload cells of `bytes` bytes, the first `at` bytes after the start, one every
    /// `stride` bytes.
    ///
    /// # Panics
    /// As [`View::word`]; the three are multiples of 8.
    pub fn payloads<const LEN: usize>(
        &self,
        at: usize,
        stride: usize,
        bytes: usize,
    ) -> Payloads<'m, LEN> {
        const { assert!(LEN > 0) };
        assert!([at, stride, bytes].iter().all(|n| n.is_multiple_of(8)));
        let first = self.places(at, stride, LEN, bytes);
        // SAFETY: all within the region, and aligned, since the region is.
        unsafe { Payloads::new(first, stride, bytes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::sync::atomic::Ordering;
    use std::panic::catch_unwind;

    #[derive(Default)]
    #[repr(align(64))]
    struct Line([u64; 8]);

    #[test]
    fn a_view_hands_out_what_lies_within_and_nothing_else() {
        let mut lines = [Line::default(), Line::default()];
        // SAFETY: aligned memory of our own.
        let view = unsafe { View::new(NonNull::from(&mut lines).cast(), 128) };
        view.word::<u64>(120).store(7, Ordering::Relaxed);
        assert_eq!(view.row::<u64, 2>(56, 64).at(1).load(Ordering::Relaxed), 7);
        view.payloads::<2>(0, 64, 64).write(1, &[1; 64]);
        for outside in [121, 124, 128, usize::MAX - 7] {
            assert!(catch_unwind(|| view.word::<u64>(outside)).is_err());
        }
        assert!(catch_unwind(|| view.word::<u32>(126)).is_err());
        assert!(catch_unwind(|| view.row::<u32, 3>(0, 64)).is_err());
        assert!(catch_unwind(|| view.row::<u32, 2>(0, 64).at(2)).is_err());
        assert!(catch_unwind(|| view.row::<u64, 2>(0, usize::MAX - 7)).is_err());
        assert!(catch_unwind(|| view.payloads::<2>(0, 64, 72)).is_err());
        assert_eq!(lines[1].0, [u64::MAX / 0xff; 8]);
    }
}
