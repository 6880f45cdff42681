//! The slots of one queue.

use core::sync::atomic::Ordering;

use indexbus_abi::{INDEXBUS_QUEUE_CAPACITY, INDEXBUS_SLOT_COUNT};

use crate::Error;
use crate::raw::{LostMark, Payloads, Row};

/// Lengths and payloads of the slots of one queue, by slot index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slots<'m> {
    /// Payload length of each slot; written by whoever fills it.
    pub(super) lens: Row<'m, u32, INDEXBUS_SLOT_COUNT>,
    pub(super) payloads: Payloads<'m, INDEXBUS_SLOT_COUNT>,
    pub(super) lost: LostMark,
}

/// The slot of the `count`-th put, which is that of its entry. `Corrupted` where the entry names
/// another one.
#[inline]
pub(super) fn slot_of(count: u64, named: u32) -> Result<usize, Error> {
    const { assert!(INDEXBUS_QUEUE_CAPACITY == INDEXBUS_SLOT_COUNT) };
    let slot = count as usize & (INDEXBUS_SLOT_COUNT - 1);
    if named as usize == slot {
        Ok(slot)
    } else {
        Err(Error::Corrupted)
    }
}

impl<'m> Slots<'m> {
    #[inline]
    pub(super) fn max_payload_bytes(&self) -> usize {
        self.payloads.bytes()
    }

    #[inline]
    pub(super) fn refuse_too_large(&self, len: usize) -> Result<(), Error> {
        let max = self.max_payload_bytes();
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        Ok(())
    }

    #[inline]
    pub(super) fn set_len(&self, slot: usize, len: usize) {
        self.lens.at(slot).store(len as u32, Ordering::Relaxed);
    }

    /// Writes a payload that is not too large.
    #[inline]
    pub(super) fn write(&self, slot: usize, payload: &[u8]) {
        self.set_len(slot, payload.len());
        self.payloads.write(slot, payload);
    }

    /// Payload length, in bytes; one beyond the slot is `Corrupted`.
    #[inline]
    pub(super) fn len(&self, slot: usize) -> Result<usize, Error> {
        let len = self.lens.at(slot).load(Ordering::Relaxed) as usize;
        if len <= self.max_payload_bytes() {
            Ok(len)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// The payload where it lies.
    #[inline]
    pub(super) fn payload(&self, slot: usize) -> Result<PayloadRef<'m>, Error> {
        let len = self.len(slot)?;
        Ok(PayloadRef {
            payloads: self.payloads,
            slot,
            len,
            lost: self.lost,
        })
    }
}

/// Takes one after the other, at most `limit`, until there is none. Returns how many came; an error is
/// told when nothing came before it.
#[inline]
pub(super) fn drain_each(
    limit: usize,
    mut take_next: impl FnMut() -> Result<Option<()>, Error>,
) -> Result<usize, Error> {
    for count in 0..limit {
        match take_next() {
            Ok(Some(())) => {}
            Err(error) if count == 0 => return Err(error),
            Ok(None) | Err(_) => return Ok(count),
        }
    }
    Ok(limit)
}

/// A payload where it lies, which is not yet freed.
///
/// There are no bytes to borrow, since another process may write them: what is needed is copied out
/// first, then judged. Its length was read once, and is at most that of a slot.
#[derive(Clone, Copy, Debug)]
pub struct PayloadRef<'m> {
    payloads: Payloads<'m, INDEXBUS_SLOT_COUNT>,
    slot: usize,
    len: usize,
    lost: LostMark,
}

impl PayloadRef<'_> {
    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Copies the payload into `into`, and returns its length in bytes. Memory that was lost meanwhile
    /// is `Corrupted`.
    #[inline]
    pub fn copy_into(&self, into: &mut [u8]) -> Result<usize, Error> {
        let provided = into.len();
        let Some(into) = into.get_mut(..self.len) else {
            return Err(Error::BufferTooSmall {
                required: self.len,
                provided,
            });
        };
        self.payloads.read(self.slot, into);
        self.lost.check()?;
        Ok(self.len)
    }

    /// Copies as many bytes from the start as `into` has: a header, say. Returns how many were there.
    /// Memory that was lost meanwhile is `Corrupted`.
    #[inline]
    pub fn copy_start_into(&self, into: &mut [u8]) -> Result<usize, Error> {
        let len = self.len.min(into.len());
        self.payloads.read(self.slot, &mut into[..len]);
        self.lost.check()?;
        Ok(len)
    }
}
