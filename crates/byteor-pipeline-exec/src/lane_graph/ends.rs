//! Which lanes nothing more will be written to.

use std::sync::atomic::{AtomicBool, Ordering};

/// A flag for each lane, set by its writer behind the last record.
///
/// Whoever finds a lane empty looks at the flag and then once more at the lane: the flag is set after
/// everything was made visible, so with the flag seen, empty means that nothing comes any more.
#[derive(Debug)]
pub(super) struct Ended(Box<[AtomicBool]>);

impl Ended {
    pub(super) fn new(lanes: usize) -> Self {
        Self((0..lanes).map(|_| AtomicBool::new(false)).collect())
    }

    pub(super) fn end(&self, lane: usize) {
        self.0[lane].store(true, Ordering::Release);
    }

    #[inline]
    pub(super) fn has(&self, lane: usize) -> bool {
        self.0[lane].load(Ordering::Acquire)
    }
}
