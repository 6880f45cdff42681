//! The one router loop: policies, counters, and when to wait.

use core::fmt;

use crate::credit::{CreditConfig, CreditStats, Credits};
use crate::fanout::FanoutRouter;
use crate::primitive::{Hold, RouteSource, Router, Step};
use crate::raw::{Atomic, Words};
use crate::{Error, WaitStrategy};

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
    /// As `SpinThenBlock`, through the wake sections of the region. No layout has those yet, so it is
    /// the wait strategy, as the reference says for a region without.
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
    /// Waits in a wake section.
    pub wake_waits: u64,
    /// Of those: ended by time.
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

/// Microseconds since the first call; `None` without `std`.
struct Clock {
    #[cfg(feature = "std")]
    begun: std::time::Instant,
}

impl Clock {
    fn new() -> Self {
        Self {
            #[cfg(feature = "std")]
            begun: std::time::Instant::now(),
        }
    }

    fn now_us(&self) -> Option<u64> {
        #[cfg(feature = "std")]
        return u64::try_from(self.begun.elapsed().as_micros()).ok();
        #[cfg(not(feature = "std"))]
        return None;
    }
}

/// The loop, over words that may live anywhere.
#[expect(
    clippy::result_large_err,
    reason = "once a run, and nothing is allocated"
)]
pub fn route_until_over<C, E, S, Q, const N: usize>(
    router: &mut Router<C, E, S, N>,
    source: &mut Q,
    config: RouterLoopConfig,
    wait: &mut impl WaitStrategy,
    mut should_stop: impl FnMut(&RouterCounters, &CreditStats<N>) -> bool,
) -> Result<(RouterCounters, CreditStats<N>), RouterFailure>
where
    C: Atomic<u64> + Clone,
    E: Words<u32> + Clone,
    S: Words<u32>,
    Q: RouteSource,
{
    let clock = Clock::new();
    let mut counters = RouterCounters::default();
    let mut credits = config.credit.map(Credits::<N>::new);
    let mut stats = CreditStats::default();
    let mut idle_spins = 0;
    while !should_stop(&counters, &stats) {
        let begun = clock.now_us();
        if let Some(credits) = &mut credits {
            credits.at(begun);
        }
        let mut batch = 0;
        let stopped = loop {
            let step = router.step(source, config.mode, config.policy, credits.as_mut());
            match step {
                Ok(step @ (Step::Idle | Step::Held(_))) => break Some(step),
                Ok(step) => counters.count(step, config.mode, N as u64),
                Err(error) => {
                    router.flush(source);
                    return Err(RouterFailure { error, counters });
                }
            }
            batch += 1;
            if batch >= config.batch_max.max(1) || over(&clock, begun, config.batch_time_us) {
                break None;
            }
        };
        router.flush(source);
        if let Some(credits) = &credits {
            stats = *credits.stats();
            counters.detaches = stats.detaches.iter().sum();
        }
        if batch > 0 {
            counters.batches += 1;
            counters.batch_sum += u64::from(batch);
            counters.batch_max = counters.batch_max.max(batch);
            idle_spins = 0;
            wait.reset();
            yield_now(counters.batches, config.yield_every);
            continue;
        }
        match stopped {
            Some(Step::Idle) if idle_spins < config.idle_spin_limit => {
                idle_spins += 1;
                core::hint::spin_loop();
                continue;
            }
            Some(Step::Held(Hold::Full)) => counters.pressure_waits += 1,
            Some(Step::Held(Hold::NoCredit)) => counters.credit_waits += 1,
            _ => counters.idle_waits += 1,
        }
        wait.wait();
    }
    Ok((counters, stats))
}

fn over(clock: &Clock, begun: Option<u64>, limit: Option<u32>) -> bool {
    let (Some(begun), Some(limit)) = (begun, limit) else {
        return false;
    };
    let now = clock.now_us().unwrap_or(begun);
    now - begun >= u64::from(limit)
}

#[cfg_attr(not(feature = "std"), allow(unused_variables))]
fn yield_now(batches: u64, every: u32) {
    #[cfg(feature = "std")]
    if every > 0 && batches.is_multiple_of(u64::from(every)) {
        std::thread::yield_now();
    }
}
