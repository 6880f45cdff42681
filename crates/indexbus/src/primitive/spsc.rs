//! A bounded ring of slot indices, for one producer and one consumer.
//!
//! Both counters only grow, wrapping at 2^64; the difference is the depth. Each end keeps a counter
//! of its own and the last that it saw of the other, and looks again only when that is used up.

use core::sync::atomic::Ordering;

use crate::Error;
use crate::raw::{Atomic, Words};

/// Where the words of a ring live.
#[derive(Clone, Copy, Debug)]
pub struct SpscWords<C, E> {
    /// Count of indices ever taken; written by the consumer.
    pub head: C,
    /// Count of indices ever put; written by the producer.
    pub tail: C,
    /// The indices; written by the producer, as many as a power of two.
    pub entries: E,
}

impl<C: Atomic<u64> + Clone, E: Words<u32> + Clone> SpscWords<C, E> {
    /// Empties a ring that nobody uses.
    pub fn init(&self, unset: u32) {
        for n in 0..self.entries.capacity() {
            self.entries.at(n).store(unset, Ordering::Relaxed);
        }
        self.head.store(0, Ordering::Relaxed);
        self.tail.store(0, Ordering::Release);
    }

    /// Count and index of each entry that waits, in order, while nobody uses the ring.
    /// `Corrupted` if that is more than fit.
    pub fn waiting(&self) -> Result<impl Iterator<Item = (u64, u32)> + '_, Error> {
        let head = self.head.load(Ordering::Acquire);
        let depth = self.tail.load(Ordering::Acquire).wrapping_sub(head);
        if depth > self.entries.capacity() as u64 {
            return Err(Error::Corrupted);
        }
        Ok((0..depth).map(move |n| {
            let count = head.wrapping_add(n);
            (count, entry(&self.entries, count).load(Ordering::Relaxed))
        }))
    }

    /// The two ends, as of now. One of each may be in use.
    pub fn split(self) -> (SpscProducer<C, E>, SpscConsumer<C, E>) {
        let taken = self.head.load(Ordering::Acquire);
        let put = self.tail.load(Ordering::Acquire);
        let words = self.clone();
        let producer = SpscProducer {
            words,
            put,
            published: put,
            taken,
        };
        let consumer = SpscConsumer {
            words: self,
            taken,
            freed: taken,
            put: taken,
        };
        (producer, consumer)
    }
}

#[inline]
fn entry<E: Words<u32>>(entries: &E, count: u64) -> impl Atomic<u32> {
    let capacity = entries.capacity();
    debug_assert!(capacity.is_power_of_two());
    entries.at(count as usize & (capacity - 1))
}

/// The end that puts. Indices become visible with [`SpscProducer::publish`], a whole batch by one
/// store.
#[derive(Debug)]
pub struct SpscProducer<C, E> {
    words: SpscWords<C, E>,
    put: u64,
    published: u64,
    /// What was last seen of the consumer's counter.
    taken: u64,
}

impl<C: Atomic<u64>, E: Words<u32>> SpscProducer<C, E> {
    /// Whether an index can be put: `Full`, or `Corrupted` where the consumer's counter says what
    /// can't be.
    #[inline]
    pub fn has_room(&mut self) -> Result<(), Error> {
        let capacity = self.words.entries.capacity() as u64;
        if self.put.wrapping_sub(self.taken) < capacity {
            return Ok(());
        }
        let taken = self.words.head.load(Ordering::Acquire);
        // Only what is published can have been taken.
        let held = self.published.wrapping_sub(taken);
        if held > capacity {
            return Err(Error::Corrupted);
        }
        self.taken = taken;
        if self.put.wrapping_sub(taken) < capacity {
            Ok(())
        } else {
            Err(Error::Full)
        }
    }

    /// Which put the next one is.
    #[inline]
    pub fn count(&self) -> u64 {
        self.put
    }

    /// Puts `index`, without making it visible. Only after [`SpscProducer::has_room`] said so.
    #[inline]
    pub fn put(&mut self, index: u32) {
        entry(&self.words.entries, self.put).store(index, Ordering::Relaxed);
        self.put = self.put.wrapping_add(1);
    }

    /// The index that the next entry already holds, where entries keep theirs.
    #[inline]
    pub fn held(&self) -> u32 {
        entry(&self.words.entries, self.put).load(Ordering::Relaxed)
    }

    /// Puts the index that the next entry already holds, without making it visible. Only after
    /// [`SpscProducer::has_room`] said so.
    #[inline]
    pub fn pass(&mut self) {
        self.put = self.put.wrapping_add(1);
    }

    /// Makes all that was put visible, by one store.
    #[inline]
    pub fn publish(&mut self) {
        if self.published != self.put {
            self.published = self.put;
            self.words.tail.store(self.put, Ordering::Release);
        }
    }
}

/// The end that takes. Places become free with [`SpscConsumer::release`], a whole batch by one
/// store.
#[derive(Debug)]
pub struct SpscConsumer<C, E> {
    words: SpscWords<C, E>,
    taken: u64,
    freed: u64,
    /// What was last seen of the producer's counter.
    put: u64,
}

impl<C: Atomic<u64>, E: Words<u32>> SpscConsumer<C, E> {
    /// Count and index of the oldest entry, left in place. `Corrupted` where the producer's counter
    /// says what can't be.
    #[inline]
    pub fn peek(&mut self) -> Result<Option<(u64, u32)>, Error> {
        if self.put == self.taken {
            let put = self.words.tail.load(Ordering::Acquire);
            let depth = put.wrapping_sub(self.freed);
            let held = self.taken.wrapping_sub(self.freed);
            if depth > self.words.entries.capacity() as u64 || depth < held {
                return Err(Error::Corrupted);
            }
            self.put = put;
            if put == self.taken {
                return Ok(None);
            }
        }
        let index = entry(&self.words.entries, self.taken).load(Ordering::Relaxed);
        Ok(Some((self.taken, index)))
    }

    /// Goes on at the entry `count`, where a consumer before this one stopped between taking and
    /// releasing. The next [`SpscConsumer::peek`] is `Corrupted` where that can't be.
    pub fn resume(&mut self, count: u64) {
        self.taken = count;
        self.put = count;
    }

    /// Which put the oldest entry is.
    #[inline]
    pub fn count(&self) -> u64 {
        self.taken
    }

    /// Takes the oldest entry off, whose place is not yet free. Only after [`SpscConsumer::peek`]
    /// showed it.
    #[inline]
    pub fn pop(&mut self) {
        self.taken = self.taken.wrapping_add(1);
    }

    /// Frees the places of all that was taken, by one store.
    #[inline]
    pub fn release(&mut self) {
        if self.freed != self.taken {
            self.freed = self.taken;
            self.words.head.store(self.taken, Ordering::Release);
        }
    }
}
