//! The agent's clock: the host's, and the latest time that it was ever seen to show.
//!
//! Expiry is judged by the latest time, which is kept in `clock.json`: what has expired stays
//! expired when the host's clock is set back, also over a restart of the agent.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::instant::now_millis;
use crate::state::StateFolder;

const FILE: &str = "clock.json";
/// The latest time is written at most this often by itself (and before anything is activated).
const KEEP_EVERY: u64 = 10_000;

/// Where time comes from; tests bring their own.
pub trait Time: Send {
    /// What the host's clock shows, milliseconds since 1970. It may be set back.
    fn wall(&self) -> u64;
    /// Time since some fixed instant. It never goes back.
    fn elapsed(&self) -> Duration;
}

/// The host's time.
#[derive(Debug)]
pub struct HostTime(Instant);

impl Default for HostTime {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Time for HostTime {
    fn wall(&self) -> u64 {
        now_millis()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// An instant, on both scales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Since some fixed instant; never goes back. Waits are measured by it.
    pub elapsed: Duration,
    /// Milliseconds since 1970, as the host's clock shows them; for what is told.
    pub wall: u64,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    v: u32,
    latest: u64,
}

/// The agent's clock.
pub struct Clock {
    time: Box<dyn Time>,
    latest: u64,
    kept: u64,
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clock")
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}

impl Clock {
    /// The clock of a state folder.
    ///
    /// # Errors
    /// `E_STATE` where `clock.json` is there but can't be read: going on without it would let a
    /// clock that was set back revive what has expired.
    pub fn open(state: &StateFolder, time: Box<dyn Time>) -> Result<Self, Failure> {
        let kept = state
            .read::<Kept>(FILE)
            .map_err(|failure| Failure {
                help: "put the file back; or set the host's clock and remove the file".to_owned(),
                ..failure
            })?
            .map_or(0, |kept| kept.latest);
        Ok(Self {
            time,
            latest: kept,
            kept,
        })
    }

    /// Now.
    pub fn now(&mut self) -> Now {
        let now = Now {
            elapsed: self.time.elapsed(),
            wall: self.time.wall(),
        };
        self.latest = self.latest.max(now.wall);
        now
    }

    /// The instant that expiry is judged by, seconds since 1970: the latest that was seen.
    pub fn judged(&mut self) -> u64 {
        self.now();
        self.latest / 1000
    }

    /// How far the host's clock is behind the latest time, in milliseconds. Less than two seconds
    /// is what time synchronization does every day, and counts as nothing.
    pub fn behind(&mut self) -> u64 {
        let behind = self.latest.saturating_sub(self.now().wall);
        if behind < 2000 { 0 } else { behind }
    }

    /// Writes the latest time down, if that wasn't done lately.
    ///
    /// # Errors
    /// `E_STATE`; it is remembered all the same, until the agent ends.
    pub fn keep_now_and_then(&mut self, state: &StateFolder) -> Result<(), Failure> {
        self.now();
        if self.latest.saturating_sub(self.kept) < KEEP_EVERY {
            return Ok(());
        }
        self.keep(state)
    }

    /// Writes the latest time down.
    ///
    /// # Errors
    /// `E_STATE`
    pub fn keep(&mut self, state: &StateFolder) -> Result<(), Failure> {
        let latest = self.latest;
        if latest > self.kept {
            state.write(FILE, &Kept { v: 1, latest })?;
            self.kept = latest;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Clone, Default)]
    struct SetByHand(Arc<AtomicU64>);

    impl SetByHand {
        fn set(&self, wall: u64) {
            self.0.store(wall, Ordering::Relaxed);
        }
    }

    impl Time for SetByHand {
        fn wall(&self) -> u64 {
            self.0.load(Ordering::Relaxed)
        }

        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }
    }

    #[test]
    fn a_clock_that_is_set_back_is_judged_by_the_latest_time_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let time = SetByHand::default();
        let open = || Clock::open(&state, Box::new(time.clone())).unwrap();
        let mut clock = open();
        time.set(1_000_000);
        assert_eq!((clock.judged(), clock.behind()), (1000, 0));
        clock.keep_now_and_then(&state).unwrap();
        time.set(1_005_000);
        assert_eq!(clock.judged(), 1005);
        clock.keep(&state).unwrap();
        time.set(500_000);
        assert_eq!((clock.judged(), clock.behind()), (1005, 505_000));
        assert_eq!(clock.now().wall, 500_000);
        clock.keep(&state).unwrap();
        let mut again = open();
        assert_eq!(again.judged(), 1005);
        time.set(1_006_000);
        assert_eq!((again.judged(), again.behind()), (1006, 0));
    }

    #[test]
    fn the_small_steps_of_time_synchronization_are_no_news() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let time = SetByHand::default();
        time.set(10_000);
        let mut clock = Clock::open(&state, Box::new(time.clone())).unwrap();
        clock.now();
        time.set(8_500);
        assert_eq!((clock.behind(), clock.judged()), (0, 10));
    }

    #[test]
    fn a_damaged_file_is_never_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        std::fs::write(state.path(FILE), "{").unwrap();
        let error = Clock::open(&state, Box::new(HostTime::default())).unwrap_err();
        assert_eq!(error.code, "E_STATE");
    }
}
