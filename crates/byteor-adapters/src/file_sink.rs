//! What is written to files: one that grows, or several, one after the other.

use crate::checkpoint::{FileOutput, Written};
use crate::egress::{OwnFile, SyncHandle};
use crate::error::AdapterError;
use crate::rotated::{RotatedDurable, RotatedFile};
use crate::sink::{Durable, Sink};

/// The records that came through, in files.
pub enum FileSink {
    /// In one.
    One(OwnFile),
    /// In several.
    Rotated(Box<RotatedFile>),
}

/// Its other half.
pub enum FileDurable {
    /// Of one file.
    One(SyncHandle),
    /// Of several.
    Rotated(RotatedDurable),
}

/// Does the same with whichever it is.
macro_rules! each {
    ($of:expr, $one:ident => $does:expr) => {
        match $of {
            Self::One($one) => $does,
            Self::Rotated($one) => $does,
        }
    };
}

impl Sink for FileSink {
    type Mark = Written;
    type Durable = FileDurable;

    fn identity(&self) -> Option<(u64, u64)> {
        each!(self, file => file.identity())
    }

    fn cut(&mut self) -> Result<u64, AdapterError> {
        each!(self, file => file.cut())
    }

    fn push_line(&mut self, record: &[u8]) -> Result<(), AdapterError> {
        each!(self, file => file.push_line(record))
    }

    fn flush(&mut self) -> Result<(), AdapterError> {
        each!(self, file => file.flush())
    }

    fn mark(&self) -> Written {
        match self {
            Self::One(file) => Written::One(file.mark()),
            Self::Rotated(files) => Written::Rotated(files.mark()),
        }
    }

    fn is_due(&self) -> bool {
        each!(self, file => file.is_due())
    }

    fn end(&mut self) -> Result<(), AdapterError> {
        each!(self, file => file.end())
    }
}

impl Durable for FileDurable {
    type Mark = Written;

    fn sync(&mut self) -> Result<(), AdapterError> {
        each!(self, file => file.sync())
    }

    fn sync_to(&mut self, mark: &Written) -> Result<(), AdapterError> {
        match (self, mark) {
            (Self::One(file), Written::One(mark)) => file.sync_to(mark),
            (Self::Rotated(files), Written::Rotated(mark)) => files.sync_to(mark),
            (durable, _) => durable.sync(),
        }
    }

    fn check(&mut self, mark: &Written) -> Result<(), AdapterError> {
        match (self, mark) {
            (Self::One(file), Written::One(mark)) => file.check(mark),
            (Self::Rotated(files), Written::Rotated(mark)) => files.check(mark),
            _ => Err(not_its_own()),
        }
    }

    fn saved(&mut self, mark: &Written) -> Result<(), AdapterError> {
        match (self, mark) {
            (Self::One(file), Written::One(mark)) => file.saved(mark),
            (Self::Rotated(files), Written::Rotated(mark)) => files.saved(mark),
            _ => Err(not_its_own()),
        }
    }
}

fn not_its_own() -> AdapterError {
    let help = "this is a defect; start again: the run goes on from the last checkpoint";
    AdapterError::new(
        "E_OUTPUT_WRITE",
        "a checkpoint speaks of another kind of output",
        help,
    )
}

/// What the checkpoint says of one file at `path`.
pub(crate) fn one_at<'k>(
    known: Option<&'k Written>,
    path: &std::path::Path,
) -> Option<&'k FileOutput> {
    match known {
        Some(Written::One(file)) if file.path == path => Some(file),
        _ => None,
    }
}
