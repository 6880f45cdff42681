//! Sequenced slots: the region behind a SingleRing, over memory of any kind.
//!
//! [`SlotsPtr`] points into a region; a backing ([`SlotsBacking`]) owns the memory. One
//! [`SlotsProducer`] appends and publishes, up to four [`SlotsStage`]s follow their barriers. All
//! of it works on raw pointers with atomics: payloads are copied out, then validated. Nothing here
//! allocates.

use core::mem::offset_of;
use core::ptr::NonNull;

use byteor_abi::{
    EgressCounters, IngressCounters, MARK_DROPPED, MARK_KIND_MASK, MARK_LEN_SHIFT, MARK_LIVE,
    MARK_REJECTED, MARK_STAGE_MASK, MARK_STAGE_SHIFT, RunSection, SEQUENCED_SLOTS_V1_CAPACITY,
    SEQUENCED_SLOTS_V1_GATING, SequencedSlotsCounters, SlotClass, StageCounters,
};
use indexbus::raw::{Word32, Word64, word32, word64};
use indexbus::sequencer::{Barrier, Consumer, GatingSet, Sequencer};
use indexbus::{Error, PoolPtr, check_header, validate_free_list, write_header};
use indexbus_abi::{INDEXBUS_EMPTY_FREE_U32, INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING};

const CAPACITY: u64 = SEQUENCED_SLOTS_V1_CAPACITY as u64;

/// Memory that holds a validated sequenced-slots region, and keeps it as long as it lives.
///
/// # Safety
/// [`SlotsBacking::slots`] always returns a pointer to the same initialized or validated region,
/// which stays where it is and accessible until the backing is dropped.
pub unsafe trait SlotsBacking: Send + Sync {
    /// The region.
    fn slots(&self) -> SlotsPtr;

    /// Whether the memory is still all there. Called now and then, outside the hot loop.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// What a stage decided about a record, seen by the stages after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The record goes on.
    Live,
    /// Stage `stage` dropped it.
    Dropped {
        /// Index of the stage.
        stage: u32,
    },
    /// Stage `stage` rejected it.
    Rejected {
        /// Index of the stage.
        stage: u32,
        /// Length of the result that was larger than the slot, in bytes, capped at 2^32 - 1; 0 where
        /// the stage could not do its work on the record.
        len: u32,
    },
}

impl Mark {
    fn to_word(self) -> u64 {
        match self {
            Self::Live => MARK_LIVE,
            Self::Dropped { stage } => MARK_DROPPED | u64::from(stage) << MARK_STAGE_SHIFT,
            Self::Rejected { stage, len } => {
                MARK_REJECTED
                    | u64::from(stage) << MARK_STAGE_SHIFT
                    | u64::from(len) << MARK_LEN_SHIFT
            }
        }
    }

    fn from_word(word: u64) -> Result<Self, Error> {
        let stage = (word >> MARK_STAGE_SHIFT & MARK_STAGE_MASK) as u32;
        if stage as usize >= SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::IncompatibleLayout);
        }
        match word & MARK_KIND_MASK {
            MARK_LIVE => Ok(Self::Live),
            MARK_DROPPED => Ok(Self::Dropped { stage }),
            MARK_REJECTED => Ok(Self::Rejected {
                stage,
                len: (word >> MARK_LEN_SHIFT) as u32,
            }),
            _ => Err(Error::IncompatibleLayout),
        }
    }
}

/// Points into a sequenced-slots region of one slot class.
#[derive(Clone, Copy, Debug)]
pub struct SlotsPtr {
    base: NonNull<u8>,
    class: SlotClass,
    pool: PoolPtr,
}

// SAFETY: all access goes through atomic operations.
unsafe impl Send for SlotsPtr {}
// SAFETY: all access goes through atomic operations.
unsafe impl Sync for SlotsPtr {}

impl SlotsPtr {
    /// # Safety
    /// As [`SlotsPtr::init`].
    unsafe fn new(base: NonNull<u8>, class: SlotClass) -> Self {
        // SAFETY: the pool lies within the region.
        let pool = unsafe {
            PoolPtr::new(
                base.byte_add(SlotClass::FREE_HEAD_OFFSET),
                class.slot_bytes(),
            )
        };
        Self { base, class, pool }
    }

