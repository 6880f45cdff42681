//! The loop itself.

use super::{BackpressurePolicy, RouterCounters, RouterFailure, RouterLoopConfig};
use crate::WaitStrategy;
use crate::credit::{CreditStats, Credits};
use crate::primitive::{Hold, RouteSource, Router, Step};
use crate::raw::{Atomic, Words};

/// What a loop does between batches, where there are words to sleep on.
pub trait Rest {
    /// A batch is visible, and its places in the source are free: wakes those who wait for it.
    fn shown(&self);

    /// Sleeps until the source has something, or else until a consumer took something, unless `ready`
    /// says so already. Answers false, at once, where it can't.
    fn sleep(&self, for_source: bool, ready: &mut dyn FnMut() -> bool) -> bool;
}

/// Without words, nobody is woken and nobody sleeps.
impl<R: Rest> Rest for Option<R> {
    fn shown(&self) {
        if let Some(rest) = self {
            rest.shown();
        }
    }

    fn sleep(&self, for_source: bool, ready: &mut dyn FnMut() -> bool) -> bool {
        self.as_ref()
            .is_some_and(|rest| rest.sleep(for_source, ready))
    }
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
    rest: &impl Rest,
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
    let timed = config.credit.is_some() || config.batch_time_us.is_some();
    while !should_stop(&counters, &stats) {
        let begun = if timed { clock.now_us() } else { None };
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
            rest.shown();
            yield_now(counters.batches, config.yield_every);
            continue;
        }
        match stopped {
            Some(Step::Idle) if idle_spins < config.idle_spin_limit => {
                idle_spins += 1;
                core::hint::spin_loop();
                continue;
            }
            Some(Step::Idle) if source.unblock() => continue,
            Some(Step::Held(Hold::Full)) => counters.pressure_waits += 1,
            Some(Step::Held(Hold::NoCredit)) => counters.credit_waits += 1,
            _ => counters.idle_waits += 1,
        }
        let for_source = !matches!(stopped, Some(Step::Held(_)));
        if config.policy == BackpressurePolicy::Block {
            let taken = router.taken();
            let mut ready = || match for_source {
                true => !matches!(source.peek(), Ok(None)),
                false => router.taken() != taken,
            };
            if rest.sleep(for_source, &mut ready) {
                counters.wake_waits += 1;
                counters.wake_timeouts += u64::from(!ready());
                continue;
            }
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
