//! May this run happen here? Decided before any file of the pipeline is touched.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use byteor_config::Posture;
use byteor_policy::{
    ActionCapability, CheckedSpec, Context, Decision, KeySet, Request, RunApproval,
    SUPPORTED_FEATURES, SideEffects, check_spec, decide, verify_approval,
};
use byteor_runtime::failure::{Exit, Failure};

/// What the command line says about the approval.
#[derive(Debug, Default)]
pub struct Approval {
    /// `--approval`; otherwise `approval.cred` beside the spec, if it is there.
    pub credential: Option<PathBuf>,
    /// `--approval-key-set`; otherwise `signing_keys.json` beside the spec.
    pub key_set: Option<PathBuf>,
    /// `--deployment`; otherwise `deployment.kv` beside the spec.
    pub deployment: Option<PathBuf>,
    /// The environment that this host belongs to, where known.
    pub environment_id: Option<String>,
    /// When the deployment was activated, seconds since 1970; expiry limits activation, and what
    /// was activated in time restarts after it. Otherwise now.
    pub activated_at: Option<u64>,
    /// An agent started us: everything that decides must come from it, nothing from beside the
    /// spec.
    pub by_agent: bool,
}

/// The very bytes that would run.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    /// Where the spec was read.
    pub spec_path: &'a Path,
    /// Bytes of the spec.
    pub spec: &'a [u8],
    /// Bytes of the config bundle.
    pub config: &'a [u8],
}

/// Why a run may happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// A verified credential.
    Credential {
        /// Its approval.
        approval_id: String,
        /// Where the keys that it was verified by come from: `flag` or `beside_spec`.
        trust_source: &'static str,
    },
    /// Posture `dev`, and nothing that reaches outside.
    NoApprovalNeeded,
}

/// Verifies the approval, or decides that none is needed.
///
/// A credential that is given must be good, in every posture.
pub fn judge(
    bytes: Bytes<'_>,
    posture: Posture,
    approval: &Approval,
) -> Result<(CheckedSpec, Grounds), Failure> {
    let spec = checked(bytes.spec)?;
    let beside = |name: &str| bytes.spec_path.with_file_name(name);
    let credential = match &approval.credential {
        Some(path) => Some(path.clone()),
        None if approval.by_agent => None,
        None => Some(beside("approval.cred")).filter(|path| path.exists()),
    };
    let Some(credential) = credential else {
        without_credential(&spec, posture)?;
        return Ok((spec, Grounds::NoApprovalNeeded));
    };
    let (key_set, trust_source) = match &approval.key_set {
        Some(path) => (path.clone(), "flag"),
        None if approval.by_agent => {
            return Err(Failure::new(
                Exit::Refused,
                "E_CRED_KEY",
                "no --approval-key-set was given with --exit-with-parent",
                "the agent passes the keys that it trusts; keys beside the spec prove nothing to it",
            ));
        }
        None => (beside("signing_keys.json"), "beside_spec"),
    };
    let deployment = approval
        .deployment
        .clone()
        .unwrap_or_else(|| beside("deployment.kv"));

    let read = |what: &str, path: &Path| {
        fs::read(path).map_err(|error| {
            let help = "name it on the command line, or put it beside the spec";
            Failure::unreadable("E_APPROVAL_READ", what, path, &error, help)
        })
    };
    let keys = KeySet::parse(&read("the key set", &key_set)?).map_err(|why| {
        Failure::new(
            Exit::Refused,
            "E_CRED_KEY",
            format!("the key set {} can't be used: {why}", key_set.display()),
            "fetch the organization's key set again",
        )
    })?;
    let verified = verify_approval(
        &RunApproval {
            spec: bytes.spec,
            config: bytes.config,
            deployment: &read("the deployment statement", &deployment)?,
            credential: &read("the approval credential", &credential)?,
            posture,
            environment_id: approval.environment_id.as_deref(),
            judged_at: approval.activated_at.unwrap_or_else(now),
        },
        &keys,
    )
    .map_err(refused)?;
    let grounds = Grounds::Credential {
        approval_id: verified.claims().approval_id.to_owned(),
        trust_source,
    };
    Ok((spec, grounds))
}

/// A spec that this build can run, whoever may.
pub fn checked(spec: &[u8]) -> Result<CheckedSpec, Failure> {
    let spec = check_spec(spec).map_err(refused)?;
    spec.check_supported(SUPPORTED_FEATURES).map_err(refused)?;
    Ok(spec)
}

fn refused(refusal: byteor_policy::Refusal) -> Failure {
    Failure::new(Exit::Refused, refusal.code, refusal.message, REFUSED_HELP)
}

const REFUSED_HELP: &str =
    "nothing was run; ask for an approval of exactly this spec, config and environment";

/// What may run without a credential: in `dev`, what has no effect outside.
fn without_credential(spec: &CheckedSpec, posture: Posture) -> Result<(), Failure> {
    let required = |what: String| {
        let message = format!("{what} needs an approval, and no credential was given");
        let help = "name it with --approval=PATH, with --approval-key-set=PATH and \
                    --deployment=PATH";
        Failure::new(Exit::Refused, "E_APPROVAL_REQUIRED", message, help)
    };
    if posture != Posture::Dev {
        return Err(required(format!("a run with posture {posture}")));
    }
    for capability in &spec.capabilities {
        let decision = decide(&Request {
            posture,
            context: Context::Live,
            side_effects: SideEffects::RequireApproval,
            dry_run: false,
            capability: ActionCapability::SideEffecting,
            approval_verified: false,
        });
        if decision != Decision::Allow {
            return Err(required(format!("the capability {capability}")));
        }
    }
    Ok(())
}

fn now() -> u64 {
    // A clock before 1970 makes nothing expire; nothing is issued then either.
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
