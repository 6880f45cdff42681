//! Finds wakes that were forgotten or lost: for proofs that nobody sleeps through what came.
//!
//! By itself a lost wake costs the longest sleep and shows nowhere. After [`look_for`] a sleep on a word
//! lasts until somebody wakes it, or until a limit that no wait comes near; whoever sleeps until that
//! limit and then finds that there is something is counted.
//!
//! Only with the feature `fail-points`, which only tests ask for.

use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;

/// How long sleeps last, in milliseconds; 0 where they last as long as a strategy says.
static LIMIT: AtomicU64 = AtomicU64::new(0);
static SLEEPS: AtomicU64 = AtomicU64::new(0);
static LOST: AtomicU64 = AtomicU64::new(0);

/// From now on every sleep of this process lasts until it is ended by a wake, or by `limit`.
pub fn look_for(limit: Duration) {
    let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    LIMIT.store(limit.max(1), Ordering::Relaxed);
}

/// Sleeps that began since [`look_for`].
#[must_use]
pub fn sleeps() -> u64 {
    SLEEPS.load(Ordering::Relaxed)
}

/// Sleeps that nobody ended although there was something.
#[must_use]
pub fn found() -> u64 {
    LOST.load(Ordering::Relaxed)
}

/// How long a sleep is to last that was to last `most`.
pub(super) fn limit(most: Duration) -> Duration {
    match LIMIT.load(Ordering::Relaxed) {
        0 => most,
        limit => {
            SLEEPS.fetch_add(1, Ordering::Relaxed);
            Duration::from_millis(limit)
        }
    }
}

/// A sleep came to its limit; `there` says whether there was something to wake for.
pub(super) fn ran_out(there: bool) {
    if there && LIMIT.load(Ordering::Relaxed) > 0 {
        LOST.fetch_add(1, Ordering::Relaxed);
    }
}
