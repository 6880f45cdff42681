//! A row of shared words.

use core::marker::PhantomData;
use core::ptr::NonNull;

use super::word::{Atomic, Primitive, Word};

/// A row of shared words, wherever they live: the entries of a ring, the links of a free list.
pub trait Words<T> {
    /// How many there are. Rings need a power of two.
    fn capacity(&self) -> usize;

    /// The word `n`.
    ///
    /// # Panics
    /// If `n` is not below [`Words::capacity`].
    fn at(&self, n: usize) -> impl Atomic<T>;
}

impl<T, W: Words<T>> Words<T> for &W {
    fn capacity(&self) -> usize {
        (**self).capacity()
    }

    fn at(&self, n: usize) -> impl Atomic<T> {
        (**self).at(n)
    }
}

impl<T, A: Atomic<T>> Words<T> for [A] {
    fn capacity(&self) -> usize {
        self.len()
    }

    fn at(&self, n: usize) -> impl Atomic<T> {
        &self[n]
    }
}

impl<T, A: Atomic<T>, const LEN: usize> Words<T> for [A; LEN] {
    fn capacity(&self) -> usize {
        LEN
    }

    fn at(&self, n: usize) -> impl Atomic<T> {
        &self[n]
    }
}

/// `LEN` words of a region, one every `stride` bytes.
#[derive(Clone, Copy, Debug)]
pub struct Row<'m, T, const LEN: usize> {
    first: NonNull<u8>,
    stride: usize,
    memory: PhantomData<&'m T>,
}

// SAFETY: all access goes through atomic operations.
unsafe impl<T, const LEN: usize> Send for Row<'_, T, LEN> {}
// SAFETY: all access goes through atomic operations.
unsafe impl<T, const LEN: usize> Sync for Row<'_, T, LEN> {}

impl<'m, T: Primitive, const LEN: usize> Row<'m, T, LEN> {
    /// # Safety
    /// Each of the `LEN` places from `first` on, `stride` bytes apart, is what `Word::new` asks
    /// for.
    pub(super) const unsafe fn new(first: NonNull<u8>, stride: usize) -> Self {
        Self {
            first,
            stride,
            memory: PhantomData,
        }
    }

    /// The word `n`.
    ///
    /// # Panics
    /// If `n` is not below `LEN`.
    #[inline]
    pub fn at(&self, n: usize) -> Word<'m, T> {
        assert!(n < LEN);
        // SAFETY: one of the places that `new` was promised.
        unsafe { Word::new(self.first.byte_add(n * self.stride).cast()) }
    }
}

macro_rules! rows {
    ($($int:ty),*) => {$(
        impl<const LEN: usize> Words<$int> for Row<'_, $int, LEN> {
            #[inline]
            fn capacity(&self) -> usize {
                LEN
            }

            #[inline]
            fn at(&self, n: usize) -> impl Atomic<$int> {
                Row::at(self, n)
            }
        }
    )*};
}

rows!(u32, u64);
