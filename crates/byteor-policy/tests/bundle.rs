//! Release-blocking: every tampering of a bundle is refused, each with its own code.

mod common;

use byteor_config::{Posture, digest};
use byteor_pipeline_spec::encode_kv_v1;
use byteor_policy::sign::{TestKey, archive};
use byteor_policy::{
    ApprovalKind, EpochRule, KeyPurpose, KeyState, MEMBERS, Refusal, VerifiedBundle,
};
use common::*;

fn code(result: Result<VerifiedBundle, Refusal>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(refusal) => {
            assert!(refusal.message.len() > 10, "{refusal}");
            refusal.code
        }
    }
}

/// Applies a change to the parts that the control plane would have signed, and verifies.
fn changed(change: impl FnOnce(&mut Parts)) -> &'static str {
    let mut parts = Parts::good();
    change(&mut parts);
    code(parts.verify())
}

#[test]
fn an_untouched_bundle_is_accepted_and_says_what_it_is() {
    let parts = Parts::good();
    let verified = parts.verify().unwrap();
    assert_eq!(verified.bundle_hash, digest(parts.tar()));
    assert_eq!(verified.deployment_digest, digest(parts.deployment_kv()));
    assert_eq!(verified.manifest.epoch, 7);
    assert_eq!(verified.spec.spec_hash, digest(&parts.spec));
    assert_eq!(
        verified.members().map(|(name, _)| name).collect::<Vec<_>>(),
        MEMBERS
    );
}

#[test]
fn bytes_other_than_the_announced_ones_are_refused() {
    let parts = Parts::good();
    let mut tar = parts.tar();
    let announced = digest(&tar);
    let last = tar.len() - 1;
    tar[last] = 1;
    assert_eq!(
        code(parts.verify_announced(&tar, &announced)),
        "E_BUNDLE_HASH"
    );
    assert_eq!(
        code(parts.verify_announced(&[], &announced)),
        "E_BUNDLE_HASH"
    );
}

#[test]
fn a_changed_member_is_refused() {
    let parts = Parts::good();
    let members = parts.members();
    for (index, (name, _)) in members.iter().enumerate() {
        let mut touched = members.clone();
        touched[index].1.push(b'\n');
        let tar = parts.assemble(&members, &touched);
        assert_eq!(code(parts.verify_tar(&tar)), "E_MANIFEST_FILES", "{name}");
    }
    // A flipped bit, the size kept.
    let mut touched = members.clone();
    let spec = &mut touched[4].1;
    let last = spec.len() - 2;
    spec[last] ^= 1;
    let tar = parts.assemble(&members, &touched);
    assert_eq!(code(parts.verify_tar(&tar)), "E_MANIFEST_FILES");
}

#[test]
fn a_changed_manifest_is_refused() {
    let parts = Parts::good();
    let members = parts.members();
    let good = parts.manifest_key.manifest(&parts.manifest_for(&members));
    let mut later = parts.manifest_for(&members);
    later.expires_at += 1;
    let other = parts.manifest_key.manifest(&later);
    // The payload of one with the signature of the other.
    let good_json: serde_json::Value = serde_json::from_slice(&good).unwrap();
    let mut mixed: serde_json::Value = serde_json::from_slice(&other).unwrap();
    mixed["signatures"] = good_json["signatures"].clone();
    let tar = with_manifest(&members, serde_json::to_vec(&mixed).unwrap());
    assert_eq!(code(parts.verify_tar(&tar)), "E_MANIFEST_SIGNATURE");

    let refused = |json: serde_json::Value| {
        code(parts.verify_tar(&with_manifest(&members, serde_json::to_vec(&json).unwrap())))
    };
    let mut retyped = good_json.clone();
    retyped["payloadType"] = "application/json".into();
    assert_eq!(refused(retyped), "E_BUNDLE_LAYOUT");
    let mut unsigned = good_json.clone();
    unsigned["signatures"] = serde_json::json!([]);
    assert_eq!(refused(unsigned), "E_BUNDLE_LAYOUT");
    let mut twice = good_json.clone();
    let one = twice["signatures"][0].clone();
    twice["signatures"].as_array_mut().unwrap().push(one);
    assert_eq!(refused(twice), "E_BUNDLE_LAYOUT");
    assert_eq!(refused(serde_json::json!({})), "E_BUNDLE_LAYOUT");
}

