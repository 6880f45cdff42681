//! What is seen of a side's peer while a run lasts, for people who look on. Whoever makes tries at the
//! peer writes it; it decides nothing.

use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::delivery::relock;

/// Longest words of an error, in bytes.
const WORDS: usize = 300;

/// What is seen of one peer; every clone is the same.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Seen>>);

/// That, at an instant. Instants are in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Since when it answers; nothing while it doesn't, and before the first word from it.
    pub up_since: Option<u64>,
    /// Since when it doesn't.
    pub down_since: Option<u64>,
    /// How many tries failed in this run.
    pub failures: u64,
    /// Why the last of them did, and when.
    pub error: Option<(String, u64)>,
    /// How much is at the peer that this run isn't through with, where that is known.
    pub lag: Option<Lag>,
    /// How often the peer gave this run other parts of what it reads, where it divides that among
    /// several.
    pub rebalances: Option<u64>,
    /// Who connects to this side, where it listens.
    pub listening: Option<Listening>,
}

/// How much is behind. Of what, records, objects or bytes, is the adapter's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// So much.
    pub count: u64,
    /// Or more: nobody counted the rest.
    pub or_more: bool,
}

impl Lag {
    /// Exactly so much.
    pub fn exactly(count: u64) -> Self {
        let or_more = false;
        Self { count, or_more }
    }
}

/// Who connects to a side that listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listening {
    /// Since when it does.
    pub since: u64,
    /// Connections that are open now.
    pub connections: u64,
    /// Requests, messages and handshakes that it refused in this run. Why the last of them was is the
    /// error.
    pub refused: u64,
}

/// A connection that somebody made, counted as long as this is there.
pub(crate) struct Connected(Watch);

impl Drop for Connected {
    fn drop(&mut self) {
        if let Some(listening) = &mut relock(&self.0.0).listening {
            listening.connections -= 1;
        }
    }
}

impl Watch {
    /// As it is now.
    pub fn seen(&self) -> Seen {
        relock(&self.0).clone()
    }

    /// It answered.
    pub(crate) fn worked(&self) {
        let mut seen = relock(&self.0);
        if seen.up_since.is_none() {
            seen.up_since = Some(now());
            seen.down_since = None;
        }
    }

    /// A try failed because of `why`.
    pub(crate) fn failed(&self, why: &str) {
        let mut seen = relock(&self.0);
        let now = now();
        seen.up_since = None;
        seen.lag = None;
        seen.down_since.get_or_insert(now);
        seen.failures += 1;
        seen.error = Some((words(why), now));
    }

    /// So much is there that this run isn't through with; nothing where that isn't known any more, as it
    /// never is of a peer that doesn't answer.
    pub fn behind(&self, lag: Option<Lag>) {
        let mut seen = relock(&self.0);
        seen.lag = lag.filter(|_| seen.down_since.is_none());
    }

    /// The peer divides what is read among several; it was divided anew so many times more.
    pub fn rebalanced(&self, times: u64) {
        *relock(&self.0).rebalances.get_or_insert(0) += times;
    }

    /// This side listens now.
    pub(crate) fn listens(&self) {
        relock(&self.0).listening.get_or_insert(Listening {
            since: now(),
            connections: 0,
            refused: 0,
        });
    }

    /// Somebody connected to this side, which listens.
    pub(crate) fn connected(&self) -> Connected {
        if let Some(listening) = &mut relock(&self.0).listening {
            listening.connections += 1;
        }
        Connected(self.clone())
    }

    /// This side refused what somebody asked of it, because of `why`. What it says there is seen by
    /// people.
    pub fn refused(&self, why: &str) {
        let mut seen = relock(&self.0);
        seen.error = Some((words(why), now()));
        if let Some(listening) = &mut seen.listening {
            listening.refused += 1;
        }
    }
}

fn words(why: &str) -> String {
    why[..why.floor_char_boundary(WORDS)].to_owned()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_up_or_down_and_its_last_error_stays() {
        let watch = Watch::default();
        assert_eq!(watch.seen(), Seen::default());
        watch.behind(Some(Lag::exactly(7)));
        watch.failed("can't be reached");
        watch.behind(Some(Lag::exactly(8)));
        let down = watch.seen();
        assert_eq!(down.lag, None);
        assert!(down.up_since.is_none() && down.down_since.is_some());
        watch.failed(&"é".repeat(400));
        let again = watch.seen();
        assert_eq!((again.down_since, again.failures), (down.down_since, 2));
        assert!(again.error.unwrap().0.len() <= WORDS);
        watch.worked();
        let up = watch.seen();
        assert!(up.up_since.is_some() && up.down_since.is_none() && up.error.is_some());
        watch.worked();
        assert_eq!(watch.seen(), up);
    }

    #[test]
    fn who_is_connected_to_a_side_that_listens_is_counted_and_what_it_refused() {
        let watch = Watch::default();
        watch.listens();
        let (one, other) = (watch.connected(), watch.connected());
        drop(one);
        watch.refused("refused a request: no token");
        let seen = watch.seen();
        let listening = seen.listening.unwrap();
        assert_eq!((listening.connections, listening.refused), (1, 1));
        assert!(listening.since > 0);
        assert_eq!(seen.error.unwrap().0, "refused a request: no token");
        drop(other);
        watch.listens();
        assert_eq!(watch.seen().listening.unwrap().connections, 0);
        assert_eq!(watch.seen().failures, 0);
    }
}
