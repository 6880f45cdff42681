//! The eleven verbs, in every binary of the family.

mod family;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use family::{Binary, answers_each_verb};

#[test]
fn each_of_the_eleven_verbs_is_answered() {
    answers_each_verb(&Binary {
        name: "byteor-runtime",
        path: env!("CARGO_BIN_EXE_byteor-runtime"),
        run_without_spec: (2, "E_RUN_NEEDS_ADAPTERS"),
        ingress: &[],
        egress: &[],
        secrets: false,
    });
}

/// A binary of the family is one that says it is, as `byteor_runtime::binary::Binary`.
#[test]
fn every_binary_of_the_family_has_this_test() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let (mut family, mut tested) = (BTreeSet::new(), BTreeSet::new());
    for entry in fs::read_dir(crates).unwrap() {
        let folder = entry.unwrap().path();
        let main = fs::read_to_string(folder.join("src/main.rs")).unwrap_or_default();
        if main.contains("byteor_runtime::cli::main::<") {
            family.insert(folder.clone());
        }
        let test = fs::read_to_string(folder.join("tests/verbs.rs")).unwrap_or_default();
        if test.contains("answers_each_verb(&Binary") {
            tested.insert(folder);
        }
    }
    assert!(family.len() >= 2, "{family:?}");
    assert_eq!(family, tested);
}
