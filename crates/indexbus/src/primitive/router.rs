//! The router: takes slot indices from a source and puts them into the queues of consumers.
//!
//! It is the only writer of those queues. What it took and put becomes visible by
//! [`Router::flush`]: first the source's places are free, then the consumers see their indices. So a
//! router that dies in between loses its batch, and delivers nothing twice.

use core::sync::atomic::Ordering;

use super::{ClaimQueueConsumer, SharedSlots, SpscConsumer, SpscProducer, SpscWords};
use crate::credit::Credits;
use crate::raw::{Atomic, Words};
use crate::{BackpressurePolicy, CreditPolicy, Error, RouterMode};

/// Where indices come from.
pub trait RouteSource {
    /// Count and index of the oldest entry, left in place.
    fn peek(&mut self) -> Result<Option<(u64, u32)>, Error>;
    /// Takes off the entry that was peeked at.
    fn pop(&mut self);
    /// Frees the places of all that was taken.
    fn release(&mut self);
    /// What a slot says that was filled for the put `count` of this source.
    fn stamp(count: u64) -> u32;
    /// Where the source seems empty, before a wait: whether what held it up is out of the way now.
    fn unblock(&mut self) -> bool {
        false
    }
}

/// The low 31 bits of a stamp say which put of its source it was.
const COUNT: u32 = u32::MAX >> 1;

impl<C: Atomic<u64>, E: Words<u32>> RouteSource for SpscConsumer<C, E> {
    fn peek(&mut self) -> Result<Option<(u64, u32)>, Error> {
        SpscConsumer::peek(self)
    }

    fn pop(&mut self) {
        SpscConsumer::pop(self);
    }

    fn release(&mut self) {
        SpscConsumer::release(self);
    }

    fn stamp(count: u64) -> u32 {
        count as u32 & COUNT
    }
}

impl<C, T, E> RouteSource for ClaimQueueConsumer<C, T, E>
where
    C: Atomic<u64>,
    T: Words<u64>,
    E: Words<u32>,
{
    fn peek(&mut self) -> Result<Option<(u64, u32)>, Error> {
        ClaimQueueConsumer::peek(self)
    }

    fn pop(&mut self) {
        ClaimQueueConsumer::pop(self);
    }

    fn release(&mut self) {
        ClaimQueueConsumer::release(self);
    }

    fn stamp(count: u64) -> u32 {
        count as u32 & COUNT | !COUNT
    }
}

/// Why nothing was taken from the source, though there is something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Every consumer that may get it is full.
    Full,
    /// No consumer has credit.
    NoCredit,
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The source is empty.
    Idle,
    /// A message was left in the source.
    Held(Hold),
    /// A message was taken and delivered to `delivered` consumers; `full` more would have got it.
    Delivered {
        /// Consumers that get it.
        delivered: u32,
        /// Consumers that don't, because they are full: broadcast.
        full: u32,
    },
    /// A message was taken and dropped: nobody gets it.
    Dropped(Hold),
}

/// The queues of `N` consumers, and the slots that are put into them.
#[derive(Debug)]
pub struct Router<C, E, S, const N: usize> {
    slots: SharedSlots<C, S>,
    queues: [SpscProducer<C, E>; N],
    heads: [C; N],
    /// For each consumer and slot, which put of its queue it was last used for.
    stamps: [S; N],
    /// Entries of a queue.
    capacity: u64,
    next: usize,
}

