//! The worker of a ring that has no threads: it runs in whichever thread publishes or drains.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use super::pending::Pending;
use super::shared::Shared;
use super::worker::Worker;

pub(crate) struct Inline {
    /// Nothing once it is closed.
    worker: Mutex<Option<Worker>>,
    shared: Arc<Shared>,
}

impl Inline {
    pub(crate) fn new(worker: Worker, shared: &Arc<Shared>) -> Self {
        Self {
            worker: Mutex::new(Some(worker)),
            shared: Arc::clone(shared),
        }
    }

    /// What a producer keeps instead of the ring, where nobody else sees that.
    pub(crate) fn pending(&self) -> Option<Pending> {
        let slots = self.shared.slots();
        slots
            .is_private()
            .then(|| Pending::new(slots.class().slot_bytes()))
    }

    /// Takes everything that was published through, which is `pending` where there is such a thing.
    pub(crate) fn turn(&self, pending: Option<&Pending>) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        self.work(&mut worker, pending);
    }

    /// As [`Inline::turn`] without what a producer has, unless another thread is at it.
    pub(crate) fn try_turn(&self) {
        let mut worker = match self.worker.try_lock() {
            Ok(worker) => worker,
            Err(TryLockError::Poisoned(worker)) => worker.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        let nothing = Pending::default();
        let pending = self.shared.slots().is_private().then_some(&nothing);
        self.work(&mut worker, pending);
    }

    /// Gives the sink its last call and puts the worker away, after its present record.
    pub(crate) fn end(&self) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = worker.as_mut() {
            open.close(Ok(Ok(())));
            self.put_away(&mut worker);
        }
    }

    fn work(&self, worker: &mut Option<Worker>, pending: Option<&Pending>) {
        if let Some(open) = worker.as_mut()
            && !open.turn(pending)
        {
            self.put_away(worker);
        }
    }

    fn put_away(&self, worker: &mut Option<Worker>) {
        if let Some(worker) = worker.take() {
            let first = worker.first_stage();
            if catch_unwind(AssertUnwindSafe(|| drop(worker))).is_err() {
                self.shared.panicked_away(first);
            }
        }
    }
}

impl std::fmt::Debug for Inline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inline").finish_non_exhaustive()
    }
}
