//! The end of a region that one stage works at, in place.

use byteor_abi::SEQUENCED_SLOTS_V1_GATING;
use indexbus::Error;
use indexbus::primitive::{Barrier, Consumer, GatingSet};
use indexbus::raw::Word64;

use super::counters::StageWords;
use super::mark::Mark;
use super::region::{End, SlotsRegion};
use super::words::{CAPACITY, Entry};

/// One stage's place in a region, which it keeps: its barrier and its gating cell.
#[derive(Debug)]
pub struct SlotsStage {
    // Points into the memory that `end` keeps.
    consumer: Consumer<Word64<'static>>,
    stage: u32,
    end: End,
}

impl SlotsStage {
    /// Takes the end of stage `stage`, after those in `depends_on`; without any it follows the
    /// cursor. `Taken` while another has it; `Misused` for a stage that there can't be, or that
    /// waits for itself or a later one.
    pub fn new(region: &SlotsRegion, stage: usize, depends_on: &[usize]) -> Result<Self, Error> {
        if stage >= SEQUENCED_SLOTS_V1_GATING || depends_on.iter().any(|before| *before >= stage) {
            return Err(Error::Misused);
        }
        let end = region.take_stage(stage)?;
        // SAFETY: kept in `consumer`, beside `end`.
        let words = unsafe { end.words_beside() };
        let before = GatingSet::new(depends_on.iter().map(|before| words.gating.at(*before)))?;
        let barrier = Barrier::new(words.cursor, before);
        Ok(Self {
            consumer: Consumer::new(barrier, words.gating.at(stage), CAPACITY),
            stage: stage as u32,
            end,
        })
    }

    /// First and last sequence that are ready, at most `limit` of them; `None` if none is. A region
    /// whose file was cut short, and so may say that none is, is `Corrupted`.
    ///
    /// Where there are stages before, it is they who are believed, within a lap of the ring; that a
    /// record is there is what its slot says ([`SlotsStage::entry`]).
    #[inline]
    pub fn poll(&self, limit: u64) -> Result<Option<(u64, u64)>, Error> {
        let ready = self.consumer.poll(limit)?;
        if ready.is_none() {
            self.end.words().lost.check()?;
        }
        Ok(ready)
    }

    /// Where the record of `sequence` is, which [`SlotsStage::poll`] said is ready. `Corrupted`
    /// where its slot holds another one.
    #[inline]
    pub fn entry(&self, sequence: u64) -> Result<Entry, Error> {
        self.end.words().entry(sequence)
    }

    /// Whether a stage before decided anything about one of these records, which
    /// [`SlotsStage::poll`] said are ready: a look for a whole batch.
    #[inline]
    pub fn any_marked(&self, first: u64, last: u64) -> bool {
        self.end.words().any_marked(first, last)
    }

    /// What the stages before decided about the record.
    #[inline]
    pub fn mark(&self, entry: Entry) -> Result<Mark, Error> {
        self.end.words().mark(entry)
    }

    /// Copies the record into `words`, and returns its length in bytes.
    ///
    /// # Panics
    /// If `words` holds fewer bytes than a slot.
    #[inline]
    pub fn read(&self, entry: Entry, words: &mut [u64]) -> Result<usize, Error> {
        self.end.words().read(entry, words)
    }

    /// Copies the record into `into`, and returns its length in bytes.
    pub fn read_into(&self, entry: Entry, into: &mut [u8]) -> Result<usize, Error> {
        self.end.words().read_into(entry, into)
    }

    /// Replaces the record.
    #[inline]
    pub fn rewrite(&self, entry: Entry, record: &[u8]) -> Result<(), Error> {
        self.end.words().rewrite(entry, record)
    }

    /// Marks the record as dropped by this stage.
    #[inline]
    pub fn drop_record(&self, entry: Entry) {
        let mark = Mark::Dropped { stage: self.stage };
        self.end.words().set_mark(entry, mark);
    }

    /// Marks the record as rejected by this stage, whose result would have had `len` bytes, 0 where
    /// it gave none. The record stays as it reached the stage.
    #[inline]
    pub fn reject_record(&self, entry: Entry, len: usize) {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        let mark = Mark::Rejected {
            stage: self.stage,
            len,
        };
        self.end.words().set_mark(entry, mark);
    }

    /// Is done with everything up to `sequence`: publishes marks and rewrites by one store.
    #[inline]
    pub fn advance(&mut self, sequence: u64) {
        self.consumer.advance(sequence);
    }

    /// The stage's own counters.
    pub fn counters(&self) -> StageWords<'_> {
        self.end.words().counters.stage(self.stage as usize)
    }

    /// Highest sequence that this stage is done with.
    pub fn done(&self) -> u64 {
        self.consumer.done()
    }
}
