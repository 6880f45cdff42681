//! Version 2 of the deployment statement: its text, its digest, and what it refuses.

mod common;

use byteor_config::Posture;
use byteor_policy::{
    ApprovalKind, ApproverRole, DeploymentStatement, DeploymentStatementV2, Proof, decode,
    deployment_digest, encode,
};
use common::*;
use proptest::prelude::*;

fn statement() -> DeploymentStatementV2 {
    Parts::good().statement
}

fn text() -> String {
    encode(&statement().into()).unwrap()
}

fn refused(text: &str) -> String {
    decode(text).unwrap_err().code
}

#[test]
fn it_says_who_how_many_how_proven_and_in_what_steps() {
    let text = text();
    let policy = text.split_once("deployment.policy").unwrap().1;
    assert_eq!(
        policy,
        format!(
            ".approval=person\n\
             deployment.policy.self_approval=false\n\
             deployment.policy.quorum=2\n\
             deployment.policy.key_rule=organization\n\
             deployment.policy.approvers.roles.0=operator\n\
             deployment.policy.approvers.users.0={USER}\n\
             deployment.proof.requester=session\n\
             deployment.proof.approver=proven\n\
             deployment.break_glass.allowed=false\n\
             deployment.rollout.first=1\n\
             deployment.rollout.step=1\n\
             deployment.rollout.pause_seconds=30\n"
        )
    );
    assert_eq!(decode(&text).unwrap(), statement().into());
}

#[test]
fn each_rule_changes_the_digest() {
    let mut seen = vec![deployment_digest(&statement().into()).unwrap()];
    let mut differs = |change: &dyn Fn(&mut DeploymentStatementV2)| {
        let mut changed = statement();
        change(&mut changed);
        let digest = deployment_digest(&changed.into()).unwrap();
        assert!(!seen.contains(&digest));
        seen.push(digest);
    };
    differs(&|s| s.policy.quorum = 1);
    differs(&|s| s.policy.self_approval = true);
    differs(&|s| s.policy.approvers.roles.push(ApproverRole::OrgAdmin));
    differs(&|s| s.policy.approvers.users.push(OTHER.into()));
    differs(&|s| s.proof.requester = Proof::Proven);
    differs(&|s| s.proof.approver = Proof::Session);
    differs(&|s| s.break_glass.allowed = true);
    differs(&|s| s.rollout.first = 2);
    differs(&|s| s.rollout.step = 2);
    differs(&|s| s.rollout.pause_seconds = 31);
}

#[test]
fn unknown_versions_and_key_rules_have_codes_of_their_own() {
    let text = text();
    for version in ["0", "3", "02", ""] {
        let other = text.replacen("deployment.v=2", &format!("deployment.v={version}"), 1);
        assert_eq!(refused(&other), "E_DEPLOYMENT_VERSION", "{version}");
    }
    for rule in ["organization+personal", "Organization", ""] {
        let other = text.replace("key_rule=organization", &format!("key_rule={rule}"));
        assert_eq!(refused(&other), "E_DEPLOYMENT_KEY_RULE", "{rule}");
    }
}

#[test]
fn text_of_one_version_is_none_of_the_other() {
    let text = text();
    assert_eq!(
        refused(&text.replacen("deployment.v=2", "deployment.v=1", 1)),
        "E_DEPLOYMENT_TEXT"
    );
    let (first, _) = text.split_once("deployment.policy.quorum").unwrap();
    assert_eq!(refused(first), "E_DEPLOYMENT_TEXT");
    let v1 = first.replacen("deployment.v=2", "deployment.v=1", 1);
    assert!(matches!(decode(&v1), Ok(DeploymentStatement::V1(_))));
}

#[test]
fn rules_that_nobody_could_meet_or_that_contradict_themselves_are_refused() {
    let field = |change: &dyn Fn(&mut DeploymentStatementV2)| {
        let mut changed = statement();
        change(&mut changed);
        encode(&changed.into()).err().map(|issue| issue.field)
    };
    let quorum = Some("policy.quorum".to_owned());
    assert_eq!(field(&|s| s.policy.quorum = 0), quorum);
    assert_eq!(field(&|s| s.policy.quorum = 6), quorum);
    // Two are asked for, and one is named.
    assert_eq!(field(&|s| s.policy.approvers.roles.clear()), quorum);
    let by_policy = |change: &dyn Fn(&mut DeploymentStatementV2)| {
        field(&|s: &mut DeploymentStatementV2| {
            s.posture = Posture::Dev;
            s.policy.approval = ApprovalKind::Policy;
            s.policy.quorum = 0;
            s.policy.approvers.roles.clear();
            s.policy.approvers.users.clear();
            change(s);
        })
    };
    assert_eq!(by_policy(&|_| ()), None);
    assert_eq!(by_policy(&|s| s.policy.quorum = 1), quorum);
    assert_eq!(
        by_policy(&|s| s.policy.approvers.users.push(USER.into())),
        Some("policy.approvers".to_owned())
    );
    assert_eq!(
        by_policy(&|s| s.break_glass.allowed = true),
        Some("break_glass.allowed".to_owned())
    );
    assert_eq!(
        field(&|s| s.policy.approvers.users.push("not an id".into())),
        Some("policy.approvers.users".to_owned())
    );
    assert_eq!(
        field(&|s| s.rollout.first = 0),
        Some("rollout.first".into())
    );
    assert_eq!(field(&|s| s.rollout.step = 65), Some("rollout.step".into()));
    assert_eq!(
        field(&|s| s.rollout.pause_seconds = 86_401),
        Some("rollout.pause_seconds".into())
    );
}

proptest! {
    /// Whatever a line is replaced by: it is refused, or it is canonical and another digest.
    #[test]
    fn one_text_for_one_statement(line in 0usize..30, value in "[ -~]{0,12}") {
        let text = text();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let at = line % lines.len();
        let key = lines[at].split_once('=').unwrap().0.to_owned();
        lines[at] = format!("{key}={value}");
        let changed = lines.join("\n") + "\n";
        if let Ok(statement) = decode(&changed) {
            prop_assert_eq!(encode(&statement).unwrap(), changed);
        }
    }
}
