//! Every known way around an approval, as an agent meets it: each refused by its own code. The list
//! is shared with the control plane's suite (`server/test/bypasses.test.ts`); who adds a line has to
//! try it on both sides.

mod common;

use std::collections::BTreeSet;

use byteor_config::digest;
use byteor_policy::sign::TestKey;
use byteor_policy::{ApproverRole, EpochRule, KeyPurpose};
use common::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Bypass {
    bypass: String,
    agent: Option<String>,
}

fn list() -> Vec<Bypass> {
    serde_json::from_str(include_str!("vectors/bypasses.json")).unwrap()
}

/// The parts as whoever holds the control plane's manifest key could make them, but for what only
/// persons decide.
fn tried(bypass: &str) -> Option<&'static str> {
    let mut parts = Parts::good();
    let parts = &mut parts;
    match bypass {
        "edit_after_approval" => parts.config = parts.config.replace("out.log", "elsewhere.log"),
        "swapped_rows" => parts.credential.deployment_digest = digest("another deployment"),
        "swapped_objects" => {
            let announced = digest(parts.tar());
            parts.manifest.epoch += 1;
            let refusal = parts.verify_announced(&parts.tar(), &announced).err();
            return Some(refusal.map_or("accepted", |refusal| refusal.code));
        }
        "old_bundle" => {
            parts.epoch = EpochRule::After {
                highest: 9,
                bundle_hash: None,
            };
        }
        "other_environment" => parts.credential.environment_id = "another".into(),
        "expired_while_building" => parts.credential.expires_at = parts.judged_at,
        "forged_keys" => {
            parts.approval_key = TestKey::from_seed("forged", KeyPurpose::Approval, [9; 32]);
        }
        "one_person_alone" => parts.credential.requested_by.user_id = USER.into(),
        "one_person_twice" => {
            let one = approver(USER, ApproverRole::ProjectAdmin);
            parts.credential.approved_by = vec![one.clone(), one];
        }
        "person_not_named" => parts.credential.approved_by[1].role = ApproverRole::OrgAdmin,
        "person_not_proven" => parts.credential.approved_by[0].proven = false,
        "glass_not_to_be_broken" => {
            parts.credential.break_glass = true;
            parts.credential.approved_by.truncate(1);
        }
        "other_statement_version" | "agent_that_cannot_verify" => return Some(version(bypass)),
        _ => return None,
    }
    Some(
        parts
            .verify()
            .err()
            .map_or("accepted", |refusal| refusal.code),
    )
}

/// A statement of a later version, and a credential of a later one.
fn version(bypass: &str) -> &'static str {
    let mut parts = Parts::good();
    let statement = parts.deployment_kv();
    let later = statement.replacen("deployment.v=2", "deployment.v=3", 1);
    parts.credential.deployment_digest = digest(if bypass == "other_statement_version" {
        &later
    } else {
        &statement
    });
    let mut credential = parts.approval_key.credential(parts.credential.clone());
    if bypass == "agent_that_cannot_verify" {
        let json = serde_json::to_string(&parts.credential).unwrap();
        let next = json.replace("\"v\":2}", "\"v\":3}");
        credential = parts.approval_key.credential_line(next.as_bytes());
    }
    let mut members = parts.members();
    for (name, bytes) in &mut members {
        match *name {
            "deployment.kv" if bypass == "other_statement_version" => {
                *bytes = later.clone().into_bytes();
            }
            "approval.cred" => *bytes = credential.clone().into_bytes(),
            _ => {}
        }
    }
    parts
        .verify_tar(&parts.assemble(&members, &members))
        .err()
        .map_or("accepted", |refusal| refusal.code)
}

#[test]
fn every_bypass_of_the_list_is_refused_by_its_own_code() {
    let mut seen = BTreeSet::new();
    for Bypass { bypass, agent } in list() {
        let code = tried(&bypass);
        assert_eq!(code, agent.as_deref(), "{bypass}");
        if let Some(code) = code {
            assert!(seen.insert(code), "{bypass} shares {code}");
        }
    }
    assert!(seen.len() >= 14);
}
