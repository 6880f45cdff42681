//! Watching a fanout region.

use core::sync::atomic::Ordering;

use super::{Mpsc, SharedFanoutLayoutCell, Spsc};
use crate::primitive::Cell;
use crate::raw::Word64;

/// Counters of a fanout region's queues, to watch it by; in any process.
#[derive(Clone, Copy, Debug)]
pub struct FanoutWatch<'m, const N: usize> {
    spsc: Spsc<'m>,
    mpsc: Mpsc<'m>,
    queues: [Spsc<'m>; N],
}

/// What a [`FanoutWatch`] saw: u64 counters, which wrap, of messages. The depth of a queue is what was
/// put and not yet taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FanoutSample<const N: usize> {
    /// Put into and taken from the source with one producer.
    pub spsc: (u64, u64),
    /// Put into and taken from the source with many producers.
    pub mpsc: (u64, u64),
    /// Put into and taken from the queue of each consumer.
    pub consumers: [(u64, u64); N],
    /// Whose claim the source with many producers waits for: an owner's number, 0 has none. A moment's
    /// look, so it says something only where it stays.
    pub held_up_by: Option<u32>,
}

impl<const N: usize> FanoutWatch<'_, N> {
    /// The counters, each exact, together from about the same moment.
    pub fn sample(&self) -> FanoutSample<N> {
        // Taken first: never more than was put.
        let sample = |head: &Word64<'_>, tail: &Word64<'_>| {
            let taken = head.load(Ordering::Acquire);
            (tail.load(Ordering::Acquire), taken)
        };
        FanoutSample {
            spsc: sample(&self.spsc.head, &self.spsc.tail),
            mpsc: sample(&self.mpsc.ring.head, &self.mpsc.ring.tail),
            consumers: self.queues.map(|queue| sample(&queue.head, &queue.tail)),
            held_up_by: match self.mpsc.ring.consumer().peek() {
                Ok(Cell::Claimed { owner }) => Some(owner),
                _ => None,
            },
        }
    }
}

impl<'m, const N: usize> SharedFanoutLayoutCell<'m, N> {
    /// Its counters.
    pub fn watch(&self) -> FanoutWatch<'m, N> {
        FanoutWatch {
            spsc: self.spsc,
            mpsc: self.mpsc,
            queues: self.queues,
        }
    }
}