impl<C, E, S, const N: usize> Router<C, E, S, N>
where
    C: Atomic<u64> + Clone,
    E: Words<u32> + Clone,
    S: Words<u32>,
{
    /// Takes up at what is published. `stamps` are of each consumer, by slot.
    pub fn new(slots: SharedSlots<C, S>, queues: [SpscWords<C, E>; N], stamps: [S; N]) -> Self {
        const { assert!(N > 0) };
        let capacity = queues[0].entries.capacity() as u64;
        let heads = core::array::from_fn(|n| queues[n].head.clone());
        Self {
            slots,
            queues: queues.map(|queue| queue.split().0),
            heads,
            stamps,
            capacity,
            next: 0,
        }
    }

    /// How many indices wait in the queue of `consumer`, those that aren't flushed included.
    pub fn depth(&self, consumer: usize) -> Result<u64, Error> {
        let taken = self.heads[consumer].load(Ordering::Acquire);
        let depth = self.queues[consumer].count().wrapping_sub(taken);
        if depth <= self.capacity {
            Ok(depth)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// How many indices all consumers ever took, to see whether one of them took something.
    pub fn taken(&self) -> u64 {
        let taken = self.heads.iter().map(|head| head.load(Ordering::Acquire));
        taken.fold(0, u64::wrapping_add)
    }

    fn has_room(&mut self, consumer: usize) -> Result<bool, Error> {
        match self.queues[consumer].has_room() {
            Ok(()) => Ok(true),
            Err(Error::Full) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The index was checked to name a slot.
    fn put(&mut self, consumer: usize, index: u32) {
        let queue = &mut self.queues[consumer];
        let stamp = self.stamps[consumer].at(index as usize);
        stamp.store(queue.count() as u32, Ordering::Release);
        queue.put(index);
    }

    /// Routes the oldest message of `source`, if there is one and the policies let it go.
    pub fn step<Q: RouteSource>(
        &mut self,
        source: &mut Q,
        mode: RouterMode,
        policy: BackpressurePolicy,
        credits: Option<&mut Credits<N>>,
    ) -> Result<Step, Error> {
        let Some((count, index)) = source.peek()? else {
            return Ok(Step::Idle);
        };
        self.slots.check(index, Q::stamp(count))?;
        match mode {
            RouterMode::Broadcast => self.broadcast(source, index),
            RouterMode::WorkQueue => self.work_queue(source, index, policy, credits),
        }
    }

    fn broadcast<Q: RouteSource>(&mut self, source: &mut Q, index: u32) -> Result<Step, Error> {
        let mut room = [false; N];
        for (consumer, room) in room.iter_mut().enumerate() {
            *room = self.has_room(consumer)?;
        }
        let delivered = room.iter().filter(|room| **room).count() as u32;
        source.pop();
        if delivered == 0 {
            self.slots.discard(index)?;
            return Ok(Step::Dropped(Hold::Full));
        }
        // Before any queue shows it: a consumer counts down from the full number.
        self.slots.share(index, delivered)?;
        for consumer in (0..N).filter(|consumer| room[*consumer]) {
            self.put(consumer, index);
        }
        let full = N as u32 - delivered;
        Ok(Step::Delivered { delivered, full })
    }

    fn work_queue<Q: RouteSource>(
        &mut self,
        source: &mut Q,
        index: u32,
        policy: BackpressurePolicy,
        mut credits: Option<&mut Credits<N>>,
    ) -> Result<Step, Error> {
        let mut hold = Hold::NoCredit;
        let mut chosen = None;
        for consumer in (self.next..N).chain(0..self.next) {
            let depth = self.depth(consumer)?;
            let credits = credits.as_deref_mut();
            if !credits.is_none_or(|credits| credits.look(consumer, depth)) {
                continue;
            }
            hold = Hold::Full;
            if self.has_room(consumer)? {
                chosen = Some(consumer);
                break;
            }
        }
        let Some(consumer) = chosen else {
            let drops = match hold {
                Hold::Full => policy == BackpressurePolicy::Drop,
                Hold::NoCredit => {
                    credits.is_some_and(|credits| credits.policy() == CreditPolicy::Drop)
                }
            };
            if !drops {
                return Ok(Step::Held(hold));
            }
            source.pop();
            self.slots.discard(index)?;
            return Ok(Step::Dropped(hold));
        };
        source.pop();
        self.slots.share(index, 1)?;
        self.put(consumer, index);
        self.next = (consumer + 1) % N;
        Ok(Step::Delivered {
            delivered: 1,
            full: 0,
        })
    }

    /// Frees the places of what was taken from `source`, then shows the consumers what they got.
    pub fn flush<Q: RouteSource>(&mut self, source: &mut Q) {
        source.release();
        for queue in &mut self.queues {
            queue.publish();
        }
    }
}
