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
    /// How many records are at the peer that this run has not finished with, where that is known.
    pub lag: Option<u64>,
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
        seen.down_since.get_or_insert(now);
        seen.failures += 1;
        let end = why.floor_char_boundary(WORDS);
        seen.error = Some((why[..end].to_owned(), now));
    }

    /// So many records are there that this run has not finished with.
    #[cfg(feature = "kafka")]
    pub(crate) fn behind(&self, records: Option<u64>) {
        relock(&self.0).lag = records;
    }
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
        watch.failed("can't be reached");
        let down = watch.seen();
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
}
