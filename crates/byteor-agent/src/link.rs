//! The thread that talks to the control plane: heartbeats, keys, status. Bundles are fetched by
//! [threads of their own](crate::download).
//!
//! It keeps no state that matters: what it has to say is told to it again after a restart.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use byteor_policy::{OfferedKeys, STATEMENT_VERSIONS, SUPPORTED_FEATURES};

use crate::AGENT_VERSION;
use crate::api::{Api, CallError};
use crate::instant::{now_millis, rfc3339};
use crate::protocol::{
    Desired, Heartbeat, PROTOCOL_VERSION, RefusedKey, RefusedSlot, SlotReport, StatusPhase,
    StatusReport,
};

/// How an attempt ended, to be told until it is heard.
#[derive(Clone, Debug)]
pub struct Order {
    /// In this slot.
    pub slot: String,
    /// Of this deployment.
    pub deployment_id: String,
    /// What to tell.
    pub status: StatusReport,
}

/// What the main thread is told.
#[derive(Debug)]
pub enum News {
    /// The trusted keys have changed.
    Keys(OfferedKeys),
    /// What should run and stop.
    Desired(Vec<Desired>),
    /// A bundle that was ordered, or why not.
    Fetched {
        /// For this slot.
        slot: String,
        /// Of this deployment.
        deployment_id: String,
        /// The hash that was announced.
        bundle_hash: String,
        /// Its bytes, unverified.
        result: Result<Vec<u8>, CallError>,
    },
    /// The control plane has heard how an attempt ended.
    Told {
        /// In this slot.
        slot: String,
        /// Of this deployment.
        deployment_id: String,
        /// At this epoch.
        epoch: u64,
        /// Active or failed.
        phase: StatusPhase,
    },
}

/// What the main thread keeps up to date for heartbeats.
#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Digest of the trusted keys.
    pub key_set_digest: String,
    /// How far the host's clock is behind, in milliseconds.
    pub clock_behind_ms: u64,
    /// Keys that aren't taken.
    pub refused_keys: Vec<RefusedKey>,
    /// Slots that aren't taken.
    pub refused_slots: Vec<RefusedSlot>,
    /// Each slot.
    pub slots: Vec<SlotReport>,
}

/// Who we are to the control plane.
#[derive(Clone)]
pub struct Caller {
    /// The control plane.
    pub api: Api,
    /// Our id.
    pub agent_id: String,
    /// Our key.
    pub key: String,
    /// Told with heartbeats.
    pub allowed_roots: Vec<String>,
    /// How often to report, until told otherwise.
    pub interval: Duration,
}

/// The heartbeat interval that is honoured.
pub fn interval(millis: u64) -> Duration {
    Duration::from_millis(millis.clamp(100, 60_000))
}

/// The wait after `failures` failures in a row: 1 s, 2 s, 4 s, up to 30 s, shortened by up to a
/// half by `random`, so that agents don't come back all at once.
pub fn back_off(failures: u32, random: u64) -> Duration {
    let full = 1000_u64 << failures.saturating_sub(1).min(5);
    let full = full.min(30_000);
    Duration::from_millis(full - random % (full / 2))
}

/// How long to wait after the key was refused.
const KEY_REFUSED_WAIT: Duration = Duration::from_secs(60);

