//! What producer, workers and the handle of a running ring share.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use byteor_pipeline_kernel::{LaneError, SlotsBacking, SlotsRegion, WaitKind};

use super::states::States;
use super::wakes::Wakes;
use crate::error::{Failure, FailureOrigin};

/// The end of a run: one flag and one failure for all of its threads, of all shards.
#[derive(Debug, Default)]
pub(crate) struct Halt {
    stop: AtomicBool,
    failure: Mutex<Option<Failure>>,
    /// Whoever may sleep through it, of each ring.
    wakes: Mutex<Vec<Arc<Wakes>>>,
}

impl Halt {
    #[inline]
    pub(crate) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        if self.stop.swap(true, Ordering::AcqRel) {
            return;
        }
        let wakes = self.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        wakes.iter().for_each(|wakes| wakes.all());
    }

    /// Wakes these, too, when it stops.
    pub(crate) fn will_wake(&self, wakes: &Arc<Wakes>) {
        let mut all = self.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(Arc::clone(wakes));
    }

    /// Keeps the first failure, and stops everything.
    pub(crate) fn fail(&self, failure: Failure) {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(failure);
        self.stop();
    }

    pub(crate) fn failed(&self) -> Option<Failure> {
        self.failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// What the parts of one ring share. Keeps the backing, and so what it holds for the time of the
/// run.
pub(crate) struct Shared {
    backing: Box<dyn SlotsBacking>,
    /// On lines of its own: written once, and looked at for every record.
    halt: Arc<Halt>,
    pub(crate) wait: WaitKind,
    stage_ids: Vec<String>,
    /// Which of several rings this is.
    pub(crate) shard: Option<u32>,
    /// How far the sink had come when it was idle last.
    idle_at: AtomicU64,
    /// Nothing where no stage remembers.
    states: Option<States>,
    /// Nothing where waits don't sleep until they are woken.
    wakes: Option<Arc<Wakes>>,
}

/// `idle_at` before the sink was ever idle.
const NEVER_IDLE: u64 = u64::MAX;

impl Shared {
    pub(crate) fn new(
        backing: Box<dyn SlotsBacking>,
        halt: Arc<Halt>,
        wait: WaitKind,
        stage_ids: Vec<String>,
        shard: Option<u32>,
        states: Option<States>,
        wakes: Option<Arc<Wakes>>,
    ) -> Self {
        if let Some(wakes) = &wakes {
            halt.will_wake(wakes);
        }
        Self {
            backing,
            halt,
            wait,
            stage_ids,
            shard,
            idle_at: AtomicU64::new(NEVER_IDLE),
            states,
            wakes,
        }
    }

    pub(crate) fn slots(&self) -> &SlotsRegion {
        self.backing.slots()
    }

    pub(crate) fn check(&self) -> Result<(), LaneError> {
        self.slots().check()
    }

    #[inline]
    pub(crate) fn states(&self) -> Option<&States> {
        self.states.as_ref()
    }

    #[inline]
    pub(crate) fn wakes(&self) -> Option<&Wakes> {
        self.wakes.as_deref()
    }

    pub(crate) fn halt(&self) -> &Halt {
        &self.halt
    }

    pub(crate) fn went_idle_at(&self, sequence: u64) {
        self.idle_at.store(sequence, Ordering::Release);
    }

    /// How far the sink had come when it was idle last; nothing where it never was.
    pub(crate) fn idle_at(&self) -> Option<u64> {
        let at = self.idle_at.load(Ordering::Acquire);
        (at != NEVER_IDLE).then_some(at)
    }

    /// Dropping a stage or the sink of the worker that begins with the stage `first` panicked.
    pub(crate) fn panicked_away(&self, first: usize) {
        self.halt.fail(Failure {
            stage: first as u32,
            stage_id: self.stage_id(first),
            shard: self.shard,
            origin: FailureOrigin::Panic,
            sequence: 0,
            code: "E_EXEC_PANIC".to_owned(),
            message: "it panicked while it was put away".to_owned(),
        });
    }

    pub(crate) fn stages(&self) -> usize {
        self.stage_ids.len()
    }

    pub(crate) fn stage_id(&self, index: usize) -> String {
        self.stage_ids.get(index).cloned().unwrap_or_default()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("stage_ids", &self.stage_ids)
            .finish_non_exhaustive()
    }
}
