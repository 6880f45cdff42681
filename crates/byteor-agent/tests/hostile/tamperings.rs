//! Every tampering of the bundle tests of `byteor-policy`, as bundles.

use byteor_config::{Posture, digest};
use byteor_pipeline_spec::{LaneGraphSpec, PipelineSpecV1, encode_kv_v1, single_ring_chain};
use byteor_policy::sign::{TestKey, archive};
use byteor_policy::{ApproverRole, KeyPurpose, KeyState, ManifestV1};
use serde_json::{Value, json};

use crate::common::now;
use crate::offers::Offers;
use crate::parts::{Parts, USER, approval_key, key_set, with_manifest};

/// The bundle tests that aren't about a tampering.
pub const NO_TAMPERING: [&str; 2] = [
    "an_untouched_bundle_is_accepted_and_says_what_it_is",
    "fewer_keys_in_the_bundle_than_are_trusted_are_fine",
];

/// Not in the bundle tests, but in those of the credential.
pub const CREDENTIAL: &str = "the credential's own tests";

/// All of them.
pub fn all(offers: &mut Offers) {
    bytes_and_members(offers);
    manifest(offers);
    keys(offers);
    place_and_time(offers);
    spec_and_statement(offers);
    credential(offers);
    persons(offers);
    config(offers);
    archives(offers);
}

fn bytes_and_members(offers: &mut Offers) {
    offers.of("bytes_other_than_the_announced_ones_are_refused");
    offers.other("E_BUNDLE_HASH", |tar| *tar.last_mut().unwrap() = 1);
    offers.other("E_BUNDLE_HASH", Vec::clear);

    offers.of("a_changed_member_is_refused");
    for index in 0..5 {
        offers.made("E_MANIFEST_FILES", |parts| {
            let members = parts.members();
            let mut touched = members.clone();
            touched[index].1.push(b'\n');
            parts.assemble(&members, &touched)
        });
    }
    offers.made("E_MANIFEST_FILES", |parts| {
        let members = parts.members();
        let mut touched = members.clone();
        let last = touched[4].1.len() - 2;
        touched[4].1[last] ^= 1;
        parts.assemble(&members, &touched)
    });
}

/// The archive with another manifest member.
fn remade(parts: &Parts, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let members = parts.members();
    let good = parts.manifest_key.manifest(&parts.manifest_for(&members));
    let mut manifest = serde_json::from_slice(&good).unwrap();
    change(&mut manifest);
    with_manifest(&members, serde_json::to_vec(&manifest).unwrap())
}

fn manifest(offers: &mut Offers) {
    offers.of("a_changed_manifest_is_refused");
    offers.made("E_MANIFEST_SIGNATURE", |parts| {
        let mut later = parts.manifest_for(&parts.members());
        later.expires_at += 1;
        let later = parts.manifest_key.manifest(&later);
        let later: Value = serde_json::from_slice(&later).unwrap();
        remade(parts, |good| good["payload"] = later["payload"].clone())
    });
    let changes: [fn(&mut Value); 4] = [
        |manifest| manifest["payloadType"] = "application/json".into(),
        |manifest| manifest["signatures"] = json!([]),
        |manifest| {
            let one = manifest["signatures"][0].clone();
            manifest["signatures"].as_array_mut().unwrap().push(one);
        },
        |manifest| *manifest = json!({}),
    ];
    for change in changes {
        offers.made("E_BUNDLE_LAYOUT", |parts| remade(parts, change));
    }
    offers.of("a_manifest_that_is_signed_but_not_canonical_is_refused");
    offers.made("E_BUNDLE_LAYOUT", |parts| {
        let members = parts.members();
        let payload = serde_json::to_string_pretty(&parts.manifest_for(&members)).unwrap();
        with_manifest(&members, parts.manifest_key.envelope(payload.as_bytes()))
    });
    offers.of("a_manifest_that_contradicts_itself_is_refused");
    let changes: [fn(&mut ManifestV1); 6] = [
        |manifest| manifest.spec_hash = digest("x"),
        |manifest| manifest.config_digest = digest("x"),
        |manifest| manifest.deployment_digest = digest("x"),
        |manifest| drop(manifest.files.pop()),
        |manifest| manifest.files.reverse(),
        |manifest| manifest.files[0].size += 1,
    ];
    for change in changes {
        offers.made("E_MANIFEST_FILES", |parts| {
            let members = parts.members();
            let mut manifest = parts.manifest_for(&members);
            change(&mut manifest);
            with_manifest(&members, parts.manifest_key.manifest(&manifest))
        });
    }
}

