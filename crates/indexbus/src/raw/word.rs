//! One shared word.

use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A number that several threads or processes share. As in `std::sync::atomic`.
pub trait Atomic<T> {
    /// Loads the value.
    fn load(&self, order: Ordering) -> T;
    /// Stores `value`.
    fn store(&self, value: T, order: Ordering);
    /// Stores `new` where the value is `current`. Returns the value that was there, as an error
    /// where it was another one.
    fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T>;
    /// Orders what this thread loads and stores around it, as `std::sync::atomic::fence`.
    #[inline]
    fn fence(order: Ordering) {
        core::sync::atomic::fence(order);
    }
}

impl<T, A: Atomic<T>> Atomic<T> for &A {
    #[inline]
    fn fence(order: Ordering) {
        A::fence(order);
    }

    #[inline]
    fn load(&self, order: Ordering) -> T {
        (**self).load(order)
    }

    #[inline]
    fn store(&self, value: T, order: Ordering) {
        (**self).store(value, order);
    }

    #[inline]
    fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        (**self).compare_exchange(current, new, success, failure)
    }
}

/// The integers that are words of a region: u32 and u64.
pub trait Primitive: Copy + sealed::Sealed {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

impl Primitive for u32 {}
impl Primitive for u64 {}

/// A word of a region that is borrowed for `'m`.
///
/// The pointer is to plain memory, so that no reference to the region outlives one access.
#[derive(Clone, Copy, Debug)]
pub struct Word<'m, T> {
    at: NonNull<T>,
    memory: PhantomData<&'m T>,
}

/// A u64 of a region.
pub type Word64<'m> = Word<'m, u64>;
/// A u32 of a region.
pub type Word32<'m> = Word<'m, u32>;

// SAFETY: all access goes through atomic operations.
unsafe impl<T> Send for Word<'_, T> {}
// SAFETY: all access goes through atomic operations.
unsafe impl<T> Sync for Word<'_, T> {}

impl<T: Primitive> Word<'_, T> {
    /// # Safety
    /// `at` is aligned to the size of `T`, and valid for reads and writes during the lifetime that
    /// the caller gives the value; all other access to it is atomic.
    #[inline]
    pub(super) const unsafe fn new(at: NonNull<T>) -> Self {
        Self {
            at,
            memory: PhantomData,
        }
    }
}

impl<'m> Word32<'m> {
    /// A word of this process, outside of any region.
    #[inline]
    pub fn of(atomic: &'m AtomicU32) -> Self {
        Self {
            at: NonNull::from(atomic).cast(),
            memory: PhantomData,
        }
    }
}

macro_rules! words {
    ($($int:ty, $atomic:ty;)*) => {$(
        impl Word<'_, $int> {
            #[inline]
            pub(crate) fn atomic(&self) -> &$atomic {
                // SAFETY: by the contract of `new`; an atomic may be shared with other writers.
                unsafe { <$atomic>::from_ptr(self.at.as_ptr()) }
            }

            /// Loads the value.
            #[inline]
            pub fn load(&self, order: Ordering) -> $int {
                self.atomic().load(order)
            }

            /// Stores `value`.
            #[inline]
            pub fn store(&self, value: $int, order: Ordering) {
                #[cfg(feature = "fail-points")]
                super::fail_point::store();
                self.atomic().store(value, order);
            }

            /// Stores `new` where the value is `current`. Returns the value that was there, as an
            /// error where it was another one.
            #[inline]
            pub fn compare_exchange(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                #[cfg(feature = "fail-points")]
                super::fail_point::store();
                self.atomic().compare_exchange(current, new, success, failure)
            }
        }

        impl Atomic<$int> for Word<'_, $int> {
            #[inline]
            fn load(&self, order: Ordering) -> $int {
                self.atomic().load(order)
            }

            #[inline]
            fn store(&self, value: $int, order: Ordering) {
                #[cfg(feature = "fail-points")]
                super::fail_point::store();
                self.atomic().store(value, order);
            }

            #[inline]
            fn compare_exchange(
                &self,
                current: $int,
                new: $int,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$int, $int> {
                #[cfg(feature = "fail-points")]
                super::fail_point::store();
                self.atomic().compare_exchange(current, new, success, failure)
            }
        }
    )*};
}

words! {
    u32, AtomicU32;
    u64, AtomicU64;
}
