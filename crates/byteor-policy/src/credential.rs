//! Approval credentials: `<payload_base64url>.<signature_base64url>` on one line.
//!
//! A credential has the version of the statement that it is for: version 2 names every person who
//! said yes, and says when one broke the glass.

use byteor_config::Posture;
use serde::{Deserialize, Serialize};

use crate::encoding::{from_base64url, from_canonical_json};
use crate::keys::{KeyProblem, KeyPurpose, KeySet};
use crate::persons::{ApproverProof, PersonProof, check_persons};
use crate::refusal::{Refusal, codes, quote};
use crate::spec::CheckedSpec;
use crate::statement::{ApprovalKind, DeploymentStatement, is_digest, issue_codes};

/// Largest credential that is looked at, in bytes.
pub const MAX_CREDENTIAL_BYTES: usize = 64 * 1024;

/// How far the clock that issued a credential may be ahead of ours, in seconds.
const FUTURE_SECONDS: u64 = 300;

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

/// What a credential of any version tells before its version is known to us.
#[derive(Deserialize)]
struct AnyVersion {
    kid: String,
    v: u64,
}

/// What the credential is held against. What is `None` is not known here, and not checked.
#[derive(Clone, Copy, Debug)]
pub struct Expectation<'a> {
    /// Hash of the spec that would run.
    pub spec_hash: &'a str,
    /// Posture of the runtime.
    pub posture: Posture,
    /// Environment of the runtime.
    pub environment_id: Option<&'a str>,
    /// Organization of the runtime.
    pub org_id: Option<&'a str>,
    /// Project of the runtime.
    pub project_id: Option<&'a str>,
    /// Capabilities that the spec needs.
    pub capabilities: &'a [String],
    /// Digest of the deployment statement that would run.
    pub deployment_digest: &'a str,
    /// The instant that expiry is judged by, seconds since 1970: now, or, for what was activated
    /// in time, the instant of its activation.
    pub judged_at: u64,
}

/// Verifies a credential.
///
/// The order is fixed (`enterprise.md` section 3); the first that fails is the answer:
/// (1) payload and signature decode, (2) the key is trusted and the signature its, (3) the
/// version is known, (4) the spec is the one executed, (5) the environment is this one, (6) not
/// expired, (7) the capabilities cover what is needed, and, ours, (8) the deployment is the one
/// that would run.
///
/// # Errors
/// The `E_CRED_…` code of the first failure.
pub fn verify_credential(
    line: &[u8],
    trusted: &KeySet,
    expected: &Expectation<'_>,
) -> Result<Credential, Refusal> {
    // (1) decodes
    let undecodable = |why: &str| {
        Refusal::new(
            codes::CRED_DECODE,
            format!("The credential doesn't decode: {why}."),
        )
    };
    if line.len() > MAX_CREDENTIAL_BYTES {
        return Err(undecodable("it is too long"));
    }
    let text = std::str::from_utf8(line).map_err(|_| undecodable("it isn't text"))?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (payload, signature) = text
        .split_once('.')
        .ok_or_else(|| undecodable("it has no dot between payload and signature"))?;
    let payload = from_base64url(payload)
        .ok_or_else(|| undecodable("its payload isn't base64url without padding"))?;
    let signature: [u8; 64] = from_base64url(signature)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| undecodable("its signature isn't 64 bytes in base64url without padding"))?;
    let any: AnyVersion = serde_json::from_slice(&payload)
        .map_err(|error| undecodable(&format!("its payload: {error}")))?;
    let unfit = |why: String| undecodable(&format!("its payload: {why}"));
    let credential: Option<Credential> = match any.v {
        1 => Some(Credential::V1(
            from_canonical_json(&payload).map_err(unfit)?,
        )),
        2 => Some(Credential::V2(
            from_canonical_json(&payload).map_err(unfit)?,
        )),
        _ => None,
    };
    // (2) key and signature
    trusted
        .verify(&any.kid, KeyPurpose::Approval, &payload, &signature)
        .map_err(|problem| match problem {
            KeyProblem::Untrusted(why) => Refusal::new(codes::CRED_KEY, why),
            KeyProblem::Signature => Refusal::new(
                codes::CRED_SIGNATURE,
                "The credential's signature doesn't verify under its key.",
            ),
        })?;
    // (3) version
    let Some(credential) = credential else {
        return Err(Refusal::new(
            codes::CRED_VERSION,
            format!(
                "The credential has version {}, and only 1 and 2 are known.",
                any.v
            ),
        ));
    };
    check_claims(&credential.claims(), expected)?;
    Ok(credential)
}

