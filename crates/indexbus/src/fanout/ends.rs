//! The ends of a fanout region.

use core::sync::atomic::Ordering;

use super::{
    BySlot, Entries, FanoutRouter, Mpsc, MpscEnd, SharedFanoutLayoutCell, Slots, SpscEnd,
    check_stamp,
};
use crate::Error;
use crate::primitive::{RouteSource, Router, SpscProducer};
use crate::raw::Word64;
use crate::wait::{WakeSection, WakeWord};

/// All ends of a fanout region. Each is used by one owner, in this process or another.
#[derive(Debug)]
pub struct FanoutHandles<'m, const N: usize> {
    /// Sends into the source with one producer.
    pub sender: FanoutSender<'m>,
    /// Sends into the source with many producers; clone it for each.
    pub mpsc_sender: FanoutMpscSender<'m>,
    /// Routes.
    pub router: FanoutRouter<'m, N>,
    /// Receive, each from its own queue.
    pub consumers: [FanoutConsumer<'m>; N],
}

/// The ends, as of now.
pub fn fanout_handles<const N: usize>(cell: SharedFanoutLayoutCell<'_, N>) -> FanoutHandles<'_, N> {
    let SharedFanoutLayoutCell {
        spsc,
        mpsc,
        queues,
        stamps,
        slots,
        wakes,
    } = cell;
    let (producer, consumer) = spsc.split();
    FanoutHandles {
        sender: FanoutSender {
            queue: producer,
            slots,
            wake: wakes.map(|wakes| wakes.spsc),
        },
        mpsc_sender: FanoutMpscSender {
            queue: mpsc,
            slots,
            wake: wakes.map(|wakes| wakes.mpsc),
            owner: 0,
            head: mpsc.ring.head.load(Ordering::Acquire),
        },
        router: FanoutRouter {
            router: Router::new(slots.shared, queues, stamps),
            spsc: consumer,
            mpsc: mpsc.consumer(),
            wakes,
            asked: None,
        },
        consumers: core::array::from_fn(|n| FanoutConsumer {
            queue: queues[n].split().1,
            stamps: stamps[n],
            slots,
            consumers: N as u32,
            wake: wakes.map(|wakes| Awake {
                room: wakes.consumers[0].producers,
                messages: wakes.consumers[n].consumers,
            }),
        }),
    }
}

impl Slots<'_> {
    fn take_for(&self, payload: &[u8]) -> Result<u32, Error> {
        let index = self.shared.take()?;
        self.pool.write(index, payload)?;
        Ok(index)
    }

    fn refuse_too_large(&self, payload: &[u8]) -> Result<(), Error> {
        let (max, len) = (self.pool.slot_bytes(), payload.len());
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        Ok(())
    }
}

/// Sends in order, alone.
#[derive(Debug)]
pub struct FanoutSender<'m> {
    queue: SpscProducer<Word64<'m>, Entries<'m>>,
    slots: Slots<'m>,
    wake: Option<WakeSection<'m>>,
}

impl<'m> FanoutSender<'m> {
    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was: the source
    /// is full, or the consumers hold all slots.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        let put = self.put(payload);
        self.flush();
        put
    }

    /// Copies `payload` into a slot, without making it visible: [`FanoutSender::flush`] does, for all
    /// that were put.
    pub fn put(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.slots.refuse_too_large(payload)?;
        self.queue.has_room()?;
        let index = self.slots.take_for(payload)?;
        let stamp = <SpscEnd<'m>>::stamp(self.queue.count());
        self.slots.shared.filled(index, stamp)?;
        self.queue.put(index);
        Ok(())
    }

    /// Makes all that was put visible, by one store.
    pub fn flush(&mut self) {
        self.queue.publish();
        if let Some(wake) = &self.wake {
            wake.consumers.wake();
        }
    }

    /// The word to sleep on while there is no room ([how](crate::wait)); `None` where the region has
    /// none.
    pub fn wake_word(&self) -> Option<WakeWord<'m>> {
        self.wake.map(|wake| wake.producers)
    }
}

/// Sends beside others; each sender's payloads stay in its order. A clone is another producer of the
/// same owner.
#[derive(Clone, Debug)]
pub struct FanoutMpscSender<'m> {
    queue: Mpsc<'m>,
    slots: Slots<'m>,
    wake: Option<WakeSection<'m>>,
    owner: u32,
    /// What was last seen of the router's counter.
    head: u64,
}

