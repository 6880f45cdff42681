//! Waits to hear that something else is desired, so that an order needn't wait for the next
//! heartbeat.
//!
//! What is heard here only makes the [link](crate::link) report at once: what to do comes with the
//! answer to that heartbeat, as ever. A control plane that knows nothing of it costs a call a
//! minute.

use std::sync::Weak;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::api::CallError;
use crate::failure::Failure;
use crate::link::{Caller, Errand};

/// The wait after a call that failed; heartbeats find out whether it is away.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);
/// The wait after it said that it has no such call, or doesn't take this key.
const AFTER_A_REFUSAL: Duration = Duration::from_secs(60);

/// Starts the thread. `digests` says what the last heartbeat was answered with; the thread ends
/// when nobody is left to say it. The main thread alone keeps the link going, so `errands` doesn't.
///
/// # Errors
/// `E_THREAD` where the host gives no thread.
pub fn start(
    caller: Caller,
    digests: Receiver<String>,
    errands: Weak<Sender<Errand>>,
) -> Result<(), Failure> {
    std::thread::Builder::new()
        .name("wait".to_owned())
        .spawn(move || wait(&caller, &digests, &errands))
        .map(|_| ())
        .map_err(|error| Failure::new("E_THREAD", error.to_string(), "check the process limits"))
}

fn wait(caller: &Caller, digests: &Receiver<String>, errands: &Weak<Sender<Errand>>) {
    let Ok(mut known) = digests.recv() else {
        return;
    };
    loop {
        if let Some(newest) = digests.try_iter().last() {
            known = newest;
        }
        let changed = caller
            .api
            .desired_changed(&caller.agent_id, &caller.key, &known);
        let rest = match changed {
            Ok(true) => {
                // The main thread is gone, or the link is: nobody is left to report to.
                let errands = errands.upgrade();
                if errands.is_none_or(|errands| errands.send(Errand::Report).is_err()) {
                    return;
                }
                // What is desired now comes with the answer to that heartbeat.
                match digests.recv() {
                    Ok(newest) => known = newest,
                    Err(_) => return,
                }
                continue;
            }
            Ok(false) => continue,
            Err(error) => rest_after(&error),
        };
        if !pass(digests, rest, &mut known) {
            return;
        }
    }
}

fn rest_after(error: &CallError) -> Duration {
    match error {
        CallError::Refused {
            status: 400..500, ..
        } => AFTER_A_REFUSAL,
        _ => AFTER_A_FAILURE,
    }
}

/// Lets time pass, and keeps the newest digest; false when nobody is left to say one.
fn pass(digests: &Receiver<String>, rest: Duration, known: &mut String) -> bool {
    let until = Instant::now() + rest;
    loop {
        match digests.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(newest) => *known = newest,
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
}
