//! The places of subscribers: taken, taken up again, let go; and where one begins.

use core::sync::atomic::Ordering;

use super::{FREE, JournalReader, JournalWords};
use crate::Error;
use crate::raw::{Atomic, Words};

/// Looks for the oldest record before a reader that is always overtaken goes to the newest.
const LOOKS: u32 = 64;

/// Where a subscriber begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record that is still whole: replay.
    Oldest,
    /// Behind the newest record: tail.
    Newest,
    /// At a position that a reader was at before.
    At(u64),
}

impl<C, A, I, T, P, B> JournalWords<C, A, I, T, P, B>
where
    C: Atomic<u64>,
    A: Atomic<u32>,
    I: Words<u32>,
    T: Words<u64>,
    P: Words<u64>,
    B: Words<u64>,
{
    /// The oldest position that can be read, and the published one. A reader that is overtaken each
    /// time it looks gets the published one for both.
    pub(super) fn oldest(&self) -> Result<(u64, u64), Error> {
        let mut published = self.published()?;
        for _ in 0..LOOKS {
            let newest = published / self.segment_bytes();
            for back in (0..self.segments.capacity() as u64).rev() {
                if let Some(segment) = newest.checked_sub(back)
                    && self.holds(segment)
                {
                    return Ok((segment * self.segment_bytes(), published));
                }
            }
            let now = self.published()?;
            if now == published {
                // Nothing moved, and no place names what has to be there.
                return Err(Error::Corrupted);
            }
            published = now;
        }
        Ok((published, published))
    }

    /// A new subscriber. `Taken` if there are as many as there can be; `Misused` for a position that
    /// no record begins or ends at.
    pub fn subscribe(self, start: Start) -> Result<JournalReader<C, A, I, T, P, B>, Error> {
        let at = match start {
            Start::Oldest => self.oldest()?.0,
            Start::Newest => self.published()?,
            Start::At(position) => self.known(position)?.ok_or(Error::Misused)?,
        };
        for subscriber in 0..self.positions.capacity() {
            let taken = self.positions.at(subscriber).compare_exchange(
                FREE,
                at,
                Ordering::AcqRel,
                Ordering::Relaxed,
            );
            if taken.is_ok() {
                return Ok(JournalReader::new(self, subscriber, at));
            }
        }
        Err(Error::Taken)
    }

    /// The subscriber that was there before, at the position it stored last. `Misused` if there is
    /// none.
    pub fn resume(self, subscriber: usize) -> Result<JournalReader<C, A, I, T, P, B>, Error> {
        match self.position(subscriber)? {
            Some(position) => {
                let at = self.known(position)?.ok_or(Error::Corrupted)?;
                Ok(JournalReader::new(self, subscriber, at))
            }
            None => Err(Error::Misused),
        }
    }

    /// The position a subscriber stored last; `None` for one that is free.
    pub fn position(&self, subscriber: usize) -> Result<Option<u64>, Error> {
        if subscriber >= self.positions.capacity() {
            return Err(Error::Misused);
        }
        let position = self.positions.at(subscriber).load(Ordering::Acquire);
        Ok((position != FREE).then_some(position))
    }

    /// Frees the place of a subscriber that is gone.
    pub fn release(&self, subscriber: usize) -> Result<(), Error> {
        if subscriber >= self.positions.capacity() {
            return Err(Error::Misused);
        }
        let position = self.positions.at(subscriber);
        position.store(FREE, Ordering::Release);
        Ok(())
    }

    /// The position, if a record begins or ends there, or it is overwritten: then the first read
    /// tells.
    fn known(&self, position: u64) -> Result<Option<u64>, Error> {
        if !position.is_multiple_of(8) || position > self.published()? {
            return Ok(None);
        }
        let segment = position / self.segment_bytes();
        let walked = self.walk(segment, position);
        if self.holds(segment) && walked.is_err() {
            return Ok(None);
        }
        Ok(Some(position))
    }
}