    /// Initializes zeroed memory: `initialized` goes 0 → 1 → 2. `generation` should be drawn at
    /// random; readers tell a recreated region by it.
    ///
    /// # Safety
    /// `base` is aligned to 64, valid for reads and writes of `class.region_bytes()` bytes as long
    /// as the value or a copy of it is used, zeroed, and nobody else writes before `initialized`
    /// is 2. All other access is atomic.
    pub unsafe fn init(base: NonNull<u8>, class: SlotClass, generation: u64) -> Self {
        // SAFETY: by the caller.
        let this = unsafe { Self::new(base, class) };
        this.initialized().release(INDEXBUS_INITIALIZING);
        // SAFETY: by the caller.
        unsafe { write_header(base, class.header()) };
        this.pool.init();
        for sequence in 0..CAPACITY {
            this.ring(sequence).set(INDEXBUS_EMPTY_FREE_U32);
        }
        this.run_word(offset_of!(RunSection, generation))
            .set(generation);
        this.initialized().release(INDEXBUS_INITIALIZED);
        this
    }

    /// Validates a region that nobody runs over: header, window, marks, lengths, and that each
    /// slot is either free or in the ring, once. Bounded, whatever the region holds.
    ///
    /// # Safety
    /// `base` is aligned to 64 and valid for reads of `mapped` bytes, and for writes if anything
    /// is stored, as long as the value or a copy of it is used. All other access is atomic.
    pub unsafe fn attach(
        base: NonNull<u8>,
        mapped: usize,
        class: SlotClass,
    ) -> Result<Self, Error> {
        let bytes = class.region_bytes();
        // SAFETY: by the caller.
        unsafe {
            check_header(
                base,
                mapped,
                class.region_kind(),
                SlotClass::CAPABILITIES,
                bytes,
            )?;
        }
        // SAFETY: at least `bytes` bytes are mapped, as was just checked.
        let this = unsafe { Self::new(base, class) };
        this.validate()?;
        Ok(this)
    }

