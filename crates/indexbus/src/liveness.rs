//! Who of a lane's producers is dead, and whom its receiver waits for.

use core::convert::Infallible;
use core::fmt;

/// Tells who of a lane's producers is dead, by a lock that each holds as long as it lives.
pub trait Liveness {
    /// Why it couldn't be told.
    type Error;

    /// Whether the lock of `owner` is free. A producer that is stopped still holds its own.
    fn is_dead(&self, owner: u32) -> Result<bool, Self::Error>;
}

/// Producers that live as long as the lane: threads of one process.
#[derive(Clone, Copy, Debug)]
pub struct NeverDead;

impl Liveness for NeverDead {
    type Error = Infallible;

    fn is_dead(&self, _: u32) -> Result<bool, Infallible> {
        Ok(false)
    }
}

/// A claim that was not filled yet, and that those behind it wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldUp {
    /// Whose it is, by the number of its lock; 0 is a producer that has none.
    pub owner: u32,
    /// Which put it is.
    pub count: u64,
    /// How often the receiver found it so, one after the other.
    pub polls: u64,
}

/// Whom a router asks before it waits.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'m>(pub &'m (dyn Liveness<Error = Infallible> + Sync));

impl fmt::Debug for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}
