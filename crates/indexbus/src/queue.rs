//! Bounded rings of slot indices: one producer or many, one consumer.

use core::mem::offset_of;
use core::ptr::NonNull;

use indexbus_abi::{INDEXBUS_EMPTY_FREE_U32, INDEXBUS_QUEUE_CAPACITY, IndexQueue, MpscQueue};

use crate::Error;
use crate::raw::{Word32, Word64, word32, word64};

const CAPACITY: u64 = INDEXBUS_QUEUE_CAPACITY as u64;

/// Pointers into an [`IndexQueue`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpscPtr(NonNull<u8>);

// SAFETY: all access goes through atomic operations.
unsafe impl Send for SpscPtr {}

impl SpscPtr {
    /// # Safety
    /// `base` is aligned to 64 and valid for an [`IndexQueue`]; all other access is atomic.
    pub(crate) const unsafe fn new(base: NonNull<u8>) -> Self {
        Self(base)
    }

    fn head(&self) -> Word64 {
        // SAFETY: within the queue, by `new`.
        unsafe { word64(self.0, offset_of!(IndexQueue, head)) }
    }

    fn tail(&self) -> Word64 {
        // SAFETY: within the queue, by `new`.
        unsafe { word64(self.0, offset_of!(IndexQueue, tail)) }
    }

    fn entry(&self, count: u64) -> Word32 {
        let at = offset_of!(IndexQueue, entries) + 4 * (count % CAPACITY) as usize;
        // SAFETY: within the queue, by the remainder.
        unsafe { word32(self.0, at) }
    }

    pub(crate) fn init(&self) {
        for count in 0..CAPACITY {
            self.entry(count).set(INDEXBUS_EMPTY_FREE_U32);
        }
        self.head().set(0);
        self.tail().release(0);
    }

    /// Indices waiting, in order; `IncompatibleLayout` if that is more than fit.
    pub(crate) fn waiting(&self) -> Result<impl Iterator<Item = u32> + '_, Error> {
        let head = self.head().acquire();
        let depth = self.tail().acquire().wrapping_sub(head);
        if depth > CAPACITY {
            return Err(Error::IncompatibleLayout);
        }
        Ok((0..depth).map(move |n| self.entry(head.wrapping_add(n)).relaxed()))
    }

    /// Whether an index can be put.
    #[inline]
    pub(crate) fn has_room(&self) -> Result<(), Error> {
        let depth = self.tail().relaxed().wrapping_sub(self.head().acquire());
        match depth {
            0..CAPACITY => Ok(()),
            CAPACITY => Err(Error::Full),
            _ => Err(Error::IncompatibleLayout),
        }
    }

    /// Puts `index`. Only the producer calls this, after [`SpscPtr::has_room`].
    #[inline]
    pub(crate) fn put(&self, index: u32) {
        let tail = self.tail().relaxed();
        self.entry(tail).set(index);
        self.tail().release(tail.wrapping_add(1));
    }

    /// The oldest index, left in place. Only the consumer calls this.
    #[inline]
    pub(crate) fn peek(&self) -> Result<Option<u32>, Error> {
        let head = self.head().relaxed();
        match self.tail().acquire().wrapping_sub(head) {
            0 => Ok(None),
            1..=CAPACITY => Ok(Some(self.entry(head).relaxed())),
            _ => Err(Error::IncompatibleLayout),
        }
    }

    /// Takes the oldest index off. Only the consumer calls this, after [`SpscPtr::peek`].
    #[inline]
    pub(crate) fn pop(&self) {
        self.head().release(self.head().relaxed().wrapping_add(1));
    }
}

/// Pointers into an [`MpscQueue`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct MpscPtr(NonNull<u8>);

// SAFETY: all access goes through atomic operations.
unsafe impl Send for MpscPtr {}

impl MpscPtr {
    /// # Safety
    /// `base` is aligned to 64 and valid for an [`MpscQueue`]; all other access is atomic.
    pub(crate) const unsafe fn new(base: NonNull<u8>) -> Self {
        Self(base)
    }

    fn head(&self) -> Word64 {
        // SAFETY: within the queue, by `new`.
        unsafe { word64(self.0, offset_of!(MpscQueue, head)) }
    }

    fn tail(&self) -> Word64 {
        // SAFETY: within the queue, by `new`.
        unsafe { word64(self.0, offset_of!(MpscQueue, tail)) }
    }

    /// Turn and index of the cell of the `count`-th put.
    fn cell(&self, count: u64) -> (Word64, Word32) {
        let at = offset_of!(MpscQueue, cells) + 16 * (count % CAPACITY) as usize;
        // SAFETY: within the queue, by the remainder.
        unsafe { (word64(self.0, at), word32(self.0, at + 8)) }
    }

    pub(crate) fn init(&self) {
        for count in 0..CAPACITY {
            let (turn, index) = self.cell(count);
            turn.set(count);
            index.set(INDEXBUS_EMPTY_FREE_U32);
        }
        self.head().set(0);
        self.tail().release(0);
    }

    /// Indices waiting, in order, while nobody uses the queue. A place that was claimed but never
    /// filled, left by a producer that died, is `IncompatibleLayout`.
    pub(crate) fn waiting(&self) -> Result<impl Iterator<Item = u32> + '_, Error> {
        let head = self.head().acquire();
        let depth = self.tail().acquire().wrapping_sub(head);
        if depth > CAPACITY {
            return Err(Error::IncompatibleLayout);
        }
        for n in 0..CAPACITY {
            let count = head.wrapping_add(n);
            let expected = if n < depth {
                count.wrapping_add(1)
            } else {
                count
            };
            if self.cell(count).0.acquire() != expected {
                return Err(Error::IncompatibleLayout);
            }
        }
        Ok((0..depth).map(move |n| self.cell(head.wrapping_add(n)).1.relaxed()))
    }

    /// Puts `index`; any number of producers may call this.
    #[inline]
    pub(crate) fn put(&self, index: u32) -> Result<(), Error> {
        let mut tail = self.tail().relaxed();
        loop {
            let (turn, cell) = self.cell(tail);
            match turn.acquire().wrapping_sub(tail) as i64 {
                0 => match self.tail().replace(tail, tail.wrapping_add(1)) {
                    Ok(()) => {
                        cell.set(index);
                        turn.release(tail.wrapping_add(1));
                        return Ok(());
                    }
                    Err(found) => tail = found,
                },
                // The cell still holds what was put one lap ago.
                behind if behind < 0 => return Err(Error::Full),
                _ => tail = self.tail().relaxed(),
            }
        }
    }

    /// The oldest index, left in place. Only the consumer calls this.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u32> {
        let head = self.head().relaxed();
        let (turn, cell) = self.cell(head);
        (turn.acquire() == head.wrapping_add(1)).then(|| cell.relaxed())
    }

    /// Takes the oldest index off. Only the consumer calls this, after [`MpscPtr::peek`].
    #[inline]
    pub(crate) fn pop(&self) {
        let head = self.head().relaxed();
        self.cell(head).0.release(head.wrapping_add(CAPACITY));
        self.head().release(head.wrapping_add(1));
    }
}
