//! The many-producers queue: the order of each producer.
//!
//! A producer that dies between claiming a place and filling it holds up those behind it until the
//! receiver skips its claim, which it does only where the producer's lock is free. A producer that
//! was stopped is waited for: [`MpscReceiver::held_up`](super::MpscReceiver::held_up) says which one that is, and since when.

use core::sync::atomic::Ordering;

use indexbus_abi::INDEXBUS_QUEUE_CAPACITY;

use super::slots::{Slots, slot_of};
use crate::Error;
use crate::primitive::ClaimRing;
use crate::raw::{Row, Word64};

pub(super) type Ring<'m> = ClaimRing<Word64<'m>, Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>>;
/// The slot that each cell names; written at the creation only.
pub(super) type Named<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;

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
pub(super) fn named(row: Named<'_>, count: u64) -> u32 {
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
