//! Version 1: one approver, and nothing about rollout.

use byteor_config::Posture;
use serde::{Deserialize, Serialize};

use super::lines::{Lines, push_subject};
use super::{ApprovalKind, StatementIssue, Subject, check};

/// The rules that were in force when the deployment was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentPolicy {
    /// Who has to approve.
    pub approval: ApprovalKind,
    /// Whether who asks may also approve.
    pub self_approval: bool,
}

/// What a deployment is, without the row that it is kept in: an approval is for its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentStatementV1 {
    /// Format version, 1.
    #[cfg_attr(feature = "ts", ts(type = "1"))]
    pub v: u32,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub posture: Posture,
    /// The slot that it takes on each agent.
    pub slot: String,
    /// The version that is deployed.
    pub version_id: String,
    /// Spec hash of the version, `sha256:…`.
    pub spec_hash: String,
    /// Digest of the config bundle's text, `sha256:…`.
    pub config_digest: String,
    /// Side-effect capabilities that the spec needs. A set: sorted and without repeats in text.
    pub capabilities: Vec<String>,
    /// Agent ids. A set: sorted and without repeats in text.
    pub targets: Vec<String>,
    /// The rules in force.
    pub policy: DeploymentPolicy,
}

impl DeploymentStatementV1 {
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            v: self.v,
            org_id: &self.org_id,
            project_id: &self.project_id,
            environment_id: &self.environment_id,
            posture: self.posture,
            slot: &self.slot,
            version_id: &self.version_id,
            spec_hash: &self.spec_hash,
            config_digest: &self.config_digest,
            capabilities: &self.capabilities,
            targets: &self.targets,
            approval: self.policy.approval,
            self_approval: self.policy.self_approval,
        }
    }
}

pub(super) fn encode(statement: &DeploymentStatementV1) -> Result<String, StatementIssue> {
    let subject = statement.subject();
    check::subject(&subject, 1)?;
    let mut text = String::new();
    push_subject(&mut text, &subject);
    Ok(text)
}

pub(super) fn decode(lines: &mut Lines) -> Result<DeploymentStatementV1, StatementIssue> {
    let subject = lines.subject()?;
    Ok(DeploymentStatementV1 {
        v: 1,
        org_id: subject.org_id,
        project_id: subject.project_id,
        environment_id: subject.environment_id,
        posture: subject.posture,
        slot: subject.slot,
        version_id: subject.version_id,
        spec_hash: subject.spec_hash,
        config_digest: subject.config_digest,
        capabilities: subject.capabilities,
        targets: subject.targets,
        policy: DeploymentPolicy {
            approval: subject.approval,
            self_approval: subject.self_approval,
        },
    })
}
