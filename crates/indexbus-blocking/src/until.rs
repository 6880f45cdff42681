//! Trying until it works.

use std::time::Instant;

use indexbus::{Error, Wait, WaitStrategy, WakeWord};

use crate::BlockingError;

/// Tries until there is something, by `wait`, asleep on `word` where there is one; at `deadline` it has
/// timed out. It is looked at after each wait, and those are at most 10 ms long.
pub fn until<T>(
    wait: &mut Wait,
    word: Option<WakeWord<'_>>,
    deadline: Option<Instant>,
    mut attempt: impl FnMut() -> Result<Option<T>, Error>,
) -> Result<T, BlockingError> {
    loop {
        let mut tried = attempt();
        if matches!(tried, Ok(None)) {
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(BlockingError::TimedOut);
            }
            match word {
                // The look before it falls asleep is an attempt, whose outcome counts.
                Some(word) => wait.wait_on(word, &mut || {
                    if matches!(tried, Ok(None)) {
                        tried = attempt();
                    }
                    !matches!(tried, Ok(None))
                }),
                None => wait.wait(),
            };
        }
        if let Some(came) = tried? {
            wait.reset();
            return Ok(came);
        }
    }
}
