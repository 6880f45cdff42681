//! The router of a fanout region.

use super::wake::Wakes;
use super::{BySlot, Entries, MpscEnd, SpscEnd};
use crate::credit::CreditStats;
use crate::primitive::{RouteSource, Router, Step};
use crate::raw::Word64;
use crate::router::{
    BackpressurePolicy, Rest, RouterCounters, RouterFailure, RouterLoopConfig, RouterMode,
    RouterSource, route_until_over,
};
use crate::wait::WakeSection;
use crate::{Error, WaitStrategy};

/// Routes, alone: the only writer of the consumers' queues.
#[derive(Debug)]
pub struct FanoutRouter<'m, const N: usize> {
    pub(super) router: Router<Word64<'m>, Entries<'m>, BySlot<'m>, N>,
    pub(super) spsc: SpscEnd<'m>,
    pub(super) mpsc: MpscEnd<'m>,
    pub(super) wakes: Option<Wakes<'m, N>>,
}

/// What a router of the region does between batches.
struct Rests<'a, 'm, const N: usize> {
    wakes: &'a Wakes<'m, N>,
    source: WakeSection<'m>,
}

impl<const N: usize> Rest for Rests<'_, '_, N> {
    fn shown(&self) {
        self.source.producers.wake();
        for consumer in &self.wakes.consumers {
            consumer.consumers.wake();
        }
    }

    fn sleep(&self, for_source: bool, ready: &mut dyn FnMut() -> bool) -> bool {
        let word = if for_source {
            self.source.consumers
        } else {
            self.wakes.consumers[0].producers
        };
        word.rest(ready)
    }
}

impl<const N: usize> FanoutRouter<'_, N> {
    /// Routes one message, if there is one and `policy` lets it go. Never waits.
    pub fn route_once_with(
        &mut self,
        source: RouterSource,
        mode: RouterMode,
        policy: BackpressurePolicy,
    ) -> Result<Step, Error> {
        let Self {
            router,
            spsc,
            mpsc,
            wakes,
        } = self;
        match source {
            RouterSource::Spsc => {
                let wakes = wakes.as_ref().map(|wakes| Rests {
                    wakes,
                    source: wakes.spsc,
                });
                once(router, spsc, mode, policy, wakes)
            }
            RouterSource::Mpsc => {
                let wakes = wakes.as_ref().map(|wakes| Rests {
                    wakes,
                    source: wakes.mpsc,
                });
                once(router, mpsc, mode, policy, wakes)
            }
        }
    }

    /// As [`FanoutRouter::route_once_with`], and counts what it did.
    pub fn route_once_with_stats(
        &mut self,
        source: RouterSource,
        mode: RouterMode,
        policy: BackpressurePolicy,
        counters: &mut RouterCounters,
    ) -> Result<Step, Error> {
        let step = self.route_once_with(source, mode, policy)?;
        counters.count(step, mode, N as u64);
        Ok(step)
    }

    /// How many messages wait for `consumer`, 0 to `N - 1`; a further one is `Misused`.
    pub fn depth(&self, consumer: usize) -> Result<u64, Error> {
        if consumer < N {
            self.router.depth(consumer)
        } else {
            Err(Error::Misused)
        }
    }

    #[expect(
        clippy::result_large_err,
        reason = "once a run, and nothing is allocated"
    )]
    pub(crate) fn run(
        &mut self,
        config: RouterLoopConfig,
        wait: &mut impl WaitStrategy,
        should_stop: impl FnMut(&RouterCounters, &CreditStats<N>) -> bool,
    ) -> Result<(RouterCounters, CreditStats<N>), RouterFailure> {
        let Self {
            router,
            spsc,
            mpsc,
            wakes,
        } = self;
        match config.source {
            RouterSource::Spsc => {
                let wakes = wakes.as_ref().map(|wakes| Rests {
                    wakes,
                    source: wakes.spsc,
                });
                route_until_over(router, spsc, &wakes, config, wait, should_stop)
            }
            RouterSource::Mpsc => {
                let wakes = wakes.as_ref().map(|wakes| Rests {
                    wakes,
                    source: wakes.mpsc,
                });
                route_until_over(router, mpsc, &wakes, config, wait, should_stop)
            }
        }
    }
}

fn once<'m, S: RouteSource, const N: usize>(
    router: &mut Router<Word64<'m>, Entries<'m>, BySlot<'m>, N>,
    source: &mut S,
    mode: RouterMode,
    policy: BackpressurePolicy,
    wakes: Option<Rests<'_, 'm, N>>,
) -> Result<Step, Error> {
    let step = router.step(source, mode, policy, None);
    router.flush(source);
    if !matches!(step, Ok(Step::Idle | Step::Held(_))) {
        wakes.shown();
    }
    step
}
