//! One credential: its bytes, its key, its version, and what it claims against what would run.

use byteor_config::Posture;
use serde::Deserialize;

use super::{Claims, Credential};
use crate::encoding::{from_base64url, from_canonical_json};
use crate::keys::{KeyProblem, KeyPurpose, KeySet};
use crate::refusal::{Refusal, codes, quote};

/// Largest credential that is looked at, in bytes.
pub const MAX_CREDENTIAL_BYTES: usize = 64 * 1024;

/// How far the clock that issued a credential may be ahead of ours, in seconds.
const FUTURE_SECONDS: u64 = 300;

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
