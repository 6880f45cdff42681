//! Regions in the memory of one process: for threads, tests and replay.
//!
//! The same layouts and algorithms as over shared memory.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use indexbus::raw::RegionMemory;

/// Memory of this process for one region, zeroed at first.
#[derive(Debug)]
pub struct HeapMemory {
    base: NonNull<u8>,
    layout: Layout,
}

// SAFETY: owns its memory, which is touched by atomics only.
unsafe impl Send for HeapMemory {}
// SAFETY: as above.
unsafe impl Sync for HeapMemory {}

impl HeapMemory {
    /// `bytes` zeroes.
    ///
    /// # Panics
    /// If that is nothing, or more than an allocation may have.
    pub fn new(bytes: usize) -> Self {
        assert!(bytes > 0);
        let layout = Layout::from_size_align(bytes, 64).expect("regions are far below isize::MAX");
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(base) = NonNull::new(memory) else {
            handle_alloc_error(layout)
        };
        Self { base, layout }
    }

    /// Zeroes for one `Layout` of `indexbus-abi`.
    pub fn of<T>() -> Self {
        Self::new(size_of::<T>())
    }
}

// SAFETY: aligned to 64, where it is until the drop, and reached by regions only.
unsafe impl RegionMemory for HeapMemory {
    fn base(&self) -> NonNull<u8> {
        self.base
    }

    fn bytes(&self) -> usize {
        self.layout.size()
    }

    fn is_private(&self) -> bool {
        true
    }
}

impl Drop for HeapMemory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nothing that borrows it is left.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use indexbus::raw::{Ordering, View};

    #[test]
    fn it_is_aligned_zeroed_and_all_there() {
        for bytes in [1, 64, 100, 1 << 20] {
            let memory = HeapMemory::new(bytes);
            assert_eq!(memory.bytes(), bytes);
            assert!(memory.base().addr().get().is_multiple_of(64));
            let view = View::of(&memory);
            for at in (0..bytes / 8).map(|word| word * 8) {
                assert_eq!(view.word::<u64>(at).load(Ordering::Relaxed), 0);
            }
        }
    }
}