/// Steps (4) to (8).
fn check_claims(credential: &Claims<'_>, expected: &Expectation<'_>) -> Result<(), Refusal> {
    // (4) spec
    if credential.spec_hash != expected.spec_hash {
        return Err(Refusal::new(
            codes::CRED_SPEC,
            format!(
                "The credential is for the spec {}, but {} would run.",
                quote(credential.spec_hash),
                expected.spec_hash
            ),
        ));
    }
    // (5) environment
    if credential.environment_posture != expected.posture {
        return Err(Refusal::new(
            codes::CRED_ENVIRONMENT,
            format!(
                "The credential is for posture '{}', but this is '{}'.",
                credential.environment_posture, expected.posture
            ),
        ));
    }
    for (what, theirs, ours) in [
        (
            "environment",
            credential.environment_id,
            expected.environment_id,
        ),
        ("project", credential.project_id, expected.project_id),
        ("organization", credential.org_id, expected.org_id),
    ] {
        if ours.is_some_and(|ours| ours != theirs) {
            return Err(Refusal::new(
                codes::CRED_ENVIRONMENT,
                format!("The credential is for another {what} ({}).", quote(theirs)),
            ));
        }
    }
    // (6) time
    if credential.expires_at <= expected.judged_at {
        return Err(Refusal::new(
            codes::CRED_EXPIRED,
            format!(
                "The credential expired {} s before it was to be used.",
                expected.judged_at - credential.expires_at
            ),
        ));
    }
    if credential.issued_at > expected.judged_at.saturating_add(FUTURE_SECONDS) {
        return Err(Refusal::new(
            codes::CRED_EXPIRED,
            format!(
                "The credential is not valid for another {} s; check the clocks.",
                credential.issued_at - expected.judged_at
            ),
        ));
    }
    // (7) capabilities
    let missing: Vec<&str> = expected
        .capabilities
        .iter()
        .filter(|needed| !credential.capabilities.contains(needed))
        .map(String::as_str)
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::new(
            codes::CRED_CAPABILITIES,
            format!(
                "The credential doesn't cover what the spec needs: {}.",
                missing.join(", ")
            ),
        ));
    }
    // (8) deployment
    if credential.deployment_digest != expected.deployment_digest {
        return Err(Refusal::new(
            codes::CRED_DEPLOYMENT,
            format!(
                "The credential is for the deployment {}, but {} would run.",
                quote(credential.deployment_digest),
                expected.deployment_digest
            ),
        ));
    }
    Ok(())
}

/// The credential is of the statement's version, and its issuers are whom the statement asks for:
/// policy can't stand in for a person, nor one person for two.
pub(crate) fn check_issuers(
    credential: &Credential,
    statement: &DeploymentStatement,
) -> Result<(), Refusal> {
    check_issuer(&credential.claims(), statement.subject().approval)?;
    match (credential, statement) {
        (Credential::V1(_), DeploymentStatement::V1(_)) => Ok(()),
        (Credential::V2(credential), DeploymentStatement::V2(statement)) => {
            check_persons(credential, statement)
        }
        _ => Err(Refusal::new(
            codes::CRED_VERSION,
            format!(
                "The credential has version {}, but the deployment statement {}.",
                credential.claims().v,
                statement.subject().v
            ),
        )),
    }
}

fn check_issuer(credential: &Claims<'_>, approval: ApprovalKind) -> Result<(), Refusal> {
    let prefix = match approval {
        ApprovalKind::Person => "user:",
        ApprovalKind::Policy => "policy:",
    };
    if credential.issued_by.len() > prefix.len() && credential.issued_by.starts_with(prefix) {
        return Ok(());
    }
    Err(Refusal::new(
        codes::CRED_DEPLOYMENT,
        format!(
            "The deployment asks for an approval by {}, but the credential is issued by '{}'.",
            match approval {
                ApprovalKind::Person => "a person",
                ApprovalKind::Policy => "policy",
            },
            quote(credential.issued_by)
        ),
    ))
}

