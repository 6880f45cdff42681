//! The single-producer queue: first in, first out.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_QUEUE_CAPACITY;

use super::slots::{PayloadRef, Slots, drain_each, slot_of};
use super::stamps::Stamps;
use crate::Error;
use crate::primitive::{SpscConsumer, SpscProducer};
use crate::raw::{Row, Word64};

pub(super) type Entries<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;

/// Sends in order, alone.
#[derive(Debug)]
pub struct SpscSender<'m> {
    queue: SpscProducer<Word64<'m>, Entries<'m>>,
    slots: Slots<'m>,
    stamps: Stamps<'m>,
}

impl<'m> SpscSender<'m> {
    pub(super) fn new(
        queue: SpscProducer<Word64<'m>, Entries<'m>>,
        slots: Slots<'m>,
        stamps: Stamps<'m>,
    ) -> Self {
        Self {
            queue,
            slots,
            stamps,
        }
    }

    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.max_payload_bytes()
    }

    /// Copies `payload` into a slot and makes it visible, with all that was put before. `Full`
    /// leaves the lane as it was.
    #[inline]
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let put = self.put(payload);
        self.flush();
        put
    }

    /// Copies `payload` into a slot, without making it visible: [`SpscSender::flush`] does, for
    /// all that were put, by one store. `Full` leaves everything as it was; flush then, or those
    /// before are never received.
    #[inline]
    pub fn put(&mut self, payload: &[u8]) -> Result<(), Error> {
        let slot = self.place(payload.len())?;
        self.slots.write(slot, payload);
        self.pass(slot);
        Ok(())
    }

    /// A place for a payload of `len` bytes, to be written where it lies. `Full` leaves everything
    /// as it was, as dropping the reservation does.
    #[inline]
    pub fn reserve(&mut self, len: usize) -> Result<SpscReservation<'_, 'm>, Error> {
        let slot = self.place(len)?;
        Ok(SpscReservation {
            sender: self,
            slot,
            len,
        })
    }

    /// Makes all that was put visible, by one store.
    #[inline]
    pub fn flush(&mut self) {
        self.queue.publish();
    }

    /// The next slot, which is free.
    #[inline]
    fn place(&mut self, len: usize) -> Result<usize, Error> {
        self.slots.refuse_too_large(len)?;
        self.slots.lost.check()?;
        self.queue.has_room()?;
        slot_of(self.queue.count(), self.queue.held())
    }

    #[inline]
    fn pass(&mut self, slot: usize) {
        self.stamps.set(slot, self.queue.count());
        self.queue.pass();
    }
}

/// A place that is being written. Bytes that nobody writes are what the slot held before.
#[derive(Debug)]
#[must_use = "only a commit makes it visible"]
pub struct SpscReservation<'s, 'm> {
    sender: &'s mut SpscSender<'m>,
    slot: usize,
    len: usize,
}

impl SpscReservation<'_, '_> {
    /// Writes `bytes` at `offset`.
    ///
    /// # Panics
    /// If they end beyond the length that was reserved.
    #[inline]
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        assert!(
            offset
                .checked_add(bytes.len())
                .is_some_and(|end| end <= self.len)
        );
        self.sender
            .slots
            .payloads
            .write_at(self.slot, offset, bytes);
    }

    /// Puts the payload, and makes it visible with all that was put before.
    #[inline]
    pub fn commit(self) {
        let Self { sender, slot, len } = self;
        sender.slots.set_len(slot, len);
        sender.pass(slot);
        sender.flush();
    }

    /// Puts the payload; [`SpscSender::flush`] makes it visible.
    #[inline]
    pub fn put(self) {
        let Self { sender, slot, len } = self;
        sender.slots.set_len(slot, len);
        sender.pass(slot);
    }
}

/// Receives in order, alone.
#[derive(Debug)]
pub struct SpscReceiver<'m> {
    queue: SpscConsumer<Word64<'m>, Entries<'m>>,
    slots: Slots<'m>,
    stamps: Stamps<'m>,
    /// How many were handed out; written here only, read by the next receiver.
    taken: Word64<'m>,
}

impl<'m> SpscReceiver<'m> {
    /// Goes on after what was handed out last.
    pub(super) fn new(
        mut queue: SpscConsumer<Word64<'m>, Entries<'m>>,
        slots: Slots<'m>,
        stamps: Stamps<'m>,
        taken: Word64<'m>,
    ) -> Self {
        queue.resume(taken.load(Ordering::Acquire));
        Self {
            queue,
            slots,
            stamps,
            taken,
        }
    }

    /// Copies the oldest payload into `into` and frees its slot; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is.
    #[inline]
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let received = self.take_into(into);
        self.release();
        received
    }

    /// As [`SpscReceiver::try_recv_into`], but the slot is freed by [`SpscReceiver::release`], for
    /// all that were taken. A receiver that comes after this one doesn't get it again.
    #[inline]
    pub fn take_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some(payload) = self.next()? else {
            return Ok(None);
        };
        let len = payload.copy_into(into)?;
        self.pop();
        Ok(Some(len))
    }

    /// Copies up to `limit` payloads, oldest first, each into `into`, and hands it to `take`; then
    /// frees the slots of all of them, by one store. Returns how many came.
    ///
    /// An error is told when nothing came before it, so by the next call: `BufferTooSmall` leaves
    /// its payload where it is.
    #[inline]
    pub fn drain(
        &mut self,
        limit: usize,
        into: &mut [u8],
        mut take: impl FnMut(&[u8]),
    ) -> Result<usize, Error> {
        let drained = drain_each(limit, || {
            let len = self.take_into(into)?;
            Ok(len.map(|len| take(&into[..len])))
        });
        self.release();
        drained
    }

    /// As [`SpscReceiver::drain`], but without a copy: `take` gets each payload where it lies.
    #[inline]
    pub fn drain_in_place(
        &mut self,
        limit: usize,
        mut take: impl FnMut(PayloadRef<'_>),
    ) -> Result<usize, Error> {
        let drained = drain_each(limit, || {
            let payload = self.next()?;
            Ok(payload.map(|payload| {
                self.pop();
                take(payload);
            }))
        });
        self.release();
        drained
    }

    /// Frees the slots of all that was taken, by one store.
    #[inline]
    pub fn release(&mut self) {
        self.queue.release();
    }

    #[inline]
    fn next(&mut self) -> Result<Option<PayloadRef<'m>>, Error> {
        let Some((count, named)) = self.queue.peek()? else {
            // Lost memory may say that there is none.
            return self.slots.lost.check().map(|()| None);
        };
        let slot = slot_of(count, named)?;
        self.stamps.check(slot, count)?;
        self.slots.payload(slot).map(Some)
    }

    #[inline]
    fn pop(&mut self) {
        self.queue.pop();
        // Before it is handed out, so that nobody gets it twice.
        self.taken.store(self.queue.count(), Ordering::Release);
    }
}
