//! A sequenced-slots region as a lane: records in by the producer, out by a subscriber.

use indexbus::Error;

use super::mark::Mark;
use super::producer::SlotsProducer;
use super::region::SlotsRegion;
use super::stage::SlotsStage;
use crate::lane::{Batch, LaneRx, LaneTx, receive_each, send_each};

/// Reads the records of a region in order, after the stages it depends on, and moves one gating
/// cell. Records that a stage dropped or rejected are passed over.
#[derive(Debug)]
pub struct SlotsSubscriber {
    stage: SlotsStage,
    /// The next sequence to look at.
    next: u64,
    /// The last sequence that is known to be ready.
    ready: u64,
}

impl SlotsSubscriber {
    /// Takes the end of stage `stage`, as [`SlotsStage::new`] does.
    pub fn new(region: &SlotsRegion, stage: usize, depends_on: &[usize]) -> Result<Self, Error> {
        let stage = SlotsStage::new(region, stage, depends_on)?;
        let done = stage.done();
        Ok(Self {
            stage,
            next: done + 1,
            ready: done,
        })
    }

    /// Copies the next live record into `into`, whose place is freed by
    /// [`SlotsSubscriber::release`].
    pub fn take_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        loop {
            if self.next > self.ready {
                let Some((_, last)) = self.stage.poll(u64::MAX)? else {
                    return Ok(None);
                };
                self.ready = last;
                if self.next > last {
                    return Ok(None);
                }
            }
            let entry = self.stage.entry(self.next)?;
            let len = match self.stage.mark(entry)? {
                Mark::Live => Some(self.stage.read_into(entry, into)?),
                Mark::Dropped { .. } | Mark::Rejected { .. } => None,
            };
            self.next += 1;
            if len.is_some() {
                return Ok(len);
            }
        }
    }

    /// Frees the places of all that was taken, by one store.
    pub fn release(&mut self) {
        self.stage.advance(self.next - 1);
    }
}

impl LaneRx for SlotsSubscriber {
    fn try_recv_into(&mut self, into: &mut [u8]) -> Result<Option<usize>, Error> {
        let received = self.take_into(into);
        self.release();
        received
    }

    fn try_recv_batch(
        &mut self,
        limit: usize,
        into: &mut [u8],
        take: &mut dyn FnMut(&[u8]),
    ) -> Batch {
        let batch = receive_each(limit, into, take, |into| self.take_into(into));
        self.release();
        batch
    }
}

impl LaneTx for SlotsProducer {
    fn max_record_bytes(&self) -> usize {
        self.slot_bytes()
    }

    fn try_send(&mut self, record: &[u8]) -> Result<(), Error> {
        self.try_append(record)?;
        self.publish();
        Ok(())
    }

    fn try_send_batch(&mut self, records: &[&[u8]]) -> Batch {
        let batch = send_each(records, |record| self.try_append(record).map(drop));
        self.publish();
        batch
    }
}
