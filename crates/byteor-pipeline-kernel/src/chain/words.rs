//! Where the words of an events chain are.

use core::mem::offset_of;

use byteor_abi::{EVENTS_CHAIN_V1_QUEUES, EventsChainLayout4, EventsChainRegion4};
use indexbus::primitive::{ClaimQueue, ClaimRing, SpscWords};
use indexbus::raw::{LostMark, Ordering, Row, View, Word64};
use indexbus::{Error, Pool};
use indexbus_abi::{
    INDEXBUS_EMPTY_FREE_U32, INDEXBUS_QUEUE_CAPACITY, INDEXBUS_SLOT_COUNT, INDEXBUS_SLOT_DATA_SIZE,
    IndexQueue, MpscCell, MpscQueue,
};

use super::region::ChainQueue;

pub(super) type Entries<'m> = Row<'m, u32, INDEXBUS_QUEUE_CAPACITY>;
pub(super) type Claims<'m> = Row<'m, u64, INDEXBUS_QUEUE_CAPACITY>;
pub(super) type Spsc<'m> = SpscWords<Word64<'m>, Entries<'m>>;
pub(super) type Mpsc<'m> = ClaimQueue<Word64<'m>, Claims<'m>, Entries<'m>>;

/// The words of a region that is borrowed for `'m`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChainWords<'m> {
    view: View<'m>,
    pub(super) slots: ChainSlots<'m>,
}

/// The slots that all queues share, and which put of which queue each was last used for.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChainSlots<'m> {
    pub(super) pool: Pool<'m>,
    /// Written by whoever holds the slot, before a queue shows it.
    sequences: Row<'m, u32, INDEXBUS_SLOT_COUNT>,
    pub(super) lost: LostMark,
}

impl ChainSlots<'_> {
    /// Bits of a stamp that say which put it was.
    const COUNT_BITS: u32 = 29;

    fn stamp(queue: ChainQueue, count: u64) -> u32 {
        let count = count as u32 & ((1 << Self::COUNT_BITS) - 1);
        (queue.number() as u32) << Self::COUNT_BITS | count
    }

    /// The slot holds what the `count`-th put of `queue` is about. The index came from the pool.
    #[inline]
    pub(super) fn mark(&self, index: u32, queue: ChainQueue, count: u64) {
        if (index as usize) < INDEXBUS_SLOT_COUNT {
            let stamp = Self::stamp(queue, count);
            self.sequences
                .at(index as usize)
                .store(stamp, Ordering::Release);
        }
    }

    /// Refuses an index that names no slot, or one that holds something else: a queue whose counter or
    /// entry somebody wrote over would deliver old bytes, or give one slot to two.
    #[inline]
    pub(super) fn check(&self, index: u32, queue: ChainQueue, count: u64) -> Result<(), Error> {
        if index as usize >= INDEXBUS_SLOT_COUNT {
            return Err(Error::Corrupted);
        }
        let stamp = self.sequences.at(index as usize).load(Ordering::Acquire);
        if stamp == Self::stamp(queue, count) {
            Ok(())
        } else {
            Err(Error::Corrupted)
        }
    }
}

impl<'m> ChainWords<'m> {
    /// # Panics
    /// If `view` has fewer bytes than the region.
    pub(super) fn new(view: View<'m>) -> Self {
        let pool = offset_of!(EventsChainLayout4, pool);
        Self {
            view,
            slots: ChainSlots {
                pool: Pool::new(view, pool, INDEXBUS_SLOT_DATA_SIZE),
                sequences: view.row(offset_of!(EventsChainRegion4, sequences), 4),
                lost: view.lost(),
            },
        }
    }

    /// The single-producer queue `n`.
    pub(super) fn spsc(&self, n: usize) -> Spsc<'m> {
        let at = offset_of!(EventsChainLayout4, spsc) + n * size_of::<IndexQueue>();
        SpscWords {
            head: self.view.word(at + offset_of!(IndexQueue, head)),
            tail: self.view.word(at + offset_of!(IndexQueue, tail)),
            entries: self.view.row(at + offset_of!(IndexQueue, entries), 4),
        }
    }

    /// The many-producers queue `n`.
    pub(super) fn mpsc(&self, n: usize) -> Mpsc<'m> {
        let at = offset_of!(EventsChainLayout4, mpsc) + n * size_of::<MpscQueue>();
        let (cells, cell) = (at + offset_of!(MpscQueue, cells), size_of::<MpscCell>());
        ClaimQueue {
            ring: ClaimRing {
                head: self.view.word(at + offset_of!(MpscQueue, head)),
                tail: self.view.word(at + offset_of!(MpscQueue, tail)),
                cells: self.view.row(cells + offset_of!(MpscCell, sequence), cell),
            },
            entries: self.view.row(cells + offset_of!(MpscCell, index), cell),
        }
    }

    /// Empties all queues and fills the pool, while nobody uses the region.
    pub(super) fn init(&self) {
        for n in 0..EVENTS_CHAIN_V1_QUEUES {
            self.spsc(n).init(INDEXBUS_EMPTY_FREE_U32);
            self.mpsc(n).init(INDEXBUS_EMPTY_FREE_U32);
        }
        self.slots.pool.init();
        for slot in 0..INDEXBUS_SLOT_COUNT {
            let never = u32::MAX;
            self.slots
                .sequences
                .at(slot)
                .store(never, Ordering::Relaxed);
        }
    }

    /// Walks all of it, while nobody uses the region: every slot is either free or in exactly one
    /// queue, where it says so itself.
    pub(super) fn walk(&self) -> Result<(), Error> {
        let mut seen = [false; INDEXBUS_SLOT_COUNT];
        let mut see = |queue: ChainQueue, (count, index): (u64, u32)| {
            self.slots.check(index, queue, count)?;
            self.slots.pool.len(index)?;
            if core::mem::replace(&mut seen[index as usize], true) {
                return Err(Error::Corrupted);
            }
            Ok(())
        };
        for n in 0..EVENTS_CHAIN_V1_QUEUES {
            for entry in self.spsc(n).waiting()? {
                see(ChainQueue::Spsc(n), entry)?;
            }
            for entry in self.mpsc(n).waiting()? {
                see(ChainQueue::Mpsc(n), entry)?;
            }
        }
        self.slots.pool.validate(&mut seen)
    }
}
