//! A sequence lock: one writer overwrites in place, readers notice what was torn and look again.
//!
//! The sequence is even while what it guards is stable and odd while it is written. The fences make
//! a reader that saw any word of a write see that write's odd sequence too.

use core::sync::atomic::Ordering;

use crate::raw::Atomic;

/// The sequence of a lock; what it guards is the caller's. Written by the one writer.
#[derive(Clone, Copy, Debug)]
pub struct SeqLock<W> {
    /// Even: stable; odd: being written; fresh: 0.
    pub sequence: W,
}

impl<W: Atomic<u64>> SeqLock<W> {
    /// The sequence as it is now.
    #[inline]
    pub fn sequence(&self) -> u64 {
        self.sequence.load(Ordering::Acquire)
    }

    /// Runs `read`, which gets the sequence and copies what is guarded, once. `None` where a write
    /// was under way or came in between: what `read` returned may be torn, and is thrown away.
    #[inline]
    pub fn read<R>(&self, read: impl FnOnce(u64) -> R) -> Option<R> {
        let before = self.sequence();
        if before % 2 == 1 {
            return None;
        }
        let result = read(before);
        W::fence(Ordering::Acquire);
        (self.sequence.load(Ordering::Relaxed) == before).then_some(result)
    }

    /// The one writer. Where the one before it stopped in the middle of a write, the next write
    /// takes that over.
    pub fn writer(self) -> SeqLockWriter<W> {
        let at = self.sequence();
        SeqLockWriter { lock: self, at }
    }
}

/// The end that writes.
#[derive(Debug)]
pub struct SeqLockWriter<W> {
    lock: SeqLock<W>,
    at: u64,
}

impl<W: Atomic<u64>> SeqLockWriter<W> {
    /// Runs `write`, which writes what is guarded, by atomic stores of any order. Returns the new,
    /// even sequence.
    #[inline]
    pub fn write(&mut self, write: impl FnOnce()) -> u64 {
        let sequence = &self.lock.sequence;
        let writing = self.at | 1;
        sequence.store(writing, Ordering::Relaxed);
        W::fence(Ordering::Release);
        write();
        self.at = writing.wrapping_add(1);
        sequence.store(self.at, Ordering::Release);
        self.at
    }
}