/// Talks until the main thread is gone.
pub fn talk(caller: Caller, board: Arc<Mutex<Board>>, orders: Receiver<Order>, news: Sender<News>) {
    let mut link = Link {
        caller,
        board,
        news,
        to_tell: VecDeque::new(),
        failures: 0,
        key_refused: false,
        keys_asked: None,
    };
    let mut next = Instant::now();
    loop {
        match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(order) => {
                link.to_tell.push_back(order);
                link.to_tell.extend(orders.try_iter());
            }
            Err(RecvTimeoutError::Timeout) => {
                let begun = Instant::now();
                next = match link.beat() {
                    Ok(()) => begun + link.caller.interval,
                    Err(wait) => Instant::now() + wait,
                };
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // While it is away, orders wait for the next heartbeat that gets through.
        if link.failures == 0 && !link.key_refused {
            link.carry_out();
        }
    }
}

struct Link {
    caller: Caller,
    board: Arc<Mutex<Board>>,
    news: Sender<News>,
    to_tell: VecDeque<Order>,
    failures: u32,
    key_refused: bool,
    /// The digest that keys were last asked for, and when.
    keys_asked: Option<(String, Instant)>,
}

impl Link {
    fn beat(&mut self) -> Result<(), Duration> {
        let heartbeat = self.heartbeat();
        let caller = &self.caller;
        let answer = caller
            .api
            .heartbeat(&caller.agent_id, &caller.key, &heartbeat);
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return Err(self.failed(&error)),
        };
        if self.failures > 0 || self.key_refused {
            tracing::info!("the control plane is back");
        }
        self.failures = 0;
        self.key_refused = false;
        self.caller.interval = interval(answer.heartbeat_interval_ms);
        if answer.key_set_digest != heartbeat.key_set_digest {
            self.refresh_keys(&answer.key_set_digest)?;
        }
        self.tell_main(News::Desired(answer.desired));
        Ok(())
    }

    /// Keys come before the bundles that are signed with them.
    fn refresh_keys(&mut self, wanted: &str) -> Result<(), Duration> {
        let asked_lately = self
            .keys_asked
            .as_ref()
            .is_some_and(|(digest, at)| digest == wanted && at.elapsed() < KEY_REFUSED_WAIT);
        if asked_lately {
            return Ok(());
        }
        let caller = &self.caller;
        match caller.api.signing_keys(&caller.agent_id, &caller.key) {
            Ok(keys) => {
                self.keys_asked = Some((wanted.to_owned(), Instant::now()));
                self.tell_main(News::Keys(keys));
                Ok(())
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn failed(&mut self, error: &CallError) -> Duration {
        if error.is_key_refused() {
            if !self.key_refused {
                tracing::error!(
                    "this agent is decommissioned, or its key was replaced; what it has verified goes \
                     on running, nothing new is taken; asking again once a minute: {error}"
                );
            }
            self.key_refused = true;
            return KEY_REFUSED_WAIT;
        }
        self.failures = self.failures.saturating_add(1);
        let wait = back_off(self.failures, jitter());
        if self.failures == 1 || self.failures.is_multiple_of(20) {
            tracing::warn!("what runs goes on; trying again in {wait:.1?}: {error}");
        }
        wait
    }

    fn heartbeat(&self) -> Heartbeat {
        let board = {
            let board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
            board.clone()
        };
        Heartbeat {
            protocol_version: PROTOCOL_VERSION,
            agent_version: AGENT_VERSION.to_owned(),
            spec_features: SUPPORTED_FEATURES
                .iter()
                .map(|&name| name.to_owned())
                .collect(),
            statement_versions: STATEMENT_VERSIONS.to_vec(),
            allowed_roots: self.caller.allowed_roots.clone(),
            key_set_digest: board.key_set_digest,
            clock_behind_ms: board.clock_behind_ms,
            refused_keys: board.refused_keys,
            refused_slots: board.refused_slots,
            slots: board.slots,
            sent_at: rfc3339(now_millis()),
        }
    }

    fn carry_out(&mut self) {
        while let Some(order) = self.to_tell.pop_front() {
            let caller = &self.caller;
            let told = caller.api.status(
                &caller.agent_id,
                &caller.key,
                &order.deployment_id,
                &order.status,
            );
            match told {
                Err(error) if !error.is_final() => {
                    self.to_tell.push_front(order);
                    self.failed(&error);
                    return;
                }
                result => {
                    if let Err(error) = result {
                        tracing::warn!("status of {}: {error}", order.deployment_id);
                    }
                    self.tell_main(News::Told {
                        slot: order.slot,
                        deployment_id: order.deployment_id,
                        epoch: order.status.epoch,
                        phase: order.status.phase,
                    });
                }
            }
        }
    }

    fn tell_main(&self, news: News) {
        // The main thread is gone only when the process ends.
        let _ = self.news.send(news);
    }
}

/// A little randomness, from the clock and the process: enough to spread agents out.
fn jitter() -> u64 {
    let mixed = now_millis() ^ (u64::from(std::process::id()) << 20);
    mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_half_a_minute_and_never_drops_below_half() {
        for (failures, full) in [
            (1, 1000),
            (2, 2000),
            (3, 4000),
            (5, 16_000),
            (6, 30_000),
            (99, 30_000),
        ] {
            assert_eq!(back_off(failures, 0), Duration::from_millis(full));
            for random in 0..full {
                assert!(back_off(failures, random) > Duration::from_millis(full / 2));
            }
        }
    }

    #[test]
    fn a_silly_interval_is_bounded() {
        assert_eq!(interval(0), Duration::from_millis(100));
        assert_eq!(interval(u64::MAX), Duration::from_secs(60));
    }
}