fn keys(offers: &mut Offers) {
    let stolen = |kid, purpose| TestKey::from_seed(kid, purpose, [9; 32]);
    offers.of("a_manifest_signed_by_a_wrong_key_is_refused");
    offers.changed("E_MANIFEST_KEY", |parts| {
        parts.manifest_key = stolen("manifest-9", KeyPurpose::Manifest);
    });
    offers.changed("E_MANIFEST_SIGNATURE", |parts| {
        parts.manifest_key = stolen("manifest-1", KeyPurpose::Manifest);
    });
    offers.changed("E_MANIFEST_KEY", |parts| {
        parts.manifest_key = approval_key()
    });

    offers.of("a_key_set_brought_by_the_bundle_is_refused");
    for [approval, manifest] in [["approval-9", "manifest-9"], ["approval-1", "manifest-1"]] {
        offers.changed("E_KEYSET_FOREIGN", |parts| {
            parts.approval_key = TestKey::from_seed(approval, KeyPurpose::Approval, [8; 32]);
            parts.manifest_key = stolen(manifest, KeyPurpose::Manifest);
            let mut keys = key_set();
            keys.keys = vec![
                parts.approval_key.trusted(KeyState::Active),
                parts.manifest_key.trusted(KeyState::Active),
            ];
            parts.keys_member = serde_json::to_vec(&keys).unwrap();
        });
    }
    offers.changed("E_KEYSET_FOREIGN", |parts| {
        let mut keys = key_set();
        let theirs = stolen("approval-2", KeyPurpose::Approval);
        keys.keys.push(theirs.trusted(KeyState::Active));
        parts.keys_member = serde_json::to_vec(&keys).unwrap();
    });
    offers.changed("E_KEYSET_FOREIGN", |parts| {
        let mut keys = key_set();
        keys.keys[0].purpose = KeyPurpose::Manifest;
        parts.keys_member = serde_json::to_vec(&keys).unwrap();
    });
    offers.changed("E_KEYSET_FOREIGN", |parts| {
        parts.keys_member = b"{}".to_vec()
    });
}

fn place_and_time(offers: &mut Offers) {
    offers.of("a_bundle_for_another_place_is_refused");
    let changes: [fn(&mut ManifestV1); 5] = [
        |manifest| manifest.org_id = "other".into(),
        |manifest| manifest.environment_id = "other".into(),
        |manifest| manifest.slot = "other".into(),
        |manifest| manifest.deployment_id = "other".into(),
        |manifest| manifest.agent_ids = vec!["other".into()],
    ];
    for change in changes {
        offers.changed("E_MANIFEST_SCOPE", |parts| change(&mut parts.manifest));
    }
    // Epochs that go back are a test of their own.
    offers.of("an_older_epoch_is_refused");
    offers.changed("E_EPOCH_STALE", |parts| parts.manifest.epoch = 0);

    offers.of("an_expired_bundle_is_refused_but_restarts_when_it_was_activated_in_time");
    offers.changed("E_BUNDLE_EXPIRED", |parts| {
        parts.manifest.expires_at = now()
    });
}

fn graph() -> String {
    let graph: LaneGraphSpec = serde_json::from_value(json!({
        "on_full": "block", "lanes": [], "endpoints": [], "roles": []
    }))
    .unwrap();
    encode_kv_v1(&PipelineSpecV1::LaneGraph(graph))
}

fn chain(key: &str) -> String {
    encode_kv_v1(&single_ring_chain(&[("tampered", key)]))
}

