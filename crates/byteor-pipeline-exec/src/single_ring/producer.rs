//! The one producer of a running ring.

use std::fmt;
use std::sync::Arc;

use byteor_pipeline_kernel::{LaneError, Ordering, SlotsProducer, Wait, WaitStrategy};

use super::inline::Inline;
use super::pending::Pending;
use super::shared::Shared;

/// Why a record was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishError {
    /// Backpressure: the slowest stage is a whole ring behind. Retry later.
    Full,
    /// The record is larger than a slot. It was not counted;
    /// [`Producer::count_ingress_reject`] does.
    TooLarge {
        /// Most bytes of a record.
        max: usize,
        /// Bytes of this one.
        len: usize,
    },
    /// The pipeline stopped; `Running::failed` may tell why.
    Stopped,
    /// What the region holds can't be; somebody wrote over it. Stop, and recreate it.
    Corrupted,
}

impl PublishError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Full => "E_LANE_FULL",
            Self::TooLarge { .. } => "E_RECORD_TOO_LARGE",
            Self::Stopped => "E_EXEC_STOPPED",
            Self::Corrupted => "E_REGION_CORRUPTED",
        }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the ring is full; retry after its stages progressed"),
            Self::TooLarge { max, len } => {
                write!(f, "the record has {len} bytes, a slot holds at most {max}")
            }
            Self::Stopped => f.write_str("the pipeline stopped"),
            Self::Corrupted => f.write_str("the region is damaged; stop and recreate it"),
        }
    }
}

impl std::error::Error for PublishError {}

fn refused(error: LaneError) -> PublishError {
    match error {
        LaneError::Full => PublishError::Full,
        LaneError::TooLarge { max, len } => PublishError::TooLarge { max, len },
        _ => PublishError::Corrupted,
    }
}

/// Publishes records into a running ring. There is one; it can move to another thread.
///
/// [`Producer::try_publish`] makes each record visible at once. Under load, append a batch with
/// [`Producer::try_append`] and make it visible with one [`Producer::flush`].
///
/// Where the ring has no threads of its own ([`Workers::One`](crate::Workers::One)), whoever makes
/// records visible takes them through all stages and the sink as well, and then tells the sink that
/// it is idle; the ring is never full. A producer that has nothing to publish should flush now and
/// then, as it would be the sink's thread that looks otherwise.
#[derive(Debug)]
pub struct Producer {
    shared: Arc<Shared>,
    slots: SlotsProducer,
    inline: Option<Arc<Inline>>,
    /// What was appended and isn't visible yet, where it doesn't go into the ring.
    pending: Option<Pending>,
    /// What it does while the ring is full; kept, since it learns from one time to the next.
    wait: Wait,
    records_in: u64,
    bytes_in: u64,
    rejected: u64,
}

impl Producer {
    pub(crate) fn new(shared: Arc<Shared>, inline: Option<Arc<Inline>>) -> Result<Self, LaneError> {
        let slots = SlotsProducer::new(shared.slots())?;
        let words = shared.slots().ingress_counters();
        Ok(Self {
            slots,
            records_in: words.records_in.load(Ordering::Acquire),
            bytes_in: words.bytes_in.load(Ordering::Acquire),
            rejected: words.rejected.load(Ordering::Acquire),
            pending: inline.as_ref().and_then(|inline| inline.pending()),
            inline,
            wait: shared.wait.strategy(),
            shared,
        })
    }

    /// Most bytes of a record.
    pub fn max_record_bytes(&self) -> usize {
        self.shared.slots().class().slot_bytes()
    }

    /// Publishes one record, visible at once, after all that were appended. Returns its sequence.
    pub fn try_publish(&mut self, record: &[u8]) -> Result<u64, PublishError> {
        let sequence = self.try_append(record)?;
        self.flush();
        Ok(sequence)
    }

    /// Puts one record at the next sequence, not yet visible. Returns the sequence.
    ///
    /// `Full` makes visible what was appended before, so that the ring can move.
    #[inline]
    pub fn try_append(&mut self, record: &[u8]) -> Result<u64, PublishError> {
        match self.append_if_room(record) {
            Err(PublishError::Full) => self.append_after_full(record),
            other => other,
        }
    }

