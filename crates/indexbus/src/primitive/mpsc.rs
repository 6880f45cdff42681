//! A bounded ring of slot indices, for many producers and one consumer.
//!
//! Each cell has a turn: `n` is free for the `n`-th put, `n + 1` holds it, and the consumer hands it
//! on to `n + capacity`.

use core::sync::atomic::Ordering;

use crate::Error;
use crate::raw::{Atomic, Words};

/// Where the words of a ring live.
#[derive(Clone, Copy, Debug)]
pub struct MpscWords<C, T, E> {
    /// Count of indices ever taken; written by the consumer.
    pub head: C,
    /// Count of places ever claimed; moved by the producers.
    pub tail: C,
    /// Whose turn each cell is; written by whoever has it, as many as a power of two.
    pub turns: T,
    /// The index in each cell; written by the producer that claimed it.
    pub entries: E,
}

impl<C, T, E> MpscWords<C, T, E>
where
    C: Atomic<u64>,
    T: Words<u64>,
    E: Words<u32>,
{
    fn capacity(&self) -> u64 {
        debug_assert!(self.turns.capacity().is_power_of_two());
        debug_assert!(self.turns.capacity() == self.entries.capacity());
        self.turns.capacity() as u64
    }

    fn at(&self, count: u64) -> usize {
        (count & (self.capacity() - 1)) as usize
    }

    /// Empties a ring that nobody uses.
    pub fn init(&self, unset: u32) {
        for count in 0..self.capacity() {
            let at = self.at(count);
            self.turns.at(at).store(count, Ordering::Relaxed);
            self.entries.at(at).store(unset, Ordering::Relaxed);
        }
        self.head.store(0, Ordering::Relaxed);
        self.tail.store(0, Ordering::Release);
    }

    /// Count and index of each entry that waits, in order, while nobody uses the ring. A place that
    /// was claimed but never filled, left by a producer that died, is `Corrupted`.
    pub fn waiting(&self) -> Result<impl Iterator<Item = (u64, u32)> + '_, Error> {
        let head = self.head.load(Ordering::Acquire);
        let depth = self.tail.load(Ordering::Acquire).wrapping_sub(head);
        if depth > self.capacity() {
            return Err(Error::Corrupted);
        }
        for n in 0..self.capacity() {
            let count = head.wrapping_add(n);
            let filled = u64::from(n < depth);
            let turn = self.turns.at(self.at(count)).load(Ordering::Acquire);
            if turn != count.wrapping_add(filled) {
                return Err(Error::Corrupted);
            }
        }
        Ok((0..depth).map(move |n| {
            let count = head.wrapping_add(n);
            let index = self.entries.at(self.at(count)).load(Ordering::Relaxed);
            (count, index)
        }))
    }

    /// Puts `index`; any number of producers may call this. `stamp` gets which put it is, before
    /// the index is visible.
    ///
    /// `Full` while the cell still holds, or awaits, what was put one lap ago.
    #[inline]
    pub fn put(&self, index: u32, stamp: impl FnOnce(u64)) -> Result<(), Error> {
        let capacity = self.capacity();
        let mut tail = self.tail.load(Ordering::Relaxed);
        loop {
            let at = self.at(tail);
            let turn = self.turns.at(at).load(Ordering::Acquire);
            let next = tail.wrapping_add(1);
            if turn == tail {
                let claimed =
                    self.tail
                        .compare_exchange(tail, next, Ordering::AcqRel, Ordering::Acquire);
                match claimed {
                    Ok(_) => {
                        self.entries.at(at).store(index, Ordering::Relaxed);
                        stamp(tail);
                        self.turns.at(at).store(next, Ordering::Release);
                        return Ok(());
                    }
                    Err(found) => tail = found,
                }
                continue;
            }
            let behind = tail.wrapping_sub(turn);
            let now = self.tail.load(Ordering::Relaxed);
            if now != tail {
                // Others put meanwhile; what was read may be of two moments.
                tail = now;
            } else if behind == capacity || next.wrapping_sub(turn) == capacity {
                return Err(Error::Full);
            } else {
                // Whoever took this turn moved the tail before.
                return Err(Error::Corrupted);
            }
        }
    }

    /// The one consumer, as of now.
    pub fn consumer(self) -> MpscConsumer<C, T, E> {
        let taken = self.head.load(Ordering::Acquire);
        MpscConsumer { words: self, taken }
    }
}

/// The end that takes.
#[derive(Debug)]
pub struct MpscConsumer<C, T, E> {
    words: MpscWords<C, T, E>,
    taken: u64,
}

impl<C, T, E> MpscConsumer<C, T, E>
where
    C: Atomic<u64>,
    T: Words<u64>,
    E: Words<u32>,
{
    /// Count and index of the oldest entry, left in place. `Corrupted` where its cell has a turn
    /// that can't be.
    #[inline]
    pub fn peek(&self) -> Result<Option<(u64, u32)>, Error> {
        let at = self.words.at(self.taken);
        let turn = self.words.turns.at(at).load(Ordering::Acquire);
        match turn.wrapping_sub(self.taken) {
            0 => Ok(None),
            1 => {
                let index = self.words.entries.at(at).load(Ordering::Relaxed);
                Ok(Some((self.taken, index)))
            }
            _ => Err(Error::Corrupted),
        }
    }

    /// Takes the oldest entry off, and frees its place. Only after [`MpscConsumer::peek`] showed
    /// it.
    #[inline]
    pub fn pop(&mut self) {
        let taken = self.taken;
        self.taken = taken.wrapping_add(1);
        let free = taken.wrapping_add(self.words.capacity());
        let turn = self.words.turns.at(self.words.at(taken));
        turn.store(free, Ordering::Release);
        self.words.head.store(self.taken, Ordering::Release);
    }
}
