//! `adaptive`: spins while that pays, then sleeps until it is woken.

#[cfg(feature = "std")]
use super::WakeWord;
use super::{WaitStep, WaitStrategy};

#[cfg(feature = "std")]
use core::time::Duration;
#[cfg(feature = "std")]
use std::time::Instant;

/// `adaptive`: spins, yields, then sleeps on a [`WakeWord`](super::WakeWord).
///
/// It learns two things. How long spinning pays: up to 30 microseconds, which covers the gaps of
/// 100,000 messages a second, as long as waits end within that; waits that take longer halve it, down
/// to one. And whether others want the core: a yield that took long gave it to somebody, so for the
/// next waits it spins for a moment and yields a few times only, and then sleeps. A thread that sleeps and is woken gets
/// the core sooner than one that asked for it by yielding all the time, and takes none from those who
/// have work: what more threads than cores need.
///
/// Sleeps on a word last until somebody wakes it, and at most 1 ms, then 2, up to 10: that is what a
/// lost wake costs, and an idle thread wakes a hundred times a second. Without a word it sleeps
/// for 50 microseconds, then longer, up to a millisecond.
///
/// Without `std` it spins only.
#[derive(Clone, Copy, Debug, Default)]
pub struct AdaptiveWait {
    /// Calls since the last reset.
    round: u32,
    /// Sleeps since the last reset.
    #[cfg(feature = "std")]
    sleeps: u32,
    /// When this wait began, once it lasts.
    #[cfg(feature = "std")]
    began: Option<Instant>,
    /// Times that the spin was halved.
    #[cfg(feature = "std")]
    halved: u32,
    /// Waits to come that take the core for wanted by others.
    #[cfg(feature = "std")]
    crowded: u32,
}

#[cfg(feature = "std")]
impl AdaptiveWait {
    /// Rounds between two looks at the clock while spinning; a wait of fewer costs no look.
    const ROUNDS_PER_LOOK: u32 = 32;
    /// Longest spin.
    const SPIN: Duration = Duration::from_micros(30);
    /// Halvings to the shortest one, about a microsecond.
    const HALVINGS: u32 = 5;
    /// A yield that took longer gave the core to somebody; one that didn't takes half a microsecond.
    const LONG_YIELD: Duration = Duration::from_micros(3);
    /// Yields before a sleep where others want the core.
    const CROWDED_YIELDS: u32 = 8;
    /// Waits that a long yield speaks for.
    const CROWDED_WAITS: u32 = 64;
    /// Shortest and longest sleep on a word.
    const ON_A_WORD: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(10));
    /// Shortest and longest sleep without one.
    const WITHOUT: (Duration, Duration) = (Duration::from_micros(50), Duration::from_millis(1));

    /// The next step, a sleep not yet slept.
    fn step(&mut self) -> WaitStep {
        let round = self.round;
        self.round = round.saturating_add(1);
        let Some(began) = self.began else {
            core::hint::spin_loop();
            if self.round == Self::ROUNDS_PER_LOOK {
                self.began = Some(Instant::now());
            }
            return WaitStep::Spun;
        };
        if self.sleeps > 0 {
            return WaitStep::Slept;
        }
        let spin = Self::SPIN / (1 << self.halved);
        if self.crowded > 0 {
            // A few yields, which tell whether that is still so.
            if round < Self::ROUNDS_PER_LOOK + Self::CROWDED_YIELDS {
                return self.step_aside();
            }
            return WaitStep::Slept;
        }
        if !round.is_multiple_of(Self::ROUNDS_PER_LOOK) {
            core::hint::spin_loop();
            return WaitStep::Spun;
        }
        let waited = began.elapsed();
        if waited < spin {
            core::hint::spin_loop();
            return WaitStep::Spun;
        }
        if waited < 2 * spin {
            self.round = round; // each step from here on looks at the clock
            return self.step_aside();
        }
        WaitStep::Slept
    }

    fn step_aside(&mut self) -> WaitStep {
        let before = Instant::now();
        std::thread::yield_now();
        if before.elapsed() > Self::LONG_YIELD {
            self.crowded = Self::CROWDED_WAITS;
        }
        WaitStep::Yielded
    }

    /// How long to sleep now, doubled each time.
    fn sleep(&mut self, (shortest, longest): (Duration, Duration)) -> Duration {
        let doublings = self.sleeps.min(8);
        self.sleeps = self.sleeps.saturating_add(1);
        (shortest * (1 << doublings)).min(longest)
    }

    /// What this wait teaches the next ones.
    fn learn(&mut self) {
        let Some(began) = self.began.take() else {
            return;
        };
        self.crowded = self.crowded.saturating_sub(1);
        self.halved = if began.elapsed() < Self::SPIN {
            0
        } else if self.sleeps > 0 {
            (self.halved + 1).min(Self::HALVINGS)
        } else {
            self.halved
        };
        self.sleeps = 0;
    }
}

