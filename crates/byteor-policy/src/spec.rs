//! Specs, as far as verification has to look into them.

use std::collections::BTreeSet;

use byteor_pipeline_spec::{EndpointKind, PipelineSpecV1};

use crate::refusal::{Refusal, codes};

/// What the runtime binaries of this build can execute.
pub const SUPPORTED_FEATURES: &[&str] = &["single_ring", RING_SHARDS, "lane_graph"];

/// What a ring of several shards needs beside `single_ring`.
const RING_SHARDS: &str = "ring_shards";

/// A spec that is canonical and valid.
#[derive(Clone, Debug)]
pub struct CheckedSpec {
    /// The spec.
    pub spec: PipelineSpecV1,
    /// Hash of its canonical bytes.
    pub spec_hash: String,
    /// Side-effect capabilities that it needs, sorted.
    pub capabilities: Vec<String>,
    /// Features that a runtime needs to execute it, sorted.
    pub features: Vec<String>,
    /// Names of the secrets that its stage keys use, sorted.
    pub secrets: Vec<String>,
    /// Ids of the boundaries where records come in, in its order.
    pub ingresses: Vec<String>,
    /// Ids of those where they leave.
    pub egresses: Vec<String>,
}

impl CheckedSpec {
    /// Its boundaries, as a config bundle has to wire them.
    pub fn boundaries(&self) -> byteor_config::Boundaries<'_> {
        byteor_config::Boundaries {
            ingress: &self.ingresses,
            egress: &self.egresses,
        }
    }

    /// Refuses a spec that needs more than `supported`.
    ///
    /// # Errors
    /// `E_SPEC_UNSUPPORTED`, naming what is missing.
    pub fn check_supported(&self, supported: &[&str]) -> Result<(), Refusal> {
        let missing: Vec<&str> = self
            .features
            .iter()
            .map(String::as_str)
            .filter(|feature| !supported.contains(feature))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::new(
            codes::SPEC_UNSUPPORTED,
            format!(
                "The spec needs what this agent's runtime can't execute: {}.",
                missing.join(", ")
            ),
        ))
    }
}

/// Reads a `spec.kv`: only text that equals its own decode and encode, and that is valid.
///
/// The features are the execution target's name, `ring_shards` for a ring of several shards, and
/// `stage:FAMILY` for each stage family that
/// this build knows but can't run.
///
/// # Errors
/// `E_SPEC_NOT_CANONICAL`, or `E_SPEC_UNSUPPORTED` for a spec that breaks a rule or holds a stage
/// key that this build doesn't know.
pub fn check_spec(bytes: &[u8]) -> Result<CheckedSpec, Refusal> {
    let not_canonical = |why: String| Refusal::new(codes::SPEC_NOT_CANONICAL, why);
    let text =
        std::str::from_utf8(bytes).map_err(|_| not_canonical("The spec isn't text.".to_owned()))?;
    let spec = byteor_pipeline_spec::decode_kv_v1(text)
        .map_err(|error| not_canonical(format!("The spec doesn't decode: {error}")))?;
    if byteor_pipeline_spec::encode_kv_v1(&spec) != text {
        return Err(not_canonical(
            "The spec isn't the canonical text of what it says.".to_owned(),
        ));
    }
    if let Some(problem) = byteor_pipeline_spec::validate_v1(&spec).first() {
        return Err(Refusal::new(
            codes::SPEC_UNSUPPORTED,
            format!("The spec isn't valid: {problem}"),
        ));
    }
    let mut capabilities = BTreeSet::new();
    let mut features = BTreeSet::from([spec.target().name().to_owned()]);
    if let PipelineSpecV1::SingleRing(ring) = &spec
        && ring.shards > 1
    {
        features.insert(RING_SHARDS.to_owned());
    }
    let mut secrets = BTreeSet::new();
    for (id, op) in spec.stages() {
        let parsed = byteor_pipeline_catalogue::parse_key(op.key()).map_err(|problem| {
            Refusal::new(
                codes::SPEC_UNSUPPORTED,
                format!("The stage '{id}' has a key that this agent doesn't know: {problem}"),
            )
        })?;
        if let Some(capability) = parsed.family.capability {
            capabilities.insert(capability.to_owned());
        }
        let needs = byteor_pipeline_catalogue::requirements(op.key());
        if let Some(name) = needs.and_then(|needs| needs.secret) {
            secrets.insert(name.to_owned());
        }
        if !parsed.family.runs {
            features.insert(format!("stage:{}", parsed.family.name));
        }
    }
    Ok(CheckedSpec {
        spec_hash: byteor_config::digest(bytes),
        ingresses: spec.boundary_ids(EndpointKind::Ingress),
        egresses: spec.boundary_ids(EndpointKind::Egress),
        spec,
        capabilities: capabilities.into_iter().collect(),
        features: features.into_iter().collect(),
        secrets: secrets.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use byteor_pipeline_spec::{ShardKey, SingleRingBuilder, encode_kv_v1};

    #[test]
    fn a_ring_of_several_shards_needs_a_feature_of_its_own() {
        let key = ShardKey {
            offset: 0,
            length: 8,
        };
        for (shards, features) in [
            (1, ["single_ring"].as_slice()),
            (2, &["ring_shards", "single_ring"]),
        ] {
            let ring = SingleRingBuilder::new().per_key(shards, key);
            let spec = ring.stage("one", "identity", &[]).build();
            let checked = check_spec(encode_kv_v1(&spec).as_bytes()).unwrap();
            assert_eq!(checked.features, features);
            checked.check_supported(SUPPORTED_FEATURES).unwrap();
            let before = checked.check_supported(&["single_ring", "lane_graph"]);
            assert_eq!(before.is_ok(), shards == 1);
        }
    }
}
