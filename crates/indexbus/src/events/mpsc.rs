//! The many-producers queue: the order of each producer.
//!
//! A producer that dies between claiming a place and filling it holds up those behind it until the
//! receiver skips its claim, which it does only where the producer's lock is free. A producer that
//! was stopped is waited for: [`MpscReceiver::held_up`] says which one that is, and since when.

use core::convert::Infallible;
use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_QUEUE_CAPACITY;

use super::slots::{PayloadRef, Slots, slot_of};
use crate::Error;
use crate::primitive::{Cell, ClaimConsumer, ClaimRing};
use crate::raw::{Row, Word64};

pub(super) type Ring<'m> = ClaimRing<Word64<'m>, Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>>;
/// The slot that each cell names; written at the creation only.
pub(super) type Named<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;

/// Tells who of a lane's producers is dead, by a lock that each holds as long as it lives.
pub trait Liveness {
    /// Why it couldn't be told.
    type Error;

    /// Whether the lock of `owner` is free. A producer that is stopped still holds its own.
    fn is_dead(&self, owner: u32) -> Result<bool, Self::Error>;
}

/// Producers that live as long as the lane: threads of one process.
#[derive(Clone, Copy, Debug)]
pub struct NeverDead;

impl Liveness for NeverDead {
    type Error = Infallible;

    fn is_dead(&self, _: u32) -> Result<bool, Infallible> {
        Ok(false)
    }
}

/// A claim that was not filled yet, and that those behind it wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldUp {
    /// Whose it is, by the number of its lock; 0 is a producer that has none.
    pub owner: u32,
    /// Which put it is.
    pub count: u64,
    /// How often the receiver found it so, one after the other.
    pub polls: u64,
}

/// Sends beside others; each sender's payloads stay in its order. A clone is another producer of the
/// same owner.
#[derive(Clone, Debug)]
pub struct MpscSender<'m> {
    ring: Ring<'m>,
    named: Named<'m>,
    slots: Slots<'m>,
    owner: u32,
    /// What was last seen of the receiver's counter.
    head: u64,
}

impl<'m> MpscSender<'m> {
    pub(super) fn new(ring: Ring<'m>, named: Named<'m>, slots: Slots<'m>) -> Self {
        Self {
            ring,
            named,
            slots,
            owner: 0,
            head: ring.head.load(Ordering::Acquire),
        }
    }

    /// The same sender, whose claims name `owner`: the number of a lock that was just taken, and is
    /// held until this sender and its clones are gone. Claims that were left by who held it before
    /// are skipped.
    ///
    /// `Misused` for 0, which is nobody's, and for a number beyond 16,383.
    pub fn owned_by(self, owner: u32) -> Result<Self, Error> {
        if owner == 0 || owner > Ring::LAST_OWNER {
            return Err(Error::Misused);
        }
        self.ring.skip_all_of(owner);
        Ok(Self { owner, ..self })
    }

    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.max_payload_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    #[inline]
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let (count, slot) = self.place(payload.len())?;
        self.slots.write(slot, payload);
        self.ring.fill(count, self.owner)
    }

    /// A place for a payload of `len` bytes, to be written where it lies. Those that others publish
    /// behind it wait for it. `Full` leaves everything as it was; a reservation that is dropped
    /// leaves a place that the receiver skips.
    #[inline]
    pub fn reserve(&mut self, len: usize) -> Result<MpscReservation<'_, 'm>, Error> {
        let (count, slot) = self.place(len)?;
        Ok(MpscReservation {
            sender: self,
            count,
            slot,
            len,
            settled: false,
        })
    }

    /// Which put the next one is, and its slot, claimed.
    #[inline]
    fn place(&mut self, len: usize) -> Result<(u64, usize), Error> {
        self.slots.refuse_too_large(len)?;
        self.slots.lost.check()?;
        let count = self.ring.claim(self.owner, &mut self.head)?;
        match slot_of(count, named(self.named, count)) {
            Ok(slot) => Ok((count, slot)),
            Err(error) => {
                self.ring.skip(count, self.owner)?;
                Err(error)
            }
        }
    }
}

#[inline]
fn named(row: Named<'_>, count: u64) -> u32 {
    let at = count as usize & (INDEXBUS_QUEUE_CAPACITY - 1);
    row.at(at).load(Ordering::Relaxed)
}

/// A place that is being written. Bytes that nobody writes are what the slot held before.
#[derive(Debug)]
#[must_use = "a reservation that is dropped is skipped"]
pub struct MpscReservation<'s, 'm> {
    sender: &'s mut MpscSender<'m>,
    count: u64,
    slot: usize,
    len: usize,
    settled: bool,
}

