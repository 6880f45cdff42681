//! The ends of a chain's queues, and the slots between them.

use indexbus::primitive::{ClaimQueueConsumer, SpscConsumer, SpscProducer};
use indexbus::raw::{Ordering, Word64};
use indexbus::{Error, HeldUp, Liveness};

use super::region::{ChainQueue, ChainRegion, Taken};
use super::words::{ChainSlots, Claims, Entries, Mpsc};
use crate::lane::{Batch, LaneRx, LaneTx, receive_each, send_each};

/// Puts slots into one queue.
#[derive(Debug)]
pub struct ChainTx {
    // Points into the memory that `taken` keeps.
    queue: TxQueue,
    slots: ChainSlots<'static>,
    name: ChainQueue,
    taken: Taken,
}

#[derive(Debug)]
enum TxQueue {
    Spsc(SpscProducer<Word64<'static>, Entries<'static>>),
    Mpsc {
        queue: Mpsc<'static>,
        owner: u32,
        /// What was last seen of the consumer's counter.
        head: u64,
    },
}

/// Takes slots out of one queue.
#[derive(Debug)]
pub struct ChainRx {
    // Points into the memory that `taken` keeps.
    queue: RxQueue,
    slots: ChainSlots<'static>,
    name: ChainQueue,
    /// Slots whose records were copied out and whose places in the queue aren't freed yet.
    read: Read,
    taken: Taken,
}

/// A slot goes back to the pool only when the queue shows it no more: whoever takes over from an end
/// that died in between would read what the slot's next holder wrote, and give it back a second time.
#[derive(Debug)]
struct Read {
    slots: [u32; Self::MOST],
    count: usize,
}

impl Read {
    const MOST: usize = 64;
}

#[derive(Debug)]
enum RxQueue {
    Spsc(SpscConsumer<Word64<'static>, Entries<'static>>),
    Mpsc(ClaimQueueConsumer<Word64<'static>, Claims<'static>, Entries<'static>>),
}

/// A slot out of a queue, which nobody else has: to read, to write over, to pass on. It goes back to
/// the pool where it is dropped.
#[derive(Debug)]
#[must_use = "a slot that is dropped goes back to the pool, with its record"]
pub struct HeldSlot {
    index: u32,
    /// In another queue now.
    passed: bool,
    region: ChainRegion,
}

/// A slot that was not passed on, and why.
#[derive(Debug)]
pub struct NotPassed {
    /// The slot, still held.
    pub slot: HeldSlot,
    /// `Full`, `Corrupted`, `ClaimLost`, or `Misused` for a slot of another region.
    pub error: Error,
}

impl HeldSlot {
    /// Copies the record into `into`, and returns its length in bytes.
    pub fn read_into(&self, into: &mut [u8]) -> Result<usize, Error> {
        self.region.slots().pool.read(self.index, into)
    }

    /// Replaces the record. `TooLarge` leaves it as it was.
    pub fn rewrite(&mut self, record: &[u8]) -> Result<(), Error> {
        self.region.slots().pool.write(self.index, record)
    }
}

impl Drop for HeldSlot {
    fn drop(&mut self) {
        if !self.passed {
            // A pool that is damaged keeps it out; whoever takes from it next is told.
            let _ = self.region.slots().pool.give(self.index);
        }
    }
}

impl ChainTx {
    /// Takes a producer's end of `queue`. `Taken` while another has the only one, `Misused` for a
    /// queue that there is none of.
    pub fn new(region: &ChainRegion, queue: ChainQueue) -> Result<Self, Error> {
        let taken = region.take_producer(queue)?;
        // SAFETY: kept in `queue` and `slots`, beside `taken`.
        let words = unsafe { region.words_beside() };
        Ok(Self {
            queue: match queue {
                ChainQueue::Spsc(n) => TxQueue::Spsc(words.spsc(n).split().0),
                ChainQueue::Mpsc(n) => {
                    let queue = words.mpsc(n);
                    TxQueue::Mpsc {
                        queue,
                        owner: region.owner(),
                        head: queue.ring.head.load(Ordering::Acquire),
                    }
                }
            },
            slots: words.slots,
            name: queue,
            taken,
        })
    }

    /// Puts a slot that was taken from another queue of this region into this one, without copying its
    /// record.
    pub fn pass(&mut self, mut slot: HeldSlot) -> Result<(), NotPassed> {
        let put = if slot.region.is(&self.taken.region) {
            self.slots.lost.check().and_then(|()| self.put(slot.index))
        } else {
            Err(Error::Misused)
        };
        match put {
            Ok(()) => {
                self.flush();
                slot.passed = true;
                Ok(())
            }
            Err(error) => Err(NotPassed { slot, error }),
        }
    }

    /// Puts a slot, which a single-producer queue shows with the next flush.
    fn put(&mut self, index: u32) -> Result<(), Error> {
        let (slots, name) = (self.slots, self.name);
        match &mut self.queue {
            TxQueue::Spsc(queue) => {
                queue.has_room()?;
                slots.mark(index, name, queue.count());
                queue.put(index);
                Ok(())
            }
            TxQueue::Mpsc { queue, owner, head } => {
                queue.put(*owner, head, index, |count| slots.mark(index, name, count))
            }
        }
    }

