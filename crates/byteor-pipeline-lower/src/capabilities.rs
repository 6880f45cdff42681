//! What a spec asks of whoever runs it.

use byteor_pipeline_catalogue::{requirements, rules};
use byteor_pipeline_spec::PipelineSpecV1;

/// Capabilities that a credential must grant for a spec, sorted: one for each family that acts on
/// the outside. A family that the catalogue doesn't know asks for a capability of its own name, so
/// that nothing unknown runs for free.
pub fn capabilities(spec: &PipelineSpecV1) -> Vec<String> {
    let mut names: Vec<&str> = spec
        .stages()
        .into_iter()
        .filter_map(|(_, op)| {
            let name = op.key().split(':').next().unwrap_or("");
            match rules(name) {
                Some(family) => family.capability,
                None => Some(name),
            }
        })
        .collect();
    names.sort();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

/// Names of the secrets that the stage keys of a spec use, sorted. The config bundle has to say where
/// each of them is.
pub fn secrets(spec: &PipelineSpecV1) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, op) in spec.stages() {
        if let Some(name) = requirements(op.key()).and_then(|needs| needs.secret)
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names
}

/// Names of what specs of this compiler may ask of an executor, sorted. Agents report theirs; a
/// deployment that an agent can't run is refused before approval.
pub fn spec_features() -> Vec<String> {
    let mut features = ["lane_graph", "ring_shards", "single_ring"]
        .map(str::to_owned)
        .to_vec();
    features.extend(
        byteor_pipeline_catalogue::all_rules()
            .iter()
            .map(|family| format!("stage:{}", family.name)),
    );
    features.sort();
    features
}