impl MpscReservation<'_, '_> {
    /// Writes `bytes` at `offset`.
    ///
    /// # Panics
    /// If they end beyond the length that was reserved.
    #[inline]
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        let end = offset.checked_add(bytes.len());
        assert!(
            end.is_some_and(|end| end <= self.len),
            "beyond the reserved length"
        );
        self.sender
            .slots
            .payloads
            .write_at(self.slot, offset, bytes);
    }

    /// Makes the payload visible. `ClaimLost` where it was skipped meanwhile.
    #[inline]
    pub fn commit(mut self) -> Result<(), Error> {
        self.settled = true;
        self.sender.slots.set_len(self.slot, self.len);
        self.sender.ring.fill(self.count, self.sender.owner)
    }
}

impl Drop for MpscReservation<'_, '_> {
    fn drop(&mut self) {
        if !self.settled {
            // Where it is lost already, it is skipped already.
            let _ = self.sender.ring.skip(self.count, self.sender.owner);
        }
    }
}

/// Receives what all senders published, alone.
#[derive(Debug)]
pub struct MpscReceiver<'m> {
    queue: ClaimConsumer<Word64<'m>, Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>>,
    named: Named<'m>,
    slots: Slots<'m>,
    /// How many places this end was done with; written here only, read by the next receiver.
    taken: Word64<'m>,
    held_up: Option<HeldUp>,
    skipped: u64,
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
            held_up: None,
            skipped: 0,
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
        let mut count = 0;
        let mut stopped = Ok(());
        while count < limit {
            match self.take_into(into) {
                Ok(Some(len)) => take(&into[..len]),
                Ok(None) => break,
                Err(error) => {
                    stopped = Err(error);
                    break;
                }
            }
            count += 1;
        }
        self.release();
        if count == 0 {
            stopped.map(|()| 0)
        } else {
            Ok(count)
        }
    }

    /// As [`MpscReceiver::drain`], but without a copy: `take` gets each payload where it lies.
    pub fn drain_in_place(
        &mut self,
        limit: usize,
        mut take: impl FnMut(PayloadRef<'_>),
    ) -> Result<usize, Error> {
        let mut count = 0;
        let mut stopped = Ok(());
        while count < limit {
            match self.next() {
                Ok(Some(payload)) => {
                    self.pop();
                    take(payload);
                }
                Ok(None) => break,
                Err(error) => {
                    stopped = Err(error);
                    break;
                }
            }
            count += 1;
        }
        self.release();
        if count == 0 {
            stopped.map(|()| 0)
        } else {
            Ok(count)
        }
    }

    /// Frees the slots of all that was taken, by one store.
    #[inline]
    pub fn release(&mut self) {
        self.queue.release();
    }

    /// The claim that the last look found unfilled, and so what this end waits for.
    pub fn held_up(&self) -> Option<HeldUp> {
        self.held_up
    }

    /// How many claims of dead producers, and reservations that were given up, this end passed over.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Skips the claim that this end waits for if its owner is dead. Returns that claim, or `None`
    /// where there is none, its owner lives, or it was filled meanwhile.
    pub fn skip_dead<L: Liveness>(&mut self, liveness: &L) -> Result<Option<HeldUp>, L::Error> {
        let Some(claim) = self.held_up else {
            return Ok(None);
        };
        if claim.owner == 0 || !liveness.is_dead(claim.owner)? {
            return Ok(None);
        }
        self.held_up = None;
        Ok(self.queue.skip(claim.owner).is_ok().then_some(claim))
    }

    #[inline]
    fn next(&mut self) -> Result<Option<PayloadRef<'m>>, Error> {
        loop {
            match self.queue.peek()? {
                Cell::Filled => break,
                Cell::Free => {
                    self.held_up = None;
                    // Lost memory may say that there is none.
                    return self.slots.lost.check().map(|()| None);
                }
                Cell::Claimed { owner } => {
                    self.wait_for(owner);
                    return Ok(None);
                }
                Cell::Skipped => {
                    self.skipped += 1;
                    self.pop();
                }
            }
        }
        self.held_up = None;
        let count = self.queue.count();
        let slot = slot_of(count, named(self.named, count))?;
        self.slots.payload(slot).map(Some)
    }

    #[cold]
    fn wait_for(&mut self, owner: u32) {
        let count = self.queue.count();
        let polls = match self.held_up {
            Some(before) if before.count == count => before.polls.saturating_add(1),
            _ => 1,
        };
        self.held_up = Some(HeldUp {
            owner,
            count,
            polls,
        });
    }

    #[inline]
    fn pop(&mut self) {
        self.queue.pop();
        // Before it is handed out, so that nobody gets it twice.
        self.taken.store(self.queue.count(), Ordering::Release);
    }
}
