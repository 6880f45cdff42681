//! Why something is refused: a stable code, and what happened, where, in words.

/// Every code of a refusal. They are shown on the deployment as its failed reason.
pub mod codes {
    /// The bundle's bytes are not the ones that were announced.
    pub const BUNDLE_HASH: &str = "E_BUNDLE_HASH";
    /// The archive or one of its JSON members is not laid out as it must be.
    pub const BUNDLE_LAYOUT: &str = "E_BUNDLE_LAYOUT";
    /// The manifest is no longer in force.
    pub const BUNDLE_EXPIRED: &str = "E_BUNDLE_EXPIRED";
    /// The manifest's signature doesn't verify.
    pub const MANIFEST_SIGNATURE: &str = "E_MANIFEST_SIGNATURE";
    /// The manifest is signed by no trusted manifest key.
    pub const MANIFEST_KEY: &str = "E_MANIFEST_KEY";
    /// A member is not the one that the manifest names.
    pub const MANIFEST_FILES: &str = "E_MANIFEST_FILES";
    /// The manifest is for another organization, environment, slot, deployment or agent.
    pub const MANIFEST_SCOPE: &str = "E_MANIFEST_SCOPE";
    /// A newer epoch was already activated in this slot.
    pub const EPOCH_STALE: &str = "E_EPOCH_STALE";
    /// The spec differs from its own decode and encode.
    pub const SPEC_NOT_CANONICAL: &str = "E_SPEC_NOT_CANONICAL";
    /// The spec needs what this runtime can't execute.
    pub const SPEC_UNSUPPORTED: &str = "E_SPEC_UNSUPPORTED";
    /// The deployment statement is not the one that was approved, or not for here.
    pub const DEPLOYMENT_DIGEST: &str = "E_DEPLOYMENT_DIGEST";
    /// The deployment statement has an unknown version.
    pub const DEPLOYMENT_VERSION: &str = "E_DEPLOYMENT_VERSION";
    /// The deployment statement asks for keys by a rule that is unknown here.
    pub const DEPLOYMENT_KEY_RULE: &str = "E_DEPLOYMENT_KEY_RULE";
    /// The credential's payload or signature doesn't decode.
    pub const CRED_DECODE: &str = "E_CRED_DECODE";
    /// The credential is signed by no trusted approval key.
    pub const CRED_KEY: &str = "E_CRED_KEY";
    /// The credential's signature doesn't verify.
    pub const CRED_SIGNATURE: &str = "E_CRED_SIGNATURE";
    /// The credential has an unknown version, or another one than its statement.
    pub const CRED_VERSION: &str = "E_CRED_VERSION";
    /// The credential is for another spec.
    pub const CRED_SPEC: &str = "E_CRED_SPEC";
    /// The credential is for another environment or posture.
    pub const CRED_ENVIRONMENT: &str = "E_CRED_ENVIRONMENT";
    /// The credential is expired, or not valid yet.
    pub const CRED_EXPIRED: &str = "E_CRED_EXPIRED";
    /// The credential lacks a capability that the spec needs.
    pub const CRED_CAPABILITIES: &str = "E_CRED_CAPABILITIES";
    /// The credential is for another deployment.
    pub const CRED_DEPLOYMENT: &str = "E_CRED_DEPLOYMENT";
    /// The credential names fewer persons than the statement asks for, or one twice.
    pub const CRED_QUORUM: &str = "E_CRED_QUORUM";
    /// Who asked said yes, where that isn't allowed: one person alone.
    pub const CRED_SECOND_PERSON: &str = "E_CRED_SECOND_PERSON";
    /// A person who said yes isn't among those whom the statement names.
    pub const CRED_APPROVER: &str = "E_CRED_APPROVER";
    /// It isn't as sure who a person is as the statement asks for.
    pub const CRED_PROOF: &str = "E_CRED_PROOF";
    /// One person decided alone, where the statement doesn't allow it.
    pub const CRED_BREAK_GLASS: &str = "E_CRED_BREAK_GLASS";
    /// The bundle brings keys that are not trusted here.
    pub const KEYSET_FOREIGN: &str = "E_KEYSET_FOREIGN";
    /// The config bundle is not canonical, not valid, or for another posture.
    pub const CONFIG_INVALID: &str = "E_CONFIG_INVALID";
    /// The config bundle names a path outside the allowed roots.
    pub const PATH_OUTSIDE_ROOTS: &str = "E_PATH_OUTSIDE_ROOTS";
    /// A request to try connections doesn't decode.
    pub const TRIAL_REQUEST: &str = "E_TRIAL_REQUEST";
    /// It is signed by no trusted manifest key, or the signature doesn't verify.
    pub const TRIAL_SIGNATURE: &str = "E_TRIAL_SIGNATURE";
    /// It is for another agent, environment, project or organization, or another one than was announced.
    pub const TRIAL_SCOPE: &str = "E_TRIAL_SCOPE";
    /// It isn't in force any more, or not yet, or for longer than any may be.
    pub const TRIAL_EXPIRED: &str = "E_TRIAL_EXPIRED";
    /// It was carried out before.
    pub const TRIAL_REPLAYED: &str = "E_TRIAL_REPLAYED";
    /// The agent tries others, or tried too many lately.
    pub const TRIAL_BUSY: &str = "E_TRIAL_BUSY";
}

/// A refusal: nothing may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// One of [`codes`].
    pub code: &'static str,
    /// What was found, and what was expected. Never holds a secret.
    pub message: String,
}

impl Refusal {
    /// A refusal with this code and message.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}

/// At most this much of a foreign text is repeated in a message, as printable ASCII.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted: String = byteor_config::kv::escape(text).chars().take(80).collect();
    if text.len() > 80 {
        quoted.push_str("...");
    }
    quoted
}