#[test]
fn a_manifest_that_is_signed_but_not_canonical_is_refused() {
    let parts = Parts::good();
    let members = parts.members();
    let payload = serde_json::to_string_pretty(&parts.manifest_for(&members)).unwrap();
    let tar = with_manifest(&members, parts.manifest_key.envelope(payload.as_bytes()));
    assert_eq!(code(parts.verify_tar(&tar)), "E_BUNDLE_LAYOUT");
}

#[test]
fn a_manifest_signed_by_a_wrong_key_is_refused() {
    assert_eq!(
        changed(|parts| {
            parts.manifest_key = TestKey::from_seed("manifest-9", KeyPurpose::Manifest, [9; 32]);
        }),
        "E_MANIFEST_KEY"
    );
    // Another key under a trusted name.
    assert_eq!(
        changed(|parts| {
            parts.manifest_key = TestKey::from_seed("manifest-1", KeyPurpose::Manifest, [9; 32]);
        }),
        "E_MANIFEST_SIGNATURE"
    );
    // The approval key is trusted, but not for manifests.
    assert_eq!(
        changed(|parts| parts.manifest_key = approval_key()),
        "E_MANIFEST_KEY"
    );
    assert_eq!(
        changed(|parts| parts.trusted.keys[1].state = KeyState::Revoked),
        "E_MANIFEST_KEY"
    );
    assert_eq!(
        changed(|parts| parts.trusted.keys[1].state = KeyState::Retired),
        "accepted"
    );
}

#[test]
fn a_key_set_brought_by_the_bundle_is_refused() {
    // An attacker signs everything with keys of their own, and brings these along.
    let theirs = |parts: &mut Parts, approval_kid: &str, manifest_kid: &str| {
        parts.approval_key = TestKey::from_seed(approval_kid, KeyPurpose::Approval, [8; 32]);
        parts.manifest_key = TestKey::from_seed(manifest_kid, KeyPurpose::Manifest, [9; 32]);
        let mut keys = key_set();
        keys.keys = vec![
            parts.approval_key.trusted(KeyState::Active),
            parts.manifest_key.trusted(KeyState::Active),
        ];
        parts.keys_member = serde_json::to_vec(&keys).unwrap();
    };
    assert_eq!(
        changed(|parts| theirs(parts, "approval-9", "manifest-9")),
        "E_KEYSET_FOREIGN"
    );
    assert_eq!(
        changed(|parts| theirs(parts, "approval-1", "manifest-1")),
        "E_KEYSET_FOREIGN"
    );
    // Even a manifest that our own key signed can't make a foreign key trusted.
    assert_eq!(
        changed(|parts| {
            let mut keys = key_set();
            keys.keys.push(
                TestKey::from_seed("approval-2", KeyPurpose::Approval, [8; 32])
                    .trusted(KeyState::Active),
            );
            parts.keys_member = serde_json::to_vec(&keys).unwrap();
        }),
        "E_KEYSET_FOREIGN"
    );
    assert_eq!(
        changed(|parts| {
            let mut keys = key_set();
            keys.keys[0].purpose = KeyPurpose::Manifest;
            parts.keys_member = serde_json::to_vec(&keys).unwrap();
        }),
        "E_KEYSET_FOREIGN"
    );
    assert_eq!(
        changed(|parts| parts.keys_member = b"{}".to_vec()),
        "E_KEYSET_FOREIGN"
    );
}

#[test]
fn fewer_keys_in_the_bundle_than_are_trusted_are_fine() {
    assert_eq!(
        changed(|parts| {
            let mut keys = key_set();
            keys.keys.truncate(1);
            parts.keys_member = serde_json::to_vec(&keys).unwrap();
        }),
        "accepted"
    );
}

#[test]
fn a_bundle_for_another_place_is_refused() {
    for change in [
        (|parts: &mut Parts| parts.manifest.org_id = "other".into()) as fn(&mut Parts),
        |parts| parts.manifest.environment_id = "other".into(),
        |parts| parts.manifest.slot = "other".into(),
        |parts| parts.manifest.deployment_id = "other".into(),
        |parts| parts.manifest.agent_ids = vec!["other".into()],
    ] {
        assert_eq!(changed(change), "E_MANIFEST_SCOPE");
    }
}

