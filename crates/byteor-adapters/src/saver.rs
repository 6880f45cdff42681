//! Makes progress durable beside the data path: files first, then the checkpoint.
//!
//! A saver whose save failed is gone, by type: [`Saver::save`] takes it and gives it back only when
//! all went well. The kernel tells of lost pages once, and a second sync would succeed without
//! them; a checkpoint written then would speak of bytes that were never on the disk. The next start
//! finds the last checkpoint, cuts back to it and writes those bytes anew.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use byteor_pipeline_exec::SinkFailure;

use crate::checkpoint::{Checkpoint, SavedState, Section};
use crate::delivery::{Flushed, Progress, relock};
use crate::disk::Disk;
use crate::egress::SyncHandle;
use crate::error::AdapterError;
use crate::held::CheckpointFile;
use crate::sink::Durable;
use crate::source::Place;
use crate::states::StageName;

/// Told how far a source is saved: whoever waits for it can be answered.
pub(crate) type Acknowledge<P> = Box<dyn FnMut(&<P as Place>::Kept) + Send>;

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
    /// Told how far the source is saved, after each checkpoint.
    pub acknowledge: Acknowledge<P>,
    /// The checkpoint that is on the disk, once this run has written one; without what sealing added.
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
            self.output.sync_to(&next.output)?;
        }
        if last.is_none_or(|last| last.reject != next.reject) {
            self.reject.sync()?;
        }
        self.output.check(&next.output)?;
        self.reject.check(&next.reject)?;
        let number = next.input.number();
        let commits = self.output.commits(&next.output, number)?;
        let mut whole = next.clone();
        whole.output = self.output.seal(whole.output);
        if commits {
            self.file.prepare(&whole, &self.disk)?;
            self.output.commit(&next.output, number)?;
            self.file.adopt(&self.disk)?;
        } else {
            self.file.write(&whole, &self.disk)?;
        }
        (self.acknowledge)(&next.input);
        self.output.saved(&next.output)?;
        self.last = Some(next);
        Ok(self)
    }

    /// Makes what `flushed` holds durable where that waits for nobody: for a run that failed, whose sink's
    /// peer may be gone as well. Otherwise the last checkpoint stays.
    pub fn save_if_ready(self, flushed: &Flushed<P, D::Mark>) -> Result<(), AdapterError> {
        let flushed = relock(flushed);
        match self.output.ready(&flushed.output) {
            Ok(true) => self.save(&flushed).map(drop),
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Waits until everything that was written lasts, and it is known what of it was refused. As after
    /// a save, there is no saver any more after an error.
    pub fn settle(mut self) -> Result<Self, AdapterError> {
        self.output.sync()?;
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

    /// Keeps `error` if it is the first, and says to the executor that a sink failed.
    pub fn fail(&self, error: AdapterError) -> SinkFailure {
        let failure = SinkFailure::new(error.code, error.message.clone());
        self.put(error);
        failure
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

/// How many peers wait for an answer that they get once what they gave is saved.
#[derive(Clone, Debug, Default)]
pub struct Awaited(Arc<AtomicUsize>);

/// One of them, as long as this is there.
pub(crate) struct Awaiting(Awaited);

impl Awaited {
    /// One more waits.
    #[cfg(any(test, feature = "http"))]
    pub(crate) fn begin(&self) -> Awaiting {
        self.0.fetch_add(1, Ordering::Relaxed);
        Awaiting(self.clone())
    }

    fn is_some(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Awaiting {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Saves at an interval until it is told to end, and at once where that is awaited.
pub(crate) struct Ticker {
    asked: Mutex<Asked>,
    wake: Condvar,
    awaited: Awaited,
}

/// What a ticker was told.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    end: bool,
    hurry: bool,
}

/// A ticker in its thread.
pub(crate) struct Saving<P: Place, D: Durable> {
    ticker: Arc<Ticker>,
    thread: JoinHandle<Option<Saver<P, D>>>,
}

impl<P: Place, D: Durable> Saving<P, D> {
    /// Ends it, and gives the saver back unless a save failed or panicked.
    pub fn end(self) -> Option<Saver<P, D>> {
        relock(&self.ticker.asked).end = true;
        self.ticker.wake.notify_all();
        self.thread.join().ok().flatten()
    }
}

impl Ticker {
    /// One that doesn't run yet; what `awaited` counts is in a hurry.
    pub fn new(awaited: Awaited) -> Arc<Self> {
        Arc::new(Self {
            asked: Mutex::default(),
            wake: Condvar::new(),
            awaited,
        })
    }

    /// There is something new to be saved: that is done at once where somebody waits for it.
    pub fn came(&self) {
        if self.awaited.is_some() {
            relock(&self.asked).hurry = true;
            self.wake.notify_all();
        }
    }

    /// Saves what `flushed` holds every so often, in a thread of its own.
    pub fn start<P: Place, D: Durable<Mark: Section> + 'static>(
        self: &Arc<Self>,
        every: Duration,
        saver: Saver<P, D>,
        flushed: &Flushed<P, D::Mark>,
        errors: &Arc<FirstError>,
    ) -> Result<Saving<P, D>, AdapterError> {
        let ticker = Arc::clone(self);
        let (own, errors) = (Arc::clone(&ticker), Arc::clone(errors));
        let flushed = Arc::clone(flushed);
        let thread = std::thread::Builder::new()
            .name("checkpoint".into())
            .spawn(move || own.run(every, saver, &flushed, &errors));
        let thread = thread.map_err(|error| {
            AdapterError::new(
                "E_THREAD",
                format!("could not start the checkpoint thread: {error}"),
                "raise the limit of threads for the user that runs the pipeline",
            )
        })?;
        Ok(Saving { ticker, thread })
    }

    /// Runs until [`Saving::end`], and gives the saver back; or until a save fails, which goes into
    /// `errors` and ends the saver.
    fn run<P: Place, D: Durable<Mark: Section>>(
        &self,
        every: Duration,
        mut saver: Saver<P, D>,
        flushed: &Flushed<P, D::Mark>,
        errors: &FirstError,
    ) -> Option<Saver<P, D>> {
        // What the sink's peer hadn't when it was its time. The same is asked for again, not something
        // newer: while records flow, the newest would never be there.
        let mut put_off: Option<Progress<P, D::Mark>> = None;
        loop {
            let asked = relock(&self.asked);
            let idle = |asked: &mut Asked| !asked.end && !asked.hurry;
            let waited = self.wake.wait_timeout_while(asked, every, idle);
            let mut asked = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
            if asked.end {
                return Some(saver);
            }
            asked.hurry = false;
            drop(asked);
            if put_off.is_none() && !saver.output.begins() {
                continue;
            }
            let progress = put_off.take().unwrap_or_else(|| relock(flushed).clone());
            let saved = match saver.output.ready(&progress.output) {
                Ok(true) => saver.save(&progress),
                Ok(false) => {
                    put_off = Some(progress);
                    Ok(saver)
                }
                Err(error) => Err(error),
            };
            saver = match saved {
                Ok(saver) => saver,
                Err(error) => {
                    errors.put(error);
                    return None;
                }
            };
        }
    }
}
