//! Stopping in good order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Signal, getppid, set_parent_process_death_signal};

/// A flag that SIGTERM and SIGINT raise.
///
/// SIGXFSZ is caught as well, so that a file that would grow past the process's limit gives an
/// error of the write, which is handled, instead of ending the process.
pub fn stop_flag() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
    Ok(stop)
}

/// The number of SIGXFSZ on Linux, on every architecture that the runtime is built for.
const SIGXFSZ: i32 = 25;

/// Asks the kernel for SIGTERM when the parent process ends, and raises `stop` at once where it
/// has ended already. Call it from the main thread: the kernel means the thread that asked.
///
/// A parent that ends before this process first looks can only be noticed by its id, `expected`;
/// whoever adopted us then looks like a parent (and process 1 may well be the real one, in a
/// container).
pub fn stop_with_parent(stop: &AtomicBool, expected: Option<i32>) -> io::Result<()> {
    let now = || getppid().map(|parent| parent.as_raw_nonzero().get());
    let first = now();
    set_parent_process_death_signal(Some(Signal::TERM))?;
    if now() != first || (expected.is_some() && expected != first) {
        stop.store(true, Ordering::Relaxed);
    }
    Ok(())
}
