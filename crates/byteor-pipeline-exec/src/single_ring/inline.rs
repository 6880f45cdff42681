//! The worker of a ring that has no threads: it runs in whichever thread publishes or drains.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

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

    /// Takes everything that was published through.
    pub(crate) fn turn(&self) {
        self.work(&mut self.worker.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// As [`Inline::turn`], unless another thread is at it.
    pub(crate) fn try_turn(&self) {
        match self.worker.try_lock() {
            Ok(mut worker) => self.work(&mut worker),
            Err(TryLockError::Poisoned(worker)) => self.work(&mut worker.into_inner()),
            Err(TryLockError::WouldBlock) => {}
        }
    }

    /// Gives the sink its last call and puts the worker away, after its present record.
    pub(crate) fn end(&self) {
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = worker.as_mut() {
            open.close(Ok(Ok(())));
            self.put_away(&mut worker);
        }
    }

    fn work(&self, worker: &mut Option<Worker>) {
        if let Some(open) = worker.as_mut()
            && !open.turn()
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