const POSTS: &str = "http_post:https://example.org/in";

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn spec_and_statement(offers: &mut Offers) {
    offers.of("a_spec_that_is_not_canonical_is_refused");
    let changes: [fn(&str) -> String; 7] = [
        |spec| format!("{spec}single_ring.note=hidden\n"),
        |spec| format!("\n{spec}"),
        |spec| format!("# comment\n{spec}"),
        |spec| spec.replace('\n', "\r\n"),
        |spec| spec.lines().rev().map(|line| format!("{line}\n")).collect(),
        |spec| spec.trim_end().to_owned(),
        |spec| spec.replace("shards=1", "shards=01"),
    ];
    for change in changes {
        offers.changed("E_SPEC_NOT_CANONICAL", |parts| {
            parts.spec = change(&parts.spec);
            parts.settle();
        });
    }
    offers.of("a_spec_that_this_runtime_cannot_execute_is_refused");
    for (spec, capabilities) in [
        (chain(POSTS), &["http_post"][..]),
        (chain("teleport:x"), &[]),
        (graph(), &[]),
    ] {
        offers.changed("E_SPEC_UNSUPPORTED", |parts| {
            parts.spec = spec;
            parts.statement.capabilities = named(capabilities);
            parts.credential.capabilities = named(capabilities);
            parts.settle();
        });
    }
    offers.of("a_statement_for_something_else_is_refused");
    let changes: [fn(&mut Parts); 8] = [
        |parts| parts.statement.org_id = "other".into(),
        |parts| parts.statement.project_id = "other".into(),
        |parts| parts.statement.environment_id = "other".into(),
        |parts| parts.statement.slot = "other".into(),
        |parts| parts.statement.targets = vec!["other".into()],
        |parts| parts.statement.posture = Posture::Staging,
        |parts| parts.statement.spec_hash = digest("another spec"),
        |parts| parts.statement.config_digest = digest("another config"),
    ];
    for change in changes {
        offers.changed("E_DEPLOYMENT_DIGEST", |parts| {
            change(parts);
            parts.credential.deployment_digest = digest(parts.deployment_kv());
        });
    }
}

fn credential(offers: &mut Offers) {
    offers.of("a_credential_for_another_spec_is_refused");
    offers.changed("E_CRED_SPEC", |parts| {
        parts.credential.spec_hash = digest("another spec");
    });
    offers.of("a_credential_for_another_deployment_is_refused");
    offers.changed("E_CRED_DEPLOYMENT", |parts| {
        parts.credential.deployment_digest = digest("another deployment");
    });
    offers.changed("E_CRED_DEPLOYMENT", |parts| {
        parts.config = parts.config.replace("out.log", "elsewhere.log");
        parts.statement.config_digest = digest(&parts.config);
    });
    offers.of("a_credential_for_another_environment_is_refused");
    let changes: [fn(&mut Parts); 4] = [
        |parts| parts.credential.environment_id = "other".into(),
        |parts| parts.credential.project_id = "other".into(),
        |parts| parts.credential.org_id = "other".into(),
        |parts| parts.credential.environment_posture = Posture::Dev,
    ];
    for change in changes {
        offers.changed("E_CRED_ENVIRONMENT", change);
    }
    offers.of("an_expired_credential_is_refused");
    offers.changed("E_CRED_EXPIRED", |parts| {
        parts.credential.expires_at = now()
    });
    // Issued in the future.
    offers.changed("E_CRED_EXPIRED", |parts| {
        parts.credential.issued_at = now() + 3_000;
    });
    offers.of("a_credential_without_a_capability_that_the_spec_needs_is_refused");
    for granted in [&[][..], &["exec"]] {
        offers.changed("E_CRED_CAPABILITIES", |parts| {
            parts.spec = chain(POSTS);
            parts.credential.capabilities = named(granted);
            parts.settle();
        });
    }
    offers.of("capabilities_that_the_approver_was_not_shown_are_refused");
    for (shown, code) in [
        (&[][..], "E_DEPLOYMENT_DIGEST"),
        (&["exec", "http_post"], "E_DEPLOYMENT_DIGEST"),
        (&["http_post"], "E_SPEC_UNSUPPORTED"),
    ] {
        offers.changed(code, |parts| {
            parts.spec = chain(POSTS);
            parts.statement.capabilities = named(shown);
            parts.credential.capabilities = named(&["exec", "http_post"]);
            parts.settle();
        });
    }
    offers.of("a_policy_credential_never_stands_in_for_a_person");
    for issuer in ["policy:default", "user:"] {
        offers.changed("E_CRED_DEPLOYMENT", |parts| {
            parts.credential.issued_by = issuer.to_owned();
        });
    }
    offers.of(CREDENTIAL);
    offers.changed("E_CRED_KEY", |parts| {
        parts.approval_key = TestKey::from_seed("approval-9", KeyPurpose::Approval, [9; 32]);
    });
    offers.changed("E_CRED_SIGNATURE", |parts| {
        parts.approval_key = TestKey::from_seed("approval-1", KeyPurpose::Approval, [9; 32]);
    });
    offers.changed("E_CRED_VERSION", |parts| parts.credential.v = 3);
    offers.made("E_CRED_DECODE", |parts| {
        let mut members = parts.members();
        members[0].1 = b"no credential".to_vec();
        parts.assemble(&members, &members)
    });
}

