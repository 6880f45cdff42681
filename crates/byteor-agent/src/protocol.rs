//! The messages of `docs/spec/agent-protocol.md`. Unknown fields are ignored on both sides.

use byteor_config::Posture;
use byteor_pipeline_snapshot::{Counters, Snapshot};
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
    /// Versions of the deployment statement that are verified here.
    #[serde(default)]
    pub statement_versions: Vec<u32>,
    /// Folders that the host's owner allows.
    pub allowed_roots: Vec<String>,
}

impl EnrollRequest {
    /// The body that every control plane takes: the name, and nothing else.
    pub fn given(&self) -> serde_json::Value {
        match &self.name {
            Some(name) => serde_json::json!({ "name": name }),
            None => serde_json::json!({}),
        }
    }
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
    /// The organization's public keys, as they came: [`byteor_policy::OfferedKeys`] reads them.
    pub key_set: serde_json::Value,
    /// How often to report.
    pub heartbeat_interval_ms: u64,
}

/// A heartbeat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Heartbeat {
    /// The protocol that the agent speaks.
    pub protocol_version: u32,
    /// The agent's version.
    pub agent_version: String,
    /// What the runtime can execute.
    pub spec_features: Vec<String>,
    /// Versions of the deployment statement that are verified here.
    #[serde(default)]
    pub statement_versions: Vec<u32>,
    /// Folders that the host's owner allows.
    pub allowed_roots: Vec<String>,
    /// Addresses that the host's owner lets pipelines reach or listen at; none without a rule.
    #[serde(default)]
    pub allowed_net: Vec<String>,
    /// Versions of the request to try connections that are verified here.
    #[serde(default)]
    pub trial_versions: Vec<u32>,
    /// Digest of the trusted keys.
    pub key_set_digest: String,
    /// RFC 3339.
    pub sent_at: String,
    /// How far the host's clock is behind the latest time that the agent has seen, in
    /// milliseconds; 0 is well. Expiry is judged by that latest time.
    #[serde(default)]
    pub clock_behind_ms: u64,
    /// Keys of the control plane's set that are not taken; the others are.
    #[serde(default)]
    pub refused_keys: Vec<RefusedKey>,
    /// Slots that are not taken, because there are as many as an agent holds.
    #[serde(default)]
    pub refused_slots: Vec<RefusedSlot>,
    /// Each slot that the agent knows.
    pub slots: Vec<SlotReport>,
}

/// A key that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RefusedKey {
    /// Its id; may be empty, where it has none.
    pub kid: String,
    /// Stable code, `E_KEY_…`.
    pub code: String,
    /// The same, in words.
    pub message: String,
}

/// A slot that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RefusedSlot {
    /// The slot.
    pub slot: String,
    /// The deployment that should run there.
    pub deployment_id: String,
    /// `E_SLOT_LIMIT`.
    pub code: String,
    /// The same, in words.
    pub message: String,
}

/// What an agent proves about one slot.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SlotReport {
    /// The slot.
    pub slot: String,
    /// What runs, verified and healthy.
    pub running: Option<RunningReport>,
    /// The newest that was tried.
    pub attempted: Option<AttemptedReport>,
    /// The newer deployment that waits for its next try, where `attempted` says what keeps the
    /// active one down.
    #[serde(default)]
    pub waiting: Option<AttemptedReport>,
    /// What was active came to the end of its bounded input, and isn't started again.
    #[serde(default)]
    pub finished: bool,
    /// What runs, as shared memory shows it.
    pub snapshot: Option<Snapshot>,
    /// What it counted; there when `snapshot` is.
    #[serde(default)]
    pub counters: Option<CountersReport>,
    /// What the runtime sees of its two sides; nothing of one that is no network's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub adapters: Option<AdaptersReport>,
    /// The runtime's last lines.
    pub last_words: Vec<String>,
    /// The last lines of the runtime that was tried last and failed, where `attempted` or `waiting`
    /// tells of it: `last_words` are those of what runs again in its place.
    #[serde(default)]
    pub tried_words: Vec<String>,
}

/// What a runtime sees of both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AdaptersReport {
    /// Where records come from; `null` where that is a file, or several boundaries.
    pub source: Option<AdapterReport>,
    /// Where they go.
    pub sink: Option<AdapterReport>,
    /// Where a side has several boundaries, each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(as = "Option<Vec<BoundaryReport>>", optional))]
    pub boundaries: Vec<BoundaryReport>,
}

/// What a runtime sees of one of several boundaries of a side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BoundaryReport {
    /// Whether records come in or leave there.
    #[cfg_attr(feature = "ts", ts(type = "'source' | 'sink'"))]
    pub side: String,
    /// Its id in the spec.
    pub id: String,
    /// What is seen of it.
    pub seen: AdapterReport,
}

