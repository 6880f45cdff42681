//! In-memory backings for tests, replay and deterministic examples.
//!
//! The same layouts and algorithms as over shared memory, in memory of this process only.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use byteor_abi::SlotClass;
use byteor_pipeline_kernel::{SlotsBacking, SlotsPtr};

/// Sequenced slots on the heap.
#[derive(Debug)]
pub struct MemSequencedSlots {
    base: NonNull<u8>,
    layout: Layout,
    slots: SlotsPtr,
}

// SAFETY: owns its memory, which is touched by atomics only.
unsafe impl Send for MemSequencedSlots {}
// SAFETY: as above.
unsafe impl Sync for MemSequencedSlots {}

impl MemSequencedSlots {
    /// A fresh region. `generation` tells it from others; replay passes what it wants to see.
    pub fn new(class: SlotClass, generation: u64) -> Self {
        let layout = Layout::from_size_align(class.region_bytes(), 64)
            .expect("region sizes are constants far below isize::MAX");
        // SAFETY: the layout has a size.
        let memory = unsafe { alloc_zeroed(layout) };
        let Some(base) = NonNull::new(memory) else {
            handle_alloc_error(layout)
        };
        // SAFETY: zeroed, aligned, ours until dropped, and only reached through `slots`.
        let slots = unsafe { SlotsPtr::init(base, class, generation) };
        Self {
            base,
            layout,
            slots,
        }
    }
}

// SAFETY: the heap memory stays where it is until the drop.
unsafe impl SlotsBacking for MemSequencedSlots {
    fn slots(&self) -> SlotsPtr {
        self.slots
    }
}

impl Drop for MemSequencedSlots {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nothing that points into it is left.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}
