//! Release-blocking: the credential's verification order, and each rejection.

mod common;

use byteor_config::{Posture, digest};
use byteor_policy::sign::TestKey;
use byteor_policy::{
    Credential, CredentialV2, Expectation, KeyPurpose, KeyState, Refusal, RunApproval,
    verify_approval, verify_credential,
};
use common::*;

fn verify(line: &str, parts: &Parts) -> Result<Credential, Refusal> {
    verify_credential(
        line.as_bytes(),
        &parts.trusted,
        &Expectation {
            spec_hash: &digest(&parts.spec),
            posture: Posture::Prod,
            environment_id: Some(ENVIRONMENT),
            org_id: Some(ORG),
            project_id: Some(PROJECT),
            capabilities: &[],
            deployment_digest: &digest(parts.deployment_kv()),
            judged_at: NOW,
        },
    )
}

fn code(line: &str, parts: &Parts) -> &'static str {
    verify(line, parts)
        .err()
        .map_or("accepted", |refusal| refusal.code)
}

#[test]
fn a_good_credential_is_accepted_with_or_without_one_newline() {
    let parts = Parts::good();
    let line = parts.approval_key.credential(parts.credential.clone());
    assert_eq!(
        verify(&line, &parts).unwrap(),
        parts.credential.clone().into()
    );
    assert_eq!(code(&format!("{line}\n"), &parts), "accepted");
    assert_eq!(code(&format!("{line}\n\n"), &parts), "E_CRED_DECODE");
    assert_eq!(code(&format!(" {line}"), &parts), "E_CRED_DECODE");
}

#[test]
fn what_does_not_decode_is_refused_first() {
    let parts = Parts::good();
    let line = parts.approval_key.credential(parts.credential.clone());
    let (payload, signature) = line.split_once('.').unwrap();
    for broken in [
        String::new(),
        ".".to_owned(),
        payload.to_owned(),
        format!("{payload}={}{signature}", '.'),
        format!("{payload}.{signature}=="),
        format!("{payload}.{}", &signature[..80]),
        format!("{payload}.{signature}.{signature}"),
        format!("{payload}+/.{signature}"),
        "a".repeat(100_000),
    ] {
        assert_eq!(code(&broken, &parts), "E_CRED_DECODE");
    }
    let signed = |payload: &str| {
        code(
            &parts.approval_key.credential_line(payload.as_bytes()),
            &parts,
        )
    };
    let json = serde_json::to_string(&parts.credential).unwrap();
    assert_eq!(signed(&json), "accepted");
    assert_eq!(signed("null"), "E_CRED_DECODE");
    assert_eq!(signed(&json.replace(":2}", ": 2}")), "E_CRED_DECODE");
    assert_eq!(
        signed(&json.replace("\"v\":2", "\"v\":2,\"w\":1")),
        "E_CRED_DECODE"
    );
    assert_eq!(
        signed(&json.replace("\"v\":2", "\"v\":2,\"v\":2")),
        "E_CRED_DECODE"
    );
    assert_eq!(
        signed(&json.replace("\"v\":2", "\"v\":\"2\"")),
        "E_CRED_DECODE"
    );
    assert_eq!(
        signed(&json.replacen("\"approval_id\"", "\"approval\"", 1)),
        "E_CRED_DECODE"
    );
}

#[test]
fn the_key_comes_before_the_signature_and_the_signature_before_the_version() {
    let mut parts = Parts::good();
    let json = serde_json::to_string(&parts.credential).unwrap();
    let next = json.replace("\"v\":2", "\"later\":true,\"v\":3");
    let stranger = TestKey::from_seed("approval-1", KeyPurpose::Approval, [7; 32]);
    assert_eq!(
        code(&parts.approval_key.credential_line(next.as_bytes()), &parts),
        "E_CRED_VERSION"
    );
    assert_eq!(
        code(&stranger.credential_line(next.as_bytes()), &parts),
        "E_CRED_SIGNATURE"
    );
    assert_eq!(
        code(
            &stranger.credential_line(next.replace("approval-1", "approval-7").as_bytes()),
            &parts
        ),
        "E_CRED_KEY"
    );
    parts.credential.spec_hash = "wrong in every later step too".into();
    parts.credential.expires_at = 0;
    assert_eq!(
        code(&stranger.credential(parts.credential.clone()), &parts),
        "E_CRED_SIGNATURE"
    );
}

