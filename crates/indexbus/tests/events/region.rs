//! Events regions on the heap, reached by views only.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::mem::offset_of;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use indexbus::raw::{RegionMemory, View};
use indexbus::{
    Error, MpscReceiver, MpscSender, SharedLayoutCell, SpscReceiver, SpscSender, attach_events,
    init_events, split_mpsc, split_spsc, validate_events,
};
use indexbus_abi::{EventsClass, IndexQueue, LayoutHeader, MpscQueue, SharedLayout};

/// Where the single-producer queue is, in every class.
pub const SPSC: usize = offset_of!(SharedLayout, spsc);
/// The many-producers queue.
pub const MPSC: usize = offset_of!(SharedLayout, mpsc);
/// The cells of the many-producers queue.
pub const CELLS: usize = MPSC + offset_of!(MpscQueue, cells);
/// The counter of the single-producer queue that its consumer moves.
pub const HEAD: usize = SPSC + offset_of!(IndexQueue, head);
/// The one that its producer moves.
pub const TAIL: usize = SPSC + offset_of!(IndexQueue, tail);
/// Its entries.
pub const ENTRIES: usize = SPSC + offset_of!(IndexQueue, entries);

/// An initialized events region.
#[derive(Debug)]
pub struct Region {
    base: NonNull<u8>,
    layout: Layout,
    class: EventsClass,
}

// SAFETY: memory of this layout until the drop, touched by atomics only.
unsafe impl RegionMemory for Region {
    fn base(&self) -> NonNull<u8> {
        self.base
    }

    fn bytes(&self) -> usize {
        self.layout.size()
    }
}

// SAFETY: as above.
unsafe impl Send for Region {}
// SAFETY: as above.
unsafe impl Sync for Region {}

impl Region {
    pub fn new(class: EventsClass) -> Self {
        let layout = Layout::from_size_align(class.region_bytes(), 64).unwrap();
        // SAFETY: the layout has a size.
        let base = NonNull::new(unsafe { alloc_zeroed(layout) });
        let base = base.unwrap_or_else(|| handle_alloc_error(layout));
        let region = Self {
            base,
            layout,
            class,
        };
        init_events(region.view(), class).unwrap();
        region
    }

    pub fn v1() -> Self {
        Self::new(EventsClass::V1)
    }

    pub fn view(&self) -> View<'_> {
        View::of(self)
    }

    pub fn attach(&self) -> Result<SharedLayoutCell<'_>, Error> {
        attach_events(self.view(), self.class)
    }

    pub fn spsc(&self) -> (SpscSender<'_>, SpscReceiver<'_>) {
        split_spsc(self.attach().unwrap())
    }

    pub fn mpsc(&self) -> (MpscSender<'_>, MpscReceiver<'_>) {
        split_mpsc(self.attach().unwrap())
    }

    pub fn validate(&self) -> Result<(), Error> {
        validate_events(self.view(), self.class).map(|_| ())
    }

    pub fn get64(&self, at: usize) -> u64 {
        self.view().word::<u64>(at).load(Ordering::Acquire)
    }

    pub fn set32(&self, at: usize, value: u32) {
        if at < size_of::<LayoutHeader>() {
            // The header is written and read in words of 64 bits, and sizes don't mix.
            let word = self.view().word::<u64>(at / 8 * 8);
            let mut bytes = word.load(Ordering::Relaxed).to_ne_bytes();
            bytes[at % 8..at % 8 + 4].copy_from_slice(&value.to_ne_bytes());
            return word.store(u64::from_ne_bytes(bytes), Ordering::Release);
        }
        self.view().word::<u32>(at).store(value, Ordering::Release);
    }

    pub fn set64(&self, at: usize, value: u64) {
        self.view().word::<u64>(at).store(value, Ordering::Release);
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.base.as_ptr(), self.layout) };
    }
}
