//! A region on the heap, reached by views only.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use indexbus::raw::{Ordering, RegionMemory, View};

/// Zeroed memory, aligned as a mapping is.
#[derive(Debug)]
pub struct Region(NonNull<u8>, Layout);

// SAFETY: memory of this layout until the drop, touched by atomics only.
unsafe impl RegionMemory for Region {
    fn base(&self) -> NonNull<u8> {
        self.0
    }

    fn bytes(&self) -> usize {
        self.1.size()
    }
}

// SAFETY: as above.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    pub fn of<T>() -> Self {
        let layout = Layout::new::<T>().align_to(64).unwrap();
        // SAFETY: the layout has a size.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) });
        Self(base.unwrap_or_else(|| handle_alloc_error(layout)), layout)
    }

    pub fn view(&self) -> View<'_> {
        View::of(self)
    }

    /// Writes four bytes, in a word of 64 bits where the lane's words are that.
    pub fn set32(&self, at: usize, value: u32) {
        self.view().word::<u32>(at).store(value, Ordering::Release);
    }

    pub fn set64(&self, at: usize, value: u64) {
        self.view().word::<u64>(at).store(value, Ordering::Release);
    }

    pub fn get64(&self, at: usize) -> u64 {
        self.view().word::<u64>(at).load(Ordering::Acquire)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.0.as_ptr(), self.1) };
    }
}

/// Numbers that are the same in each run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    /// A number that somebody hostile would write: near a bound, near a power of two, or any.
    pub fn hostile(&mut self) -> u64 {
        let any = self.0 ^ self.below(u64::MAX);
        match self.below(4) {
            0 => any % 4096,
            1 => u64::MAX - any % 4096,
            2 => (1 << (any % 64)) - any % 2,
            _ => any,
        }
    }
}
