//! The statement and the credential of a deployment, in either version that agents verify.

use byteor_config::{Posture, digest};
use byteor_policy::{
    ApprovalKind, ApproverProof, ApproverRole, Approvers, BreakGlass, Credential, CredentialV1,
    CredentialV2, DeploymentPolicy, DeploymentPolicyV2, DeploymentStatement, DeploymentStatementV1,
    DeploymentStatementV2, KeyRule, PersonProof, Proof, RequiredProof, Rollout, encode,
};

use super::{AGENT, Deployment, ENVIRONMENT, ORG, PROJECT};

const APPROVER: &str = "mira";
const REQUESTER: &str = "ana";

/// Text of `deployment.kv`, and the payload of its credential.
pub fn approved(deployment: &Deployment, spec: &str, config: &str) -> (String, Credential) {
    let statement = match deployment.statement_version {
        1 => DeploymentStatement::from(first(deployment, spec, config)),
        2 => DeploymentStatement::from(second(deployment, spec, config)),
        other => panic!("no statement has version {other}"),
    };
    let text = encode(&statement).unwrap();
    let credential = match statement {
        DeploymentStatement::V1(_) => Credential::from(first_credential(deployment, spec, &text)),
        DeploymentStatement::V2(_) => Credential::from(second_credential(deployment, spec, &text)),
    };
    (text, credential)
}

fn first(deployment: &Deployment, spec: &str, config: &str) -> DeploymentStatementV1 {
    DeploymentStatementV1 {
        v: 1,
        org_id: ORG.into(),
        project_id: PROJECT.into(),
        environment_id: ENVIRONMENT.into(),
        posture: Posture::Prod,
        slot: deployment.slot.clone(),
        version_id: "version-1".into(),
        spec_hash: digest(spec),
        config_digest: digest(config),
        capabilities: vec![],
        targets: vec![AGENT.into()],
        policy: DeploymentPolicy {
            approval: ApprovalKind::Person,
            self_approval: false,
        },
    }
}

fn second(deployment: &Deployment, spec: &str, config: &str) -> DeploymentStatementV2 {
    DeploymentStatementV2 {
        v: 2,
        org_id: ORG.into(),
        project_id: PROJECT.into(),
        environment_id: ENVIRONMENT.into(),
        posture: Posture::Prod,
        slot: deployment.slot.clone(),
        version_id: "version-1".into(),
        spec_hash: digest(spec),
        config_digest: digest(config),
        capabilities: vec![],
        targets: vec![AGENT.into()],
        policy: DeploymentPolicyV2 {
            approval: ApprovalKind::Person,
            self_approval: false,
            quorum: 1,
            key_rule: KeyRule::Organization,
            approvers: Approvers::default(),
        },
        proof: RequiredProof {
            requester: Proof::Session,
            approver: Proof::Proven,
        },
        break_glass: BreakGlass { allowed: false },
        rollout: Rollout {
            first: 1,
            step: 1,
            pause_seconds: 30,
        },
    }
}

fn first_credential(deployment: &Deployment, spec: &str, statement: &str) -> CredentialV1 {
    CredentialV1 {
        approval_id: "approval-1".into(),
        capabilities: vec![],
        deployment_digest: digest(statement),
        environment_id: ENVIRONMENT.into(),
        environment_posture: Posture::Prod,
        expires_at: deployment.credential_expires_at,
        issued_at: deployment.made_at - 10,
        issued_by: format!("user:{APPROVER}"),
        kid: String::new(),
        org_id: ORG.into(),
        project_id: PROJECT.into(),
        spec_hash: digest(spec),
        v: 1,
    }
}

fn second_credential(deployment: &Deployment, spec: &str, statement: &str) -> CredentialV2 {
    let person = |user_id: &str| PersonProof {
        method: "host_link".into(),
        proven: true,
        user_id: user_id.into(),
    };
    let PersonProof {
        method,
        proven,
        user_id,
    } = person(APPROVER);
    CredentialV2 {
        approval_id: "approval-1".into(),
        approved_by: vec![ApproverProof {
            at: deployment.made_at - 10,
            method,
            proven,
            role: ApproverRole::Operator,
            user_id,
        }],
        break_glass: false,
        capabilities: vec![],
        deployment_digest: digest(statement),
        environment_id: ENVIRONMENT.into(),
        environment_posture: Posture::Prod,
        expires_at: deployment.credential_expires_at,
        issued_at: deployment.made_at - 10,
        issued_by: format!("user:{APPROVER}"),
        kid: String::new(),
        org_id: ORG.into(),
        project_id: PROJECT.into(),
        requested_by: person(REQUESTER),
        spec_hash: digest(spec),
        v: 2,
    }
}
