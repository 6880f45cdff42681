//! The stage contract: a record goes in, and none, one or several come out.

use core::fmt;

/// The most bytes that the state of a stage may have, whichever stage it is: what a checkpoint keeps,
/// and what is read back from one, is bounded.
pub const STATE_BYTES_MAX: usize = 128 * 1024;

/// What a stage decided about one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The record goes on as it is.
    Forward,
    /// The record is dropped: later stages skip it, and gating still advances.
    Drop,
    /// The record goes on with the bytes that were written to the [`Output`].
    Rewrite,
    /// The result would be `len` bytes, which is more than the slot holds: a counted reject.
    TooLarge {
        /// Length of the whole result, in bytes.
        len: usize,
    },
    /// The stage can't do its work on this record, and letting it pass would be wrong: a counted
    /// reject.
    Reject,
}

/// A stage can't go on: the pipeline stops and names this stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageFailure {
    /// Stable code, for machines.
    pub code: &'static str,
    /// What happened, for people.
    pub message: &'static str,
}

impl fmt::Display for StageFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// One processing step over the bytes of a record. Called by one thread only.
///
/// A stage is one of three forms. Most give at most one record for one, and depend on nothing else:
/// they implement [`process`](Stage::process). One that may give several says so by
/// [`gives_many`](Stage::gives_many) and is called through [`expand`](Stage::expand) instead. One
/// that depends on records before says how large its state is by
/// [`state_limit`](Stage::state_limit), and implements [`save`](Stage::save) and
/// [`restore`](Stage::restore).
pub trait Stage: Send {
    /// Processes `record`. A rewriting stage pushes the whole result into `out` and answers
    /// [`Outcome::Rewrite`], or [`Outcome::TooLarge`] where it did not fit.
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Result<Outcome, StageFailure>;

    /// Whether one record may become several. Executors that have one slot for each record refuse
    /// such a stage at startup.
    fn gives_many(&self) -> bool {
        false
    }

    /// Processes `record` of a stage that gives many: hands each result to `emit`, in order, at once
    /// or not at all, and stops with the failure that `emit` answers with. No result is longer than
    /// `record`, and there are at most one more of them than it has bytes.
    fn expand(&mut self, record: &[u8], emit: &mut Emit<'_>) -> Result<(), StageFailure> {
        let _ = (record, emit);
        Err(StageFailure {
            code: "E_STAGE_ONE",
            message: "the stage gives one record for one, and was asked for several",
        })
    }

    /// The most bytes that [`save`](Stage::save) gives, at most [`STATE_BYTES_MAX`]. 0: the stage has
    /// no state, and what it does with a record depends on that record alone.
    fn state_limit(&self) -> usize {
        0
    }

    /// Hands the state after the last record to `put`, in pieces: everything that what it does with
    /// later records depends on. The bytes say their own version, and are held against the stage's
    /// key when they are restored.
    fn save(&self, put: &mut dyn FnMut(&[u8])) {
        let _ = put;
    }

    /// Takes over a state that a stage of the same key saved. Bytes that are no such state are
    /// refused, and the stage stays as it was.
    fn restore(&mut self, state: &[u8]) -> Result<(), StageFailure> {
        let _ = state;
        Err(StageFailure {
            code: "E_STAGE_STATE",
            message: "the stage has no state to restore",
        })
    }
}

/// Takes one result of a stage that gives many.
pub type Emit<'a> = dyn FnMut(&[u8]) -> Result<(), StageFailure> + 'a;

/// A fixed buffer for the bytes of a rewritten record. Never allocates.
///
/// Bytes past the end are counted but not kept, so that the length of the whole result is known.
pub struct Output<'a> {
    buffer: &'a mut [u8],
    needed: usize,
}

impl<'a> Output<'a> {
    /// An empty output over `buffer`, whose length is the slot's capacity in bytes.
    pub fn new(buffer: &'a mut [u8]) -> Self {
        Self { buffer, needed: 0 }
    }

    /// Appends `bytes`. Past the end they are counted, not kept.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.needed < self.buffer.len() {
            let room = self.buffer.len() - self.needed;
            let kept = bytes.len().min(room);
            self.buffer[self.needed..self.needed + kept].copy_from_slice(&bytes[..kept]);
        }
        self.needed = self.needed.saturating_add(bytes.len());
    }

    /// Length of the whole result so far, in bytes, kept or not.
    pub fn needed(&self) -> usize {
        self.needed
    }

    /// What a rewriting stage answers: [`Outcome::Rewrite`], or [`Outcome::TooLarge`].
    pub fn outcome(&self) -> Outcome {
        if self.needed <= self.buffer.len() {
            Outcome::Rewrite
        } else {
            Outcome::TooLarge { len: self.needed }
        }
    }

    /// The bytes that were kept.
    pub fn written(&self) -> &[u8] {
        &self.buffer[..self.needed.min(self.buffer.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_counts_past_its_end_and_keeps_what_fits() {
        let mut buffer = [0; 4];
        let mut out = Output::new(&mut buffer);
        assert_eq!((out.outcome(), out.written()), (Outcome::Rewrite, &b""[..]));
        out.push(b"abc");
        assert_eq!(
            (out.outcome(), out.written()),
            (Outcome::Rewrite, &b"abc"[..])
        );
        out.push(b"def");
        assert_eq!(out.needed(), 6);
        assert_eq!(
            (out.outcome(), out.written()),
            (Outcome::TooLarge { len: 6 }, &b"abcd"[..])
        );
        out.push(b"");
        assert_eq!(out.needed(), 6);
    }

    #[test]
    fn output_that_fits_exactly_is_a_rewrite() {
        let mut buffer = [0; 4];
        let mut out = Output::new(&mut buffer);
        out.push(b"abcd");
        assert_eq!(
            (out.outcome(), out.written()),
            (Outcome::Rewrite, &b"abcd"[..])
        );
    }
}
