//! The end of a many-producers queue that receives.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_QUEUE_CAPACITY;

use super::mpsc::{Named, Ring, named};
use super::slots::{PayloadRef, Slots, drain_each, slot_of};
use crate::primitive::ClaimConsumer;
use crate::raw::{Row, Word64};
use crate::{Error, HeldUp, Liveness};

/// Receives what all senders published, alone.
#[derive(Debug)]
pub struct MpscReceiver<'m> {
    queue: ClaimConsumer<Word64<'m>, Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>>,
    named: Named<'m>,
    slots: Slots<'m>,
    /// How many places this end was done with; written here only, read by the next receiver.
    taken: Word64<'m>,
}

impl<'m> MpscReceiver<'m> {
    /// Goes on after what was handed out last.
    pub(super) fn new(
        ring: Ring<'m>,
        named: Named<'m>,
        slots: Slots<'m>,
        taken: Word64<'m>,
    ) -> Self {
        let mut queue = ring.consumer();
        queue.resume(taken.load(Ordering::Acquire));
        Self {
            queue,
            named,
            slots,
            taken,
        }
    }

    /// Copies the oldest payload into `into` and frees its slot; `None` if there is none, or
    /// [`MpscReceiver::held_up`] says who it waits for.
    ///
    /// `BufferTooSmall` leaves the payload where it is.
    #[inline]
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let received = self.take_into(into);
        self.release();
        received
    }

    /// As [`MpscReceiver::try_recv_into`], but the slot is freed by [`MpscReceiver::release`], for
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

    /// As [`MpscReceiver::drain`], but without a copy: `take` gets each payload where it lies.
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

    /// The claim that the last look found unfilled, and so what this end waits for.
    pub fn held_up(&self) -> Option<HeldUp> {
        self.queue.held_up()
    }

    /// How many claims of dead producers, and reservations that were given up, this end passed over.
    pub fn skipped(&self) -> u64 {
        self.queue.skipped()
    }

    /// Skips the claim that this end waits for if its owner is dead. Returns that claim, or `None`
    /// where there is none, its owner lives, or it was filled meanwhile.
    pub fn skip_dead<L: Liveness>(&mut self, liveness: &L) -> Result<Option<HeldUp>, L::Error> {
        self.queue.skip_dead(liveness)
    }

    #[inline]
    fn next(&mut self) -> Result<Option<PayloadRef<'m>>, Error> {
        let before = self.queue.count();
        let next = self.queue.next_filled()?;
        if self.queue.count() != before {
            self.say_taken();
        }
        let Some(count) = next else {
            // Lost memory may say that there is none.
            return self.slots.lost.check().map(|()| None);
        };
        let slot = slot_of(count, named(self.named, count))?;
        self.slots.payload(slot).map(Some)
    }

    /// Before it is handed out, so that nobody gets it twice; before places are freed, so that nobody
    /// goes on behind them.
    #[inline]
    fn say_taken(&mut self) {
        self.taken.store(self.queue.count(), Ordering::Release);
    }

    #[inline]
    fn pop(&mut self) {
        self.queue.pop();
        self.say_taken();
    }
}
