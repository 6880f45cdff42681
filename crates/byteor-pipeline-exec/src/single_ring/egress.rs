//! The sink with its counters, beside the last stage.

use std::sync::Arc;

use byteor_pipeline_kernel::{Ordering, SlotsRegion};

use super::states::StateSnapshot;
use crate::sink::{RecordSink, SinkFailure, SinkRecord, TakenBack};

pub(crate) struct Egress {
    sink: Box<dyn RecordSink>,
    records_out: u64,
    bytes_out: u64,
    dropped: u64,
    rejected: u64,
    /// While the sink is called, and after it failed: a panic counts as a failure of the sink.
    failed: bool,
}

impl Egress {
    pub(crate) fn new(sink: Box<dyn RecordSink>, slots: &SlotsRegion) -> Self {
        let words = slots.egress_counters();
        Self {
            sink,
            records_out: words.records_out.load(Ordering::Acquire),
            bytes_out: words.bytes_out.load(Ordering::Acquire),
            dropped: words.dropped.load(Ordering::Acquire),
            rejected: words.rejected.load(Ordering::Acquire),
            failed: false,
        }
    }

    #[inline]
    pub(crate) fn take(
        &mut self,
        sequence: u64,
        record: SinkRecord<'_>,
    ) -> Result<(), SinkFailure> {
        self.failed = true;
        self.sink.take(sequence, record)?;
        self.failed = false;
        match record {
            SinkRecord::Forward(bytes) => {
                self.records_out = self.records_out.wrapping_add(1);
                self.bytes_out = self.bytes_out.wrapping_add(bytes.len() as u64);
            }
            SinkRecord::Dropped { .. } => self.dropped = self.dropped.wrapping_add(1),
            SinkRecord::Rejected { .. } => self.rejected = self.rejected.wrapping_add(1),
        }
        Ok(())
    }

    pub(crate) fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        self.failed = true;
        self.sink.states(snapshot)?;
        self.failed = false;
        Ok(())
    }

    pub(crate) fn idle(&mut self) -> Result<(), SinkFailure> {
        self.failed = true;
        self.sink.idle()?;
        self.failed = false;
        Ok(())
    }

    /// The sink's last call, unless it failed before.
    pub(crate) fn finish(&mut self) -> Result<(), SinkFailure> {
        if self.failed {
            return Ok(());
        }
        self.failed = true;
        self.sink.finish()
    }

    /// Makes the counters visible.
    pub(crate) fn settle(&mut self, slots: &SlotsRegion) {
        if !self.failed {
            let back = self.sink.taken_back(TakenBack {
                records: self.records_out,
                bytes: self.bytes_out,
            });
            self.records_out -= back.records;
            self.bytes_out -= back.bytes;
            self.rejected = self.rejected.wrapping_add(back.records);
        }
        let order = Ordering::Relaxed;
        let words = slots.egress_counters();
        words.records_out.store(self.records_out, order);
        words.bytes_out.store(self.bytes_out, order);
        words.dropped.store(self.dropped, order);
        words.rejected.store(self.rejected, order);
    }
}
