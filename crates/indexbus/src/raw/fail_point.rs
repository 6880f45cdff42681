//! A process that ends just before a store to a region: for proofs of what the others do then.
//!
//! Only with the feature `fail-points`, which only tests ask for. Every store, every exchange and every
//! copy into a region is such a point, so none is forgotten.

use core::sync::atomic::{AtomicU64, Ordering};

/// Stores until the end; 0 where there is none.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// Ends this process just before its `nth` store to a region from now on, as if it was killed: nothing
/// is unwound, flushed or given back.
pub fn end_at(nth: u64) {
    LEFT.store(nth, Ordering::Relaxed);
}

/// What every store calls first.
#[inline]
pub(super) fn store() {
    if LEFT.load(Ordering::Relaxed) > 0 && LEFT.fetch_sub(1, Ordering::Relaxed) == 1 {
        std::process::abort();
    }
}
