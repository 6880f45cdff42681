//! Approval credentials, version 1: `<payload_base64url>.<signature_base64url>` on one line.

use byteor_config::Posture;
use serde::{Deserialize, Serialize};

use crate::encoding::{from_base64url, from_canonical_json};
use crate::keys::{KeyProblem, KeyPurpose, KeySet};
use crate::refusal::{Refusal, codes, quote};
use crate::spec::CheckedSpec;
use crate::statement::{ApprovalKind, DeploymentStatementV1, is_digest};

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
) -> Result<CredentialV1, Refusal> {
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
    let credential: Option<CredentialV1> = if any.v == 1 {
        Some(
            from_canonical_json(&payload)
                .map_err(|why| undecodable(&format!("its payload: {why}")))?,
        )
    } else {
        None
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
            format!("The credential has version {}, and only 1 is known.", any.v),
        ));
    };
    // (4) spec
    if credential.spec_hash != expected.spec_hash {
        return Err(Refusal::new(
            codes::CRED_SPEC,
            format!(
                "The credential is for the spec {}, but {} would run.",
                quote(&credential.spec_hash),
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
            &credential.environment_id,
            expected.environment_id,
        ),
        ("project", &credential.project_id, expected.project_id),
        ("organization", &credential.org_id, expected.org_id),
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
                quote(&credential.deployment_digest),
                expected.deployment_digest
            ),
        ));
    }
    Ok(credential)
}

/// A credential issued by policy can't stand in for a person.
pub(crate) fn check_issuer(
    credential: &CredentialV1,
    statement: &DeploymentStatementV1,
) -> Result<(), Refusal> {
    let prefix = match statement.policy.approval {
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
            match statement.policy.approval {
                ApprovalKind::Person => "a person",
                ApprovalKind::Policy => "policy",
            },
            quote(&credential.issued_by)
        ),
    ))
}

/// What the approver was shown is what the spec needs: no less, and no more.
pub(crate) fn check_capabilities(
    statement: &DeploymentStatementV1,
    spec: &CheckedSpec,
) -> Result<(), Refusal> {
    if statement.capabilities == spec.capabilities {
        return Ok(());
    }
    Err(Refusal::new(
        codes::DEPLOYMENT_DIGEST,
        format!(
            "The deployment statement names the capabilities [{}], but the spec needs [{}].",
            statement.capabilities.join(", "),
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
/// `E_SPEC_NOT_CANONICAL`, `E_SPEC_UNSUPPORTED`, `E_DEPLOYMENT_DIGEST`, `E_CONFIG_INVALID`, and
/// the codes of [`verify_credential`].
pub fn verify_approval(run: &RunApproval<'_>, trusted: &KeySet) -> Result<CredentialV1, Refusal> {
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
    check_issuer(&credential, &statement)?;
    check_capabilities(&statement, &spec)?;
    if statement.environment_id != credential.environment_id
        || statement.project_id != credential.project_id
        || statement.org_id != credential.org_id
    {
        return Err(Refusal::new(
            codes::DEPLOYMENT_DIGEST,
            "The deployment statement is for another environment than its credential.",
        ));
    }
    Ok(credential)
}

/// Reads `deployment.kv`; answers the statement and the digest of its bytes.
pub(crate) fn read_statement(bytes: &[u8]) -> Result<(DeploymentStatementV1, String), Refusal> {
    let refuse = |why: String| Refusal::new(codes::DEPLOYMENT_DIGEST, why);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| refuse("The deployment statement isn't text.".to_owned()))?;
    let statement = crate::statement::decode(text).map_err(|issue| refuse(issue.to_string()))?;
    let digest = byteor_config::digest(bytes);
    debug_assert!(is_digest(&digest));
    Ok((statement, digest))
}

/// The statement is about these very bytes, and for this posture.
pub(crate) fn check_statement(
    statement: &DeploymentStatementV1,
    spec_hash: &str,
    config_digest: &str,
    posture: Posture,
) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::new(codes::DEPLOYMENT_DIGEST, why));
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
