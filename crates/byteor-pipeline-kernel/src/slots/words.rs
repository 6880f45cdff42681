//! Where the words of a sequenced-slots region are.

use core::mem::offset_of;

use byteor_abi::{
    MARK_LIVE, RunSection, SEQUENCED_SLOTS_V1_CAPACITY, SEQUENCED_SLOTS_V1_GATING, SlotClass,
};
use indexbus::raw::{Ordering, Row, View, Word32, Word64};
use indexbus::{Error, Pool};
use indexbus_abi::INDEXBUS_EMPTY_FREE_U32;

use super::counters::Section;
use super::mark::Mark;

pub(super) const CAPACITY: u64 = SEQUENCED_SLOTS_V1_CAPACITY as u64;

/// The words of a region that is borrowed for `'m`.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotsWords<'m> {
    pub(super) class: SlotClass,
    /// Highest published sequence; written by the producer.
    pub(super) cursor: Word64<'m>,
    /// Highest sequence that each stage is done with; written by that stage.
    pub(super) gating: Row<'m, u64, SEQUENCED_SLOTS_V1_GATING>,
    pub(super) pool: Pool<'m>,
    /// Slot index of each sequence of the window; written by the producer in the first lap.
    ring: Row<'m, u32, SEQUENCED_SLOTS_V1_CAPACITY>,
    /// What was decided about each sequence of the window; written by the producer, then by the
    /// stage that drops or rejects.
    marks: Row<'m, u64, SEQUENCED_SLOTS_V1_CAPACITY>,
    /// Low bits of the sequence that each slot holds; written by the producer.
    sequences: Row<'m, u32, SEQUENCED_SLOTS_V1_CAPACITY>,
    /// Written by the creator.
    pub(super) generation: Word64<'m>,
    /// How many stages are bound; 0 before a run. Written by whoever binds.
    pub(super) stages: Word32<'m>,
    pub(super) counters: Section<'m>,
}

/// One record of the window: which slot holds it. Read once, checked, and used from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    sequence: u64,
    slot: u32,
}

impl Entry {
    /// The sequence.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }
}

impl<'m> SlotsWords<'m> {
    /// # Panics
    /// If `view` has fewer bytes than the class.
    pub(super) fn new(view: View<'m>, class: SlotClass) -> Self {
        let counters = class.counters_offset();
        Self {
            class,
            cursor: view.word(SlotClass::CURSOR_OFFSET),
            gating: view.row(SlotClass::GATING_OFFSET, 64),
            pool: Pool::new(view, SlotClass::FREE_HEAD_OFFSET, class.slot_bytes()),
            ring: view.row(class.ring_offset(), 4),
            marks: view.row(class.marks_offset(), 8),
            sequences: view.row(class.sequences_offset(), 4),
            generation: view.word(counters + offset_of!(RunSection, generation)),
            stages: view.word(counters + offset_of!(RunSection, stages)),
            counters: Section { view, at: counters },
        }
    }

    pub(super) fn init(&self, generation: u64) {
        self.pool.init();
        for at in 0..SEQUENCED_SLOTS_V1_CAPACITY {
            let unset = INDEXBUS_EMPTY_FREE_U32;
            self.ring.at(at).store(unset, Ordering::Relaxed);
        }
        self.generation.store(generation, Ordering::Relaxed);
    }

