//! In-memory backings for tests, replay and deterministic examples.
//!
//! The same layouts and algorithms as over shared memory, in memory of this process only.

use std::sync::Arc;

use byteor_abi::{EventsChainRegion4, SlotClass};
use byteor_pipeline_kernel::{ChainRegion, LaneError, SlotsBacking, SlotsRegion};
use indexbus::raw::View;
use indexbus::{
    MpscReceiver, MpscSender, SpscReceiver, SpscSender, attach_events, init_events, split_mpsc,
    split_spsc,
};
use indexbus_abi::EventsClass;

pub use indexbus_transport_local::HeapMemory;

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
    class: EventsClass,
}

impl MemEvents {
    /// A fresh lane of the v1 class.
    pub fn new() -> Self {
        Self::of_class(EventsClass::V1)
    }

    /// A fresh lane.
    pub fn of_class(class: EventsClass) -> Self {
        let memory = HeapMemory::new(class.region_bytes());
        init_events(View::of(&memory), class).expect("the memory has the size of the class");
        Self { memory, class }
    }

    /// The two ends of the single-producer queue, alone as long as they live.
    pub fn split_spsc(&mut self) -> Result<(SpscSender<'_>, SpscReceiver<'_>), LaneError> {
        attach_events(View::of(&self.memory), self.class).map(split_spsc)
    }

    /// The two ends of the many-producers queue, alone as long as they live.
    pub fn split_mpsc(&mut self) -> Result<(MpscSender<'_>, MpscReceiver<'_>), LaneError> {
        attach_events(View::of(&self.memory), self.class).map(split_mpsc)
    }
}

impl Default for MemEvents {
    fn default() -> Self {
        Self::new()
    }
}
