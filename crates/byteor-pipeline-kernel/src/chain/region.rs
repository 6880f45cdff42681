//! An events chain and who owns it.

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use byteor_abi::{BYTEOR_REGION_KIND_EVENTS_CHAIN, EVENTS_CHAIN_V1_QUEUES, EventsChainRegion4};
use indexbus::raw::{RegionMemory, View};
use indexbus::{Error, check_header, initialized, write_header};
use indexbus_abi::{INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING};

use super::words::{ChainSlots, ChainWords, Mpsc};

/// A queue of a chain, 0 to 3 of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainQueue {
    /// One producer, one consumer.
    Spsc(usize),
    /// Many producers, one consumer.
    Mpsc(usize),
}

impl ChainQueue {
    /// 0 to 3 for those with one producer, 4 to 7 for the others.
    pub(super) fn number(self) -> usize {
        match self {
            Self::Spsc(n) => n,
            Self::Mpsc(n) => EVENTS_CHAIN_V1_QUEUES + n,
        }
    }

    fn exists(self) -> Result<Self, Error> {
        match self {
            Self::Spsc(n) | Self::Mpsc(n) if n < EVENTS_CHAIN_V1_QUEUES => Ok(self),
            _ => Err(Error::Misused),
        }
    }
}

/// An events chain that was initialized or validated. A clone is the same region; the memory goes when
/// the last clone, the last end and the last held slot are gone.
#[derive(Clone, Debug)]
pub struct ChainRegion {
    owner: Arc<Owner>,
}

#[derive(Debug)]
struct Owner {
    // Points into `memory`, so it never leaves those that keep an owner.
    words: ChainWords<'static>,
    memory: Arc<dyn RegionMemory>,
    /// Which ends have an owner in this process: a bit for the consumer of each queue, then one for the
    /// producer of each that has one.
    taken: AtomicU32,
    /// Whom claims in the queues for many producers name; 0 is nobody.
    number: AtomicU32,
}

impl ChainRegion {
    fn over(memory: Arc<dyn RegionMemory>) -> Self {
        // SAFETY: the owner keeps the memory, and is beside the words wherever they go.
        let view = unsafe { View::of(&*memory).beside_its_owner() };
        Self {
            owner: Arc::new(Owner {
                words: ChainWords::new(view),
                memory,
                taken: AtomicU32::new(0),
                number: AtomicU32::new(0),
            }),
        }
    }

    /// Initializes memory that nobody else uses yet: `initialized` goes 0 → 1 → 2.
    /// `IncompatibleLayout` where it is too small.
    pub fn init(memory: Arc<dyn RegionMemory>) -> Result<Self, Error> {
        let view = View::of(&*memory);
        let word = initialized(view).filter(|_| view.bytes() >= size_of::<EventsChainRegion4>());
        let word = word.ok_or(Error::IncompatibleLayout)?;
        word.store(INDEXBUS_INITIALIZING, Ordering::Release);
        write_header(view, EventsChainRegion4::header());
        ChainWords::new(view).init();
        word.store(INDEXBUS_INITIALIZED, Ordering::Release);
        Ok(Self::over(memory))
    }

    /// Attaches to a chain that others may use: checks the header and the bounds. What the region
    /// holds is checked by each access.
    pub fn attach_live(memory: Arc<dyn RegionMemory>) -> Result<Self, Error> {
        let (kind, capabilities) = (
            BYTEOR_REGION_KIND_EVENTS_CHAIN,
            EventsChainRegion4::CAPABILITIES,
        );
        let bytes = size_of::<EventsChainRegion4>();
        check_header(View::of(&*memory), kind, capabilities, bytes)?;
        Ok(Self::over(memory))
    }

    /// Attaches to a chain that nobody uses. Beyond [`ChainRegion::attach_live`], walks all of it: each
    /// slot is either free or in one queue, once, and says so itself.
    pub fn attach_fresh(memory: Arc<dyn RegionMemory>) -> Result<Self, Error> {
        let region = Self::attach_live(memory)?;
        region.owner.words.walk()?;
        Ok(region)
    }

    /// The slots, as long as the region is borrowed.
    pub(super) fn slots(&self) -> &ChainSlots<'_> {
        &self.owner.words.slots
    }

    /// The words of the region, unbound.
    ///
    /// # Safety
    /// They are kept in private fields beside a clone of this region.
    pub(super) unsafe fn words_beside(&self) -> ChainWords<'static> {
        self.owner.words
    }

    /// Whom claims name from now on, of producers that are made of this region and its clones: the
    /// number of a lock that this process just took, and holds until they are gone. Claims that were
    /// left by who held it before are skipped, in all queues.
    ///
    /// `Taken` where there is a number already; `Misused` for 0 and beyond 16,383.
    pub fn own_claims(&self, number: u32) -> Result<(), Error> {
        if number == 0 || number > Mpsc::LAST_OWNER {
            return Err(Error::Misused);
        }
        let (none, order) = (0, (Ordering::AcqRel, Ordering::Acquire));
        let owner = &self.owner;
        owner
            .number
            .compare_exchange(none, number, order.0, order.1)
            .map_err(|_| Error::Taken)?;
        for n in 0..EVENTS_CHAIN_V1_QUEUES {
            owner.words.mpsc(n).skip_all_of(number);
        }
        Ok(())
    }

    /// The number of [`ChainRegion::own_claims`], 0 before.
    pub(super) fn owner(&self) -> u32 {
        self.owner.number.load(Ordering::Acquire)
    }

    /// Takes the consumer's end of `queue`.
    pub(super) fn take_consumer(&self, queue: ChainQueue) -> Result<Taken, Error> {
        self.take(1 << queue.exists()?.number())
    }

    /// Takes a producer's end of `queue`, of which some have many.
    pub(super) fn take_producer(&self, queue: ChainQueue) -> Result<Taken, Error> {
        let bit = match queue.exists()? {
            ChainQueue::Spsc(n) => 1 << (2 * EVENTS_CHAIN_V1_QUEUES + n),
            ChainQueue::Mpsc(_) => 0,
        };
        self.take(bit)
    }

    fn take(&self, bit: u32) -> Result<Taken, Error> {
        // Acquire: takes up where the owner before stopped.
        if self.owner.taken.fetch_or(bit, Ordering::Acquire) & bit != 0 {
            return Err(Error::Taken);
        }
        Ok(Taken {
            region: self.clone(),
            bit,
        })
    }

    /// Whether the memory is still all there. Called now and then.
    pub fn check(&self) -> Result<(), Error> {
        self.owner.memory.check()
    }

    /// Whether `other` is the same region, or a clone of it.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.owner, &other.owner)
    }
}

/// An end that is taken, as long as this lives, which keeps the region.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) region: ChainRegion,
    bit: u32,
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.region
            .owner
            .taken
            .fetch_and(!self.bit, Ordering::Release);
    }
}
