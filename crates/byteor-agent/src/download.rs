//! Bundles are fetched here, on threads of their own: a slow download holds up no heartbeat, and
//! a few slow ones not the next.

use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

use crate::api::{Api, CallError};
use crate::failure::Failure;
use crate::link::News;

/// Downloads under way at once; each may hold a bundle of 16 MiB in memory.
const WORKERS: usize = 4;

/// A bundle that is wanted.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// For this slot.
    pub slot: String,
    /// Of this deployment.
    pub deployment_id: String,
    /// Announced hash, to find the answer again.
    pub bundle_hash: String,
}

/// Starts the threads. They end when `wanted` has no sender left.
///
/// # Errors
/// `E_THREAD` where the host gives no thread.
pub fn start(
    api: &Api,
    agent_id: &str,
    key: &str,
    wanted: Receiver<Wanted>,
    news: &Sender<News>,
) -> Result<(), Failure> {
    let wanted = Arc::new(Mutex::new(wanted));
    for _ in 0..WORKERS {
        let (api, agent_id, key) = (api.clone(), agent_id.to_owned(), key.to_owned());
        let (wanted, news) = (Arc::clone(&wanted), news.clone());
        std::thread::Builder::new()
            .name("download".to_owned())
            .spawn(move || {
                loop {
                    // The lock is held while waiting for the next one, and not while fetching it.
                    let next = wanted.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(one) = next else { return };
                    let result: Result<Vec<u8>, CallError> =
                        api.bundle(&agent_id, &key, &one.deployment_id);
                    let fetched = News::Fetched {
                        slot: one.slot,
                        deployment_id: one.deployment_id,
                        bundle_hash: one.bundle_hash,
                        result,
                    };
                    if news.send(fetched).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| {
                Failure::new("E_THREAD", error.to_string(), "check the process limits")
            })?;
    }
    Ok(())
}
