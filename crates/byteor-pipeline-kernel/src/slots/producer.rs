//! The end of a region that records go in by.

use byteor_abi::SEQUENCED_SLOTS_V1_GATING;
use indexbus::Error;
use indexbus::primitive::{GatingSet, Sequencer};
use indexbus::raw::{Ordering, Word64};

use super::region::{End, SlotsRegion};
use super::words::CAPACITY;

/// The one producer of a bound region, which it keeps.
///
/// Appended records become visible with [`SlotsProducer::publish`], a whole batch by one store.
#[derive(Debug)]
pub struct SlotsProducer {
    // Points into the memory that `end` keeps.
    sequencer: Sequencer<Word64<'static>>,
    end: End,
}

impl SlotsProducer {
    /// Takes the producer's end of a region that is bound, and goes on where the last one published.
    /// `Taken` while another has it, `Misused` where the region is not bound, `Corrupted` where what the
    /// region's first lap holds can't be.
    pub fn new(region: &SlotsRegion) -> Result<Self, Error> {
        let stages = region.stages()?;
        if stages == 0 {
            return Err(Error::Misused);
        }
        let end = region.take_producer()?;
        // SAFETY: kept in `sequencer`, beside `end`.
        let words = unsafe { end.words_beside() };
        words.take_back()?;
        let consumers = GatingSet::new((0..stages).map(|stage| words.gating.at(stage)))?;
        Ok(Self {
            sequencer: Sequencer::new(words.cursor, consumers, CAPACITY),
            end,
        })
    }

    /// Puts `record` at the next sequence, without making it visible. Returns the sequence.
    ///
    /// `Full` while the slowest stage is a whole ring behind; publish then, or those before will
    /// never be processed. `TooLarge` leaves everything as it was.
    #[inline]
    pub fn try_append(&mut self, record: &[u8]) -> Result<u64, Error> {
        let sequence = self.try_claim(record.len())?;
        match self.end.words().fill(sequence, record) {
            Ok(()) => Ok(sequence),
            Err(e) => {
                self.sequencer.unclaim();
                Err(e)
            }
        }
    }

    /// Takes the next sequence for a record of `len` bytes and leaves its slot as it is: for who takes
    /// the record through all stages itself, in memory that nobody else sees. Otherwise as
    /// [`SlotsProducer::try_append`].
    #[inline]
    pub fn try_claim(&mut self, len: usize) -> Result<u64, Error> {
        let max = self.slot_bytes();
        if len > max {
            return Err(Error::TooLarge { max, len });
        }
        self.sequencer.try_claim()
    }

    /// Whether there is room for a record: for who waits for it, as a look only. It is
    /// [`SlotsProducer::try_append`] that judges the gating sequences.
    pub fn has_room(&self) -> bool {
        let words = self.end.words();
        let stages = words.stages.load(Ordering::Relaxed) as usize;
        let done = |stage| words.gating.at(stage).load(Ordering::Acquire);
        let slowest = (0..stages.min(SEQUENCED_SLOTS_V1_GATING)).map(done).min();
        self.appended().saturating_sub(slowest.unwrap_or(0)) < CAPACITY
    }

    /// Makes all appended records visible. Returns the cursor.
    #[inline]
    pub fn publish(&mut self) -> u64 {
        self.sequencer.publish()
    }

    /// Most bytes of a record.
    pub fn slot_bytes(&self) -> usize {
        self.end.words().class.slot_bytes()
    }

    /// Highest sequence that was appended, published or not.
    pub fn appended(&self) -> u64 {
        self.sequencer.claimed()
    }
}