    #[inline]
    fn count(&mut self, sequence: u64, record: &[u8]) -> u64 {
        self.records_in = self.records_in.wrapping_add(1);
        self.bytes_in = self.bytes_in.wrapping_add(record.len() as u64);
        sequence
    }

    /// As [`Producer::try_append`], but `Full` makes nothing visible: for who has to do something
    /// first. Then [`Producer::flush`], or the ring stays full.
    #[inline]
    pub fn append_if_room(&mut self, record: &[u8]) -> Result<u64, PublishError> {
        if self.shared.halt().stopped() {
            return Err(PublishError::Stopped);
        }
        let sequence = match &mut self.pending {
            Some(pending) => {
                let sequence = self.slots.try_claim(record.len()).map_err(refused)?;
                pending.push(record);
                sequence
            }
            None => self.slots.try_append(record).map_err(refused)?,
        };
        Ok(self.count(sequence, record))
    }

    #[cold]
    fn append_after_full(&mut self, record: &[u8]) -> Result<u64, PublishError> {
        self.flush();
        if self.shared.halt().stopped() {
            return Err(PublishError::Stopped);
        }
        if self.inline.is_none() {
            return Err(PublishError::Full);
        }
        self.append_if_room(record)
    }

    /// As [`Producer::try_append`], but waits while the ring is full.
    pub fn append(&mut self, record: &[u8]) -> Result<u64, PublishError> {
        let mut full = false;
        loop {
            match self.try_append(record) {
                Err(PublishError::Full) => self.wait_for_room(),
                other => {
                    if full {
                        self.wait.reset();
                    }
                    return other;
                }
            }
            full = true;
        }
    }

    fn wait_for_room(&mut self) {
        let Some(wakes) = self.shared.wakes() else {
            self.wait.wait();
            return;
        };
        let (slots, halt) = (&self.slots, self.shared.halt());
        self.wait
            .wait_on(wakes.producer(), &mut || slots.has_room() || halt.stopped());
    }

    /// Makes all appended records visible, by one store. Returns the cursor: the highest sequence
    /// that is visible.
    #[inline]
    pub fn flush(&mut self) -> u64 {
        let words = self.shared.slots().ingress_counters();
        words.records_in.store(self.records_in, Ordering::Relaxed);
        words.bytes_in.store(self.bytes_in, Ordering::Relaxed);
        let cursor = self.slots.publish();
        if let Some(wakes) = self.shared.wakes() {
            wakes.published();
        }
        if let Some(inline) = &self.inline {
            inline.turn(self.pending.as_ref());
            if let Some(pending) = &mut self.pending {
                pending.clear();
            }
        }
        cursor
    }

    /// Asks for a snapshot of what the stages remember after the last record that was appended, and
    /// makes all records up to it visible. The sink gets it (`RecordSink::states`) once it took
    /// that record.
    ///
    /// Answers false, asking nothing, while the snapshot before is on its way, where nothing was
    /// appended since, and in a ring whose stages remember nothing.
    pub fn snapshot_states(&mut self) -> bool {
        let appended = self.slots.appended();
        // Before anything behind that record can be published.
        let asked = self
            .shared
            .states()
            .is_some_and(|states| states.ask(appended));
        if asked {
            self.flush();
            if let Some(wakes) = self.shared.wakes() {
                wakes.all();
            }
        }
        asked
    }

    /// Counts a record of `len` bytes that the ingress refused: one record in, one rejected,
    /// without a sequence.
    pub fn count_ingress_reject(&mut self, len: usize) {
        self.rejected = self.rejected.wrapping_add(1);
        self.records_in = self.records_in.wrapping_add(1);
        self.bytes_in = self.bytes_in.wrapping_add(len as u64);
        self.shared
            .slots()
            .ingress_counters()
            .rejected
            .store(self.rejected, Ordering::Relaxed);
        self.flush();
    }

    /// Highest sequence that was appended, visible or not.
    pub fn appended(&self) -> u64 {
        self.slots.appended()
    }
}
