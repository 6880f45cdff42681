//! Who approved, offline: each way in which a credential's persons are too few, or the wrong ones,
//! has its own code.

mod common;

use byteor_config::{Posture, digest};
use byteor_policy::{
    ApprovalKind, ApproverRole, CredentialV1, DeploymentPolicy, DeploymentStatementV1, Proof,
    encode,
};
use common::*;
use proptest::prelude::*;

/// Changes what the control plane would have signed; the digests are in line with it again.
fn changed(change: impl FnOnce(&mut Parts)) -> &'static str {
    let mut parts = Parts::good();
    change(&mut parts);
    parts.settle();
    code(&parts)
}

fn code(parts: &Parts) -> &'static str {
    parts.verify().err().map_or("accepted", |refusal| {
        assert!(refusal.message.len() > 10, "{refusal}");
        refusal.code
    })
}

#[test]
fn two_whom_the_statement_names_are_two() {
    assert_eq!(changed(|_| ()), "accepted");
}

#[test]
fn one_person_is_not_two_however_often_named() {
    let quorum = "E_CRED_QUORUM";
    assert_eq!(
        changed(|parts| {
            parts.credential.approved_by.pop();
        }),
        quorum
    );
    assert_eq!(
        changed(|parts| {
            let twice = parts.credential.approved_by[0].clone();
            parts.credential.approved_by = vec![twice.clone(), twice];
        }),
        quorum
    );
    assert_eq!(
        changed(|parts| parts.credential.approved_by.reverse()),
        quorum
    );
    // Nobody at all isn't even who issued it.
    assert_eq!(
        changed(|parts| parts.credential.approved_by.clear()),
        "E_CRED_DEPLOYMENT"
    );
}

#[test]
fn who_issued_it_said_yes() {
    assert_eq!(
        changed(|parts| parts.credential.issued_by = format!("user:{REQUESTER}")),
        "E_CRED_DEPLOYMENT"
    );
}

#[test]
fn who_asked_is_no_second_person() {
    let own = |allowed: bool| {
        changed(|parts| {
            parts.credential.requested_by.user_id = USER.into();
            parts.statement.policy.self_approval = allowed;
        })
    };
    assert_eq!(own(false), "E_CRED_SECOND_PERSON");
    assert_eq!(own(true), "accepted");
}

#[test]
fn who_is_not_named_and_holds_no_named_role_does_not_count() {
    assert_eq!(
        changed(|parts| parts.credential.approved_by[1].role = ApproverRole::OrgAdmin),
        "E_CRED_APPROVER"
    );
    assert_eq!(
        changed(|parts| {
            parts.credential.approved_by[1].role = ApproverRole::OrgAdmin;
            parts.statement.policy.approvers.roles.clear();
            parts.statement.policy.approvers.users.clear();
        }),
        "accepted"
    );
}

#[test]
fn proof_is_as_good_as_the_statement_asks() {
    assert_eq!(
        changed(|parts| parts.credential.approved_by[1].proven = false),
        "E_CRED_PROOF"
    );
    assert_eq!(
        changed(|parts| parts.statement.proof.requester = Proof::Proven),
        "E_CRED_PROOF"
    );
}

#[test]
fn the_glass_is_broken_by_one_person_where_the_statement_allowed_it() {
    let broken = |allowed: bool, persons: usize| {
        changed(|parts| {
            parts.credential.break_glass = true;
            parts.credential.approved_by.truncate(persons);
            parts.statement.break_glass.allowed = allowed;
        })
    };
    assert_eq!(broken(true, 1), "accepted");
    assert_eq!(broken(false, 1), "E_CRED_BREAK_GLASS");
    assert_eq!(broken(true, 2), "E_CRED_BREAK_GLASS");
    // That it is allowed makes one person no quorum without the mark.
    assert_eq!(
        changed(|parts| {
            parts.statement.break_glass.allowed = true;
            parts.credential.approved_by.pop();
        }),
        "E_CRED_QUORUM"
    );
}

#[test]
fn policy_names_nobody() {
    let by_policy = |parts: &mut Parts| {
        parts.statement.posture = Posture::Prod;
        parts.credential.issued_by = "policy:dev-auto-approval".into();
    };
    assert_eq!(changed(by_policy), "E_CRED_DEPLOYMENT");
}

