//! Something that is counted and told: at once, every minute, and at the end.

use std::time::{Duration, Instant};

use crate::net::reactor::Context;

/// How often it is told again.
const EVERY: Duration = Duration::from_secs(60);

pub(super) struct Tally {
    code: &'static str,
    count: u64,
    told: u64,
    last: Option<Instant>,
}

impl Tally {
    pub(super) fn new(code: &'static str) -> Self {
        Self {
            code,
            count: 0,
            told: 0,
            last: None,
        }
    }

    /// So many more; `words` says what the count is of.
    pub(super) fn add(&mut self, more: u64, context: &Context, words: impl FnOnce(u64) -> String) {
        self.count += more;
        if self.last.is_none_or(|last| last.elapsed() >= EVERY) {
            self.tell(context, words);
        }
    }

    /// Tells what wasn't told yet.
    pub(super) fn tell(&mut self, context: &Context, words: impl FnOnce(u64) -> String) {
        if self.count > self.told {
            self.told = self.count;
            self.last = Some(Instant::now());
            context.tell(self.code, words(self.count));
        }
    }
}