#[cfg(feature = "std")]
impl WaitStrategy for AdaptiveWait {
    #[inline]
    fn wait(&mut self) -> WaitStep {
        let step = self.step();
        if step == WaitStep::Slept {
            std::thread::sleep(self.sleep(Self::WITHOUT));
        }
        step
    }

    #[inline]
    fn wait_on(&mut self, word: WakeWord<'_>, ready: &mut dyn FnMut() -> bool) -> WaitStep {
        let step = self.step();
        if step == WaitStep::Slept {
            let most = self.sleep(Self::ON_A_WORD);
            if !word.sleep(ready, most) {
                // No system to sleep on a word with.
                std::thread::sleep(most.min(Self::WITHOUT.1));
            }
        }
        step
    }

    #[inline]
    fn reset(&mut self) {
        self.round = 0;
        self.learn();
    }
}

#[cfg(not(feature = "std"))]
impl WaitStrategy for AdaptiveWait {
    fn wait(&mut self) -> WaitStep {
        self.round = self.round.saturating_add(1);
        for _ in 0..1_u32 << self.round.min(6) {
            core::hint::spin_loop();
        }
        WaitStep::Spun
    }

    fn reset(&mut self) {
        self.round = 0;
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::WakeCell;

    /// Waits until it sleeps; answers the steps before.
    fn until_asleep(wait: &mut AdaptiveWait, cell: &WakeCell) -> std::vec::Vec<WaitStep> {
        let mut steps = std::vec::Vec::new();
        loop {
            let step = wait.wait_on(cell.word(), &mut || true);
            steps.push(step);
            if step == WaitStep::Slept {
                return steps;
            }
        }
    }

    #[test]
    fn it_spins_then_yields_then_sleeps_and_spins_less_where_that_did_not_pay() {
        let cell = WakeCell::new();
        let mut wait = AdaptiveWait::default();
        let first = until_asleep(&mut wait, &cell);
        assert!(first.is_sorted() && first[0] == WaitStep::Spun);
        assert!(first.contains(&WaitStep::Yielded));
        assert_eq!(
            wait.wait_on(cell.word(), &mut || true),
            WaitStep::Slept,
            "and goes on"
        );
        for n in 1..10 {
            std::thread::sleep(AdaptiveWait::SPIN);
            wait.reset();
            assert_eq!(wait.halved, n.min(AdaptiveWait::HALVINGS));
            until_asleep(&mut wait, &cell);
        }
    }

    #[test]
    fn a_wait_that_ends_soon_teaches_to_spin_again() {
        let mut wait = AdaptiveWait {
            halved: AdaptiveWait::HALVINGS,
            ..AdaptiveWait::default()
        };
        // On a loaded machine the moment between may be long, but not each time.
        let taught = (0..1_000).any(|_| {
            while wait.began.is_none() {
                assert_eq!(wait.wait(), WaitStep::Spun);
            }
            wait.reset();
            wait.halved == 0
        });
        assert!(taught);
        assert_eq!(wait.wait(), WaitStep::Spun);
        wait.reset();
        assert_eq!(
            wait.halved, 0,
            "a wait without a look at the clock teaches nothing"
        );
    }

    #[test]
    fn where_the_core_is_wanted_it_yields_a_few_times_and_sleeps() {
        let cell = WakeCell::new();
        let mut wait = AdaptiveWait {
            crowded: 3,
            ..AdaptiveWait::default()
        };
        let steps = until_asleep(&mut wait, &cell);
        let yields = steps.iter().filter(|step| **step == WaitStep::Yielded);
        assert_eq!(yields.count() as u32, AdaptiveWait::CROWDED_YIELDS);
        let steps_before = AdaptiveWait::ROUNDS_PER_LOOK + AdaptiveWait::CROWDED_YIELDS;
        assert_eq!(steps.len() as u32, steps_before + 1);
        let before = wait.crowded;
        wait.reset();
        assert_eq!(wait.crowded, before - 1);
    }

    #[test]
    fn sleeps_are_bounded() {
        let mut wait = AdaptiveWait::default();
        let sleeps: std::vec::Vec<_> = (0..100)
            .map(|_| wait.sleep(AdaptiveWait::ON_A_WORD))
            .collect();
        assert!(sleeps.is_sorted());
        assert_eq!(sleeps[0], AdaptiveWait::ON_A_WORD.0);
        assert_eq!(sleeps[99], AdaptiveWait::ON_A_WORD.1);
    }
}
