//! In-memory backings for tests, replay and deterministic examples.
//!
//! The same layouts and algorithms as over shared memory, in memory of this process only.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::Arc;

use byteor_abi::{EventsChainRegion4, SlotClass};
use byteor_pipeline_kernel::{ChainRegion, LaneError, RegionMemory, SlotsBacking, SlotsRegion};
use indexbus::raw::View;
use indexbus::{
    MpscReceiver, MpscSender, SpscReceiver, SpscSender, attach_shared_layout, init_shared_memory,
    split_mpsc, split_spsc,
};
use indexbus_abi::SharedLayout;

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
}

// SAFETY: aligned to 64, where it is until the drop, and reached by regions only.
unsafe impl RegionMemory for HeapMemory {
    fn base(&self) -> NonNull<u8> {
        self.base
    }

    fn bytes(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for HeapMemory {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, and nothing that borrows it is left.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}

/// Sequenced slots on the heap.
#[derive(Debug)]
pub struct MemSequencedSlots {
    slots: SlotsRegion,
}

impl MemSequencedSlots {
    /// A fresh region. `generation` tells it from others; replay passes what it wants to see.
    pub fn new(class: SlotClass, generation: u64) -> Self {
        let memory = Arc::new(HeapMemory::new(class.region_bytes()));
        let slots = SlotsRegion::init(memory, class, generation)
            .expect("the memory has the size of the class");
        Self { slots }
    }
}

impl SlotsBacking for MemSequencedSlots {
    fn slots(&self) -> &SlotsRegion {
        &self.slots
    }
}

/// A fresh events chain on the heap.
pub fn mem_events_chain() -> ChainRegion {
    let memory = Arc::new(HeapMemory::new(size_of::<EventsChainRegion4>()));
    ChainRegion::init(memory).expect("the memory has the size of the region")
}

/// An events lane on the heap.
#[derive(Debug)]
pub struct MemEvents {
    memory: HeapMemory,
}

impl MemEvents {
    /// A fresh lane.
    pub fn new() -> Self {
        let memory = HeapMemory::new(size_of::<SharedLayout>());
        init_shared_memory(View::of(&memory)).expect("the memory has the size of the layout");
        Self { memory }
    }

    /// The two ends of the single-producer queue, alone as long as they live.
    pub fn split_spsc(&mut self) -> Result<(SpscSender<'_>, SpscReceiver<'_>), LaneError> {
        attach_shared_layout(View::of(&self.memory)).map(split_spsc)
    }

    /// The two ends of the many-producers queue, alone as long as they live.
    pub fn split_mpsc(&mut self) -> Result<(MpscSender<'_>, MpscReceiver<'_>), LaneError> {
        attach_shared_layout(View::of(&self.memory)).map(split_mpsc)
    }
}

impl Default for MemEvents {
    fn default() -> Self {
        Self::new()
    }
}