/// What a runtime sees of one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AdapterReport {
    /// The kind of adapter.
    pub kind: String,
    /// Since when its peer answers, RFC 3339; `null` while it doesn't, and before its first word.
    pub up_since: Option<String>,
    /// Since when it doesn't, RFC 3339.
    pub down_since: Option<String>,
    /// Tries that failed since the start of the runtime.
    pub failures: u64,
    /// Records that came and don't last yet, or went out and aren't there yet.
    pub in_flight: u64,
    /// Records that the peer refused since the start of the runtime.
    pub refused: u64,
    /// How much is at the peer that the pipeline isn't through with, where that is known; of what, the
    /// adapter declares.
    pub lag: Option<u64>,
    /// It is that or more.
    #[serde(default)]
    pub lag_or_more: bool,
    /// How often the peer gave the pipeline other parts of what it reads since the start of the runtime,
    /// where it divides that among several.
    #[serde(default)]
    pub rebalances: Option<u64>,
    /// Who connects to this side, where it listens.
    #[serde(default)]
    pub listening: Option<ListeningReport>,
    /// Why the last try failed, or what it refused last where it listens, in words.
    pub error: Option<String>,
    /// When it did, RFC 3339.
    pub error_at: Option<String>,
}

/// What a runtime sees of a side that listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ListeningReport {
    /// Since when it does, RFC 3339.
    pub since: String,
    /// Connections that are open.
    pub connections: u64,
    /// Requests, messages and handshakes that it refused since the start of the runtime.
    pub refused: u64,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
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
    /// When it became active on this agent, RFC 3339.
    pub activated_at: String,
    /// How often its runtime was started again since then.
    pub restarts: u32,
    /// When it last was, RFC 3339.
    pub last_restart_at: Option<String>,
}

/// What a pipeline counted, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CountersReport {
    /// By this deployment on this agent.
    pub since_activation: CountedSince,
    /// By the pipeline, over restarts and deployments: carried over by its checkpoint.
    pub totals: CountedSince,
}

/// Counters and the instant at which they began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CountedSince {
    /// RFC 3339; `null` where the checkpoint doesn't say it.
    pub since: Option<String>,
    /// The counters.
    #[serde(flatten)]
    pub counters: Counters,
}

/// How far an attempt came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS), ts(rename = "AttemptPhase"))]
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
    /// Verification or a rule said no. Final.
    Refused,
    /// This host got in the way; tried again on a ladder without an end.
    Retrying,
    /// It started and then failed its health; tried again on a ladder with an end.
    FellBack,
    /// That ladder ended. Final.
    Failed,
}

/// The newest attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AttemptedReport {
    /// The deployment.
    pub deployment_id: String,
    /// Its epoch.
    pub epoch: u64,
    /// How far it came.
    pub phase: Phase,
    /// Why it is where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub code: Option<String>,
    /// The same, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub message: Option<String>,
    /// How often it went wrong in this way so far.
    #[serde(default)]
    pub tries: u32,
    /// When the agent tries again by itself, RFC 3339.
    #[serde(default)]
    pub next_try_at: Option<String>,
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
    /// Digest of what is desired, to wait for something else; missing where it can't be waited for.
    #[serde(default)]
    pub desired_digest: Option<String>,
    /// The connections that somebody wants tried here; the request for it is fetched.
    #[serde(default)]
    pub connection_trial: Option<AskedTrial>,
}

/// A trial of connections that somebody asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskedTrial {
    /// Its id.
    pub trial_id: String,
}

/// What came of a trial of connections, told once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TrialReport {
    /// How it ended.
    pub outcome: TrialOutcome,
    /// Why it was refused, or ended before its last step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub code: Option<String>,
    /// The same, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub message: Option<String>,
    /// The steps that were tried, in their order.
    pub steps: Vec<TrialStep>,
    /// RFC 3339.
    pub at: String,
}

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TrialOutcome {
    /// Every side was tried as far as it goes.
    Tried,
    /// It ended before that.
    Broken,
    /// The agent doesn't do it.
    Refused,
}

/// One step of a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TrialStep {
    /// `source` or `sink`.
    pub side: String,
    /// The step, such as `connect`.
    pub step: String,
    /// What came of it.
    pub state: TrialState,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// Of a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub code: Option<String>,
    /// What was found, or why it failed or wasn't tried, in words.
    pub message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub help: Option<String>,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum TrialState {
    /// It worked.
    Worked,
    /// It failed.
    Failed,
    /// It wasn't tried: a secret would have been sent to where nobody approved it.
    HeldBack,
}

/// The answer to whoever waits for something else to be desired.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DesiredAnswer {
    /// It is; otherwise nothing happened while the answer was held back.
    pub changed: bool,
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
    /// When a person wanted the wait for its next try skipped. Each such instant counts once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub try_now: Option<String>,
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
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StatusReport {
    /// Its epoch.
    pub epoch: u64,
    /// Active or failed.
    pub phase: StatusPhase,
    /// Nothing more is tried by itself.
    #[serde(rename = "final", default)]
    pub is_final: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub code: Option<String>,
    /// The same, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub message: Option<String>,
    /// RFC 3339.
    pub at: String,
}

/// How an attempt can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StatusPhase {
    /// It proved healthy, or ended well.
    Active,
    /// It was refused, or failed for good.
    Failed,
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
