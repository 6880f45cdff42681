//! What is printed of a router: rates of an interval, and how much waits.

use std::fmt;
use std::time::Duration;

use indexbus::{FanoutSample, RouterCounters};

/// What happened between two samples.
#[derive(Clone, Copy, Debug)]
pub struct Rates<const N: usize> {
    /// Counters and queues at the beginning.
    pub before: (RouterCounters, FanoutSample<N>),
    /// And at the end.
    pub after: (RouterCounters, FanoutSample<N>),
    /// Time between them.
    pub interval: Duration,
}

impl<const N: usize> Rates<N> {
    fn per_second(&self, before: u64, after: u64) -> u64 {
        let count = u128::from(after.wrapping_sub(before));
        let nanos = self.interval.as_nanos().max(1);
        u64::try_from(count * 1_000_000_000 / nanos).unwrap_or(u64::MAX)
    }
}

/// One line: rates by the names of the reference, then `qdepth`, then whose claim the source waits for.
impl<const N: usize> fmt::Display for Rates<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (counted, queued) = (self.before.0, self.before.1);
        let (counts, queues) = (self.after.0, self.after.1);
        let received = |sample: &FanoutSample<N>| {
            let taken = sample.consumers.iter().map(|(_, taken)| *taken);
            taken.fold(0_u64, u64::wrapping_add)
        };
        let sent = |sample: &FanoutSample<N>| sample.spsc.0.wrapping_add(sample.mpsc.0);
        let rates = [
            ("sent", sent(&queued), sent(&queues)),
            ("routed", counted.routed, counts.routed),
            ("delivered", counted.delivered, counts.delivered),
            ("recv", received(&queued), received(&queues)),
            ("drops", counted.dropped, counts.dropped),
            (
                "drops_full",
                counted.dropped_queue_full,
                counts.dropped_queue_full,
            ),
            (
                "drops_no_credit",
                counted.dropped_no_credit,
                counts.dropped_no_credit,
            ),
            (
                "drops_all_full",
                counted.dropped_all_full,
                counts.dropped_all_full,
            ),
            ("credit_waits", counted.credit_waits, counts.credit_waits),
            ("detaches", counted.detaches, counts.detaches),
        ];
        for (name, before, after) in rates {
            write!(f, "{name}/sec={} ", self.per_second(before, after))?;
        }
        let depth = |(put, taken): (u64, u64)| put.wrapping_sub(taken);
        let consumers = queues.consumers.map(depth);
        write!(
            f,
            "qdepth(src_spsc={}, src_mpsc={}, consumers={consumers:?})",
            depth(queues.spsc),
            depth(queues.mpsc),
        )?;
        match queues.held_up_by {
            Some(owner) => write!(f, " held_up_by={owner}"),
            None => Ok(()),
        }
    }
}
