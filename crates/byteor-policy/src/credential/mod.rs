//! Approval credentials: `<payload_base64url>.<signature_base64url>` on one line.
//!
//! A credential has the version of the statement that it is for: version 2 names every person who
//! said yes, and says when one broke the glass.
//!
//! - [`verify`]: one credential, on its own and against what would run.
//! - [`statement`]: a credential beside the statement that it approves.

mod statement;
mod verify;

use byteor_config::Posture;
use serde::{Deserialize, Serialize};

use crate::persons::{ApproverProof, PersonProof};

pub use statement::{RunApproval, verify_approval};
pub(crate) use statement::{check_capabilities, check_issuers, check_statement, read_statement};
pub use verify::{Expectation, MAX_CREDENTIAL_BYTES, verify_credential};

/// The payload of a credential. Fields in alphabetical order: this is the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialV1 {
    /// The approval that it is the proof of.
    pub approval_id: String,
    /// Approved side-effect capabilities.
    pub capabilities: Vec<String>,
    /// Digest of the approved deployment statement.
    pub deployment_digest: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub environment_posture: Posture,
    /// End of validity, seconds since 1970; from this second on it is expired.
    pub expires_at: u64,
    /// Start of validity, seconds since 1970.
    pub issued_at: u64,
    /// `user:<id>` or `policy:<name>`.
    pub issued_by: String,
    /// Id of the key that signed it.
    pub kid: String,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Digest of the approved canonical spec.
    pub spec_hash: String,
    /// Format version, 1.
    pub v: u32,
}

/// The payload of a credential of version 2. Fields in alphabetical order: this is the canonical
/// JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialV2 {
    /// The approval that it is the proof of.
    pub approval_id: String,
    /// Everybody who said yes, sorted by user id, each once. Nobody where policy approves.
    pub approved_by: Vec<ApproverProof>,
    /// One person decided alone, because the statement allowed it in an emergency.
    pub break_glass: bool,
    /// Approved side-effect capabilities.
    pub capabilities: Vec<String>,
    /// Digest of the approved deployment statement.
    pub deployment_digest: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub environment_posture: Posture,
    /// End of validity, seconds since 1970; from this second on it is expired.
    pub expires_at: u64,
    /// Start of validity, seconds since 1970.
    pub issued_at: u64,
    /// `user:<id>` of whose yes was the last that it took, or `policy:<name>`.
    pub issued_by: String,
    /// Id of the key that signed it.
    pub kid: String,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Who asked for what was approved.
    pub requested_by: PersonProof,
    /// Digest of the approved canonical spec.
    pub spec_hash: String,
    /// Format version, 2.
    pub v: u32,
}

/// A credential of any version that is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Credential {
    /// For statements of version 1.
    V1(CredentialV1),
    /// For statements of version 2.
    V2(CredentialV2),
}

impl From<CredentialV1> for Credential {
    fn from(credential: CredentialV1) -> Self {
        Self::V1(credential)
    }
}

impl From<CredentialV2> for Credential {
    fn from(credential: CredentialV2) -> Self {
        Self::V2(credential)
    }
}

/// What credentials of every version claim.
#[derive(Clone, Copy, Debug)]
pub struct Claims<'a> {
    /// Format version.
    pub v: u32,
    /// The approval that it is the proof of.
    pub approval_id: &'a str,
    /// Approved side-effect capabilities.
    pub capabilities: &'a [String],
    /// Digest of the approved deployment statement.
    pub deployment_digest: &'a str,
    /// Environment.
    pub environment_id: &'a str,
    /// The environment's posture.
    pub environment_posture: Posture,
    /// End of validity, seconds since 1970.
    pub expires_at: u64,
    /// Start of validity, seconds since 1970.
    pub issued_at: u64,
    /// `user:<id>` or `policy:<name>`.
    pub issued_by: &'a str,
    /// Organization.
    pub org_id: &'a str,
    /// Project.
    pub project_id: &'a str,
    /// Digest of the approved canonical spec.
    pub spec_hash: &'a str,
}

/// The same claims of two types.
macro_rules! claims {
    ($credential:expr) => {
        Claims {
            v: $credential.v,
            approval_id: &$credential.approval_id,
            capabilities: &$credential.capabilities,
            deployment_digest: &$credential.deployment_digest,
            environment_id: &$credential.environment_id,
            environment_posture: $credential.environment_posture,
            expires_at: $credential.expires_at,
            issued_at: $credential.issued_at,
            issued_by: &$credential.issued_by,
            org_id: &$credential.org_id,
            project_id: &$credential.project_id,
            spec_hash: &$credential.spec_hash,
        }
    };
}

impl Credential {
    /// What credentials of every version claim.
    pub fn claims(&self) -> Claims<'_> {
        match self {
            Self::V1(credential) => claims!(credential),
            Self::V2(credential) => claims!(credential),
        }
    }
}
