//! Where records leave a pipeline.

use std::fmt;
use std::sync::Arc;

use crate::single_ring::StateSnapshot;

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkRecord<'a> {
    /// It goes out, with these bytes.
    Forward(&'a [u8]),
    /// A stage dropped it.
    Dropped {
        /// Index of the stage.
        stage: u32,
    },
    /// A stage rejected it.
    Rejected {
        /// Index of the stage.
        stage: u32,
        /// Length of the result that was larger than the slot, in bytes; 0 where the stage could
        /// not do its work on the record.
        len: usize,
        /// The record as it reached that stage: where an earlier stage rewrote it, not what came
        /// in. The original is the ingress's to know, by the sequence.
        record: &'a [u8],
    },
}

/// What the other end of a sink refused of the records that the sink took: they didn't go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// So many.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl TakenBack {
    /// As much of it as there is in `most`, which is gone from here.
    pub fn take(&mut self, most: Self) -> Self {
        let taken = Self {
            records: self.records.min(most.records),
            bytes: self.bytes.min(most.bytes),
        };
        self.records -= taken.records;
        self.bytes -= taken.bytes;
        taken
    }
}

/// The sink can't go on: the pipeline stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinkFailure {
    /// Stable code, for machines.
    pub code: String,
    /// What happened and what can be done, for people.
    pub message: String,
}

impl SinkFailure {
    /// A failure with a code and a message.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
        }
    }
}

impl fmt::Display for SinkFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for SinkFailure {}

/// Takes every record out of the ring, in the thread that runs the last stage, in the order of the
/// sequences, from 1, without gaps.
///
/// The egress has no gating cell: a record is taken before the last stage's gating moves past it,
/// so a slow sink slows the producer down, and what the sink took is never overwritten before.
pub trait RecordSink: Send {
    /// Takes record `sequence`. A failure stops the pipeline; the record counts as not taken.
    fn take(&mut self, sequence: u64, record: SinkRecord<'_>) -> Result<(), SinkFailure>;

    /// Nothing is ready: the place to flush.
    ///
    /// Called each time the last stage ran dry, and again and again while it stays dry, up to every
    /// few microseconds: be quick when there is nothing to do. A ring without threads of its own
    /// calls it at the end of each flush. After `Running::drain` returned, it has been called after
    /// the last record.
    fn idle(&mut self) -> Result<(), SinkFailure>;

    /// What its other end refused that wasn't asked for yet, at most `most`, which is what counts as gone
    /// out: from now on it counts as rejected. Asked each time that the counters are made visible.
    fn taken_back(&mut self, most: TakenBack) -> TakenBack {
        let _ = most;
        TakenBack::default()
    }

    /// Takes a state snapshot, in a ring with stages that remember: all records up to its sequence
    /// were taken, and none behind it. What the sink has done by now belongs to these states.
    /// Snapshots come when [`Producer::snapshot_states`](crate::Producer::snapshot_states) asks.
    fn states(&mut self, snapshot: &Arc<StateSnapshot>) -> Result<(), SinkFailure> {
        let _ = snapshot;
        Ok(())
    }

    /// The pipeline ends: the last call, unless the sink failed or panicked itself. Flushes, unless
    /// said otherwise.
    fn finish(&mut self) -> Result<(), SinkFailure> {
        self.idle()
    }
}
