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
use crate::pace::{KEY_REFUSED_WAIT, SOON, back_off, interval, jitter};
use crate::protocol::{
    AskedTrial, Desired, Heartbeat, PROTOCOL_VERSION, RefusedKey, RefusedSlot, SlotReport,
    StatusPhase, StatusReport,
};

/// Versions of the request to try connections that are verified here.
const TRIAL_VERSIONS: &[u32] = &[1];

/// What the link is asked to do.
#[derive(Clone, Debug)]
pub enum Errand {
    /// Tell how an attempt ended.
    Tell(Order),
    /// Report before it is time: there is something to say, or to hear.
    Report,
}

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
    /// The connections that somebody wants tried.
    Asked(AskedTrial),
    /// The request to try connections, or why it could not be fetched.
    Request {
        /// Of this trial.
        trial_id: String,
        /// Its bytes, unverified.
        result: Result<Vec<u8>, CallError>,
    },
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

impl Board {
    /// Whether what is proved of a slot is other than before; what grows by itself isn't looked at.
    pub fn proves_other_than(&self, before: &Self) -> bool {
        let proved = |board: &Self| -> Vec<_> {
            let of = |slot: &SlotReport| {
                (
                    slot.slot.clone(),
                    slot.running.clone(),
                    slot.attempted.clone(),
                    slot.finished,
                )
            };
            board.slots.iter().map(of).collect()
        };
        proved(self) != proved(before)
    }
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
    /// Told with heartbeats.
    pub allowed_net: Vec<String>,
    /// How often to report, until told otherwise.
    pub interval: Duration,
}

/// Talks until the main thread is gone. `desired_digests` are for [who waits](crate::wait) for
/// something else to be desired.
pub fn talk(
    caller: Caller,
    board: Arc<Mutex<Board>>,
    errands: Receiver<Errand>,
    news: Sender<News>,
    desired_digests: Sender<String>,
) {
    let mut link = Link {
        caller,
        board,
        news,
        desired_digests,
        to_tell: VecDeque::new(),
        failures: 0,
        key_refused: false,
        keys_asked: None,
    };
    let mut next = Instant::now();
    let mut begun = next;
    loop {
        match errands.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(errand) => {
                let mut report = false;
                for errand in std::iter::once(errand).chain(errands.try_iter()) {
                    match errand {
                        Errand::Tell(order) => link.to_tell.push_back(order),
                        Errand::Report => report = true,
                    }
                }
                // While it is away, or refuses the key, nothing hurries it.
                if report && link.is_heard() {
                    next = next.min(begun + SOON);
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                begun = Instant::now();
                next = match link.beat() {
                    Ok(()) => begun + link.caller.interval,
                    Err(wait) => Instant::now() + wait,
                };
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
        // While it is away, orders wait for the next heartbeat that gets through.
        if link.is_heard() {
            link.carry_out();
        }
    }
}

struct Link {
    caller: Caller,
    board: Arc<Mutex<Board>>,
    news: Sender<News>,
    desired_digests: Sender<String>,
    to_tell: VecDeque<Order>,
    failures: u32,
    key_refused: bool,
    /// The digest that keys were last asked for, and when.
    keys_asked: Option<(String, Instant)>,
}

impl Link {
    fn is_heard(&self) -> bool {
        self.failures == 0 && !self.key_refused
    }

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
        if let Some(asked) = answer.connection_trial {
            self.tell_main(News::Asked(asked));
        }
        if let Some(digest) = answer.desired_digest {
            // Whoever waits is gone only when the process ends.
            let _ = self.desired_digests.send(digest);
        }
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
            allowed_net: self.caller.allowed_net.clone(),
            trial_versions: TRIAL_VERSIONS.to_vec(),
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