/// Who said yes, and by which rules.
fn persons(offers: &mut Offers) {
    offers.of(CREDENTIAL);
    offers.changed("E_CRED_QUORUM", |parts| {
        parts.credential.approved_by.pop();
    });
    offers.changed("E_CRED_QUORUM", |parts| {
        let twice = parts.credential.approved_by[0].clone();
        parts.credential.approved_by = vec![twice.clone(), twice];
    });
    offers.changed("E_CRED_SECOND_PERSON", |parts| {
        parts.credential.requested_by.user_id = USER.into();
    });
    offers.changed("E_CRED_APPROVER", |parts| {
        parts.credential.approved_by[1].role = ApproverRole::OrgAdmin;
    });
    offers.changed("E_CRED_PROOF", |parts| {
        parts.credential.approved_by[1].proven = false;
    });
    offers.changed("E_CRED_BREAK_GLASS", |parts| {
        parts.credential.break_glass = true;
        parts.credential.approved_by.truncate(1);
    });
    for (code, from, to) in [
        ("E_DEPLOYMENT_VERSION", "deployment.v=2", "deployment.v=3"),
        (
            "E_DEPLOYMENT_KEY_RULE",
            "key_rule=organization",
            "key_rule=personal",
        ),
    ] {
        offers.made(code, |parts| {
            let other = parts.deployment_kv().replacen(from, to, 1);
            let mut credential = parts.credential.clone();
            credential.deployment_digest = digest(&other);
            let mut members = parts.members();
            members[0].1 = parts.approval_key.credential(credential).into_bytes();
            members[1].1 = other.into_bytes();
            parts.assemble(&members, &members)
        });
    }
}

fn config(offers: &mut Offers) {
    offers.of("a_config_bundle_that_is_wrong_here_is_refused");
    let invalid: [fn(&str) -> String; 3] = [
        |text| text.replace("=prod", "=dev"),
        |text| format!("{text}x=y\n"),
        |text| text.replace("egress.file.path=", "egress.file.path=/data/.."),
    ];
    let outside: [fn(&str) -> String; 3] = [
        |text| text.replace("ingress.file.path=", "ingress.file.path=/etc"),
        |text| text.replace("egress.file.path=", "egress.file.path=/etc"),
        |text| text.replace("reject.path=", "reject.path=/etc"),
    ];
    let invalid = invalid.map(|change| ("E_CONFIG_INVALID", change));
    let outside = outside.map(|change| ("E_PATH_OUTSIDE_ROOTS", change));
    for (code, change) in invalid.into_iter().chain(outside) {
        offers.changed(code, |parts| {
            parts.config = change(&parts.config);
            parts.settle();
        });
    }
}

fn archives(offers: &mut Offers) {
    offers.of("an_archive_of_any_other_form_is_refused");
    let layout = "E_BUNDLE_LAYOUT";
    offers.made(layout, |_| Vec::new());
    offers.made(layout, |parts| parts.tar()[..512].to_vec());
    offers.made(layout, |parts| {
        let tar = parts.tar();
        tar[..tar.len() - 512].to_vec()
    });
    offers.made(layout, |parts| [parts.tar(), vec![7; 512]].concat());
    // The first header: a link, a folder, setuid, a huge size, a path that leads out.
    let changes: [fn(&mut [u8]); 5] = [
        |tar| tar[156] = b'2',
        |tar| tar[156] = b'5',
        |tar| tar[102] = b'7',
        |tar| tar[124..135].fill(b'7'),
        |tar| tar[..14].copy_from_slice(b"../../evil.cre"),
    ];
    for change in changes {
        offers.made(layout, |parts| {
            let mut tar = parts.tar();
            change(&mut tar);
            tar[148..156].fill(b' ');
            let sum: u64 = tar[..512].iter().copied().map(u64::from).sum();
            tar[148..156].copy_from_slice(format!("{sum:06o} \0").as_bytes());
            tar
        });
    }
    offers.made(layout, |_| archive(&[("spec.kv", b"x")]));

    offers.of("a_flipped_byte_anywhere_is_refused");
    for member in 0..6 {
        offers.made_somehow(|parts| {
            let mut tar = parts.tar();
            let members = byteor_policy::read_archive(&tar).unwrap();
            let before = members[..member].iter();
            let start: usize = before
                .map(|one| 512 + one.bytes.len().next_multiple_of(512))
                .sum();
            let middle = members[member].bytes.len() / 2;
            tar[start + 512 + middle] ^= 0x11;
            tar
        });
    }
}
