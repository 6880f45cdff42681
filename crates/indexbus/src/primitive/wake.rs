//! The two words by which a writer knows that somebody sleeps.
//!
//! Who wants to sleep announces it and looks once more; who wrote something looks at the
//! announcement. Both looks are swaps of one word, so one of the two comes later and sees the other:
//! either the sleeper finds what was written, or the writer finds the sleeper. That holds with
//! Acquire and Release alone.

use core::sync::atomic::Ordering;

use crate::raw::Atomic;

/// Where the words of a wake word live.
#[derive(Clone, Copy, Debug)]
pub struct WakeWords<W> {
    /// What sleepers sleep on; bumped by whoever wakes them.
    pub sequence: W,
    /// 1 where somebody sleeps or is about to, else 0; set by sleepers, taken back by the waker. No
    /// count: a sleeper that died would be counted for ever.
    pub sleepers: W,
}

impl<W: Atomic<u32>> WakeWords<W> {
    /// Nobody sleeps. While nobody uses the words.
    pub fn init(&self) {
        self.sequence.store(0, Ordering::Relaxed);
        self.sleepers.store(0, Ordering::Release);
    }

    /// Says that the caller is about to sleep, and returns the `sequence` to sleep on while it stays.
    ///
    /// Look at what you wait for once more after this: nobody wakes you for what was there before.
    pub fn announce(&self) -> u32 {
        // Before the announcement, so that whoever takes it back bumps it after.
        let sequence = self.sequence.load(Ordering::Acquire);
        self.swap_sleepers(1);
        sequence
    }

    /// Whether somebody has to be woken now: all who sleep on `sequence`. Call it after something was
    /// made visible that somebody may wait for, once a batch.
    #[inline]
    pub fn must_wake(&self) -> bool {
        if self.swap_sleepers(0) == 0 {
            return false;
        }
        let mut sequence = self.sequence.load(Ordering::Relaxed);
        while let Err(found) = self.sequence.compare_exchange(
            sequence,
            sequence.wrapping_add(1),
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            sequence = found;
        }
        true
    }

    #[inline]
    fn swap_sleepers(&self, new: u32) -> u32 {
        // What is there most of the time, so that the first try does it.
        let mut found = 0;
        loop {
            match self
                .sleepers
                .compare_exchange(found, new, Ordering::AcqRel, Ordering::Relaxed)
            {
                Ok(old) => return old,
                Err(other) => found = other,
            }
        }
    }
}