#[test]
fn an_older_epoch_is_refused() {
    assert_eq!(changed(|parts| parts.manifest.epoch = 6), "E_EPOCH_STALE");
    assert_eq!(changed(|parts| parts.manifest.epoch = 5), "E_EPOCH_STALE");
    assert_eq!(
        changed(|parts| {
            parts.manifest.epoch = 0;
            parts.epoch = EpochRule::After {
                highest: 0,
                bundle_hash: None,
            };
        }),
        "E_EPOCH_STALE"
    );
    // The same epoch again, only as the same bundle.
    let parts = Parts::good();
    let tar = parts.tar();
    let hash: &'static str = Box::leak(digest(&tar).into_boxed_str());
    let again = |bundle_hash| {
        let mut parts = Parts::good();
        parts.epoch = EpochRule::After {
            highest: 7,
            bundle_hash,
        };
        code(parts.verify_tar(&tar))
    };
    assert_eq!(again(Some(hash)), "accepted");
    assert_eq!(again(Some("sha256:another")), "E_EPOCH_STALE");
    assert_eq!(again(None), "E_EPOCH_STALE");
    assert_eq!(
        changed(|parts| parts.epoch = EpochRule::Exactly(7)),
        "accepted"
    );
    assert_eq!(
        changed(|parts| parts.epoch = EpochRule::Exactly(8)),
        "E_EPOCH_STALE"
    );
}

#[test]
fn an_expired_bundle_is_refused_but_restarts_when_it_was_activated_in_time() {
    assert_eq!(
        changed(|parts| parts.manifest.expires_at = NOW),
        "E_BUNDLE_EXPIRED"
    );
    assert_eq!(
        changed(|parts| parts.judged_at = NOW + 3600),
        "E_BUNDLE_EXPIRED"
    );
    // A restart judges by the instant of activation.
    assert_eq!(
        changed(|parts| {
            parts.epoch = EpochRule::Exactly(7);
            parts.judged_at = NOW;
        }),
        "accepted"
    );
}

#[test]
fn a_spec_that_is_not_canonical_is_refused() {
    for change in [
        (|spec: &str| format!("{spec}single_ring.note=hidden\n")) as fn(&str) -> String,
        |spec| format!("\n{spec}"),
        |spec| format!("# comment\n{spec}"),
        |spec| spec.replace('\n', "\r\n"),
        |spec| spec.lines().rev().map(|line| format!("{line}\n")).collect(),
        |spec| spec.trim_end().to_owned(),
        |spec| spec.replace("shards=1", "shards=01"),
    ] {
        let outcome = changed(|parts| {
            let touched = change(&parts.spec);
            assert_ne!(touched, parts.spec);
            parts.spec = touched;
            parts.settle();
        });
        assert_eq!(outcome, "E_SPEC_NOT_CANONICAL");
    }
}

#[test]
fn a_spec_that_this_runtime_cannot_execute_is_refused() {
    let with_spec = |kv: String, capabilities: &[&str]| {
        changed(|parts| {
            parts.spec = kv;
            parts.statement.capabilities = capabilities.iter().map(|&c| c.to_owned()).collect();
            parts.credential.capabilities = parts.statement.capabilities.clone();
            parts.settle();
        })
    };
    let chain =
        |key: &str| encode_kv_v1(&byteor_pipeline_spec::single_ring_chain(&[("only", key)]));
    // Approved and covered, but no executor has the family.
    assert_eq!(
        with_spec(chain("http_post:https://example.org/in"), &["http_post"]),
        "E_SPEC_UNSUPPORTED"
    );
    assert_eq!(with_spec(chain("teleport:x"), &[]), "E_SPEC_UNSUPPORTED");
    let graph = byteor_pipeline_spec::PipelineSpecV1::LaneGraph(lane_graph());
    assert_eq!(with_spec(encode_kv_v1(&graph), &[]), "E_SPEC_UNSUPPORTED");
}

fn lane_graph() -> byteor_pipeline_spec::LaneGraphSpec {
    serde_json::from_value(serde_json::json!({
        "on_full": "block",
        "lanes": [],
        "endpoints": [],
        "roles": []
    }))
    .unwrap()
}

#[test]
fn a_statement_for_something_else_is_refused() {
    for change in [
        (|parts: &mut Parts| parts.statement.org_id = "other".into()) as fn(&mut Parts),
        |parts| parts.statement.project_id = "other".into(),
        |parts| parts.statement.environment_id = "other".into(),
        |parts| parts.statement.slot = "other".into(),
        |parts| parts.statement.targets = vec!["other".into()],
        |parts| parts.statement.posture = Posture::Staging,
        |parts| parts.statement.spec_hash = digest("another spec"),
        // An approval covers adapter paths too.
        |parts| parts.statement.config_digest = digest("another config"),
    ] {
        let outcome = changed(|parts| {
            change(parts);
            parts.credential.deployment_digest = digest(parts.deployment_kv());
        });
        assert_eq!(outcome, "E_DEPLOYMENT_DIGEST");
    }
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let parts = Parts::good();
    let members = parts.members();
    for change in [
        (|manifest: &mut byteor_policy::ManifestV1| manifest.spec_hash = digest("x"))
            as fn(&mut byteor_policy::ManifestV1),
        |manifest| manifest.config_digest = digest("x"),
        |manifest| manifest.deployment_digest = digest("x"),
        |manifest| manifest.files.pop().map_or((), |_| ()),
        |manifest| manifest.files.reverse(),
        |manifest| manifest.files[0].size += 1,
    ] {
        let mut manifest = parts.manifest_for(&members);
        change(&mut manifest);
        let tar = with_manifest(&members, parts.manifest_key.manifest(&manifest));
        assert_eq!(code(parts.verify_tar(&tar)), "E_MANIFEST_FILES");
    }
}

