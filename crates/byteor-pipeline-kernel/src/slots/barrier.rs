//! Barriers of a region, for those who wait without an end of it.

use byteor_abi::SEQUENCED_SLOTS_V1_GATING;
use indexbus::primitive::{Barrier, GatingSet};
use indexbus::raw::Word64;
use indexbus::{Error, WaitStrategy};

use super::region::SlotsRegion;

/// What a consumer waits for: tells how far it may go, a whole batch at a look.
pub trait SeqBarrier {
    /// Highest sequence that may be processed; 0 is none. `Corrupted` where somebody who comes
    /// before claims to be ahead of the cursor.
    fn available(&self) -> Result<u64, Error>;

    /// Waits until `sequence` may be processed, and answers with the highest that may; nothing
    /// where `stop` says to leave it.
    fn wait_for(
        &self,
        sequence: u64,
        wait: &mut dyn WaitStrategy,
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<Option<u64>, Error> {
        loop {
            let available = self.available()?;
            if available >= sequence {
                wait.reset();
                return Ok(Some(available));
            }
            if stop() {
                return Ok(None);
            }
            wait.wait();
        }
    }
}

/// Waits for the producer of a region, which it keeps.
#[derive(Debug)]
pub struct CursorBarrier {
    region: SlotsRegion,
}

impl CursorBarrier {
    /// The barrier that stages without dependencies have.
    pub fn new(region: &SlotsRegion) -> Self {
        Self {
            region: region.clone(),
        }
    }
}

impl SeqBarrier for CursorBarrier {
    fn available(&self) -> Result<u64, Error> {
        Ok(self.region.cursor())
    }
}

/// Waits for stages of a region, which it keeps.
#[derive(Debug)]
pub struct GatingBarrier {
    // Points into the memory that `_region` keeps.
    barrier: Barrier<Word64<'static>>,
    _region: SlotsRegion,
}

impl GatingBarrier {
    /// The barrier of what comes after `stages`. `Misused` for none, or for one that there can't
    /// be.
    pub fn new(region: &SlotsRegion, stages: &[usize]) -> Result<Self, Error> {
        if stages.is_empty()
            || stages
                .iter()
                .any(|stage| *stage >= SEQUENCED_SLOTS_V1_GATING)
        {
            return Err(Error::Misused);
        }
        // SAFETY: kept in `barrier`, beside `_region`.
        let words = unsafe { region.words_beside() };
        let before = GatingSet::new(stages.iter().map(|stage| words.gating.at(*stage)))?;
        Ok(Self {
            barrier: Barrier::new(words.cursor, before),
            _region: region.clone(),
        })
    }
}

impl SeqBarrier for GatingBarrier {
    fn available(&self) -> Result<u64, Error> {
        self.barrier.available()
    }
}
