//! Who wakes whom, where waits sleep until they are woken.

use byteor_pipeline_kernel::{WakeCell, WakeWord};

/// A word for the producer, and one for each worker of a ring.
#[derive(Debug)]
pub(crate) struct Wakes {
    producer: WakeCell,
    workers: Box<[WakeCell]>,
    /// The workers that follow the cursor.
    first: Vec<usize>,
}

impl Wakes {
    pub(crate) fn new(workers: usize, first: Vec<usize>) -> Self {
        Self {
            producer: WakeCell::new(),
            workers: (0..workers).map(|_| WakeCell::new()).collect(),
            first,
        }
    }

    /// What the producer sleeps on while the ring is full.
    pub(crate) fn producer(&self) -> WakeWord<'_> {
        self.producer.word()
    }

    /// What `worker` sleeps on while it has nothing to do.
    pub(crate) fn worker(&self, worker: usize) -> WakeWord<'_> {
        self.workers[worker].word()
    }

    /// Something was published.
    #[inline]
    pub(crate) fn published(&self) {
        for worker in &self.first {
            self.worker(*worker).wake();
        }
    }

    /// Everybody should look.
    pub(crate) fn all(&self) {
        self.producer.word().wake();
        for worker in &self.workers {
            worker.word().wake();
        }
    }
}
