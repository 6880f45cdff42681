//! `spin` and `backoff`.

use super::{WaitStep, WaitStrategy};

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