/// What the approver was shown is what the spec needs: no less, and no more.
pub(crate) fn check_capabilities(
    statement: &DeploymentStatement,
    spec: &CheckedSpec,
) -> Result<(), Refusal> {
    let capabilities = statement.subject().capabilities;
    if capabilities == spec.capabilities {
        return Ok(());
    }
    Err(Refusal::new(
        codes::DEPLOYMENT_DIGEST,
        format!(
            "The deployment statement names the capabilities [{}], but the spec needs [{}].",
            capabilities.join(", "),
            spec.capabilities.join(", ")
        ),
    ))
}

/// What a runtime was handed on its command line: the parts of a bundle, extracted.
#[derive(Clone, Copy, Debug)]
pub struct RunApproval<'a> {
    /// Bytes of `spec.kv`.
    pub spec: &'a [u8],
    /// Bytes of `runtime_config.txt`.
    pub config: &'a [u8],
    /// Bytes of `deployment.kv`.
    pub deployment: &'a [u8],
    /// Bytes of `approval.cred`.
    pub credential: &'a [u8],
    /// The runtime's posture.
    pub posture: Posture,
    /// The runtime's environment, where known.
    pub environment_id: Option<&'a str>,
    /// Expiry is judged by this instant, seconds since 1970 (see [`Expectation::judged_at`]).
    pub judged_at: u64,
}

/// Verifies an approval for a `run`: the statement names this spec and this config bundle, and
/// the credential is for the statement. Used by the runtime binaries, which have no manifest.
///
/// # Errors
/// `E_SPEC_NOT_CANONICAL`, `E_SPEC_UNSUPPORTED`, `E_DEPLOYMENT_…`, `E_CONFIG_INVALID`, and the
/// codes of [`verify_credential`] and of the persons that it names.
pub fn verify_approval(run: &RunApproval<'_>, trusted: &KeySet) -> Result<Credential, Refusal> {
    let spec = crate::spec::check_spec(run.spec)?;
    let (statement, digest) = read_statement(run.deployment)?;
    check_statement(
        &statement,
        &spec.spec_hash,
        &byteor_config::digest(run.config),
        run.posture,
    )?;
    let credential = verify_credential(
        run.credential,
        trusted,
        &Expectation {
            spec_hash: &spec.spec_hash,
            posture: run.posture,
            environment_id: run.environment_id,
            org_id: Some(&trusted.org_id),
            project_id: None,
            capabilities: &spec.capabilities,
            deployment_digest: &digest,
            judged_at: run.judged_at,
        },
    )?;
    check_issuers(&credential, &statement)?;
    check_capabilities(&statement, &spec)?;
    let (subject, claims) = (statement.subject(), credential.claims());
    if subject.environment_id != claims.environment_id
        || subject.project_id != claims.project_id
        || subject.org_id != claims.org_id
    {
        return Err(Refusal::new(
            codes::DEPLOYMENT_DIGEST,
            "The deployment statement is for another environment than its credential.",
        ));
    }
    Ok(credential)
}

/// Reads `deployment.kv`; answers the statement and the digest of its bytes.
pub(crate) fn read_statement(bytes: &[u8]) -> Result<(DeploymentStatement, String), Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        Refusal::new(
            codes::DEPLOYMENT_DIGEST,
            "The deployment statement isn't text.",
        )
    })?;
    let statement = crate::statement::decode(text).map_err(|issue| {
        let code = match issue.code.as_str() {
            issue_codes::VERSION => codes::DEPLOYMENT_VERSION,
            issue_codes::KEY_RULE => codes::DEPLOYMENT_KEY_RULE,
            _ => codes::DEPLOYMENT_DIGEST,
        };
        Refusal::new(code, issue.to_string())
    })?;
    let digest = byteor_config::digest(bytes);
    debug_assert!(is_digest(&digest));
    Ok((statement, digest))
}

/// The statement is about these very bytes, and for this posture.
pub(crate) fn check_statement(
    statement: &DeploymentStatement,
    spec_hash: &str,
    config_digest: &str,
    posture: Posture,
) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::new(codes::DEPLOYMENT_DIGEST, why));
    let statement = statement.subject();
    if statement.spec_hash != spec_hash {
        return refuse(format!(
            "The deployment statement is for the spec {}, but {spec_hash} would run.",
            statement.spec_hash
        ));
    }
    if statement.config_digest != config_digest {
        return refuse(format!(
            "The deployment statement is for the config bundle {}, but {config_digest} would run.",
            statement.config_digest
        ));
    }
    if statement.posture != posture {
        return refuse(format!(
            "The deployment statement is for posture '{}', but this is '{posture}'.",
            statement.posture
        ));
    }
    Ok(())
}
