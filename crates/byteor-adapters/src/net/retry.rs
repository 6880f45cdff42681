//! When to try again: longer and longer, never at the same moment as others, never longer than a
//! bound; and not for ever once the run was asked to stop.

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use crate::error::AdapterError;
use crate::net::reactor::Context;

/// The longest time between two tries. A pipeline is to be back within 2 s of its peer, however long that was
/// away, and what follows a try that works takes time too: a handshake, a look at a position, a checkpoint.
const LONGEST: Duration = Duration::from_millis(900);
/// The longest that a peer may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(30);
/// The first one.
const SHORTEST: Duration = Duration::from_millis(100);
/// How long a run that was asked to stop goes on trying.
pub(crate) const LAST: Duration = Duration::from_secs(2);
/// How often it is said again that a peer doesn't answer.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// Tries at one peer, for a run.
pub struct Retry {
    context: Context,
    /// The peer, for people.
    peer: String,
    /// Gives up after this long without success.
    most: Option<Duration>,
    failing: Option<Failing>,
}

struct Failing {
    since: Instant,
    said: Instant,
    tries: u32,
    stopping: Option<Instant>,
}

impl Retry {
    /// None was made yet.
    pub fn new(context: Context, peer: String, most: Option<Duration>) -> Self {
        Self {
            context,
            peer,
            most,
            failing: None,
        }
    }

    /// One went well.
    pub fn worked(&mut self) {
        self.context.watch().worked();
        if let Some(failing) = self.failing.take() {
            let seconds = failing.since.elapsed().as_secs();
            let message = format!(
                "{} answers again, after {} tries and {seconds} s",
                self.peer, failing.tries
            );
            self.context.tell("N_PEER_BACK", message);
        }
    }

    /// One failed, because of `why`; the peer may have said how long to wait. Waits until the next
    /// one.
    ///
    /// # Errors
    /// `E_PEER_DOWN` where there will be none.
    pub async fn failed(&mut self, why: &str, asked: Option<Duration>) -> Result<(), AdapterError> {
        self.note(why);
        let Some(failing) = &mut self.failing else {
            return Ok(());
        };
        let pause = asked.map_or_else(|| pause(failing.tries), |asked| asked.min(LONGEST_ASKED));
        let stopping = self.context.stopped();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stopping => {
                let since = *failing.stopping.get_or_insert_with(Instant::now);
                // A peer that is back at once still gets what it was sent.
                tokio::time::sleep(SHORTEST).await;
                if since.elapsed() >= LAST {
                    return Err(self.down(why, "the run was asked to stop"));
                }
            }
        }
        self.given_up(why)
    }

    /// The same for a client that makes its tries by itself: what is said, and when it is given up,
    /// without a wait.
    ///
    /// # Errors
    /// `E_PEER_DOWN` where it is given up.
    #[cfg(feature = "kafka")]
    pub fn still_failing(&mut self, why: &str) -> Result<(), AdapterError> {
        self.note(why);
        self.given_up(why)
    }

    fn note(&mut self, why: &str) {
        let now = Instant::now();
        let first = self.failing.is_none();
        let failing = self.failing.get_or_insert(Failing {
            since: now,
            said: now,
            tries: 0,
            stopping: None,
        });
        failing.tries += 1;
        self.context.watch().failed(why);
        if first || failing.said.elapsed() >= SAY_EVERY {
            failing.said = now;
            let message = format!("{} {why}; tried again until it works", self.peer);
            self.context.tell("N_PEER_DOWN", message);
        }
    }

    fn given_up(&self, why: &str) -> Result<(), AdapterError> {
        let since = self.failing.as_ref().map(|failing| failing.since);
        match (self.most, since) {
            (Some(most), Some(since)) if since.elapsed() >= most => {
                Err(self.down(why, "it was given up as the config says"))
            }
            _ => Ok(()),
        }
    }

    fn down(&self, why: &str, because: &str) -> AdapterError {
        AdapterError::new(
            "E_PEER_DOWN",
            format!("{} {why}, and {because}", self.peer),
            "nothing is lost: bring the peer back and start again; the run goes on from the last \
             checkpoint",
        )
    }
}

/// Any time up to a bound that doubles with each try: peers that failed together don't come back
/// together.
fn pause(tries: u32) -> Duration {
    let bound = SHORTEST
        .saturating_mul(1 << tries.min(16).saturating_sub(1))
        .min(LONGEST);
    let part = u32::try_from(random() >> 32).unwrap_or(u32::MAX);
    SHORTEST / 2 + bound.mul_f64(f64::from(part) / f64::from(u32::MAX))
}

/// A number that nobody foresees; not for keys.
pub(crate) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_the_tries_and_stay_bounded() {
        for tries in [1, 5, 10, 1000, u32::MAX] {
            let bound = SHORTEST
                .saturating_mul(1 << tries.min(16).saturating_sub(1))
                .min(LONGEST);
            let pauses: Vec<_> = (0..100).map(|_| pause(tries)).collect();
            assert!(
                pauses
                    .iter()
                    .all(|one| *one >= SHORTEST / 2 && *one <= bound + SHORTEST)
            );
            assert!(pauses.iter().any(|one| *one != pauses[0]), "{tries}");
        }
    }
}
