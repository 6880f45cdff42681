//! How long the agent waits before it tries something again by itself.

use std::time::Duration;

use crate::clock::Now;

/// Waits after host trouble and crashes; the last one repeats for ever.
const TROUBLE: [u64; 6] = [1, 2, 5, 10, 30, 60];
/// The same where each try stops what runs: nobody wants that every minute.
const INTERRUPTING: [u64; 4] = [60, 120, 300, 600];
/// Waits after what started and failed its health. There are no more tries than this.
const FALLS: [u64; 3] = [30, 120, 600];

/// When something is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// By the clock that never goes back.
    pub at: Duration,
    /// The same as it is told, milliseconds since 1970. Fixed when it was decided, so that each
    /// heartbeat says the same.
    pub wall: u64,
}

impl Due {
    /// In `seconds` from now.
    fn after(now: Now, wait: Duration) -> Self {
        Self {
            at: now.elapsed + wait,
            wall: now.wall + u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// Now.
    pub fn at_once(now: Now) -> Self {
        Self::after(now, Duration::ZERO)
    }

    /// Whether it is time.
    pub fn has_come(&self, now: Now) -> bool {
        now.elapsed >= self.at
    }
}

fn step(ladder: &[u64], tries: u32) -> Duration {
    let rung = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    Duration::from_secs(ladder[rung.min(ladder.len() - 1)])
}

/// After host trouble or a crash, the `tries`th in a row.
pub fn after_trouble(now: Now, tries: u32) -> Due {
    Due::after(now, step(&TROUBLE, tries))
}

/// After host trouble of something whose next try stops what runs.
pub fn after_interrupting_trouble(now: Now, tries: u32) -> Due {
    Due::after(now, step(&INTERRUPTING, tries))
}

/// After the `falls`th fall, at the wall-clock instant `fell`; nothing where the ladder ends. A
/// wall clock that jumped makes the wait no longer than its step.
pub fn after_fall(now: Now, falls: u32, fell: u64) -> Option<Due> {
    if usize::try_from(falls).is_ok_and(|falls| falls > FALLS.len()) {
        return None;
    }
    let whole = step(&FALLS, falls);
    let gone = Duration::from_millis(now.wall.saturating_sub(fell));
    Some(Due::after(now, whole.saturating_sub(gone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(due: Due) -> u64 {
        due.at.as_secs()
    }

    #[test]
    fn trouble_has_a_ladder_without_an_end_and_falls_one_with() {
        let now = Now::default();
        let waits: Vec<u64> = (1..=8)
            .map(|tries| seconds(after_trouble(now, tries)))
            .collect();
        assert_eq!(waits, [1, 2, 5, 10, 30, 60, 60, 60]);
        assert_eq!(seconds(after_interrupting_trouble(now, 1)), 60);
        assert_eq!(seconds(after_interrupting_trouble(now, u32::MAX)), 600);
        let waits: Vec<_> = (1..=5)
            .map(|falls| after_fall(now, falls, 0).map(seconds))
            .collect();
        assert_eq!(waits, [Some(30), Some(120), Some(600), None, None]);
    }

    #[test]
    fn a_restart_of_the_agent_waits_for_the_rest_and_never_longer_than_the_step() {
        let now = Now {
            elapsed: Duration::ZERO,
            wall: 1_000_000,
        };
        assert_eq!(seconds(after_fall(now, 2, 990_000).unwrap()), 110);
        assert_eq!(seconds(after_fall(now, 2, 1).unwrap()), 0);
        assert_eq!(seconds(after_fall(now, 2, 99_000_000).unwrap()), 120);
    }
}
