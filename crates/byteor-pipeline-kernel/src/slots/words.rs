//! Where the words of a sequenced-slots region are.

use core::mem::offset_of;

use byteor_abi::{
    MARK_LIVE, RunSection, SEQUENCED_SLOTS_V1_CAPACITY, SEQUENCED_SLOTS_V1_GATING, SlotClass,
};
use indexbus::primitive::SlotRing;
use indexbus::raw::{LostMark, Ordering, Row, View, Word32, Word64};
use indexbus::{Error, Pool};

use super::counters::Section;
use super::mark::Mark;

pub(super) const CAPACITY: u64 = SEQUENCED_SLOTS_V1_CAPACITY as u64;

type Entries<'m> = Row<'m, u32, SEQUENCED_SLOTS_V1_CAPACITY>;

/// The words of a region that is borrowed for `'m`.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlotsWords<'m> {
    pub(super) class: SlotClass,
    /// Highest published sequence; written by the producer.
    pub(super) cursor: Word64<'m>,
    /// Highest sequence that each stage is done with; written by that stage.
    pub(super) gating: Row<'m, u64, SEQUENCED_SLOTS_V1_GATING>,
    pub(super) pool: Pool<'m>,
    ring: SlotRing<Entries<'m>, Entries<'m>>,
    /// What was decided about each sequence of the window; written by the producer, then by the
    /// stage that drops or rejects.
    marks: Row<'m, u64, SEQUENCED_SLOTS_V1_CAPACITY>,
    /// Written by the creator.
    pub(super) generation: Word64<'m>,
    /// How many stages are bound; 0 before a run. Written by whoever binds.
    pub(super) stages: Word32<'m>,
    /// Which workers run, and how they wait; written by the executor once, looked at by nobody in the
    /// run.
    pub(super) tuning: [Word32<'m>; 2],
    pub(super) counters: Section<'m>,
    pub(super) lost: LostMark,
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
            ring: SlotRing {
                entries: view.row(class.ring_offset(), 4),
                sequences: view.row(class.sequences_offset(), 4),
            },
            marks: view.row(class.marks_offset(), 8),
            generation: view.word(counters + offset_of!(RunSection, generation)),
            stages: view.word(counters + offset_of!(RunSection, stages)),
            tuning: [
                view.word(counters + offset_of!(RunSection, workers)),
                view.word(counters + offset_of!(RunSection, wait)),
            ],
            counters: Section { view, at: counters },
            lost: view.lost(),
        }
    }

    pub(super) fn init(&self, generation: u64) {
        self.pool.init();
        self.ring.init();
        self.generation.store(generation, Ordering::Relaxed);
    }

    #[inline]
    fn mark_word(&self, sequence: u64) -> Word64<'m> {
        self.marks.at((sequence % CAPACITY) as usize)
    }

    /// The entry of `sequence`. `Corrupted` where its slot holds another sequence: then somebody
    /// wrote over the cursor, a gating sequence or the entry.
    #[inline]
    pub(super) fn entry(&self, sequence: u64) -> Result<Entry, Error> {
        let slot = self.ring.slot(sequence)?;
        Ok(Entry { sequence, slot })
    }

    /// Puts `record` at `sequence`, for the producer, who publishes it afterwards.
    #[inline]
    pub(super) fn fill(&self, sequence: u64, record: &[u8]) -> Result<(), Error> {
        let slot = self
            .ring
            .slot_to_fill(sequence, || match self.pool.take() {
                Err(Error::Full) => Err(Error::Corrupted),
                other => other,
            })?;
        self.pool.write(slot, record)?;
        self.ring.filled(sequence, slot)?;
        let mark = self.mark_word(sequence);
        if mark.load(Ordering::Relaxed) != MARK_LIVE {
            mark.store(MARK_LIVE, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Gives back to the pool what a producer had taken from it and not yet named when it died, which is
    /// possible in the first lap only: for the producer that takes over, before it appends anything.
    /// Bounded, whatever the region holds.
    pub(super) fn take_back(&self) -> Result<(), Error> {
        if self.cursor.load(Ordering::Acquire) >= CAPACITY {
            return Ok(());
        }
        let mut seen = [false; SEQUENCED_SLOTS_V1_CAPACITY];
        for sequence in 1..=CAPACITY {
            if !self.ring.is_unset(sequence) {
                let (slot, _) = self.ring.named(sequence)?;
                let seen = seen.get_mut(slot as usize).ok_or(Error::Corrupted)?;
                if core::mem::replace(seen, true) {
                    return Err(Error::Corrupted);
                }
            }
        }
        self.pool.validate(&mut seen)?;
        (0_u32..)
            .zip(seen)
            .filter(|(_, seen)| !seen)
            .try_for_each(|(slot, _)| self.pool.give(slot))
    }

    /// What was decided about the record.
    #[inline]
    pub(super) fn mark(&self, entry: Entry) -> Result<Mark, Error> {
        Mark::from_word(self.mark_word(entry.sequence).load(Ordering::Relaxed))
    }

    /// Whether anything was decided about a record of `first..=last`.
    #[inline]
    pub(super) fn any_marked(&self, first: u64, last: u64) -> bool {
        let mark = |sequence| self.mark_word(sequence).load(Ordering::Relaxed);
        (first..=last).fold(0, |all, sequence| all | mark(sequence) ^ MARK_LIVE) != 0
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
        let done = |stage| self.gating.at(stage).load(Ordering::Acquire);
        let slowest = (0..stages).map(done).min().unwrap_or(0);
        if stages > 0 && slowest.saturating_add(CAPACITY) < cursor {
            return Err(Error::Corrupted);
        }
        let mut seen = [false; SEQUENCED_SLOTS_V1_CAPACITY];
        let mut see = |sequence: u64, may_say: &dyn Fn(u32) -> bool| {
            let (slot, says) = self.ring.named(sequence)?;
            let taken = seen.get_mut(slot as usize).ok_or(Error::Corrupted)?;
            if core::mem::replace(taken, true) || !may_say(says) {
                return Err(Error::Corrupted);
            }
            Ok(slot)
        };
        let window = cursor.min(CAPACITY);
        for sequence in cursor + 1 - window..=cursor {
            // What all stages are past may be written over already, by who didn't come to publish it.
            let next = sequence + CAPACITY;
            let slot = see(sequence, &|says| {
                says == sequence as u32 || sequence <= slowest && says == next as u32
            })?;
            self.pool.len(slot)?;
            self.mark(Entry { sequence, slot })?;
        }
        // Entries beyond the first lap were never set, but for those of who didn't come to publish.
        for sequence in cursor + 1..=cursor + CAPACITY - window {
            if !self.ring.is_unset(sequence) {
                see(sequence, &|says| says == sequence as u32 || says == 0)?;
            }
        }
        self.pool.validate(&mut seen)?;
        if seen.contains(&false) {
            Err(Error::Corrupted)
        } else {
            Ok(())
        }
    }
}
