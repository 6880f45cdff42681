//! Where records leave a graph.

use crate::sink::{SinkFailure, TakenBack};

/// Takes the records that the stages of a graph reject, in the threads of their workers: several at
/// once, each stage's in their order.
pub trait RejectSink: Send + Sync + std::fmt::Debug {
    /// Takes a record as it reached the stage `role`, which is behind the barrier `passed` and before
    /// the next one: it belongs to the checkpoint of `passed + 1`. A failure stops the pipeline.
    fn take(&self, role: &str, passed: u64, record: &[u8]) -> Result<(), SinkFailure>;
}

/// Takes the records of one egress, in their order, in the thread of the worker that it is on.
///
/// A record is taken before its place in the lane is freed, so a slow sink finally stops those that
/// feed it, where lanes block.
pub trait EgressSink: Send {
    /// Takes a record. A failure stops the pipeline; the record counts as not taken.
    fn take(&mut self, record: &[u8]) -> Result<(), SinkFailure>;

    /// Nothing is ready: the place to flush. Called when the egress ran dry, and again while it
    /// stays dry; be quick when there is nothing to do.
    fn idle(&mut self) -> Result<(), SinkFailure> {
        Ok(())
    }

    /// What its other end refused that wasn't asked for yet, at most `most`, which is what counts as having
    /// left: from now on it counts as rejected. Asked each time that the counters are made visible.
    fn taken_back(&mut self, most: TakenBack) -> TakenBack {
        let _ = most;
        TakenBack::default()
    }

    /// A barrier came: what was taken by now belongs to the checkpoint of this number, and nothing
    /// that comes later does.
    fn barrier(&mut self, number: u64) -> Result<(), SinkFailure> {
        let _ = number;
        Ok(())
    }

    /// The egress ended or the pipeline stops: the last call, unless the sink failed itself. Flushes,
    /// unless said otherwise.
    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.idle()
    }
}