    fn flush(&mut self) {
        if let TxQueue::Spsc(queue) = &mut self.queue {
            queue.publish();
        }
    }

    /// Copies a record into a fresh slot and puts that.
    fn send(&mut self, record: &[u8]) -> Result<(), Error> {
        let (max, len) = (self.slots.pool.slot_bytes(), record.len());
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        self.slots.lost.check()?;
        let index = self.slots.pool.take()?;
        let put = self
            .slots
            .pool
            .write(index, record)
            .and_then(|()| self.put(index));
        put.or_else(|error| {
            self.slots.pool.give(index)?;
            Err(error)
        })
    }
}

impl ChainRx {
    /// Takes the consumer's end of `queue`. `Taken` while another has it, `Misused` for a queue that
    /// there is none of.
    pub fn new(region: &ChainRegion, queue: ChainQueue) -> Result<Self, Error> {
        let taken = region.take_consumer(queue)?;
        // SAFETY: kept in `queue` and `slots`, beside `taken`.
        let words = unsafe { region.words_beside() };
        Ok(Self {
            queue: match queue {
                ChainQueue::Spsc(n) => RxQueue::Spsc(words.spsc(n).split().1),
                ChainQueue::Mpsc(n) => RxQueue::Mpsc(words.mpsc(n).consumer()),
            },
            slots: words.slots,
            name: queue,
            read: Read {
                slots: [0; Read::MOST],
                count: 0,
            },
            taken,
        })
    }

    /// Takes the oldest slot, to pass on; `None` if there is none.
    pub fn take(&mut self) -> Result<Option<HeldSlot>, Error> {
        let Some(index) = self.peek()? else {
            return Ok(None);
        };
        self.pop();
        self.release()?;
        Ok(Some(HeldSlot {
            index,
            passed: false,
            region: self.taken.region.clone(),
        }))
    }

    /// The claim that the last look at a queue for many producers found unfilled, and so what this end
    /// waits for.
    pub fn held_up(&self) -> Option<HeldUp> {
        match &self.queue {
            RxQueue::Spsc(_) => None,
            RxQueue::Mpsc(queue) => queue.held_up(),
        }
    }

    /// Skips the claim that this end waits for if its owner is dead. Returns that claim, or `None`
    /// where there is none, its owner lives, or it was filled meanwhile. The slot that was to be put is
    /// out of the pool until the region is recreated.
    pub fn skip_dead<L: Liveness>(&mut self, liveness: &L) -> Result<Option<HeldUp>, L::Error> {
        match &mut self.queue {
            RxQueue::Spsc(_) => Ok(None),
            RxQueue::Mpsc(queue) => queue.skip_dead(liveness),
        }
    }

    /// The oldest slot, which says that it is what the queue shows.
    fn peek(&mut self) -> Result<Option<u32>, Error> {
        let next = match &mut self.queue {
            RxQueue::Spsc(queue) => queue.peek(),
            RxQueue::Mpsc(queue) => queue.peek(),
        }?;
        let Some((count, index)) = next else {
            // Lost memory may say that there is none.
            return self.slots.lost.check().map(|()| None);
        };
        self.slots.check(index, self.name, count)?;
        Ok(Some(index))
    }

    fn pop(&mut self) {
        match &mut self.queue {
            RxQueue::Spsc(queue) => queue.pop(),
            RxQueue::Mpsc(queue) => queue.pop(),
        }
    }

    /// Frees the places of all that was popped, and then the slots that were read.
    fn release(&mut self) -> Result<(), Error> {
        match &mut self.queue {
            RxQueue::Spsc(queue) => queue.release(),
            RxQueue::Mpsc(queue) => queue.release(),
        }
        let count = core::mem::take(&mut self.read.count);
        let read = &self.read.slots[..count];
        read.iter()
            .try_for_each(|index| self.slots.pool.give(*index))
    }

    /// Copies the oldest record out; its place in the queue and its slot are freed by the next release.
    fn receive(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        if self.read.count == Read::MOST {
            self.release()?;
        }
        let Some(index) = self.peek()? else {
            return Ok(None);
        };
        let len = self.slots.pool.read(index, into)?;
        self.pop();
        self.read.slots[self.read.count] = index;
        self.read.count += 1;
        Ok(Some(len))
    }
}

impl LaneTx for ChainTx {
    fn max_record_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    fn try_send(&mut self, record: &[u8]) -> Result<(), Error> {
        let sent = self.send(record);
        self.flush();
        sent
    }

    fn try_send_batch(&mut self, records: &[&[u8]]) -> Batch {
        let batch = send_each(records, |record| self.send(record));
        self.flush();
        batch
    }
}

impl LaneRx for ChainRx {
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let received = self.receive(into);
        self.release()?;
        received
    }

    fn try_recv_batch(
        &mut self,
        limit: usize,
        into: &mut [u8],
        take: &mut dyn FnMut(&[u8]),
    ) -> Batch {
        let mut batch = receive_each(limit, into, take, |into| self.receive(into));
        if let Err(error) = self.release() {
            batch.stopped.get_or_insert(error);
        }
        batch
    }
}