impl<'m> FanoutMpscSender<'m> {
    /// The same sender, whose claims name `owner`: the number of a lock that was just taken, and is
    /// held until this sender and its clones are gone. Claims that were left by who held it before
    /// are skipped.
    ///
    /// `Misused` for 0, which is nobody's, and for a number beyond 16,383.
    pub fn owned_by(self, owner: u32) -> Result<Self, Error> {
        if owner == 0 || owner > Mpsc::LAST_OWNER {
            return Err(Error::Misused);
        }
        self.queue.skip_all_of(owner);
        Ok(Self { owner, ..self })
    }

    /// Most bytes of a payload.
    pub fn max_payload_bytes(&self) -> usize {
        self.slots.pool.slot_bytes()
    }

    /// Copies `payload` into a slot and publishes it. `Full` leaves everything as it was.
    pub fn publish(&mut self, payload: &[u8]) -> Result<(), Error> {
        self.slots.refuse_too_large(payload)?;
        let index = self.slots.take_for(payload)?;
        let shared = self.slots.shared;
        let put = self.queue.put(self.owner, &mut self.head, index, |count| {
            // The index came from the free list, which names slots only.
            let filled = shared.filled(index, <MpscEnd<'m>>::stamp(count));
            debug_assert_eq!(filled, Ok(()));
        });
        if let Err(error) = put {
            shared.discard(index)?;
            return Err(error);
        }
        if let Some(wake) = &self.wake {
            wake.consumers.wake();
        }
        Ok(())
    }

    /// The word to sleep on while there is no room ([how](crate::wait)); `None` where the region has
    /// none.
    pub fn wake_word(&self) -> Option<WakeWord<'m>> {
        self.wake.map(|wake| wake.producers)
    }
}

/// Slots that a consumer holds at most while it drains.
const HELD: usize = 64;

/// Receives what the router put into its queue, alone.
#[derive(Debug)]
pub struct FanoutConsumer<'m> {
    queue: SpscEnd<'m>,
    stamps: BySlot<'m>,
    slots: Slots<'m>,
    consumers: u32,
    wake: Option<Awake<'m>>,
}

/// The words of a consumer.
#[derive(Clone, Copy, Debug)]
struct Awake<'m> {
    /// The router sleeps here while no consumer has room.
    room: WakeWord<'m>,
    /// The consumer sleeps here while there is nothing.
    messages: WakeWord<'m>,
}

impl<'m> FanoutConsumer<'m> {
    /// The word to sleep on while there is nothing ([how](crate::wait)); `None` where the region has
    /// none.
    pub fn wake_word(&self) -> Option<WakeWord<'m>> {
        self.wake.map(|wake| wake.messages)
    }

    /// Copies the oldest payload into `into` and lets its slot go; `None` if there is none.
    ///
    /// `BufferTooSmall` leaves the payload where it is. The place in the queue is free before the
    /// slot is let go: whoever dies in between never gets a payload twice.
    pub fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let Some((index, len)) = self.take(into)? else {
            return Ok(None);
        };
        self.let_go(&[index])?;
        Ok(Some(len))
    }

    /// Copies up to `limit` payloads, oldest first, each into `into`, and hands it to `take`. Their
    /// places in the queue are free by one store for up to 64 of them. Returns how many came.
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
        loop {
            let mut held = [0; HELD];
            let mut taken = 0;
            let mut stopped = Ok(());
            for index in held.iter_mut().take(limit - count) {
                match self.take(into) {
                    Ok(Some((taken_index, len))) => {
                        *index = taken_index;
                        take(&into[..len]);
                    }
                    Ok(None) => break,
                    Err(error) => {
                        stopped = Err(error);
                        break;
                    }
                }
                taken += 1;
            }
            self.let_go(&held[..taken])?;
            count += taken;
            if taken < HELD || count == limit {
                return if count == 0 {
                    stopped.map(|()| 0)
                } else {
                    Ok(count)
                };
            }
        }
    }

    /// Copies the oldest payload, whose place and slot are still held. Its slot and length.
    fn take(&mut self, into: &mut [u8]) -> Result<Option<(u32, usize)>, Error> {
        let Some((count, index)) = self.queue.peek()? else {
            return Ok(None);
        };
        check_stamp(&self.stamps, index, count)?;
        let len = self.slots.pool.read(index, into)?;
        self.queue.pop();
        Ok(Some((index, len)))
    }

    /// Frees the places of all that was taken, then lets its slots go.
    fn let_go(&mut self, slots: &[u32]) -> Result<(), Error> {
        if slots.is_empty() {
            return Ok(());
        }
        self.queue.release();
        if let Some(wake) = &self.wake {
            wake.room.wake();
        }
        for index in slots {
            self.slots.shared.release(*index, self.consumers)?;
        }
        Ok(())
    }
}
