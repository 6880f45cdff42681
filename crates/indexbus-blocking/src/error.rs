//! Why an end stopped waiting.

use std::fmt;

use indexbus::Error;

/// Why an end stopped waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockingError {
    /// The time is over, and nothing happened. Try again, or look who is stuck.
    TimedOut,
    /// What waiting doesn't help against, as the lane said it.
    Lane(Error),
}

impl BlockingError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TimedOut => "E_LANE_TIMED_OUT",
            Self::Lane(error) => error.code(),
        }
    }
}

impl From<Error> for BlockingError {
    fn from(error: Error) -> Self {
        Self::Lane(error)
    }
}

impl fmt::Display for BlockingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("nothing happened in the time given"),
            Self::Lane(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BlockingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::TimedOut => None,
            Self::Lane(error) => Some(error),
        }
    }
}
