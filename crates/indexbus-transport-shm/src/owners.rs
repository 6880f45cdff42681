//! The locks by which a lane's producers are known to live, and by which an end has one holder.
//!
//! `<region>.owner-<number>`, held with `flock` by one process as long as it has senders, and
//! `<region>.sender` and the like by whoever took that end. The kernel lets go of it with the process, and not before: one that was stopped holds it. Process ids
//! would be used again, and mean something else in another container.

use std::convert::Infallible;
use std::fs::File;
use std::os::fd::OwnedFd;
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

/// A lock that is held, until this value goes or the process does.
#[derive(Debug)]
pub struct OwnerLock {
    number: u32,
    _held: Held,
}

/// A file whose lock is held until this value goes.
#[derive(Debug)]
struct Held(File);

impl Drop for Held {
    /// Closing alone would leave the lock to a child that was forked elsewhere in this process and hasn't
    /// become its program yet, which has the same open file.
    fn drop(&mut self) {
        // What can't be let go of goes with the file.
        let _ = flock(&self.0, FlockOperation::Unlock);
    }
}

impl OwnerLock {
    /// Its number, 1 to 1,023: what claims name.
    pub fn number(&self) -> u32 {
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
        beside(&self.region, &format!("owner-{number}"))
    }

    /// Takes the first lock that is free. Whoever takes one skips the claims that its holder before
    /// left, before it makes any.
    pub fn take(&self) -> Result<OwnerLock, Error> {
        for number in 1..=LAST {
            if let Some(held) = lock(&self.region, &self.path(number))? {
                return Ok(OwnerLock {
                    number,
                    _held: held,
                });
            }
        }
        Err(Error::io(&self.path(LAST), "lock it", Errno::USERS))
    }
}

/// The file `<region>.<name>`.
fn beside(region: &Path, name: &str) -> PathBuf {
    let mut path = region.as_os_str().to_owned();
    path.push(format!(".{name}"));
    path.into()
}

/// Takes the lock of the file at `path`, which is created for whom the region is for; `None` where
/// somebody holds it, or just looks at it.
fn lock(region: &Path, path: &Path) -> Result<Option<Held>, Error> {
    let fd = open_or_create(region, path).map_err(|e| Error::io(path, "open it", e))?;
    match flock(&fd, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(Held(fd.into()))),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(Error::io(path, "lock it", e)),
    }
}

/// One that is there is opened without a word of creating: in a folder like `/dev/shm` the kernel
/// refuses that word to the group of a file.
fn open_or_create(region: &Path, path: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    loop {
        match rustix::fs::open(path, flags, Mode::empty()) {
            Err(Errno::NOENT) => {}
            opened => return opened,
        }
        let mode = Mode::from_raw_mode(rustix::fs::stat(region)?.st_mode & 0o660);
        match rustix::fs::open(path, flags | OFlags::CREATE | OFlags::EXCL, mode) {
            Ok(fd) => {
                rustix::fs::fchmod(&fd, mode)?;
                return Ok(fd);
            }
            Err(Errno::EXIST) => {}
            Err(e) => return Err(e),
        }
    }
}

/// An end of which a lane has one. Two at work would take each other's payloads, or write over them,
/// and neither would know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The single producer of an events or fanout region.
    SpscSender,
    /// The receiver of a single producer.
    SpscReceiver,
    /// The receiver of many producers.
    MpscReceiver,
    /// The router of a fanout.
    Router,
    /// The consumer of that number of a fanout.
    Consumer(usize),
    /// The publisher of a journal or a state.
    Publisher,
}

impl End {
    /// What its lock is called, behind the name of the region.
    fn name(self) -> String {
        match self {
            Self::SpscSender => "sender".to_owned(),
            Self::SpscReceiver => "receiver".to_owned(),
            Self::MpscReceiver => "receiver-of-many".to_owned(),
            Self::Router => "router".to_owned(),
            Self::Consumer(n) => format!("consumer-{n}"),
            Self::Publisher => "publisher".to_owned(),
        }
    }
}

/// The ends that a value holds for its process, until it goes or the process does: each with its open
/// lock.
#[derive(Debug, Default)]
pub(crate) struct Ends(Vec<(End, Held)>);

impl Ends {
    /// Takes the end of the lane at `region`, once; `Taken` where another value has it.
    pub(crate) fn take(&mut self, region: &Path, end: End) -> Result<(), Error> {
        if self.0.iter().all(|(held, _)| *held != end) {
            let taken = lock(region, &beside(region, &end.name()))?;
            let held = taken.ok_or_else(|| Error::layout(region, indexbus::Error::Taken))?;
            self.0.push((end, held));
        }
        Ok(())
    }
}

/// The same, where it can't be told why not: a producer whose lock can't be looked at lives, so that
/// it is waited for. `held_up` goes on to name it.
#[derive(Debug)]
pub(crate) struct UnlessUnknown(pub Owners);

impl Liveness for UnlessUnknown {
    type Error = Infallible;

    fn is_dead(&self, owner: u32) -> Result<bool, Infallible> {
        Ok(self.0.is_dead(owner).unwrap_or(false))
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
            Ok(()) => {
                drop(Held(fd.into()));
                Ok(true)
            }
            Err(Errno::WOULDBLOCK) => Ok(false),
            Err(e) => Err(Error::io(&path, "look at it", e)),
        }
    }
}
