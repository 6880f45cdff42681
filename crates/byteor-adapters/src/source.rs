//! Where records come from: the first of an adapter loop's three pieces.
//!
//! A source gives records in one order that it can find again, and after each the place behind it.
//! The loop keeps that place beside the record until the record is delivered; only then may a
//! checkpoint speak of it. What a checkpoint keeps of a place must be enough to go on there after
//! anything that ends the process.

use std::ops::Range;
use std::time::Duration;

use crate::checkpoint::Section;
use crate::error::AdapterError;
use crate::prepared::Notice;
use crate::saver::Awaited;

/// A stream of records.
pub trait Source: Send {
    /// How far it was read.
    type Place: Place;
    /// What is too large to be a record, where it lies.
    type Large: Large;

    /// Device and inode of what is read, where that is a file.
    fn identity(&self) -> Option<(u64, u64)> {
        None
    }

    /// What comes next.
    fn next(&mut self) -> Result<Next<Self::Large>, AdapterError>;

    /// The bytes of a record, until the next call of [`Source::next`].
    fn bytes(&self, range: Range<usize>) -> &[u8];

    /// The place behind the last thing that [`Source::next`] gave, or where reading begins.
    fn place(&self) -> &Self::Place;

    /// Who waits until what this gave is saved, where somebody does.
    fn awaited(&self) -> Awaited {
        Awaited::default()
    }

    /// Waits until something may be there, at most `most`.
    fn wait(&mut self, most: Duration) {
        std::thread::sleep(most);
    }
}

/// How far a source was read. Places are copied for every record, over an older one: where parts of
/// the two are the same, `clone_from` should leave them.
pub trait Place: Clone + Send + 'static {
    /// What a checkpoint keeps of it.
    type Kept: Section;

    /// What a checkpoint keeps of it.
    fn kept(&self) -> Self::Kept;
}

/// Something too large to be a record. It isn't held in memory; its bytes are fetched when it is its
/// turn to be written down.
pub trait Large: Send + 'static {
    /// Its length in bytes.
    fn size(&self) -> u64;

    /// Where it is, for people: "the record at byte 5 of /data/in.log".
    fn name(&self) -> String;

    /// What a run says that stops in front of it, because a record may have `max` bytes.
    fn stops(&self, max: usize) -> AdapterError {
        too_large(self, max)
    }

    /// Gives its bytes to `write`, in pieces.
    fn copy(
        &self,
        write: &mut dyn FnMut(&[u8]) -> Result<(), AdapterError>,
    ) -> Result<(), AdapterError>;
}

/// What a run says that stops in front of what is too large.
pub(crate) fn too_large(large: &(impl Large + ?Sized), max: usize) -> AdapterError {
    AdapterError::new(
        "E_RECORD_TOO_LARGE",
        format!(
            "{} has {} bytes, and a record may have {max}",
            large.name(),
            large.size(),
        ),
        "deploy a config with a larger `config.record.slot_bytes`, or with \
         `adapter.ingress.file.too_large=reject`; the run then goes on with this record",
    )
}

/// What a source has next.
#[derive(Debug)]
pub enum Next<L> {
    /// A record: its bytes are those of [`Source::bytes`].
    Record(Range<usize>),
    /// Something too large to be one.
    TooLarge(L),
    /// The source goes on elsewhere, or a person may want to know something.
    Moved {
        /// Whether what it read was taken away under it.
        truncated: bool,
        /// What happened; nothing where that is what is meant to happen.
        notice: Option<Notice>,
    },
    /// Nothing is there now; ask again a little later.
    Idle,
    /// Nothing will come any more.
    End,
}
