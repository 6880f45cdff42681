//! The eleven verbs, in this binary.

#[path = "../../byteor-runtime/tests/family/mod.rs"]
mod family;

use byteor_config::{ConfigBundleV1, Posture};
use byteor_edgeplane::cli::EdgePlane;
use byteor_runtime::binary::Binary as _;
use family::{Binary, answers_each_verb};

#[test]
fn each_of_the_eleven_verbs_is_answered() {
    answers_each_verb(&Binary {
        name: "byteor-edgeplane",
        path: env!("CARGO_BIN_EXE_byteor-edgeplane"),
        run_without_spec: (3, "E_SPEC_READ"),
        ingress: byteor_edgeplane::cli::EdgePlane::INGRESS,
        egress: byteor_edgeplane::cli::EdgePlane::EGRESS,
        secrets: true,
    });
}

/// The listed kinds and versions are those that a config has, and no other is understood.
#[test]
fn adapters_and_config_versions_are_those_that_a_config_can_name() {
    let config = ConfigBundleV1::file_to_file(Posture::Dev, "/in", "/out", "/rejected");
    let text = byteor_config::encode(&config).unwrap();
    for (side, kinds) in [
        ("ingress", EdgePlane::INGRESS),
        ("egress", EdgePlane::EGRESS),
    ] {
        let declared: Vec<_> = byteor_config::adapters::ADAPTERS
            .iter()
            .filter(|one| match side {
                "ingress" => one.ingress.is_some(),
                _ => one.egress.is_some(),
            })
            .map(|one| one.kind)
            .collect();
        assert_eq!(kinds, declared);
        let other = text.replace(&format!("{side}.kind=file"), &format!("{side}.kind=kafka"));
        assert!(byteor_config::decode(&other).is_err());
    }
    let format = EdgePlane::FORMATS
        .iter()
        .find(|one| one.name == "config bundle");
    for version in 0..4 {
        let text = text.replacen("config.v=1\n", &format!("config.v={version}\n"), 1);
        let listed = format.unwrap().reads.contains(&version);
        assert_eq!(byteor_config::decode(&text).is_ok(), listed, "{version}");
    }
}
