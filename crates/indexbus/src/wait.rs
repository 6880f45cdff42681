//! Wait strategies: what to do while there is nothing to do.

/// What one [`WaitStrategy::wait`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitStep {
    /// Burnt some cycles.
    Spun,
    /// Gave the core away for a moment.
    Yielded,
    /// Slept for up to a millisecond.
    Slept,
}

/// Called in a loop between two looks at the condition. Correctness never depends on it.
pub trait WaitStrategy {
    /// Waits a little, longer with each call since the last [`WaitStrategy::reset`].
    fn wait(&mut self) -> WaitStep;
    /// Starts over: the condition was met.
    fn reset(&mut self);
}

/// `spin`: lowest latency, a whole core. Only where each thread has a core of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpinWait;

impl WaitStrategy for SpinWait {
    #[inline]
    fn wait(&mut self) -> WaitStep {
        core::hint::spin_loop();
        WaitStep::Spun
    }

    fn reset(&mut self) {}
}

/// `backoff`: spins for about a microsecond, yields, then sleeps, longer each time.
///
/// The yields carry a loaded pipeline that has more threads than cores: measured on two cores with
/// a producer and three stages, 50 yields gave three times the records of 6, because a stage that
/// sleeps too early lets its ring run full. The sleeps are 25 to 100 microseconds, and a
/// millisecond after about 50 ms without work, so that an idle pipeline costs next to nothing.
///
/// Without `std` it spins only, twice as long each time up to 64 pauses.
#[derive(Clone, Copy, Debug, Default)]
pub struct BackoffWait {
    round: u32,
}

impl BackoffWait {
    /// Rounds of spinning, of 1, 2, 4, 8 and 16 pauses.
    const SPINS: u32 = 5;
    /// Yields after that.
    #[cfg(feature = "std")]
    const YIELDS: u32 = 50;
    /// Shortest sleep.
    #[cfg(feature = "std")]
    const SLEEP_MICROS: u64 = 25;
    /// Doublings of the sleep, up to 100 microseconds.
    #[cfg(feature = "std")]
    const DOUBLINGS: u32 = 2;
    /// Sleeps before the longest one.
    #[cfg(feature = "std")]
    const SHORT_SLEEPS: u32 = 350;
    /// Longest sleep.
    #[cfg(feature = "std")]
    const LONG_SLEEP_MICROS: u64 = 1000;
}

impl WaitStrategy for BackoffWait {
    fn wait(&mut self) -> WaitStep {
        let round = self.round;
        self.round = round.saturating_add(1);
        #[cfg(feature = "std")]
        if let Some(sleeps) = round.checked_sub(Self::SPINS + Self::YIELDS) {
            let micros = if sleeps < Self::SHORT_SLEEPS {
                Self::SLEEP_MICROS << sleeps.min(Self::DOUBLINGS)
            } else {
                Self::LONG_SLEEP_MICROS
            };
            std::thread::sleep(core::time::Duration::from_micros(micros));
            return WaitStep::Slept;
        } else if round >= Self::SPINS {
            std::thread::yield_now();
            return WaitStep::Yielded;
        }
        for _ in 0..1_u32 << round.min(Self::SPINS + 1) {
            core::hint::spin_loop();
        }
        WaitStep::Spun
    }

    fn reset(&mut self) {
        self.round = 0;
    }
}

/// A wait strategy by name, for configurations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitKind {
    /// [`SpinWait`].
    Spin,
    /// [`BackoffWait`].
    #[default]
    Backoff,
}

impl WaitKind {
    /// `spin` or `backoff`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "spin" => Some(Self::Spin),
            "backoff" => Some(Self::Backoff),
            _ => None,
        }
    }

    /// `spin` or `backoff`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spin => "spin",
            Self::Backoff => "backoff",
        }
    }

    /// A fresh strategy of this kind.
    pub fn strategy(self) -> Wait {
        match self {
            Self::Spin => Wait::Spin(SpinWait),
            Self::Backoff => Wait::Backoff(BackoffWait::default()),
        }
    }
}

/// Either strategy, chosen at run time.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// Spinning.
    Spin(SpinWait),
    /// Backing off.
    Backoff(BackoffWait),
}

impl WaitStrategy for Wait {
    #[inline]
    fn wait(&mut self) -> WaitStep {
        match self {
            Self::Spin(wait) => wait.wait(),
            Self::Backoff(wait) => wait.wait(),
        }
    }

    #[inline]
    fn reset(&mut self) {
        match self {
            Self::Spin(wait) => wait.reset(),
            Self::Backoff(wait) => wait.reset(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_spins_then_yields_then_sleeps_and_starts_over() {
        let mut wait = WaitKind::from_name("backoff").unwrap().strategy();
        let steps: std::vec::Vec<_> = (0..60).map(|_| wait.wait()).collect();
        assert!(steps.is_sorted());
        #[cfg(feature = "std")]
        assert_eq!(steps.last(), Some(&WaitStep::Slept));
        wait.reset();
        assert_eq!(wait.wait(), WaitStep::Spun);
        assert_eq!(WaitKind::from_name("block"), None);
    }
}