/// What was approved in version 1.
fn first_version(parts: &Parts) -> (DeploymentStatementV1, CredentialV1) {
    let new = &parts.statement;
    let statement = DeploymentStatementV1 {
        v: 1,
        org_id: new.org_id.clone(),
        project_id: new.project_id.clone(),
        environment_id: new.environment_id.clone(),
        posture: new.posture,
        slot: new.slot.clone(),
        version_id: new.version_id.clone(),
        spec_hash: new.spec_hash.clone(),
        config_digest: new.config_digest.clone(),
        capabilities: new.capabilities.clone(),
        targets: new.targets.clone(),
        policy: DeploymentPolicy {
            approval: ApprovalKind::Person,
            self_approval: false,
        },
    };
    let credential = CredentialV1 {
        approval_id: APPROVAL.into(),
        capabilities: vec![],
        deployment_digest: digest(encode(&statement.clone().into()).unwrap()),
        environment_id: ENVIRONMENT.into(),
        environment_posture: Posture::Prod,
        expires_at: NOW + 3600,
        issued_at: NOW - 60,
        issued_by: format!("user:{USER}"),
        kid: String::new(),
        org_id: ORG.into(),
        project_id: PROJECT.into(),
        spec_hash: new.spec_hash.clone(),
        v: 1,
    };
    (statement, credential)
}

#[test]
fn statement_and_credential_are_of_one_version() {
    let parts = Parts::good();
    let (statement, credential) = first_version(&parts);
    let old_statement = encode(&statement.into()).unwrap();
    let with = |deployment: &str, line: String| {
        let mut members = parts.members();
        for (name, bytes) in &mut members {
            match *name {
                "deployment.kv" => *bytes = deployment.as_bytes().to_vec(),
                "approval.cred" => *bytes = line.clone().into_bytes(),
                _ => {}
            }
        }
        parts
            .verify_tar(&parts.assemble(&members, &members))
            .err()
            .map_or("accepted", |refusal| refusal.code)
    };
    let old = |credential: CredentialV1| parts.approval_key.credential(credential);
    // What runs with version 1 goes on running.
    assert_eq!(with(&old_statement, old(credential.clone())), "accepted");
    // One person's credential of version 1 is none for a statement that asks for two.
    let mut shifted = credential;
    shifted.deployment_digest = digest(parts.deployment_kv());
    assert_eq!(with(&parts.deployment_kv(), old(shifted)), "E_CRED_VERSION");
    let mut newer = parts.credential.clone();
    newer.deployment_digest = digest(&old_statement);
    let line = parts.approval_key.credential(newer);
    assert_eq!(with(&old_statement, line), "E_CRED_VERSION");
    // Of a later version nothing is guessed.
    let later = parts
        .deployment_kv()
        .replacen("deployment.v=2", "deployment.v=3", 1);
    let mut next = parts.credential.clone();
    next.deployment_digest = digest(&later);
    let line = parts.approval_key.credential(next);
    assert_eq!(with(&later, line.clone()), "E_DEPLOYMENT_VERSION");
    let stricter = parts
        .deployment_kv()
        .replace("key_rule=organization", "key_rule=personal");
    assert_eq!(with(&stricter, line), "E_DEPLOYMENT_KEY_RULE");
}

proptest! {
    /// However many are asked for: fewer different persons never pass, and as many do.
    #[test]
    fn a_quorum_is_met_by_as_many_and_by_no_fewer(quorum in 1u32..=5, persons in prop::collection::vec(0u8..7, 1..8)) {
        let mut ids: Vec<String> = persons.iter().map(|n| format!("person-{n}")).collect();
        let mut parts = Parts::good();
        parts.statement.policy.quorum = quorum;
        parts.statement.policy.approvers = byteor_policy::Approvers::default();
        ids.sort();
        let distinct = { let mut all = ids.clone(); all.dedup(); all };
        let named = |ids: &[String]| ids.iter().map(|id| approver(id, ApproverRole::Operator)).collect();
        parts.credential.issued_by = format!("user:{}", ids[0]);
        parts.credential.approved_by = named(&ids);
        parts.settle();
        if distinct.len() < ids.len() {
            prop_assert_eq!(code(&parts), "E_CRED_QUORUM");
        }
        parts.credential.approved_by = named(&distinct);
        parts.settle();
        let enough = distinct.len() >= quorum as usize;
        prop_assert_eq!(code(&parts), if enough { "accepted" } else { "E_CRED_QUORUM" });
    }
}