#[test]
fn a_credential_for_another_spec_is_refused() {
    assert_eq!(
        changed(|parts| parts.credential.spec_hash = digest("another spec")),
        "E_CRED_SPEC"
    );
}

#[test]
fn a_credential_for_another_deployment_is_refused() {
    assert_eq!(
        changed(|parts| parts.credential.deployment_digest = digest("another deployment")),
        "E_CRED_DEPLOYMENT"
    );
    // Another config bundle with the same spec: the old approval doesn't cover it.
    assert_eq!(
        changed(|parts| {
            parts.config = parts.config.replace("/data/out.log", "/data/elsewhere.log");
            parts.statement.config_digest = digest(&parts.config);
        }),
        "E_CRED_DEPLOYMENT"
    );
}

#[test]
fn a_credential_for_another_environment_is_refused() {
    assert_eq!(
        changed(|parts| parts.credential.environment_id = "other".into()),
        "E_CRED_ENVIRONMENT"
    );
    assert_eq!(
        changed(|parts| parts.credential.project_id = "other".into()),
        "E_CRED_ENVIRONMENT"
    );
    assert_eq!(
        changed(|parts| parts.credential.org_id = "other".into()),
        "E_CRED_ENVIRONMENT"
    );
    assert_eq!(
        changed(|parts| parts.credential.environment_posture = Posture::Dev),
        "E_CRED_ENVIRONMENT"
    );
}

#[test]
fn an_expired_credential_is_refused() {
    assert_eq!(
        changed(|parts| parts.credential.expires_at = NOW),
        "E_CRED_EXPIRED"
    );
    assert_eq!(
        changed(|parts| parts.credential.expires_at = NOW + 1),
        "accepted"
    );
    assert_eq!(
        changed(|parts| parts.credential.issued_at = NOW + 300),
        "accepted"
    );
    assert_eq!(
        changed(|parts| parts.credential.issued_at = NOW + 301),
        "E_CRED_EXPIRED"
    );
}

#[test]
fn a_credential_without_a_capability_that_the_spec_needs_is_refused() {
    let kv = || {
        encode_kv_v1(&byteor_pipeline_spec::single_ring_chain(&[(
            "only",
            "http_post:https://example.org/in",
        )]))
    };
    assert_eq!(
        changed(|parts| {
            parts.spec = kv();
            parts.settle();
        }),
        "E_CRED_CAPABILITIES"
    );
    assert_eq!(
        changed(|parts| {
            parts.spec = kv();
            parts.credential.capabilities = vec!["exec".into()];
            parts.settle();
        }),
        "E_CRED_CAPABILITIES"
    );
}

#[test]
fn capabilities_that_the_approver_was_not_shown_are_refused() {
    let shown = |capabilities: &[&str]| {
        changed(|parts| {
            parts.spec = encode_kv_v1(&byteor_pipeline_spec::single_ring_chain(&[(
                "only",
                "http_post:https://example.org/in",
            )]));
            parts.statement.capabilities = capabilities.iter().map(|&c| c.to_owned()).collect();
            parts.credential.capabilities = vec!["exec".into(), "http_post".into()];
            parts.settle();
        })
    };
    assert_eq!(shown(&[]), "E_DEPLOYMENT_DIGEST");
    assert_eq!(shown(&["exec", "http_post"]), "E_DEPLOYMENT_DIGEST");
    // Shown and covered; only the executor is missing.
    assert_eq!(shown(&["http_post"]), "E_SPEC_UNSUPPORTED");
}

