//! Lanes in static memory: no heap, no files.
//!
//! ```
//! use indexbus_kit::embedded::StaticLayout;
//! use indexbus_kit::embedded::layouts::SharedLayout;
//! use indexbus_kit::lanes::{SharedLayoutCell, init_shared_layout, split_spsc};
//!
//! static LANE: StaticLayout<SharedLayout> = StaticLayout::new();
//!
//! let layout = LANE.take().expect("nobody took it before");
//! init_shared_layout(layout);
//! let (mut tx, mut rx) = split_spsc(SharedLayoutCell::from_mut(layout));
//! tx.publish(b"reading")?;
//! let mut into = [0; 256];
//! assert_eq!(rx.try_recv_into(&mut into)?, Some(7));
//! assert!(LANE.take().is_none());
//! # Ok::<(), indexbus_kit::lanes::Error>(())
//! ```

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicBool, Ordering};

/// The layouts that static memory can hold.
pub mod layouts {
    pub use indexbus_abi::{
        JournalLayout4, SequencerLayout4, SharedFanoutLayout, SharedLayout, StateLayout,
    };
}

use layouts::{JournalLayout4, SequencerLayout4, SharedFanoutLayout, SharedLayout, StateLayout};

/// A layout of integers, of which all zero is one that nobody initialized yet.
pub trait Layout: Send + sealed::Sealed {}

mod sealed {
    /// # Safety
    /// All zero bytes are a value.
    pub unsafe trait Sealed {}
}

// SAFETY: integers and arrays of them.
unsafe impl sealed::Sealed for SharedLayout {}
impl Layout for SharedLayout {}
// SAFETY: as above.
unsafe impl sealed::Sealed for JournalLayout4 {}
impl Layout for JournalLayout4 {}
// SAFETY: as above.
unsafe impl sealed::Sealed for SequencerLayout4 {}
impl Layout for SequencerLayout4 {}
// SAFETY: as above.
unsafe impl<const N: usize> sealed::Sealed for SharedFanoutLayout<N> {}
impl<const N: usize> Layout for SharedFanoutLayout<N> {}
// SAFETY: as above.
unsafe impl<const MAX: usize> sealed::Sealed for StateLayout<MAX> {}
impl<const MAX: usize> Layout for StateLayout<MAX> {}

/// A layout in a static, which is handed out once, zeroed.
#[derive(Debug)]
pub struct StaticLayout<L> {
    taken: AtomicBool,
    layout: UnsafeCell<MaybeUninit<L>>,
}

// SAFETY: the layout is reached by who `take` hands it out to, once, and may go to another thread.
unsafe impl<L: Layout> Sync for StaticLayout<L> {}

impl<L: Layout> StaticLayout<L> {
    /// One that nobody took yet.
    pub const fn new() -> Self {
        Self {
            taken: AtomicBool::new(false),
            layout: UnsafeCell::new(MaybeUninit::zeroed()),
        }
    }

    /// The layout, the first time; `None` ever after.
    #[expect(clippy::mut_from_ref, reason = "handed out once, as `taken` says")]
    pub fn take(&'static self) -> Option<&'static mut L> {
        if self.taken.swap(true, Ordering::AcqRel) {
            return None;
        }
        // SAFETY: zeroed, of which every layout has a value; nobody else gets it.
        Some(unsafe { (*self.layout.get()).assume_init_mut() })
    }
}

impl<L: Layout> Default for StaticLayout<L> {
    fn default() -> Self {
        Self::new()
    }
}
