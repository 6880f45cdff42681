//! What is known of one slot over restarts, `slots/<slot>/slot.json`.

use std::path::PathBuf;
use std::{fs, io};

use byteor_pipeline_snapshot::Counters;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::instant::rfc3339;
use crate::protocol::{Desired, Phase, StatusPhase, StatusReport};
use crate::state::StateFolder;

/// How many deployments that ended are remembered for each slot.
const QUARANTINE: usize = 50;

/// Which deployment, exactly: the same one with another epoch or other bytes is another target.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Target {
    /// The deployment.
    pub deployment_id: String,
    /// Its epoch.
    pub epoch: u64,
    /// Hash of its bundle.
    pub bundle_hash: String,
}

impl From<&Desired> for Target {
    fn from(desired: &Desired) -> Self {
        Self {
            deployment_id: desired.deployment_id.clone(),
            epoch: desired.epoch,
            bundle_hash: desired.bundle_hash.clone(),
        }
    }
}

/// A code and words, and when they were said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Stable code.
    pub code: String,
    /// In words.
    pub message: String,
    /// Milliseconds since 1970.
    pub at: u64,
}

/// What is known of one slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotRecord {
    /// Format version, 1.
    pub v: u32,
    /// The highest epoch that was ever accepted; never goes back.
    pub epoch: u64,
    /// The bundle that it was accepted with.
    pub epoch_bundle_hash: Option<String>,
    /// The last-known-good: what runs, or is started again.
    pub active: Option<Activation>,
    /// The control plane asked for `active` to be stopped.
    pub stopped: bool,
    /// What ended here; never tried again.
    pub quarantine: Vec<Quarantined>,
    /// What fell back and will be tried again; on disk, so that a restart gives no further try.
    #[serde(default)]
    pub falling: Option<Falling>,
    /// Nothing is left of it but its epoch and what is quarantined.
    #[serde(default)]
    pub retired: bool,
}

/// A deployment that proved healthy, or is about to be tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The deployment.
    #[serde(flatten)]
    pub target: Target,
    /// Digest of its statement.
    pub deployment_digest: String,
    /// When it was verified for activation, seconds since 1970: expiry is judged by this instant.
    pub activated_at: u64,
    /// It came to the end of a bounded input, and is not started again.
    pub finished: bool,
    /// The control plane knows that it is active.
    pub reported: bool,
    /// When it proved healthy, milliseconds since 1970.
    #[serde(default)]
    pub active_since: u64,
    /// When the process started that proved it, milliseconds since 1970: `base` is of then.
    #[serde(default)]
    pub counting_since: u64,
    /// The pipeline's totals at that start; what this deployment counted is what came on top.
    #[serde(default)]
    pub base: Option<Base>,
    /// How often its runtime was started again since it was active.
    #[serde(default)]
    pub restarts: u32,
    /// When it last was, milliseconds since 1970.
    #[serde(default)]
    pub last_restart_at: Option<u64>,
}

/// The totals that a deployment began with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// When these totals began, milliseconds since 1970, where the checkpoint says it: another
    /// instant means another account.
    pub since: Option<u64>,
    /// What was counted by then.
    #[serde(flatten)]
    pub counters: Counters,
}

impl Base {
    /// What was counted on top of it, and since when, of totals that began at `since`; nothing
    /// where these are totals of another account.
    pub fn counted(&self, totals: &Counters, since: Option<u64>) -> Option<Counters> {
        let same = self.since.is_none() || since.is_none() || self.since == since;
        same.then(|| totals.since(&self.counters)).flatten()
    }
}

/// How a deployment ended here. Both are final.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// Verification or a rule said no.
    Refused,
    /// It failed its health on every step of the ladder.
    #[default]
    Failed,
}

impl Ended {
    /// As it is told.
    pub fn phase(self) -> Phase {
        match self {
            Self::Refused => Phase::Refused,
            Self::Failed => Phase::Failed,
        }
    }
}

/// A deployment that ended here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarantined {
    /// Which.
    #[serde(flatten)]
    pub target: Target,
    /// How.
    #[serde(default)]
    pub ended: Ended,
    /// Why.
    #[serde(flatten)]
    pub said: Said,
    /// How often it had been tried.
    #[serde(default)]
    pub tries: u32,
    /// The control plane knows.
    pub reported: bool,
}

impl Quarantined {
    /// What the control plane is told.
    pub fn status(&self) -> StatusReport {
        StatusReport {
            epoch: self.target.epoch,
            phase: StatusPhase::Failed,
            is_final: true,
            code: Some(self.said.code.clone()),
            message: Some(self.said.message.clone()),
            at: rfc3339(self.said.at),
        }
    }
}

/// A deployment that started and failed its health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Falling {
    /// Which.
    #[serde(flatten)]
    pub target: Target,
    /// How often so far.
    pub falls: u32,
    /// Why it did last.
    #[serde(flatten)]
    pub said: Said,
}

impl SlotRecord {
    /// Whether this very target is the last-known-good.
    pub fn is_active(&self, target: &Target) -> bool {
        self.active
            .as_ref()
            .is_some_and(|active| active.target == *target)
    }

    /// Whether this very target ended here.
    pub fn is_quarantined(&self, target: &Target) -> bool {
        self.quarantine.iter().any(|ended| ended.target == *target)
    }

    /// The record with a higher epoch: from here on no older one is accepted.
    #[must_use]
    pub fn noting(&self, target: &Target) -> Self {
        Self {
            v: 1,
            epoch: self.epoch.max(target.epoch),
            epoch_bundle_hash: if target.epoch >= self.epoch {
                Some(target.bundle_hash.clone())
            } else {
                self.epoch_bundle_hash.clone()
            },
            retired: false,
            ..self.clone()
        }
    }

    /// The record with another last-known-good.
    #[must_use]
    pub fn confirming(&self, activation: &Activation) -> Self {
        Self {
            active: Some(activation.clone()),
            stopped: false,
            falling: None,
            ..self.clone()
        }
    }

    /// Keeps what ended, and forgets the oldest of too many.
    pub fn put_away(&mut self, ended: Quarantined) {
        self.v = 1;
        self.falling = None;
        self.quarantine.push(ended);
        if self.quarantine.len() > QUARANTINE {
            self.quarantine.remove(0);
        }
    }

    /// What stays of a slot that is retired: what keeps old and ended deployments from coming back.
    #[must_use]
    pub fn retiring(&self) -> Self {
        Self {
            active: None,
            stopped: false,
            falling: None,
            retired: true,
            ..self.clone()
        }
    }
}

/// Where a slot's record stands in the state folder.
pub fn path(slot: &str) -> PathBuf {
    PathBuf::from("slots").join(slot).join("slot.json")
}

/// Reads a slot's record; a new one where there is none.
///
/// # Errors
/// `E_SLOT_DAMAGED` where it isn't what an agent of this version writes, `E_STATE` where it can't
/// be read. Without it, old epochs could come back.
pub fn read(state: &StateFolder, slot: &str) -> Result<SlotRecord, Failure> {
    let path = state.path(path(slot));
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(SlotRecord::default()),
        Err(error) => return Err(Failure::state("read", &path, error)),
    };
    let damaged = |why: String| {
        Failure::new(
            "E_SLOT_DAMAGED",
            format!("could not understand {}: {why}", path.display()),
            "put the file back as it was, or remove it to let the slot start anew",
        )
    };
    let record: SlotRecord =
        serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
    match record.v {
        0 | 1 => Ok(record),
        other => Err(damaged(format!("it has the unknown version {other}"))),
    }
}