#[test]
fn a_policy_credential_never_stands_in_for_a_person() {
    assert_eq!(
        changed(|parts| parts.credential.issued_by = "policy:default".into()),
        "E_CRED_DEPLOYMENT"
    );
    assert_eq!(
        changed(|parts| parts.credential.issued_by = "user:".into()),
        "E_CRED_DEPLOYMENT"
    );
    // In prod the statement itself can't ask for policy.
    let mut statement = Parts::good().statement;
    statement.policy.approval = ApprovalKind::Policy;
    assert!(byteor_policy::encode(&statement.clone().into()).is_err());
}

#[test]
fn a_config_bundle_that_is_wrong_here_is_refused() {
    let with_config = |change: &dyn Fn(&str) -> String| {
        changed(|parts| {
            parts.config = change(&parts.config);
            parts.settle();
        })
    };
    assert_eq!(
        with_config(&|text| text.replace("=prod", "=dev")),
        "E_CONFIG_INVALID"
    );
    assert_eq!(
        with_config(&|text| format!("{text}x=y\n")),
        "E_CONFIG_INVALID"
    );
    assert_eq!(
        with_config(&|text| text.replace("/data/out.log", "/data/../etc/passwd")),
        "E_CONFIG_INVALID"
    );
    assert_eq!(
        with_config(&|text| text.replace("/data/out.log", "/etc/passwd")),
        "E_PATH_OUTSIDE_ROOTS"
    );
    assert_eq!(changed(|parts| parts.roots.clear()), "E_PATH_OUTSIDE_ROOTS");
}

#[test]
fn an_archive_of_any_other_form_is_refused() {
    let parts = Parts::good();
    let good = parts.tar();
    let refused = |tar: Vec<u8>| assert_eq!(code(parts.verify_tar(&tar)), "E_BUNDLE_LAYOUT");
    let with_checksum = |change: &dyn Fn(&mut [u8])| {
        let mut tar = good.clone();
        change(&mut tar);
        tar[148..156].fill(b' ');
        let sum: u64 = tar[..512].iter().copied().map(u64::from).sum();
        tar[148..156].copy_from_slice(format!("{sum:06o} \0").as_bytes());
        tar
    };
    assert_eq!(with_checksum(&|_| ()), good);
    refused(Vec::new());
    refused(good[..good.len() - 1].to_vec());
    refused(good[..good.len() - 512].to_vec());
    refused(good[..512].to_vec());
    refused([good.clone(), b"trailing".to_vec(), vec![0; 504]].concat());
    refused(with_checksum(&|tar| tar[156] = b'2')); // a link
    refused(with_checksum(&|tar| tar[156] = b'5')); // a folder
    refused(with_checksum(&|tar| tar[157] = b'x')); // a link's target
    refused(with_checksum(&|tar| tar[345] = b'x')); // a prefix
    refused(with_checksum(&|tar| tar[102] = b'7')); // setuid
    refused(with_checksum(&|tar| tar[113] = b'1')); // an owner
    refused(with_checksum(&|tar| tar[124] = 0x80)); // a binary size
    refused(with_checksum(&|tar| tar[124..135].fill(b'7'))); // a huge size
    refused(with_checksum(&|tar| {
        tar[..14].copy_from_slice(b"../../evil.cre")
    })); // a path
    refused(with_checksum(&|tar| {
        tar[257..263].copy_from_slice(b"ustar ")
    }));
    let mut wrong_sum = good.clone();
    wrong_sum[0] = b'b';
    refused(wrong_sum);
    let mut hidden = good.clone();
    let padding = hidden[512..1024].iter().rposition(|byte| *byte == 0);
    if let Some(at) = padding {
        hidden[512 + at] = 1;
        refused(hidden);
    }
    let members: Vec<(&str, &[u8])> = vec![("spec.kv", b"x")];
    refused(archive(&members));
    refused(archive(&[("spec.kv", b"x"), ("approval.cred", b"x")]));
}

#[test]
fn a_flipped_byte_anywhere_is_refused() {
    let parts = Parts::good();
    let good = parts.tar();
    let mut headers = vec![0];
    for member in byteor_policy::read_archive(&good).unwrap() {
        headers.push(headers[headers.len() - 1] + 512 + member.bytes.len().next_multiple_of(512));
    }
    // A stride that meets every part of headers and members keeps this quick without optimization.
    for at in (0..good.len()).step_by(29) {
        let mut tar = good.clone();
        tar[at] ^= 0x11;
        // Even where the attacker also controls the announced hash, only bytes without meaning (the
        // terminators of the header's numbers) could be changed.
        if parts.verify_tar(&tar).is_ok() {
            assert!(
                headers
                    .iter()
                    .any(|start| (start + 100..start + 345).contains(&at)),
                "byte {at}"
            );
        }
    }
}