#[test]
fn keys_of_another_purpose_and_revoked_keys_sign_nothing() {
    let mut parts = Parts::good();
    let line = parts.approval_key.credential(parts.credential.clone());
    assert_eq!(
        code(&manifest_key().credential(parts.credential.clone()), &parts),
        "E_CRED_KEY"
    );
    parts.trusted.keys[0].state = KeyState::Retired;
    assert_eq!(code(&line, &parts), "accepted");
    parts.trusted.keys[0].state = KeyState::Revoked;
    assert_eq!(code(&line, &parts), "E_CRED_KEY");
    parts.trusted.keys.clear();
    assert_eq!(code(&line, &parts), "E_CRED_KEY");
}

#[test]
fn the_later_steps_are_answered_in_order() {
    // Everything wrong at once; each step is put right after it was the answer.
    let mut parts = Parts::good();
    let needed = ["http_post".to_owned()];
    let good = parts.credential.clone();
    parts.credential.spec_hash = digest("x");
    parts.credential.environment_posture = Posture::Dev;
    parts.credential.environment_id = "x".into();
    parts.credential.expires_at = 1;
    parts.credential.deployment_digest = digest("x");
    let answer = |credential: &CredentialV2| {
        let line = approval_key().credential(credential.clone());
        verify_credential(
            line.as_bytes(),
            &parts.trusted,
            &Expectation {
                spec_hash: &good.spec_hash,
                posture: Posture::Prod,
                environment_id: Some(ENVIRONMENT),
                org_id: None,
                project_id: None,
                capabilities: &needed,
                deployment_digest: &good.deployment_digest,
                judged_at: NOW,
            },
        )
        .err()
        .map_or("accepted", |refusal| refusal.code)
    };
    let mut credential = parts.credential.clone();
    assert_eq!(answer(&credential), "E_CRED_SPEC");
    credential.spec_hash.clone_from(&good.spec_hash);
    assert_eq!(answer(&credential), "E_CRED_ENVIRONMENT");
    credential.environment_posture = Posture::Prod;
    assert_eq!(answer(&credential), "E_CRED_ENVIRONMENT");
    credential.environment_id = ENVIRONMENT.into();
    assert_eq!(answer(&credential), "E_CRED_EXPIRED");
    credential.expires_at = NOW + 1;
    assert_eq!(answer(&credential), "E_CRED_CAPABILITIES");
    credential.capabilities = vec!["exec".into(), "http_post".into()];
    assert_eq!(answer(&credential), "E_CRED_DEPLOYMENT");
    credential
        .deployment_digest
        .clone_from(&good.deployment_digest);
    assert_eq!(answer(&credential), "accepted");
}

#[test]
fn a_runtime_verifies_its_parts_without_a_manifest() {
    let parts = Parts::good();
    let line = parts.approval_key.credential(parts.credential.clone());
    let deployment = parts.deployment_kv();
    let run = RunApproval {
        spec: parts.spec.as_bytes(),
        config: parts.config.as_bytes(),
        deployment: deployment.as_bytes(),
        credential: line.as_bytes(),
        posture: Posture::Prod,
        environment_id: Some(ENVIRONMENT),
        judged_at: NOW,
    };
    let code = |run: RunApproval<'_>| {
        verify_approval(&run, &parts.trusted)
            .err()
            .map_or("accepted", |refusal| refusal.code)
    };
    assert_eq!(code(run), "accepted");
    assert_eq!(
        code(RunApproval {
            environment_id: None,
            ..run
        }),
        "accepted"
    );
    assert_eq!(
        code(RunApproval {
            config: b"other",
            ..run
        }),
        "E_DEPLOYMENT_DIGEST"
    );
    assert_eq!(
        code(RunApproval {
            deployment: b"other",
            ..run
        }),
        "E_DEPLOYMENT_DIGEST"
    );
    assert_eq!(
        code(RunApproval {
            spec: b"other",
            ..run
        }),
        "E_SPEC_NOT_CANONICAL"
    );
    assert_eq!(
        code(RunApproval {
            posture: Posture::Dev,
            ..run
        }),
        "E_DEPLOYMENT_DIGEST"
    );
    assert_eq!(
        code(RunApproval {
            environment_id: Some("other"),
            ..run
        }),
        "E_CRED_ENVIRONMENT"
    );
    assert_eq!(
        code(RunApproval {
            judged_at: NOW + 3600,
            ..run
        }),
        "E_CRED_EXPIRED"
    );
}
