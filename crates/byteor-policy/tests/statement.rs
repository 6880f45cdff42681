//! The deployment statement's text and digest.

use byteor_config::Posture;
use byteor_policy::{
    ApprovalKind, DeploymentPolicy, DeploymentStatementV1, decode, deployment_digest, encode,
};

fn statement() -> DeploymentStatementV1 {
    DeploymentStatementV1 {
        v: 1,
        org_id: "018f0000-0000-7000-8000-000000000001".into(),
        project_id: "018f0000-0000-7000-8000-000000000002".into(),
        environment_id: "018f0000-0000-7000-8000-000000000003".into(),
        posture: Posture::Prod,
        slot: "orders".into(),
        version_id: "018f0000-0000-7000-8000-000000000004".into(),
        spec_hash: format!("sha256:{}", "a".repeat(64)),
        config_digest: format!("sha256:{}", "b".repeat(64)),
        capabilities: vec!["http_post".into(), "exec".into(), "exec".into()],
        targets: vec!["agent-2".into(), "agent-1".into()],
        policy: DeploymentPolicy {
            approval: ApprovalKind::Person,
            self_approval: false,
        },
    }
}

#[test]
fn a_statement_has_one_text_whatever_the_order_of_its_sets() {
    let text = encode(&statement().into()).unwrap();
    assert_eq!(
        text,
        "deployment.v=1\n\
         deployment.org_id=018f0000-0000-7000-8000-000000000001\n\
         deployment.project_id=018f0000-0000-7000-8000-000000000002\n\
         deployment.environment_id=018f0000-0000-7000-8000-000000000003\n\
         deployment.posture=prod\n\
         deployment.slot=orders\n\
         deployment.version_id=018f0000-0000-7000-8000-000000000004\n\
         deployment.spec_hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\
         deployment.config_digest=sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n\
         deployment.capabilities.0=exec\n\
         deployment.capabilities.1=http_post\n\
         deployment.targets.0=agent-1\n\
         deployment.targets.1=agent-2\n\
         deployment.policy.approval=person\n\
         deployment.policy.self_approval=false\n"
    );
    let back = decode(&text).unwrap();
    assert_eq!(back.subject().targets, ["agent-1", "agent-2"]);
    assert_eq!(encode(&back).unwrap(), text);
    assert_eq!(
        deployment_digest(&back),
        deployment_digest(&statement().into())
    );
}

#[test]
fn every_field_changes_the_digest() {
    let base = deployment_digest(&statement().into()).unwrap();
    let mut seen = vec![base];
    let mut differs = |change: &dyn Fn(&mut DeploymentStatementV1)| {
        let mut changed = statement();
        change(&mut changed);
        let digest = deployment_digest(&changed.into()).unwrap();
        assert!(!seen.contains(&digest));
        seen.push(digest);
    };
    differs(&|s| s.org_id = "o".into());
    differs(&|s| s.project_id = "p".into());
    differs(&|s| s.environment_id = "e".into());
    differs(&|s| s.posture = Posture::Staging);
    differs(&|s| s.slot = "other".into());
    differs(&|s| s.version_id = "v".into());
    differs(&|s| s.spec_hash = format!("sha256:{}", "c".repeat(64)));
    differs(&|s| s.config_digest = format!("sha256:{}", "c".repeat(64)));
    differs(&|s| s.capabilities.clear());
    differs(&|s| s.targets.push("agent-3".into()));
    differs(&|s| s.policy.self_approval = true);
}

#[test]
fn text_that_is_not_canonical_is_refused() {
    let text = encode(&statement().into()).unwrap();
    for changed in [
        text.trim_end().to_owned(),
        text.replace('\n', "\r\n"),
        text.replacen("deployment.v=1\n", "", 1),
        format!("{text}deployment.note=hello\n"),
        text.replace("targets.1=agent-2", "targets.1=agent-0"),
        text.replace("targets.1=agent-2", "targets.1=agent-1"),
        text.replace("targets.1", "targets.2"),
        text.replace("=false", "=no"),
        text.replace("posture=prod", "posture=production"),
        text.replace("slot=orders", "slot=ord\\x65rs"),
        String::new(),
    ] {
        let issue = decode(&changed).unwrap_err();
        assert_eq!(issue.code, "E_DEPLOYMENT_TEXT", "{changed}");
    }
    for changed in [
        text.replace("slot=orders", "slot=../orders"),
        text.replace("slot=orders", "slot="),
        text.replace("sha256:aaaa", "sha256:AAAA"),
        text.replace("capabilities.0=exec", "capabilities.0=Exec it"),
        text.replace("targets.0=agent-1", "targets.0=agent/1"),
    ] {
        assert_eq!(
            decode(&changed).unwrap_err().code,
            "E_DEPLOYMENT_FIELD",
            "{changed}"
        );
    }
}

#[test]
fn a_production_deployment_is_never_approved_by_policy() {
    let mut sneaky = statement();
    sneaky.policy.approval = ApprovalKind::Policy;
    assert_eq!(
        encode(&sneaky.clone().into()).unwrap_err().field,
        "policy.approval"
    );
    sneaky.posture = Posture::Staging;
    assert!(encode(&sneaky.into()).is_ok());
}

#[test]
fn a_statement_without_agents_is_refused() {
    let mut empty = statement();
    empty.targets.clear();
    assert_eq!(encode(&empty.into()).unwrap_err().field, "targets");
}