    fn validate(&self) -> Result<(), Error> {
        let stages = self.stages().acquire() as usize;
        if stages > SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::IncompatibleLayout);
        }
        let cursor = self.cursor().acquire();
        if cursor > u64::MAX / 2 {
            return Err(Error::IncompatibleLayout);
        }
        for stage in 0..stages {
            let done = self.gating_cell(stage).acquire();
            if done > cursor || cursor - done > CAPACITY {
                return Err(Error::IncompatibleLayout);
            }
        }
        let mut seen = [false; SEQUENCED_SLOTS_V1_CAPACITY];
        let window = cursor.min(CAPACITY);
        for sequence in cursor + 1 - window..=cursor {
            let slot = self.ring(sequence).relaxed();
            let taken = seen
                .get_mut(slot as usize)
                .ok_or(Error::IncompatibleLayout)?;
            if core::mem::replace(taken, true) {
                return Err(Error::IncompatibleLayout);
            }
            self.pool.len(slot)?;
            self.mark(sequence)?;
        }
        for sequence in cursor + 1..=cursor + CAPACITY - window {
            // Entries beyond the first lap were never set.
            if self.ring(sequence).relaxed() != INDEXBUS_EMPTY_FREE_U32 {
                return Err(Error::IncompatibleLayout);
            }
        }
        validate_free_list(&self.pool, &mut seen)?;
        if seen.contains(&false) {
            Err(Error::IncompatibleLayout)
        } else {
            Ok(())
        }
    }

    /// The slot class.
    pub fn class(&self) -> SlotClass {
        self.class
    }

    fn initialized(&self) -> Word32 {
        // SAFETY: within the region, by `new`.
        unsafe { word32(self.base, SlotClass::INITIALIZED_OFFSET) }
    }

    /// Highest published sequence; 0 is none.
    pub fn cursor(&self) -> Word64 {
        // SAFETY: within the region, by `new`.
        unsafe { word64(self.base, SlotClass::CURSOR_OFFSET) }
    }

    fn gating_cell(&self, stage: usize) -> Word64 {
        debug_assert!(stage < SEQUENCED_SLOTS_V1_GATING);
        // SAFETY: within the region, as all callers pass a checked index.
        unsafe { word64(self.base, SlotClass::GATING_OFFSET + 64 * stage) }
    }

    /// Highest sequence that `stage` is done with.
    pub fn gating(&self, stage: usize) -> Result<Word64, Error> {
        if stage < SEQUENCED_SLOTS_V1_GATING {
            Ok(self.gating_cell(stage))
        } else {
            Err(Error::IncompatibleLayout)
        }
    }

    fn ring(&self, sequence: u64) -> Word32 {
        let at = self.class.ring_offset() + 4 * (sequence % CAPACITY) as usize;
        // SAFETY: within the region, by the remainder.
        unsafe { word32(self.base, at) }
    }

    fn mark_word(&self, sequence: u64) -> Word64 {
        let at = self.class.marks_offset() + 8 * (sequence % CAPACITY) as usize;
        // SAFETY: within the region, by the remainder.
        unsafe { word64(self.base, at) }
    }

    /// What the stages before decided about `sequence`.
    #[inline]
    pub fn mark(&self, sequence: u64) -> Result<Mark, Error> {
        Mark::from_word(self.mark_word(sequence).relaxed())
    }

    fn run_word(&self, at: usize) -> Word64 {
        debug_assert!(at + 8 <= size_of::<SequencedSlotsCounters>());
        // SAFETY: within the counters, as all callers pass offsets of their fields.
        unsafe { word64(self.base, self.class.counters_offset() + at) }
    }

    /// Random number of this creation of the region.
    pub fn generation(&self) -> u64 {
        self.run_word(offset_of!(RunSection, generation)).acquire()
    }

    /// How many stages are bound to the gating cells; 0 before a run.
    pub fn stages(&self) -> Word32 {
        let at = self.class.counters_offset() + offset_of!(RunSection, stages);
        // SAFETY: within the counters section.
        unsafe { word32(self.base, at) }
    }

    /// The producer's counters.
    pub fn ingress_counters(&self) -> IngressWords {
        let at = offset_of!(SequencedSlotsCounters, ingress);
        IngressWords {
            records_in: self.run_word(at + offset_of!(IngressCounters, records_in)),
            bytes_in: self.run_word(at + offset_of!(IngressCounters, bytes_in)),
            rejected: self.run_word(at + offset_of!(IngressCounters, rejected)),
        }
    }

    /// The last stage's counters of what left the ring.
    pub fn egress_counters(&self) -> EgressWords {
        let at = offset_of!(SequencedSlotsCounters, egress);
        EgressWords {
            records_out: self.run_word(at + offset_of!(EgressCounters, records_out)),
            bytes_out: self.run_word(at + offset_of!(EgressCounters, bytes_out)),
            dropped: self.run_word(at + offset_of!(EgressCounters, dropped)),
            rejected: self.run_word(at + offset_of!(EgressCounters, rejected)),
        }
    }

    /// A stage's own counters.
    pub fn stage_counters(&self, stage: usize) -> Result<StageWords, Error> {
        if stage >= SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::IncompatibleLayout);
        }
        let at = offset_of!(SequencedSlotsCounters, stages) + stage * size_of::<StageCounters>();
        Ok(StageWords {
            processed: self.run_word(at + offset_of!(StageCounters, processed)),
            dropped: self.run_word(at + offset_of!(StageCounters, dropped)),
            rejected: self.run_word(at + offset_of!(StageCounters, rejected)),
        })
    }

    /// Binds a fresh region to a run of `stages` stages. A region is bound once: afterwards it is
    /// recreated, not reused.
    pub fn bind(&self, stages: usize) -> Result<(), BindError> {
        if stages == 0 || stages > SEQUENCED_SLOTS_V1_GATING {
            return Err(BindError::Stages);
        }
        if self.cursor().acquire() != 0 {
            return Err(BindError::Used);
        }
        self.stages()
            .replace(0, stages as u32)
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

/// Counters that the producer writes.
#[derive(Clone, Copy, Debug)]
pub struct IngressWords {
    /// Records that came in, refused ones included.
    pub records_in: Word64,
    /// Bytes of those.
    pub bytes_in: Word64,
    /// Records that the ingress refused.
    pub rejected: Word64,
}

/// Counters that the last stage writes.
#[derive(Clone, Copy, Debug)]
pub struct EgressWords {
    /// Records that went out.
    pub records_out: Word64,
    /// Bytes of those.
    pub bytes_out: Word64,
    /// Records that a stage dropped.
    pub dropped: Word64,
    /// Records that a stage rejected.
    pub rejected: Word64,
}

/// Counters that one stage writes.
#[derive(Clone, Copy, Debug)]
pub struct StageWords {
    /// Records that it looked at.
    pub processed: Word64,
    /// Records that it dropped.
    pub dropped: Word64,
    /// Records whose result did not fit.
    pub rejected: Word64,
}

/// The one producer of a bound region.
///
/// Appended records become visible with [`SlotsProducer::publish`], a whole batch by one store.
#[derive(Debug)]
pub struct SlotsProducer {
    slots: SlotsPtr,
    sequencer: Sequencer,
}

impl SlotsProducer {
    /// The producer of a region that is bound. Make one per region.
    pub fn new(slots: SlotsPtr) -> Result<Self, Error> {
        let stages = slots.stages().acquire() as usize;
        if stages == 0 || stages > SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::IncompatibleLayout);
        }
        let consumers = GatingSet::new((0..stages).map(|stage| slots.gating_cell(stage)))?;
        Ok(Self {
            slots,
            sequencer: Sequencer::new(slots.cursor(), consumers, CAPACITY),
        })
    }

    /// Puts `record` at the next sequence, without making it visible. Returns the sequence.
    ///
    /// `Full` while the slowest stage is a whole ring behind; publish then, or those before will
    /// never be processed. `TooLarge` leaves everything as it was.
    #[inline]
    pub fn try_append(&mut self, record: &[u8]) -> Result<u64, Error> {
        let max = self.slots.class.slot_bytes();
        if record.len() > max {
            return Err(Error::TooLarge {
                max,
                len: record.len(),
            });
        }
        let sequence = self.sequencer.try_claim()?;
        match self.fill(sequence, record) {
            Ok(()) => Ok(sequence),
            Err(e) => {
                self.sequencer.unclaim();
                Err(e)
            }
        }
    }

    #[inline]
    fn fill(&self, sequence: u64, record: &[u8]) -> Result<(), Error> {
        let entry = self.slots.ring(sequence);
        let mut slot = entry.relaxed();
        if slot == INDEXBUS_EMPTY_FREE_U32 {
            // First lap. Later the entry's slot is free again: all stages are past it.
            slot = match self.slots.pool.take() {
                Err(Error::Full) => Err(Error::IncompatibleLayout),
                other => other,
            }?;
            entry.set(slot);
        }
        self.slots.pool.write(slot, record)?;
        let mark = self.slots.mark_word(sequence);
        if mark.relaxed() != MARK_LIVE {
            mark.set(MARK_LIVE);
        }
        Ok(())
    }

    /// Makes all appended records visible. Returns the cursor.
    #[inline]
    pub fn publish(&mut self) -> u64 {
        self.sequencer.publish()
    }

    /// Highest sequence that was appended, published or not.
    pub fn appended(&self) -> u64 {
        self.sequencer.claimed()
    }
}

