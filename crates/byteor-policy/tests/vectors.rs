//! The vectors that the TypeScript side reads too: both must make the same bytes.
//!
//! `UPDATE_VECTORS=1 cargo test -p byteor-policy --test vectors` writes the file anew.

mod common;

use base64::Engine as _;
use byteor_config::digest;
use common::*;

#[test]
fn the_committed_vectors_are_what_this_code_makes() {
    let parts = Parts::good();
    let members = parts.members();
    let manifest = parts.manifest_for(&members);
    let tar = parts.tar();
    let vectors = serde_json::json!({
        "about": "Made by crates/byteor-policy/tests/vectors.rs from fixed Ed25519 seeds. Test keys: never trust them.",
        "approval_seed_hex": "01".repeat(32),
        "manifest_seed_hex": "02".repeat(32),
        "now": NOW,
        "key_set": parts.trusted,
        "key_set_canonical": serde_json::to_string(&parts.trusted).unwrap(),
        "key_set_digest": parts.trusted.digest(),
        "spec_kv": parts.spec,
        "spec_hash": digest(&parts.spec),
        "runtime_config": parts.config,
        "config_digest": digest(&parts.config),
        "statement": parts.statement,
        "deployment_kv": parts.deployment_kv(),
        "deployment_digest": digest(parts.deployment_kv()),
        "credential_payload": serde_json::to_string(&parts.credential).unwrap(),
        "credential": parts.approval_key.credential(parts.credential.clone()),
        "manifest_payload": serde_json::to_string(&manifest).unwrap(),
        "manifest_dsse": String::from_utf8(parts.manifest_key.manifest(&manifest)).unwrap(),
        "bundle_hash": digest(&tar),
        "bundle_base64": base64::engine::general_purpose::STANDARD.encode(&tar),
    });
    let text = format!("{}\n", serde_json::to_string_pretty(&vectors).unwrap());
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/vectors/deploy-bundle.json"
    );
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        text,
        "UPDATE_VECTORS=1 writes the vectors anew"
    );
    parts.verify().unwrap();
}

#[test]
fn every_signed_type_has_its_fields_in_alphabetical_order() {
    let parts = Parts::good();
    let sorted = |value: serde_json::Value, text: String| {
        // Without the feature preserve_order, serde_json's maps are sorted.
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
    };
    let manifest = parts.manifest_for(&parts.members());
    sorted(
        serde_json::to_value(&manifest).unwrap(),
        serde_json::to_string(&manifest).unwrap(),
    );
    sorted(
        serde_json::to_value(&parts.credential).unwrap(),
        serde_json::to_string(&parts.credential).unwrap(),
    );
    sorted(
        serde_json::to_value(&parts.trusted).unwrap(),
        serde_json::to_string(&parts.trusted).unwrap(),
    );
}
