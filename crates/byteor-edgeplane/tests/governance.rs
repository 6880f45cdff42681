//! Approval at the start of a run: what is verified, and what is refused.

mod bench;

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use bench::{Bench, Ran};
use byteor_config::Posture;
use byteor_policy::sign::TestKey;
use byteor_policy::{
    ApprovalKind, CredentialV1, DeploymentPolicy, DeploymentStatementV1, KeyPurpose, KeySet,
    KeyState, deployment_digest, encode,
};

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

fn key() -> TestKey {
    TestKey::from_seed("k1", KeyPurpose::Approval, [7; 32])
}

fn statement(bench: &Bench) -> DeploymentStatementV1 {
    DeploymentStatementV1 {
        v: 1,
        org_id: "org-1".into(),
        project_id: "project-1".into(),
        environment_id: "environment-1".into(),
        posture: bench.config.posture,
        slot: "orders".into(),
        version_id: "version-1".into(),
        spec_hash: byteor_config::digest(bench.read("spec.kv")),
        config_digest: byteor_config::digest(byteor_config::encode(&bench.config).unwrap()),
        capabilities: vec![],
        targets: vec!["agent-1".into()],
        policy: DeploymentPolicy {
            approval: ApprovalKind::Person,
            self_approval: false,
        },
    }
}

fn credential(statement: &DeploymentStatementV1) -> CredentialV1 {
    CredentialV1 {
        approval_id: "approval-1".into(),
        capabilities: vec![],
        deployment_digest: deployment_digest(&statement.clone().into()).unwrap(),
        environment_id: statement.environment_id.clone(),
        environment_posture: statement.posture,
        expires_at: now() + 600,
        issued_at: now(),
        issued_by: "user:reviewer".into(),
        kid: String::new(),
        org_id: statement.org_id.clone(),
        project_id: statement.project_id.clone(),
        spec_hash: statement.spec_hash.clone(),
        v: 1,
    }
}

fn production() -> Bench {
    let mut bench = Bench::new(b"a\n", &["identity"]);
    bench.config.posture = Posture::Prod;
    bench
}

/// Lays statement, credential and keys beside each other, away from the spec.
fn lay(bench: &Bench, statement: &DeploymentStatementV1, credential: &CredentialV1) {
    let keys = KeySet {
        keys: vec![key().trusted(KeyState::Active)],
        org_id: "org-1".into(),
        v: 1,
    };
    fs::create_dir_all(bench.path("agent")).unwrap();
    fs::write(
        bench.path("agent/deployment.kv"),
        encode(&statement.clone().into()).unwrap(),
    )
    .unwrap();
    fs::write(
        bench.path("agent/approval.cred"),
        key().credential(credential.clone()),
    )
    .unwrap();
    fs::write(
        bench.path("agent/keys.json"),
        serde_json::to_vec(&keys).unwrap(),
    )
    .unwrap();
}

fn run(bench: &Bench, more: &[&str]) -> Ran {
    let flag = |name: &str, file: &str| format!("--{name}={}", bench.path(file).display());
    let flags = [
        flag("approval", "agent/approval.cred"),
        flag("approval-key-set", "agent/keys.json"),
        flag("deployment", "agent/deployment.kv"),
    ];
    let mut flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    flags.extend(["--posture=prod", "--environment-id=environment-1"]);
    flags.extend(more);
    bench.run(&flags)
}