    #[inline]
    fn ring_word(&self, sequence: u64) -> Word32<'m> {
        self.ring.at((sequence % CAPACITY) as usize)
    }

    #[inline]
    fn mark_word(&self, sequence: u64) -> Word64<'m> {
        self.marks.at((sequence % CAPACITY) as usize)
    }

    /// The slot that the entry of `sequence` names, and which sequence that holds. `Corrupted` where
    /// it names none.
    #[inline]
    fn slot_of(&self, sequence: u64) -> Result<(u32, u32), Error> {
        let slot = self.ring_word(sequence).load(Ordering::Relaxed);
        if slot as usize >= SEQUENCED_SLOTS_V1_CAPACITY {
            return Err(Error::Corrupted);
        }
        // Acquire: a slot that holds the sequence holds its whole payload, whatever the cursor is.
        let holds = self.sequences.at(slot as usize).load(Ordering::Acquire);
        Ok((slot, holds))
    }

    /// The entry of `sequence`. `Corrupted` where its slot holds another sequence: then somebody
    /// wrote over the cursor, a gating sequence or the entry.
    #[inline]
    pub(super) fn entry(&self, sequence: u64) -> Result<Entry, Error> {
        match self.slot_of(sequence)? {
            (slot, holds) if holds == sequence as u32 => Ok(Entry { sequence, slot }),
            _ => Err(Error::Corrupted),
        }
    }

    /// Whether the entry of `sequence` was never set.
    pub(super) fn is_unset(&self, sequence: u64) -> bool {
        self.ring_word(sequence).load(Ordering::Relaxed) == INDEXBUS_EMPTY_FREE_U32
    }

    /// The slot that the producer fills for `sequence`.
    #[inline]
    fn slot_to_fill(&self, sequence: u64) -> Result<u32, Error> {
        if sequence <= CAPACITY && self.is_unset(sequence) {
            // First lap: the entry gets a slot, which it keeps.
            let slot = match self.pool.take() {
                Err(Error::Full) => Err(Error::Corrupted),
                other => other,
            }?;
            self.ring_word(sequence).store(slot, Ordering::Relaxed);
            return Ok(slot);
        }
        // Its slot holds the sequence of the lap before, which all stages are past; or this one,
        // where a producer before appended it and was put away before it published.
        let (slot, holds) = self.slot_of(sequence)?;
        let before = sequence.checked_sub(CAPACITY).filter(|before| *before > 0);
        if holds == sequence as u32 || before.is_some_and(|before| holds == before as u32) {
            Ok(slot)
        } else {
            Err(Error::Corrupted)
        }
    }

    /// Puts `record` at `sequence`, for the producer, who publishes it afterwards.
    #[inline]
    pub(super) fn fill(&self, sequence: u64, record: &[u8]) -> Result<(), Error> {
        let slot = self.slot_to_fill(sequence)?;
        self.pool.write(slot, record)?;
        self.sequences
            .at(slot as usize)
            .store(sequence as u32, Ordering::Release);
        let mark = self.mark_word(sequence);
        if mark.load(Ordering::Relaxed) != MARK_LIVE {
            mark.store(MARK_LIVE, Ordering::Relaxed);
        }
        Ok(())
    }

    /// What was decided about the record.
    #[inline]
    pub(super) fn mark(&self, entry: Entry) -> Result<Mark, Error> {
        Mark::from_word(self.mark_word(entry.sequence).load(Ordering::Relaxed))
    }

    #[inline]
    pub(super) fn set_mark(&self, entry: Entry, mark: Mark) {
        let word = self.mark_word(entry.sequence);
        word.store(mark.to_word(), Ordering::Relaxed);
    }

    #[inline]
    pub(super) fn read(&self, entry: Entry, words: &mut [u64]) -> Result<usize, Error> {
        self.pool.read_words(entry.slot, words)
    }

    pub(super) fn read_into(&self, entry: Entry, into: &mut [u8]) -> Result<usize, Error> {
        self.pool.read(entry.slot, into)
    }

    #[inline]
    pub(super) fn rewrite(&self, entry: Entry, record: &[u8]) -> Result<(), Error> {
        self.pool.write(entry.slot, record)
    }

    /// Checks what can be checked while others run over the region: nothing is ahead of what it
    /// follows.
    pub(super) fn check_bounds(&self) -> Result<(), Error> {
        let stages = self.stages.load(Ordering::Acquire) as usize;
        if stages > SEQUENCED_SLOTS_V1_GATING {
            return Err(Error::Corrupted);
        }
        // Before the cursor, which only grows.
        let fastest = (0..stages)
            .map(|stage| self.gating.at(stage).load(Ordering::Acquire))
            .max();
        let cursor = self.cursor.load(Ordering::Acquire);
        if fastest > Some(cursor) || cursor > u64::MAX / 2 {
            return Err(Error::Corrupted);
        }
        Ok(())
    }

    /// Walks a region that nobody runs over: window, marks, lengths, and that each slot is either
    /// free or in the ring, once, and says so itself. Bounded, whatever the region holds.
    pub(super) fn walk(&self) -> Result<(), Error> {
        self.check_bounds()?;
        let stages = self.stages.load(Ordering::Acquire) as usize;
        let cursor = self.cursor.load(Ordering::Acquire);
        for stage in 0..stages {
            let done = self.gating.at(stage).load(Ordering::Acquire);
            if done.checked_add(CAPACITY) < Some(cursor) {
                return Err(Error::Corrupted);
            }
        }
        let mut seen = [false; SEQUENCED_SLOTS_V1_CAPACITY];
        let window = cursor.min(CAPACITY);
        for sequence in cursor + 1 - window..=cursor {
            let entry = self.entry(sequence)?;
            let taken = seen.get_mut(entry.slot as usize).ok_or(Error::Corrupted)?;
            if core::mem::replace(taken, true) {
                return Err(Error::Corrupted);
            }
            self.pool.len(entry.slot)?;
            self.mark(entry)?;
        }
        // Entries beyond the first lap were never set.
        if (cursor + 1..=cursor + CAPACITY - window).any(|sequence| !self.is_unset(sequence)) {
            return Err(Error::Corrupted);
        }
        self.pool.validate(&mut seen)?;
        if seen.contains(&false) {
            Err(Error::Corrupted)
        } else {
            Ok(())
        }
    }
}
