//! The one router loop: policies, counters, and when to wait.

use core::fmt;

use crate::credit::{CreditConfig, CreditStats};
use crate::fanout::FanoutRouter;
use crate::primitive::{Hold, Step};
use crate::{Error, WaitStrategy};

mod run;

pub use run::{Rest, route_until_over};

/// Which of the two source queues is routed. Order holds within one source only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouterSource {
    /// The queue with one producer.
    #[default]
    Spsc,
    /// The queue with many producers.
    Mpsc,
}

/// Who gets a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouterMode {
    /// Every consumer that isn't full.
    #[default]
    Broadcast,
    /// At most one consumer, in turn; no promise of fairness.
    WorkQueue,
}

/// What happens where a work queue's consumers are full. A broadcast always drops for a consumer that
/// is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackpressurePolicy {
    /// The message is dropped.
    Drop,
    /// Nothing is taken from the source while all are full; the wait strategy is called.
    #[default]
    SpinThenBlock,
    /// As `SpinThenBlock`, and sleeps in the wake sections of the region, also while the source is
    /// empty. Without them, or where the system has no such sleep, the wait strategy.
    Block,
}

/// How a router loop goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouterLoopConfig {
    /// What is routed.
    pub source: RouterSource,
    /// Who gets it.
    pub mode: RouterMode,
    /// What happens where consumers are full.
    pub policy: BackpressurePolicy,
    /// Credits, for work queues.
    pub credit: Option<CreditConfig>,
    /// Most messages before the consumers see them; 0 acts as 1. Never reorders.
    pub batch_max: u32,
    /// With `std`: microseconds after which a batch ends early, best effort.
    pub batch_time_us: Option<u32>,
    /// With `std`: batches after which the thread yields; 0 is never.
    pub yield_every: u32,
    /// Looks at an empty source before the wait strategy is called.
    pub idle_spin_limit: u32,
}

/// What a router did. In broadcast `delivered + dropped = consumers × routed`, in a work queue
/// `delivered + dropped = routed`; `dropped` is the sum of its three causes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouterCounters {
    /// Messages taken from the source.
    pub routed: u64,
    /// Deliveries to consumers.
    pub delivered: u64,
    /// Deliveries that didn't happen.
    pub dropped: u64,
    /// Of those: this consumer was full, and another got the message.
    pub dropped_queue_full: u64,
    /// Of those: all consumers were full.
    pub dropped_all_full: u64,
    /// Of those: no consumer had credit.
    pub dropped_no_credit: u64,
    /// Waits because no consumer had credit.
    pub credit_waits: u64,
    /// Times a consumer was detached.
    pub detaches: u64,
    /// Waits because all consumers were full.
    pub pressure_waits: u64,
    /// Waits because the source was empty.
    pub idle_waits: u64,
    /// Batches that had messages.
    pub batches: u64,
    /// Messages in them.
    pub batch_sum: u64,
    /// Messages in the largest.
    pub batch_max: u32,
    /// Of all waits: in a wake section.
    pub wake_waits: u64,
    /// Of those: ended by time, with nothing to do.
    pub wake_timeouts: u64,
}

impl RouterCounters {
    /// Counts one step of a router with `consumers` consumers in `mode`.
    pub fn count(&mut self, step: Step, mode: RouterMode, consumers: u64) {
        let lost = match mode {
            RouterMode::Broadcast => consumers,
            RouterMode::WorkQueue => 1,
        };
        match step {
            Step::Idle | Step::Held(_) => {}
            Step::Delivered { delivered, full } => {
                self.routed += 1;
                self.delivered += u64::from(delivered);
                self.dropped += u64::from(full);
                self.dropped_queue_full += u64::from(full);
            }
            Step::Dropped(why) => {
                self.routed += 1;
                self.dropped += lost;
                match why {
                    Hold::Full => self.dropped_all_full += lost,
                    Hold::NoCredit => self.dropped_no_credit += lost,
                }
            }
        }
    }
}

/// A router that came to what can't be, and what it did until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RouterFailure {
    /// What it came to.
    pub error: Error,
    /// What it did.
    pub counters: RouterCounters,
}

impl fmt::Display for RouterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routed = self.counters.routed;
        write!(
            f,
            "the router stopped after {routed} messages: {}",
            self.error
        )
    }
}

impl core::error::Error for RouterFailure {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Routes until `should_stop`, which is asked once a batch.
#[expect(
    clippy::result_large_err,
    reason = "once a run, and nothing is allocated"
)]
pub fn route_until<const N: usize>(
    router: &mut FanoutRouter<'_, N>,
    config: RouterLoopConfig,
    wait: &mut impl WaitStrategy,
    should_stop: impl FnMut() -> bool,
) -> Result<RouterCounters, RouterFailure> {
    let mut stats = CreditStats::default();
    route_until_with_credit_stats(router, config, wait, &mut stats, should_stop)
}

/// As [`route_until`], and keeps `stats` current, once a batch.
#[expect(
    clippy::result_large_err,
    reason = "once a run, and nothing is allocated"
)]
pub fn route_until_with_credit_stats<const N: usize>(
    router: &mut FanoutRouter<'_, N>,
    config: RouterLoopConfig,
    wait: &mut impl WaitStrategy,
    stats: &mut CreditStats<N>,
    should_stop: impl FnMut() -> bool,
) -> Result<RouterCounters, RouterFailure> {
    let mut should_stop = should_stop;
    let (counters, now) = route_until_observed(router, config, wait, |_, now| {
        *stats = *now;
        should_stop()
    })?;
    *stats = now;
    Ok(counters)
}

/// As [`route_until`], with `should_stop` asked before each batch with what was counted and seen so
/// far. Returns both as they are in the end.
#[expect(
    clippy::result_large_err,
    reason = "once a run, and nothing is allocated"
)]
pub fn route_until_observed<const N: usize>(
    router: &mut FanoutRouter<'_, N>,
    config: RouterLoopConfig,
    wait: &mut impl WaitStrategy,
    should_stop: impl FnMut(&RouterCounters, &CreditStats<N>) -> bool,
) -> Result<(RouterCounters, CreditStats<N>), RouterFailure> {
    router.run(config, wait, should_stop)
}
