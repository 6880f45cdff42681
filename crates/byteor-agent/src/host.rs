//! What every slot of an agent shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use byteor_adapters::allow_net::NetRule;
use byteor_policy::{
    Enrolment, Expected, Judgement, KeySet, OfferedKeys, Refusal, SUPPORTED_FEATURES,
    VerifiedBundle, VerifiedTrial, codes, verify_bundle, verify_trial,
};

use crate::clock::Clock;
use crate::download::Wanted;
use crate::failure::Failure;
use crate::link::{Errand, Order};
use crate::protocol::{RefusedKey, StatusReport};
use crate::roots;
use crate::slot::Target;
use crate::slot::verdict::Verdict;
use crate::state::{AgentRecord, StateFolder};
use crate::trial::TrialCall;

/// More keys than this are not complained about one by one.
const COMPLAINTS: usize = 64;

/// What every slot of an agent shares.
#[derive(Debug)]
pub struct Host {
    /// The state folder.
    pub state: StateFolder,
    /// Who we are.
    pub agent: AgentRecord,
    /// Whom we trust.
    pub trusted: KeySet,
    /// Keys of the last set that aren't taken.
    pub refused_keys: Vec<RefusedKey>,
    /// The clock.
    pub clock: Clock,
    /// The runtime binary.
    pub edgeplane: PathBuf,
    /// Where regions stand.
    pub runtime_dir: PathBuf,
    /// Which addresses pipelines may reach or listen at.
    pub allow_net: Vec<NetRule>,
    /// Whether graphs record what they choose.
    pub record_choices: bool,
    /// To the link.
    pub errands: Arc<Sender<Errand>>,
    /// To the threads that fetch bundles.
    pub downloads: Sender<Wanted>,
    /// To the thread that calls for trials.
    pub trial_calls: Sender<TrialCall>,
}

impl Host {
    /// Verifies a bundle for a slot, with what this host was enrolled with.
    ///
    /// # Errors
    /// Refused, or this host's trouble.
    pub fn verify(
        &mut self,
        slot: &str,
        archive: &[u8],
        target: &Target,
        judgement: &Judgement<'_>,
    ) -> Result<VerifiedBundle, Verdict> {
        let enrolment = self.enrolment();
        let expected = Expected {
            bundle_hash: &target.bundle_hash,
            deployment_id: &target.deployment_id,
            slot,
        };
        let bundle = verify_bundle(archive, &enrolment, &expected, judgement)
            .map_err(|refusal| self.clock_said(refusal))?;
        roots::check(
            &bundle.config,
            &self.agent.allowed_roots,
            &self.state.path(""),
        )?;
        Ok(bundle)
    }

    /// Verifies a request to try connections.
    ///
    /// # Errors
    /// Refused, or this host's trouble.
    pub fn verify_trial(
        &mut self,
        request: &[u8],
        trial_id: &str,
    ) -> Result<VerifiedTrial, Verdict> {
        let judged_at = self.clock.judged();
        // What was seen of time has to be on disk before something is judged by it.
        self.clock.keep(&self.state)?;
        let trial = verify_trial(request, &self.enrolment(), trial_id, judged_at)
            .map_err(|refusal| self.clock_said(refusal))?;
        roots::check(
            &trial.config,
            &self.agent.allowed_roots,
            &self.state.path(""),
        )?;
        Ok(trial)
    }

    /// What this host was enrolled with.
    fn enrolment(&self) -> Enrolment<'_> {
        let agent = &self.agent;
        Enrolment {
            org_id: &agent.org_id,
            project_id: &agent.project_id,
            environment_id: &agent.environment_id,
            posture: agent.posture,
            agent_id: &agent.agent_id,
            trusted: &self.trusted,
            allowed_roots: &agent.allowed_roots,
            supported_features: SUPPORTED_FEATURES,
        }
    }

    /// Says that expiry is judged by the latest time, where the host's clock is behind it.
    fn clock_said(&mut self, refusal: Refusal) -> Refusal {
        let expiries = [
            codes::CRED_EXPIRED,
            codes::BUNDLE_EXPIRED,
            codes::TRIAL_EXPIRED,
        ];
        let expired = expiries.contains(&refusal.code);
        match self.clock.behind() {
            behind if expired && behind > 0 => Refusal::new(
                refusal.code,
                format!(
                    "{} It is judged by the latest time that this agent has seen; the host's clock \
                     is {} s behind that.",
                    refusal.message,
                    behind / 1000
                ),
            ),
            _ => refusal,
        }
    }

    /// Takes what is valid of a key set that came in.
    ///
    /// # Errors
    /// The set is another organization's, or can't be written down: then nothing of it is taken.
    pub fn take_keys(&mut self, offered: OfferedKeys) -> Result<(), Failure> {
        let (trusted, refused) = offered
            .over(&self.trusted)
            .map_err(|why| Failure::new("E_KEY_SET", why, ""))?;
        let refused: Vec<RefusedKey> = refused
            .into_iter()
            .take(COMPLAINTS)
            .map(|key| RefusedKey {
                kid: key.kid,
                code: key.code.to_owned(),
                message: key.message,
            })
            .collect();
        if refused != self.refused_keys {
            for key in &refused {
                tracing::error!("{}: {}", key.code, key.message);
            }
            self.refused_keys = refused;
        }
        if trusted != self.trusted {
            self.state.write("keys.json", &trusted)?;
            tracing::info!("trusted keys: {}", trusted.digest());
            self.trusted = trusted;
        }
        Ok(())
    }

    /// Tells the control plane how an attempt ended, until it is heard.
    pub fn tell(&self, slot: &str, target: &Target, status: StatusReport) {
        let order = Order {
            slot: slot.to_owned(),
            deployment_id: target.deployment_id.clone(),
            status,
        };
        if self.errands.send(Errand::Tell(order)).is_err() {
            tracing::error!("the link to the control plane is gone");
        }
    }

    /// Has the next heartbeat sent before it is time.
    pub fn report_soon(&self) {
        if self.errands.send(Errand::Report).is_err() {
            tracing::error!("the link to the control plane is gone");
        }
    }
}
