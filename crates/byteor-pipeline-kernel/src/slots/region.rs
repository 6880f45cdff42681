//! A sequenced-slots region and who owns it.

extern crate alloc;

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};

use byteor_abi::{SEQUENCED_SLOTS_V1_GATING, SlotClass};
use indexbus::raw::{RegionMemory, View};
use indexbus::{Error, check_header, initialized, write_header};
use indexbus_abi::{INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING};

use super::counters::{EgressWords, IngressWords, StageWords};
use super::words::SlotsWords;

/// What holds a region: in memory, or over a file.
pub trait SlotsBacking: Send + Sync {
    /// The region.
    fn slots(&self) -> &SlotsRegion;
}

/// A region that was initialized or validated. A clone is the same region; the memory goes when the
/// last clone and the last end of it are gone.
#[derive(Clone, Debug)]
pub struct SlotsRegion {
    // Points into the memory that `owner` keeps, so it never leaves this struct and those that keep
    // an owner beside it.
    words: SlotsWords<'static>,
    owner: Arc<Owner>,
}

#[derive(Debug)]
struct Owner {
    memory: Arc<dyn RegionMemory>,
    /// Which ends of the region have an owner in this process, a bit for each.
    taken: AtomicU32,
}

/// One end of a region, held alone as long as the value lives, which keeps the region.
#[derive(Debug)]
pub(super) struct End {
    words: SlotsWords<'static>,
    owner: Arc<Owner>,
    bit: u32,
}

impl End {
    /// The words of the region, as long as its end is borrowed.
    #[inline]
    pub(super) fn words(&self) -> &SlotsWords<'_> {
        &self.words
    }

    /// The words of the region, unbound.
    ///
    /// # Safety
    /// They are kept in private fields beside this end.
    pub(super) unsafe fn words_beside(&self) -> SlotsWords<'static> {
        self.words
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.owner.taken.fetch_and(!self.bit, Ordering::Release);
    }
}

impl SlotsRegion {
    fn over(memory: Arc<dyn RegionMemory>, class: SlotClass) -> Self {
        // SAFETY: `owner` keeps the memory, and is beside the words wherever they go.
        let view = unsafe { View::of(&*memory).beside_its_owner() };
        Self {
            words: SlotsWords::new(view, class),
            owner: Arc::new(Owner {
                memory,
                taken: AtomicU32::new(0),
            }),
        }
    }

    /// Initializes zeroed memory that nobody else uses yet: `initialized` goes 0 → 1 → 2.
    /// `generation` should be drawn at random; readers tell a recreated region by it.
    ///
    /// `IncompatibleLayout` if the memory is too small for the class.
    pub fn init(
        memory: Arc<dyn RegionMemory>,
        class: SlotClass,
        generation: u64,
    ) -> Result<Self, Error> {
        let view = View::of(&*memory);
        let word = initialized(view).filter(|_| view.bytes() >= class.region_bytes());
        let word = word.ok_or(Error::IncompatibleLayout)?;
        word.store(INDEXBUS_INITIALIZING, Ordering::Release);
        write_header(view, class.header());
        SlotsWords::new(view, class).init(generation);
        word.store(INDEXBUS_INITIALIZED, Ordering::Release);
        Ok(Self::over(memory, class))
    }

    /// Attaches to a region that others may run over: checks the header and the bounds. What the
    /// region holds is checked by each access.
    pub fn attach_live(memory: Arc<dyn RegionMemory>, class: SlotClass) -> Result<Self, Error> {
        let bytes = class.region_bytes();
        let view = View::of(&*memory);
        check_header(view, class.region_kind(), SlotClass::CAPABILITIES, bytes)?;
        let region = Self::over(memory, class);
        region.words.check_bounds()?;
        Ok(region)
    }

    /// Attaches to a region that nobody runs over. Beyond [`SlotsRegion::attach_live`], walks all
    /// of it: window, marks, lengths, and that each slot is either free or in the ring, once, and
    /// says so itself. Bounded, whatever the region holds.
    pub fn attach_fresh(memory: Arc<dyn RegionMemory>, class: SlotClass) -> Result<Self, Error> {
        let region = Self::attach_live(memory, class)?;
        region.words.walk()?;
        Ok(region)
    }

