//! The messages of `docs/spec/agent-protocol.md`. Unknown fields are ignored on both sides.

use byteor_config::Posture;
use byteor_pipeline_backings_shm::SingleRingSnapshot;
use byteor_policy::KeySet;
use serde::{Deserialize, Serialize};

/// The protocol that this agent speaks.
pub const PROTOCOL_VERSION: u32 = 1;

/// What is sent to enrol.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrollRequest {
    /// A name to be known by; else the server makes one from the host's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The host's name.
    pub host_name: String,
    /// See [`crate::AGENT_VERSION`].
    pub agent_version: String,
    /// See [`PROTOCOL_VERSION`].
    pub protocol_version: u32,
    /// What the runtime can execute.
    pub spec_features: Vec<String>,
    /// Folders that the host's owner allows.
    pub allowed_roots: Vec<String>,
}

/// The identity that an enrolment gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EnrollAnswer {
    /// The agent's id.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// Its key; shown once.
    pub runtime_key: String,
    /// What the key may do.
    pub scopes: Vec<String>,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub posture: Posture,
    /// The organization's public keys.
    pub key_set: KeySet,
    /// How often to report.
    pub heartbeat_interval_ms: u64,
}

/// A heartbeat.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Heartbeat {
    /// See [`PROTOCOL_VERSION`].
    pub protocol_version: u32,
    /// See [`crate::AGENT_VERSION`].
    pub agent_version: String,
    /// What the runtime can execute.
    pub spec_features: Vec<String>,
    /// Folders that the host's owner allows.
    pub allowed_roots: Vec<String>,
    /// Digest of the trusted keys.
    pub key_set_digest: String,
    /// RFC 3339.
    pub sent_at: String,
    /// Each slot that the agent knows.
    pub slots: Vec<SlotReport>,
}

/// What an agent proves about one slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SlotReport {
    /// The slot.
    pub slot: String,
    /// What runs, verified and healthy.
    pub running: Option<RunningReport>,
    /// The newest that was tried.
    pub attempted: Option<AttemptedReport>,
    /// The ring's state.
    pub snapshot: Option<SingleRingSnapshot>,
    /// The runtime's last lines.
    pub last_words: Vec<String>,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningReport {
    /// The deployment.
    pub deployment_id: String,
    /// Digest of its statement.
    pub deployment_digest: String,
    /// Its epoch.
    pub epoch: u64,
    /// Hash of its bundle.
    pub bundle_hash: String,
    /// Start of the process, RFC 3339.
    pub since: String,
}

/// How far an attempt came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Getting the bundle.
    Fetching,
    /// Checking it.
    Verifying,
    /// Taking the slot, or starting again after a crash.
    Starting,
    /// Healthy, or ended well.
    Active,
    /// Refused or broken; quarantined.
    Failed,
}

/// The newest attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptedReport {
    /// The deployment.
    pub deployment_id: String,
    /// Its epoch.
    pub epoch: u64,
    /// How far it came.
    pub phase: Phase,
    /// Why it is where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// The answer to a heartbeat.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HeartbeatAnswer {
    /// What should run or stop.
    pub desired: Vec<Desired>,
    /// Digest of the keys that should be trusted.
    pub key_set_digest: String,
    /// How often to report from now on.
    pub heartbeat_interval_ms: u64,
}

/// What one slot should do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// The slot.
    pub slot: String,
    /// The deployment that is spoken of.
    pub deployment_id: String,
    /// Its epoch.
    pub epoch: u64,
    /// Hash of its bundle.
    pub bundle_hash: String,
    /// Run it or stop it.
    pub state: DesiredState,
}

/// Run or stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DesiredState {
    /// It should run.
    Run,
    /// It should not.
    Stop,
}

/// How an attempt ended, told once for each deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// Its epoch.
    pub epoch: u64,
    /// [`Phase::Active`] or [`Phase::Failed`].
    pub phase: Phase,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// The body of every error.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ErrorAnswer {
    /// The error.
    pub error: ErrorBody,
}

/// An error of the control plane.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ErrorBody {
    /// Stable code.
    pub code: String,
    /// In words.
    pub message: String,
    /// What to do.
    #[serde(default)]
    pub help: Option<String>,
}
