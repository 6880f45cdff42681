//! Systems without a wait on memory that processes share.

use std::sync::atomic::AtomicU32;
use std::time::Duration;

use crate::WaitError;

pub fn wait(_: &AtomicU32, _: u32, _: Option<Duration>) -> Result<(), WaitError> {
    Err(WaitError::Unsupported)
}

pub fn wake(_: &AtomicU32, _: u32) -> Result<usize, WaitError> {
    Err(WaitError::Unsupported)
}
