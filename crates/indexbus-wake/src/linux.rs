//! The shared futex of Linux: without `FUTEX_PRIVATE_FLAG`, so that the kernel finds sleepers by
//! what is mapped and not by its address.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use rustix::io::Errno;
use rustix::thread::futex::{self, Flags, Timespec};

use crate::WaitError;

pub fn wait(addr: &AtomicU32, expected: u32, timeout: Option<Duration>) -> Result<(), WaitError> {
    // Longer than the kernel's clock goes is without limit.
    let timeout = timeout.and_then(|limit| Timespec::try_from(limit).ok());
    match futex::wait(addr, Flags::empty(), expected, timeout.as_ref()) {
        // Another value; a signal.
        Ok(()) | Err(Errno::AGAIN | Errno::INTR) => Ok(()),
        Err(Errno::TIMEDOUT) => Err(WaitError::TimedOut),
        Err(e) => Err(WaitError::Refused(e.raw_os_error())),
    }
}

pub fn wake(addr: &AtomicU32, most: u32) -> Result<usize, WaitError> {
    futex::wake(addr, Flags::empty(), most).map_err(|e| WaitError::Refused(e.raw_os_error()))
}