#[test]
fn an_approved_deployment_runs() {
    let bench = production();
    let statement = statement(&bench);
    lay(&bench, &statement, &credential(&statement));
    let ran = run(&bench, &[]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    let started = ran
        .events
        .iter()
        .find(|event| event["event"] == "started")
        .unwrap();
    assert_eq!(started["approval_id"], "approval-1");
    assert_eq!(started["trust_source"], "flag");
    assert_eq!(bench.read("out.log"), b"a\n");
}

#[test]
fn without_a_credential_only_dev_runs() {
    for (posture, exit) in [(Posture::Dev, 0), (Posture::Staging, 4), (Posture::Prod, 4)] {
        let mut bench = Bench::new(b"a\n", &["identity"]);
        bench.config.posture = posture;
        let ran = bench.run(&[]);
        assert_eq!(ran.exit, Some(exit), "{posture}: {ran:?}");
        if exit == 4 {
            assert_eq!(ran.code(), "E_APPROVAL_REQUIRED");
            assert!(!bench.path("out.log").exists());
        }
    }
}

#[test]
fn whatever_differs_from_what_was_approved_is_refused() {
    type Change = fn(&mut DeploymentStatementV1, &mut CredentialV1);
    let cases: [(&str, Change); 8] = [
        ("E_DEPLOYMENT_DIGEST", |statement, _| {
            statement.spec_hash = byteor_config::digest("another spec");
        }),
        ("E_DEPLOYMENT_DIGEST", |statement, _| {
            statement.config_digest = byteor_config::digest("another config");
        }),
        ("E_CRED_DEPLOYMENT", |statement, _| {
            statement.slot = "another".into();
        }),
        ("E_CRED_SPEC", |_, credential| {
            credential.spec_hash = byteor_config::digest("another spec");
        }),
        ("E_CRED_ENVIRONMENT", |_, credential| {
            credential.environment_posture = Posture::Dev;
        }),
        ("E_CRED_ENVIRONMENT", |_, credential| {
            credential.environment_id = "environment-2".into();
        }),
        ("E_CRED_EXPIRED", |_, credential| {
            credential.expires_at = now() - 10;
        }),
        ("E_CRED_DEPLOYMENT", |_, credential| {
            credential.issued_by = "policy:dev".into();
        }),
    ];
    for (index, (code, change)) in cases.into_iter().enumerate() {
        let bench = production();
        let mut statement = statement(&bench);
        let mut credential = credential(&statement);
        change(&mut statement, &mut credential);
        lay(&bench, &statement, &credential);
        let ran = run(&bench, &[]);
        assert_eq!(
            (ran.exit, ran.code()),
            (Some(4), code),
            "case {index}: {ran:?}"
        );
        assert!(
            !bench.path("out.log").exists(),
            "case {index}: something was touched"
        );
    }
}

#[test]
fn keys_and_signatures_are_held_against_the_trusted_set() {
    let bench = production();
    let statement = statement(&bench);
    lay(&bench, &statement, &credential(&statement));
    let foreign = TestKey::from_seed("k1", KeyPurpose::Approval, [8; 32]);
    let line = foreign.credential(credential(&statement));
    fs::write(bench.path("agent/approval.cred"), line).unwrap();
    assert_eq!(run(&bench, &[]).code(), "E_CRED_SIGNATURE");
    let unknown = TestKey::from_seed("k2", KeyPurpose::Approval, [7; 32]);
    let line = unknown.credential(credential(&statement));
    fs::write(bench.path("agent/approval.cred"), line).unwrap();
    assert_eq!(run(&bench, &[]).code(), "E_CRED_KEY");
    fs::write(bench.path("agent/approval.cred"), "no credential").unwrap();
    assert_eq!(run(&bench, &[]).code(), "E_CRED_DECODE");
    fs::remove_file(bench.path("agent/approval.cred")).unwrap();
    let ran = run(&bench, &[]);
    assert_eq!((ran.exit, ran.code()), (Some(3), "E_APPROVAL_READ"));
}

#[test]
fn expiry_limits_activation_and_not_the_restart_after_it() {
    let bench = production();
    let statement = statement(&bench);
    let mut credential = credential(&statement);
    credential.issued_at = now() - 1000;
    credential.expires_at = now() - 500;
    lay(&bench, &statement, &credential);
    assert_eq!(run(&bench, &[]).code(), "E_CRED_EXPIRED");
    let late = format!("--activated-at={}", now() - 499);
    assert_eq!(run(&bench, &[&late]).code(), "E_CRED_EXPIRED");
    let in_time = format!("--activated-at={}", now() - 600);
    assert_eq!(run(&bench, &[&in_time]).exit, Some(0));
}

#[test]
fn one_that_an_agent_starts_trusts_nothing_beside_the_spec() {
    let bench = production();
    let statement = statement(&bench);
    lay(&bench, &statement, &credential(&statement));
    for (from, to) in [
        ("agent/approval.cred", "approval.cred"),
        ("agent/deployment.kv", "deployment.kv"),
        ("agent/keys.json", "signing_keys.json"),
    ] {
        fs::copy(bench.path(from), bench.path(to)).unwrap();
    }
    // A person finds the approval beside the spec, and is told where the keys came from.
    let ran = bench.run(&[]);
    assert_eq!(ran.exit, Some(0), "{ran:?}");
    assert_eq!(ran.events[0]["trust_source"], "beside_spec");
    let root = format!("--allow-root={}", bench.dir.path().display());
    let ran = bench.run(&["--exit-with-parent", &root]);
    assert_eq!(ran.code(), "E_APPROVAL_REQUIRED", "{ran:?}");
    let given = format!("--approval={}", bench.path("approval.cred").display());
    let ran = bench.run(&["--exit-with-parent", &root, &given]);
    assert_eq!((ran.exit, ran.code()), (Some(4), "E_CRED_KEY"), "{ran:?}");
}