    /// The words of the region, unbound.
    ///
    /// # Safety
    /// They are kept in private fields beside a clone of this region.
    pub(super) unsafe fn words_beside(&self) -> SlotsWords<'static> {
        self.words
    }

    /// Takes the producer's end.
    pub(super) fn take_producer(&self) -> Result<End, Error> {
        self.take(1 << SEQUENCED_SLOTS_V1_GATING)
    }

    /// Takes the end of `stage`.
    pub(super) fn take_stage(&self, stage: usize) -> Result<End, Error> {
        if stage >= SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::Misused);
        }
        self.take(1 << stage)
    }

    fn take(&self, bit: u32) -> Result<End, Error> {
        // Acquire: takes up where the owner before stopped.
        if self.owner.taken.fetch_or(bit, Ordering::Acquire) & bit != 0 {
            return Err(Error::Taken);
        }
        Ok(End {
            words: self.words,
            owner: Arc::clone(&self.owner),
            bit,
        })
    }

    /// Whether the memory is still all there. Called now and then, outside the hot loop.
    pub fn check(&self) -> Result<(), Error> {
        self.owner.memory.check()
    }

    /// Whether nobody outside of this process can see the memory.
    pub fn is_private(&self) -> bool {
        self.owner.memory.is_private()
    }

    /// The slot class.
    pub fn class(&self) -> SlotClass {
        self.words.class
    }

    /// Random number of this creation of the region.
    pub fn generation(&self) -> u64 {
        self.words.generation.load(Ordering::Acquire)
    }

    /// How many stages are bound; 0 before a run. `Corrupted` where that is more than there can be.
    pub fn stages(&self) -> Result<usize, Error> {
        let stages = self.words.stages.load(Ordering::Acquire) as usize;
        if stages > SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::Corrupted);
        }
        Ok(stages)
    }

    /// Says which workers run and how they wait, for whoever looks from outside: words of
    /// [`RunSection`](byteor_abi::RunSection).
    pub fn tell_tuning(&self, workers: u32, wait: u32) {
        let [at_workers, at_wait] = &self.words.tuning;
        at_workers.store(workers, Ordering::Relaxed);
        at_wait.store(wait, Ordering::Release);
    }

    /// What [`SlotsRegion::tell_tuning`] said, workers first; anything where another process wrote it.
    pub fn tuning(&self) -> [u32; 2] {
        let word = |word: &indexbus::raw::Word32<'_>| word.load(Ordering::Acquire);
        [word(&self.words.tuning[0]), word(&self.words.tuning[1])]
    }

    /// Highest published sequence; 0 is none.
    pub fn cursor(&self) -> u64 {
        self.words.cursor.load(Ordering::Acquire)
    }

    /// Highest sequence that `stage` is done with; 0 is none.
    pub fn gating(&self, stage: usize) -> Result<u64, Error> {
        if stage >= SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::Misused);
        }
        Ok(self.words.gating.at(stage).load(Ordering::Acquire))
    }

    /// The producer's counters.
    pub fn ingress_counters(&self) -> IngressWords<'_> {
        self.words.counters.ingress()
    }

    /// The last stage's counters of what left the ring.
    pub fn egress_counters(&self) -> EgressWords<'_> {
        self.words.counters.egress()
    }

    /// A stage's own counters.
    pub fn stage_counters(&self, stage: usize) -> Result<StageWords<'_>, Error> {
        if stage >= SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::Misused);
        }
        Ok(self.words.counters.stage(stage))
    }

    /// Binds a fresh region to a run of `stages` stages. A region is bound once: afterwards it is
    /// recreated, not reused.
    pub fn bind(&self, stages: usize) -> Result<(), BindError> {
        if stages == 0 || stages > SEQUENCED_SLOTS_V1_GATING {
            return Err(BindError::Stages);
        }
        if self.cursor() != 0 {
            return Err(BindError::Used);
        }
        self.words
            .stages
            .compare_exchange(0, stages as u32, Ordering::AcqRel, Ordering::Acquire)
            .map(|_| ())
            .map_err(|_| BindError::Used)
    }
}

/// Why a region was not bound to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindError {
    /// A ring has one to four stages.
    Stages,
    /// Something runs, or ran, over the region.
    Used,
}
