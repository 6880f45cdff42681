//! The router of a fanout region.

use core::convert::Infallible;

use super::wake::Wakes;
use super::{BySlot, Entries, MpscEnd, SpscEnd};
use crate::credit::CreditStats;
use crate::liveness::Asked;
use crate::primitive::{RouteSource, Router, Step};
use crate::raw::Word64;
use crate::router::{
    BackpressurePolicy, Rest, RouterCounters, RouterFailure, RouterLoopConfig, RouterMode,
    RouterSource, route_until_over,
};
use crate::wait::WakeSection;
use crate::{Error, HeldUp, Liveness, WaitStrategy};

/// Routes, alone: the only writer of the consumers' queues.
#[derive(Debug)]
pub struct FanoutRouter<'m, const N: usize> {
    pub(super) router: Router<Word64<'m>, Entries<'m>, BySlot<'m>, N>,
    pub(super) spsc: SpscEnd<'m>,
    pub(super) mpsc: MpscEnd<'m>,
    pub(super) wakes: Option<Wakes<'m, N>>,
    pub(super) asked: Option<Asked<'m>>,
}

/// The many-producers queue, with whom to ask about a producer that it waits for.
struct Claimed<'a, 'm> {
    queue: &'a mut MpscEnd<'m>,
    asked: Option<Asked<'m>>,
}

impl RouteSource for Claimed<'_, '_> {
    fn peek(&mut self) -> Result<Option<(u64, u32)>, Error> {
        self.queue.peek()
    }

    fn pop(&mut self) {
        self.queue.pop();
    }

    fn release(&mut self) {
        self.queue.release();
    }

    fn stamp(count: u64) -> u32 {
        <MpscEnd<'_> as RouteSource>::stamp(count)
    }

    fn unblock(&mut self) -> bool {
        self.asked
            .is_some_and(|Asked(liveness)| matches!(self.queue.skip_dead(liveness), Ok(Some(_))))
    }
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

impl<'m, const N: usize> FanoutRouter<'m, N> {
    /// The same router, whose loops ask `liveness` before they wait, and pass over the claims of dead
    /// producers. Without, a producer that died at its claim is waited for, as one that lives.
    #[must_use]
    pub fn passing_over(self, liveness: &'m (dyn Liveness<Error = Infallible> + Sync)) -> Self {
        let asked = Some(Asked(liveness));
        Self { asked, ..self }
    }

    /// The claim of the many-producers queue that the last look found unfilled.
    pub fn held_up(&self) -> Option<HeldUp> {
        self.mpsc.held_up()
    }

    /// How many claims of dead producers this router passed over.
    pub fn skipped(&self) -> u64 {
        self.mpsc.skipped()
    }

    /// Skips the claim that the many-producers queue waits for if its owner is dead. Returns that
    /// claim, or `None` where there is none, its owner lives, or it was filled meanwhile. For single
    /// steps; loops do it by themselves ([`FanoutRouter::passing_over`]).
    pub fn skip_dead<L: Liveness>(&mut self, liveness: &L) -> Result<Option<HeldUp>, L::Error> {
        self.mpsc.skip_dead(liveness)
    }

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
            asked,
        } = self;
        let mut claimed = Claimed {
            queue: mpsc,
            asked: *asked,
        };
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
                once(router, &mut claimed, mode, policy, wakes)
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
            asked,
        } = self;
        let mut claimed = Claimed {
            queue: mpsc,
            asked: *asked,
        };
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
                route_until_over(router, &mut claimed, &wakes, config, wait, should_stop)
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
