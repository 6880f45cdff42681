//! The locks by which a lane's producers are known to live.
//!
//! `<region>.owner-<number>`, held with `flock` by one process as long as it has senders. The kernel
//! lets go of it with the process, and not before: one that was stopped holds it. Process ids would
//! be used again, and mean something else in another container.

use std::fs::File;
use std::path::{Path, PathBuf};

use indexbus::Liveness;
use rustix::fs::{FlockOperation, Mode, OFlags, flock};
use rustix::io::Errno;

use crate::Error;

/// Largest number that is tried: so many processes may have senders of one lane.
const LAST: u32 = 1023;

/// The locks of a lane's producers, by the path of its region.
#[derive(Clone, Debug)]
pub struct Owners {
    region: PathBuf,
}

/// A lock that is held.
#[derive(Debug)]
pub(crate) struct OwnerLock {
    number: u32,
    /// Open as long as the lock is held.
    _file: File,
}

impl OwnerLock {
    pub(crate) fn number(&self) -> u32 {
        self.number
    }
}

impl Owners {
    /// Those of the lane whose region is at `region`.
    pub fn of(region: &Path) -> Self {
        Self {
            region: region.to_owned(),
        }
    }

    /// The file of the lock `number`.
    fn path(&self, number: u32) -> PathBuf {
        let mut name = self.region.clone().into_os_string();
        name.push(format!(".owner-{number}"));
        name.into()
    }

    /// Takes the first lock that is free.
    pub(crate) fn take(&self) -> Result<OwnerLock, Error> {
        for number in 1..=LAST {
            let path = self.path(number);
            let flags = OFlags::CREATE | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            let fd = rustix::fs::open(&path, flags | OFlags::NONBLOCK, Mode::RUSR | Mode::WUSR)
                .map_err(|e| Error::io(&path, "open it", e))?;
            match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    return Ok(OwnerLock {
                        number,
                        _file: fd.into(),
                    });
                }
                // Held by another, or just looked at.
                Err(Errno::WOULDBLOCK) => {}
                Err(e) => return Err(Error::io(&path, "lock it", e)),
            }
        }
        Err(Error::io(&self.path(LAST), "lock it", Errno::USERS))
    }
}

impl Liveness for Owners {
    type Error = Error;

    /// Looks by taking the lock for a moment, together with whoever else looks.
    fn is_dead(&self, owner: u32) -> Result<bool, Error> {
        let path = self.path(owner);
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let fd = rustix::fs::open(&path, flags, Mode::empty())
            .map_err(|e| Error::io(&path, "open it", e))?;
        match flock(&fd, FlockOperation::NonBlockingLockShared) {
            Ok(()) => Ok(true),
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(e) => Err(Error::io(&path, "look at it", e)),
        }
    }
}
