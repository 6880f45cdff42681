//! Which put each slot of the single-producer queue holds, as it says itself.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_SLOT_COUNT;

use crate::Error;
use crate::raw::Row;

/// Which put each slot was last used for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamps<'m>(pub(super) Row<'m, u32, INDEXBUS_SLOT_COUNT>);

impl Stamps<'_> {
    /// Of a slot that was never used.
    pub(super) const NONE: u32 = u32::MAX;

    #[inline]
    const fn of(count: u64) -> u32 {
        count as u32 & (u32::MAX >> 1)
    }

    /// The slot holds the whole payload of the `count`-th put.
    #[inline]
    pub(super) fn set(self, slot: usize, count: u64) {
        // Release: whoever sees it sees the payload, even where the counter lies.
        self.0.at(slot).store(Self::of(count), Ordering::Release);
    }

    /// Refuses a slot that holds another put's payload: a queue whose counter somebody wrote over
    /// would deliver old bytes.
    #[inline]
    pub(super) fn check(self, slot: usize, count: u64) -> Result<(), Error> {
        if self.0.at(slot).load(Ordering::Acquire) == Self::of(count) {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }

    /// What holds at any time, also while others are at the lane.
    pub(super) fn check_any(self) -> Result<(), Error> {
        for slot in 0..INDEXBUS_SLOT_COUNT {
            let stamp = self.0.at(slot).load(Ordering::Relaxed);
            let fits = stamp >> 31 == 0 && stamp as usize % INDEXBUS_SLOT_COUNT == slot;
            if !fits && stamp != Self::NONE {
                return Err(Error::Corrupted);
            }
        }
        Ok(())
    }
}
