//! A request to try the connections of a config bundle: a DSSE envelope, signed as a manifest is, of a
//! type of its own. Nobody approved what it names; it says whom it is for and until when.

use byteor_config::ConfigBundleV1;
use serde::{Deserialize, Serialize};

use crate::bundle::{Enrolment, read_config};
use crate::encoding::from_canonical_json;
use crate::manifest::{Sealed, open};
use crate::refusal::{Refusal, codes, quote};
use crate::spec::{CheckedSpec, check_spec};

/// The DSSE payload type, signed together with the payload.
pub const TRIAL_TYPE: &str = "application/vnd.byteor.connection-trial.v1+json";

/// The longest that a request may be in force, in seconds: who has one that was answered is remembered
/// for as long.
pub const LONGEST_TRIAL: u64 = 300;

/// The request. Fields in alphabetical order: this is the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialRequestV1 {
    /// The one agent that it is for.
    pub agent_id: String,
    /// The canonical text of the config bundle.
    pub config: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Environment.
    pub environment_id: String,
    /// Seconds since 1970; from this second on nothing is tried.
    pub expires_at: u64,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// The canonical text of the spec that the bundle is for.
    pub spec: String,
    /// Its id, which is never used a second time.
    pub trial_id: String,
    /// Format version, 1.
    pub v: u32,
}

/// A request that may be carried out. Only [`verify_trial`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedTrial {
    /// As it was signed.
    pub request: TrialRequestV1,
    /// The config bundle.
    pub config: ConfigBundleV1,
    /// The spec.
    pub spec: CheckedSpec,
}

/// Verifies the request that was announced as `trial_id`, by the instant `judged_at`, seconds since 1970.
///
/// The order is fixed: envelope, signature, scope, time, canonical spec, supported features, config
/// bundle, allowed roots. Whether it was carried out before, who asks knows.
///
/// # Errors
/// One of [`codes`].
pub fn verify_trial(
    envelope: &[u8],
    enrolment: &Enrolment<'_>,
    trial_id: &str,
    judged_at: u64,
) -> Result<VerifiedTrial, Refusal> {
    let undecodable = |why: &str| {
        let message = format!("The request doesn't decode: {why}.");
        Refusal::new(codes::TRIAL_REQUEST, message)
    };
    let payload = open(envelope, TRIAL_TYPE, enrolment.trusted).map_err(|sealed| match sealed {
        Sealed::Undecodable(why) => undecodable(why),
        Sealed::Key(why) => Refusal::new(codes::TRIAL_SIGNATURE, why),
        Sealed::Signature => Refusal::new(
            codes::TRIAL_SIGNATURE,
            "The request's signature doesn't verify under its key.",
        ),
    })?;
    let request: TrialRequestV1 =
        from_canonical_json(&payload).map_err(|why| undecodable(&quote(&why)))?;
    if request.v != 1 {
        return Err(undecodable("its version is unknown"));
    }
    for (what, theirs, ours) in [
        ("organization", &request.org_id, enrolment.org_id),
        ("project", &request.project_id, enrolment.project_id),
        (
            "environment",
            &request.environment_id,
            enrolment.environment_id,
        ),
        ("agent", &request.agent_id, enrolment.agent_id),
        ("trial", &request.trial_id, trial_id),
    ] {
        if theirs != ours {
            let message = format!("The request is for another {what} ({}).", quote(theirs));
            return Err(Refusal::new(codes::TRIAL_SCOPE, message));
        }
    }
    check_time(&request, judged_at)?;
    let spec = check_spec(request.spec.as_bytes())?;
    spec.check_supported(enrolment.supported_features)?;
    let config = read_config(request.config.as_bytes(), enrolment, &spec)?;
    Ok(VerifiedTrial {
        request,
        config,
        spec,
    })
}

fn check_time(request: &TrialRequestV1, judged_at: u64) -> Result<(), Refusal> {
    let (from, until) = (request.created_at, request.expires_at);
    let why = if until <= judged_at {
        format!(
            "The request expired {} s before it came.",
            judged_at - until
        )
    } else if from > judged_at.saturating_add(LONGEST_TRIAL) {
        format!("The request is from {} s later than now.", from - judged_at)
    } else if until.saturating_sub(from) > LONGEST_TRIAL {
        format!("The request would be in force for more than {LONGEST_TRIAL} s.")
    } else {
        return Ok(());
    };
    let message = format!("{why} See that the clocks of the agent's host and of the server agree.");
    Err(Refusal::new(codes::TRIAL_EXPIRED, message))
}
