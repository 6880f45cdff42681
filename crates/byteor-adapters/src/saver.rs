//! Makes progress durable beside the data path: files first, then the checkpoint.
//!
//! A saver whose save failed is gone, by type: [`Saver::save`] takes it and gives it back only when
//! all went well. The kernel tells of lost pages once, and a second sync would succeed without
//! them; a checkpoint written then would speak of bytes that were never on the disk. The next start
//! finds the last checkpoint, cuts back to it and writes those bytes anew.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use crate::checkpoint::{Checkpoint, SavedState, Section};
use crate::delivery::{Flushed, Progress, relock};
use crate::disk::Disk;
use crate::egress::SyncHandle;
use crate::error::AdapterError;
use crate::held::CheckpointFile;
use crate::sink::Durable;
use crate::source::Place;
use crate::states::StageName;

/// Writes checkpoints, each only after what it speaks of is on the disk.
pub(crate) struct Saver<P: Place, D: Durable> {
    pub file: CheckpointFile,
    pub disk: Disk,
    pub output: D,
    pub reject: SyncHandle,
    /// When the totals began at nothing; milliseconds since 1970, where known.
    pub since: Option<u64>,
    pub spec_hash: String,
    /// The stages, in the spec's order.
    pub stages: Vec<StageName>,
    /// The checkpoint that is on the disk, once this run has written one.
    pub last: Option<Checkpoint<P::Kept, D::Mark>>,
}

impl<P: Place, D: Durable<Mark: Section>> Saver<P, D> {
    /// Makes `progress` durable, unless it is already. After an error there is no saver any more.
    pub fn save(mut self, progress: &Progress<P, D::Mark>) -> Result<Self, AdapterError> {
        let next = Checkpoint {
            input: progress.place.kept(),
            output: progress.output.clone(),
            reject: progress.reject.clone(),
            totals: progress.totals.clone(),
            since: self.since,
            spec_hash: self.spec_hash.clone(),
            stages: progress.stages.clone(),
            states: self.states(progress),
        };
        if self.last.as_ref() == Some(&next) {
            return Ok(self);
        }
        let last = self.last.as_ref();
        if last.is_none_or(|last| last.output != next.output) {
            self.output.sync()?;
        }
        if last.is_none_or(|last| last.reject != next.reject) {
            self.reject.sync()?;
        }
        self.output.check(&next.output)?;
        self.reject.check(&next.reject)?;
        self.file.write(&next, &self.disk)?;
        self.last = Some(next);
        Ok(self)
    }

    /// What the stages remembered, under their names.
    fn states(&self, progress: &Progress<P, D::Mark>) -> Vec<Option<SavedState>> {
        let snapshot = progress.states.as_ref();
        let states = snapshot.map_or(&[][..], |snapshot| &snapshot.states);
        let saved = |(at, name): (usize, &StageName)| {
            let bytes = states.get(at)?.as_ref()?;
            Some(SavedState {
                id: name.id.clone(),
                key: name.key.clone(),
                bytes: Arc::clone(bytes),
            })
        };
        self.stages.iter().enumerate().map(saved).collect()
    }
}

/// The first error of a run, wherever it happened.
#[derive(Default)]
pub(crate) struct FirstError {
    set: AtomicBool,
    error: Mutex<Option<AdapterError>>,
}

impl FirstError {
    /// Keeps `error` if it is the first.
    pub fn put(&self, error: AdapterError) {
        relock(&self.error).get_or_insert(error);
        self.set.store(true, Ordering::Release);
    }

    /// Whether there was one.
    pub fn is_set(&self) -> bool {
        self.set.load(Ordering::Acquire)
    }

    /// The first error.
    pub fn take(&self) -> Option<AdapterError> {
        relock(&self.error).take()
    }
}

/// Saves at an interval until it is told to end.
pub(crate) struct Ticker {
    ended: Mutex<bool>,
    wake: Condvar,
}

impl Ticker {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            ended: Mutex::new(false),
            wake: Condvar::new(),
        })
    }

    /// Runs until [`Ticker::end`], and gives the saver back; or until a save fails, which goes into
    /// `errors` and ends the saver.
    pub fn run<P: Place, D: Durable<Mark: Section>>(
        &self,
        every: Duration,
        mut saver: Saver<P, D>,
        flushed: &Flushed<P, D::Mark>,
        errors: &FirstError,
    ) -> Option<Saver<P, D>> {
        let mut ended = relock(&self.ended);
        while !*ended {
            let waited = self.wake.wait_timeout(ended, every);
            ended = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            if *ended {
                break;
            }
            drop(ended);
            let progress = relock(flushed).clone();
            saver = match saver.save(&progress) {
                Ok(saver) => saver,
                Err(error) => {
                    errors.put(error);
                    return None;
                }
            };
            ended = relock(&self.ended);
        }
        Some(saver)
    }

    pub fn end(&self) {
        *relock(&self.ended) = true;
        self.wake.notify_all();
    }
}
