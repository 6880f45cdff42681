//! Sleeping on a 32-bit word that several processes share, and waking those who do.
//!
//! [`wait_u32_eq`] looks at the word and falls asleep in one step: a waker that changes the word and
//! then calls [`wake_one`] or [`wake_all`] never comes between the two. The word may stand in any
//! memory that the processes map from one file, at whatever addresses.
//!
//! Correctness must not depend on a wake (reference: IndexBus, section 10). Wakes come for nothing,
//! by a signal or for somebody else; and they get lost, with a process that died before it woke. So
//! whoever waits loops over an Acquire load and the wait, with a time limit, and whoever writes stores
//! the data, bumps the word with Release, and wakes:
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::time::Duration;
//!
//! let word = AtomicU32::new(0);
//! std::thread::scope(|scope| {
//!     scope.spawn(|| {
//!         word.fetch_add(1, Ordering::Release);
//!         let _ = indexbus_wake::wake_all(&word); // who sleeps on wakes at its time limit
//!     });
//!     while word.load(Ordering::Acquire) == 0 {
//!         // An error is a reason to look again, as a wake is.
//!         let _ = indexbus_wake::wait_u32_eq(&word, 0, Some(Duration::from_millis(10)));
//!     }
//! });
//! ```
//!
//! Linux has this as a shared futex. Elsewhere every function is [`WaitError::Unsupported`]: no other
//! system offers it for memory that processes map from files, and polling in here would hide that.

use std::fmt;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
use elsewhere as system;

/// Why a wait ended without a wake, or could not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitError {
    /// The time is over, and the word had the value when last looked at.
    TimedOut,
    /// This system has no shared wait on a word. Sleep for a bounded time instead.
    Unsupported,
    /// The system refused, with its error number: the word is not in memory that can be waited on.
    Refused(i32),
}

impl WaitError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TimedOut => "E_WAIT_TIMED_OUT",
            Self::Unsupported => "E_WAIT_UNSUPPORTED",
            Self::Refused(_) => "E_WAIT_REFUSED",
        }
    }
}

impl fmt::Display for WaitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("nobody woke the word in time; look again"),
            Self::Unsupported => {
                f.write_str("this system has no shared wait on a word; sleep for a moment instead")
            }
            Self::Refused(errno) => write!(
                f,
                "the system refused to wait on the word (error {errno}); is its memory mapped?"
            ),
        }
    }
}

impl std::error::Error for WaitError {}

/// Sleeps while the word at `addr` is `expected`, until somebody wakes it, or for `timeout`; without
/// one, without limit.
///
/// `Ok` says to look again: the word was another one, somebody woke it, or something else did. It
/// doesn't say that the word changed.
pub fn wait_u32_eq(
    addr: &AtomicU32,
    expected: u32,
    timeout: Option<Duration>,
) -> Result<(), WaitError> {
    system::wait(addr, expected, timeout)
}

/// Wakes one of those who sleep on the word at `addr`, in any process. Returns how many woke, 0 or 1.
pub fn wake_one(addr: &AtomicU32) -> Result<usize, WaitError> {
    system::wake(addr, 1)
}

/// Wakes all who sleep on the word at `addr`, in any process. Returns how many woke.
pub fn wake_all(addr: &AtomicU32) -> Result<usize, WaitError> {
    system::wake(addr, i32::MAX as u32)
}
