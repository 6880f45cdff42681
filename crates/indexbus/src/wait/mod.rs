//! Wait strategies: what to do while there is nothing to do.
//!
//! `spin` and `backoff` look again and again. `adaptive` sleeps on a [`WakeWord`] where there is one,
//! and whoever makes something visible wakes it.
//!
//! # How a lane uses a wake word
//!
//! Who writes: make a whole batch visible by the store that the lane has for it, then call
//! [`WakeWord::wake`] once. It is one swap of a word that nobody else touches meanwhile; where nobody
//! sleeps that is all.
//!
//! Who reads: while there is nothing, call [`WaitStrategy::wait_on`] with the word and a closure that
//! looks whether there is something now. It is asked after the sleep was announced, so that what is
//! written in between is never slept through.
//!
//! ```
//! use indexbus::{Wait, WaitKind, WaitStrategy, WakeCell};
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! let (cursor, wake) = (AtomicU64::new(0), WakeCell::new());
//! std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         cursor.store(3, Ordering::Release); // a batch
//!         wake.word().wake();
//!     });
//!     let mut wait: Wait = WaitKind::Adaptive.strategy();
//!     while cursor.load(Ordering::Acquire) == 0 {
//!         wait.wait_on(wake.word(), &mut || cursor.load(Ordering::Acquire) != 0);
//!     }
//!     wait.reset();
//! });
//! ```
//!
//! Everything that ends a wait wakes: also who stops a pipeline, after it set the flag that the others
//! look at. A wake that was forgotten or lost costs the longest sleep, 10 ms, and nothing else.
//!
//! One word serves all who wait for the same thing. A lane has two: its consumers sleep on one, its
//! producers on the other (`WakeSection`). In a region they are appended where
//! `INDEXBUS_CAP_SUPPORTS_BLOCKING` says so; threads of one process share a [`WakeCell`].

mod adaptive;
mod backoff;
#[cfg(feature = "fail-points")]
pub mod lost_wakes;
mod wake;

pub use adaptive::AdaptiveWait;
pub use backoff::{BackoffWait, SpinWait};
pub use wake::{WakeCell, WakeSection, WakeWord};

/// What one [`WaitStrategy::wait`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitStep {
    /// Burnt some cycles.
    Spun,
    /// Gave the core away for a moment.
    Yielded,
    /// Slept for a moment, at most 10 ms.
    Slept,
}

/// Called in a loop between two looks at the condition. Correctness never depends on it.
pub trait WaitStrategy {
    /// Waits a little, longer with each call since the last [`WaitStrategy::reset`].
    fn wait(&mut self) -> WaitStep;

    /// As [`WaitStrategy::wait`]; a strategy that sleeps may do so on `word`, until somebody wakes it.
    /// Before it falls asleep it asks `ready` whether what is waited for came meanwhile; a lane that
    /// is broken is also a reason to look.
    fn wait_on(&mut self, word: WakeWord<'_>, ready: &mut dyn FnMut() -> bool) -> WaitStep {
        let (_, _) = (word, ready);
        self.wait()
    }

    /// Starts over: the condition was met.
    fn reset(&mut self);
}

/// A wait strategy by name, for configurations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WaitKind {
    /// [`SpinWait`].
    Spin,
    /// [`BackoffWait`].
    #[default]
    Backoff,
    /// [`AdaptiveWait`].
    Adaptive,
}

impl WaitKind {
    /// `spin`, `backoff` or `adaptive`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "spin" => Some(Self::Spin),
            "backoff" => Some(Self::Backoff),
            "adaptive" => Some(Self::Adaptive),
            _ => None,
        }
    }

    /// `spin`, `backoff` or `adaptive`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spin => "spin",
            Self::Backoff => "backoff",
            Self::Adaptive => "adaptive",
        }
    }

    /// A fresh strategy of this kind.
    pub fn strategy(self) -> Wait {
        match self {
            Self::Spin => Wait::Spin(SpinWait),
            Self::Backoff => Wait::Backoff(BackoffWait::default()),
            Self::Adaptive => Wait::Adaptive(AdaptiveWait::default()),
        }
    }
}

/// Any of the strategies, chosen at run time.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// Spinning.
    Spin(SpinWait),
    /// Backing off.
    Backoff(BackoffWait),
    /// Sleeping until woken.
    Adaptive(AdaptiveWait),
}

impl WaitStrategy for Wait {
    #[inline]
    fn wait(&mut self) -> WaitStep {
        match self {
            Self::Spin(wait) => wait.wait(),
            Self::Backoff(wait) => wait.wait(),
            Self::Adaptive(wait) => wait.wait(),
        }
    }

    #[inline]
    fn wait_on(&mut self, word: WakeWord<'_>, ready: &mut dyn FnMut() -> bool) -> WaitStep {
        match self {
            Self::Spin(wait) => wait.wait_on(word, ready),
            Self::Backoff(wait) => wait.wait_on(word, ready),
            Self::Adaptive(wait) => wait.wait_on(word, ready),
        }
    }

    #[inline]
    fn reset(&mut self) {
        match self {
            Self::Spin(wait) => wait.reset(),
            Self::Backoff(wait) => wait.reset(),
            Self::Adaptive(wait) => wait.reset(),
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
