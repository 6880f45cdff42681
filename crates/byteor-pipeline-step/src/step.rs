//! One step, in 32 bytes.

/// In place of a lane where there is none.
pub const NO_LANE: u32 = u32::MAX;

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum StepKind {
    /// The node took a record and passed it on, at once. For a node that acts on the outside, it is
    /// also what it would have acted on.
    Passed,
    /// The node took a record and holds it, because the lane is full.
    Blocked,
    /// The node wrote a record that it held.
    Emitted,
    /// The stage dropped the record.
    Dropped,
    /// The record, or what the stage made of it, is larger than a record may be, or the stage could
    /// not do its work on it.
    Rejected,
    /// The lane was full and the graph drops: at least one reader of the lane doesn't get the record.
    Discarded,
    /// The ring's stage went past a record that a stage before it dropped or rejected.
    Skipped,
    /// The reader was behind in a journal, and this record was overwritten before it came there.
    Lost,
    /// The record left the pipeline.
    Out,
    /// Everything that the node reads ended, so it ended too.
    Ended,
}

/// One step of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The number of the record that came in, from 1 in the order of feeding; what a stage makes of
    /// a record keeps its number. 0 where the step is about no record.
    pub record: u64,
    /// Index of the node.
    pub node: u32,
    /// The lane that a record was taken from, or [`NO_LANE`].
    pub from: u32,
    /// The lane that a record was written to, or that is full, or [`NO_LANE`].
    pub lane: u32,
    /// What happened.
    pub kind: StepKind,
    /// For [`StepKind::Discarded`]: bit n is set where the lane's reader n doesn't get the record.
    pub missed: u8,
    /// For [`StepKind::Lost`]: which reader of the lane it is.
    pub reader: u8,
}
