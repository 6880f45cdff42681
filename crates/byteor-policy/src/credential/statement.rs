//! A credential beside the deployment statement that it approves, and both beside what would run.

use byteor_config::Posture;

use super::verify::{Expectation, verify_credential};
use super::{Claims, Credential};
use crate::keys::KeySet;
use crate::persons::check_persons;
use crate::refusal::{Refusal, codes, quote};
use crate::spec::CheckedSpec;
use crate::statement::{ApprovalKind, DeploymentStatement, is_digest, issue_codes};

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
