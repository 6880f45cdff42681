//! Where records go: the second of an adapter loop's three pieces.
//!
//! A sink takes records in order, and can say at any moment how far what was written reaches. Apart
//! from it, in another thread, its durable half makes that last; a checkpoint may speak of a mark
//! only after that. A sink that is opened with a checkpoint's mark goes on exactly there: what was
//! written behind it is taken back, or recognized and not doubled.

use crate::checkpoint::Section;
use crate::error::AdapterError;

/// A stream that records are written to.
pub trait Sink: Send {
    /// How far what was written reaches, as a checkpoint keeps it.
    type Mark: Section;
    /// Its other half.
    type Durable: Durable<Mark = Self::Mark>;

    /// Device and inode of what is written, where that is a file.
    fn identity(&self) -> Option<(u64, u64)> {
        None
    }

    /// Takes back what a killed run wrote behind the mark that this was opened with, once everything
    /// else is known to be ours as well; how many bytes.
    fn cut(&mut self) -> Result<u64, AdapterError> {
        Ok(0)
    }

    /// Takes one record. It may be kept back until [`Sink::flush`].
    fn push_line(&mut self, record: &[u8]) -> Result<(), AdapterError>;

    /// Writes what was kept back. After an error nothing more is written.
    fn flush(&mut self) -> Result<(), AdapterError>;

    /// What was written so far, without what is kept back.
    fn mark(&self) -> Self::Mark;

    /// A checkpoint may be made of everything up to [`Sink::mark`] now.
    fn accounted(&mut self) {}

    /// Whether it has something to do although nothing comes: [`Sink::flush`] does it. Asked often, and
    /// cheap.
    fn is_due(&self) -> bool {
        false
    }

    /// Nothing comes any more in this run. A mark follows.
    fn end(&mut self) -> Result<(), AdapterError> {
        Ok(())
    }

    /// Whether the other end refused something that wasn't taken yet. Asked often, and cheap.
    fn has_refused(&self) -> bool {
        false
    }

    /// Takes what the other end refused since this was last asked, in the order in which it did. Marks
    /// that are made from then on speak of a reject file that has it.
    fn take_refused(&mut self) -> Vec<Refused> {
        Vec::new()
    }
}

/// A record that was written, and that the other end takes for none, however often it is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As it was written.
    pub record: Vec<u8>,
    /// Why, in one line without tabs.
    pub reason: String,
}

/// Makes what a sink wrote last, from another thread than the one that writes.
pub trait Durable: Send {
    /// See [`Sink::Mark`].
    type Mark;

    /// Waits until everything that was written so far lasts. Never asked again after an error.
    fn sync(&mut self) -> Result<(), AdapterError>;

    /// The same for what a checkpoint of `mark` speaks of; what was written since may be left waiting.
    fn sync_to(&mut self, _mark: &Self::Mark) -> Result<(), AdapterError> {
        self.sync()
    }

    /// Refuses a checkpoint of `mark` where what was written isn't there any more.
    fn check(&mut self, mark: &Self::Mark) -> Result<(), AdapterError>;

    /// Whether [`Durable::sync`] up to `mark` is a matter of this host alone. Where a peer has to say
    /// so, which may take for ever, it tells whether the peer did; a save is put off until then.
    fn ready(&self, _mark: &Self::Mark) -> Result<bool, AdapterError> {
        Ok(true)
    }

    /// `mark`, up to which all lasts, as a checkpoint keeps it: with what of it the other end refused
    /// after it was made, which the reject file that it goes with doesn't have yet.
    fn seal(&self, mark: Self::Mark) -> Self::Mark {
        mark
    }

    /// A checkpoint with `mark` is on the disk.
    fn saved(&mut self, _mark: &Self::Mark) -> Result<(), AdapterError> {
        Ok(())
    }

    /// Whether a save may begin now. Where it isn't time, what is written until then goes into it as well.
    fn begins(&mut self) -> bool {
        true
    }

    /// Whether what a checkpoint of `mark` speaks of comes to be only by [`Durable::commit`]: such a
    /// checkpoint is prepared on the disk first, and in force once that has worked. `number` is how many
    /// records of the source it speaks of, where its place is a number.
    fn commits(&mut self, _mark: &Self::Mark, _number: Option<u64>) -> Result<bool, AdapterError> {
        Ok(false)
    }

    /// Has all up to `mark`, and that the source's records up to `number` are consumed, come to be at the
    /// peer, or nothing of it. Where it fails, the next run asks which.
    fn commit(&mut self, _mark: &Self::Mark, _number: Option<u64>) -> Result<(), AdapterError> {
        Ok(())
    }
}