/// One stage's place in a bound region: its barrier and its gating cell.
#[derive(Debug)]
pub struct SlotsStage {
    slots: SlotsPtr,
    stage: u32,
    consumer: Consumer,
}

impl SlotsStage {
    /// Stage `stage`, after those in `depends_on`; without any it follows the cursor.
    pub fn new(slots: SlotsPtr, stage: usize, depends_on: &[usize]) -> Result<Self, Error> {
        let gating = slots.gating(stage)?;
        let mut cells = [gating; SEQUENCED_SLOTS_V1_GATING];
        let cells = cells
            .get_mut(..depends_on.len())
            .ok_or(Error::IncompatibleLayout)?;
        for (cell, before) in cells.iter_mut().zip(depends_on) {
            if *before >= stage {
                return Err(Error::IncompatibleLayout);
            }
            *cell = slots.gating(*before)?;
        }
        let barrier = Barrier::new(slots.cursor(), GatingSet::new(cells.iter().copied())?);
        let consumer = Consumer::new(barrier, gating, CAPACITY);
        Ok(Self {
            slots,
            stage: stage as u32,
            consumer,
        })
    }

    /// First and last sequence that are ready, at most `limit` of them; `None` if none is.
    #[inline]
    pub fn poll(&self, limit: u64) -> Result<Option<(u64, u64)>, Error> {
        self.consumer.poll(limit)
    }

    /// What the stages before decided about `sequence`.
    #[inline]
    pub fn mark(&self, sequence: u64) -> Result<Mark, Error> {
        self.slots.mark(sequence)
    }

    /// Copies the record of `sequence` into `words`, and returns its length in bytes.
    ///
    /// # Panics
    /// If `words` holds fewer bytes than a slot.
    #[inline]
    pub fn read(&self, sequence: u64, words: &mut [u64]) -> Result<usize, Error> {
        self.slots
            .pool
            .read_words(self.slots.ring(sequence).relaxed(), words)
    }

    /// Replaces the record of `sequence`.
    #[inline]
    pub fn rewrite(&self, sequence: u64, record: &[u8]) -> Result<(), Error> {
        self.slots
            .pool
            .write(self.slots.ring(sequence).relaxed(), record)
    }

    /// Marks `sequence` as dropped by this stage.
    #[inline]
    pub fn drop_record(&self, sequence: u64) {
        let mark = Mark::Dropped { stage: self.stage };
        self.slots.mark_word(sequence).set(mark.to_word());
    }

    /// Marks `sequence` as rejected by this stage, whose result would have had `len` bytes, 0 where
    /// it gave none. The record stays as it reached the stage.
    #[inline]
    pub fn reject_record(&self, sequence: u64, len: usize) {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        let mark = Mark::Rejected {
            stage: self.stage,
            len,
        };
        self.slots.mark_word(sequence).set(mark.to_word());
    }

    /// Is done with everything up to `sequence`: publishes marks and rewrites by one store.
    #[inline]
    pub fn advance(&mut self, sequence: u64) {
        self.consumer.advance(sequence);
    }

    /// Highest sequence that this stage is done with.
    pub fn done(&self) -> u64 {
        self.consumer.done()
    }
}
