//! The words of the grammar, and ids made of texts.

use byteor_pipeline_catalogue::StageClass;
use byteor_pipeline_spec::ExecutionTarget;

/// The words of the grammar. They are reserved and can't be ids.
pub const RESERVED: [&str; 11] = [
    "pipeline",
    "description",
    "ingress",
    "egress",
    "stage",
    "single_ring",
    "lane_graph",
    "events",
    "journal",
    "sequenced_slots",
    "fanout_broadcast",
];

/// The words that start a statement.
pub(crate) const STATEMENTS: [&str; 7] = [
    "pipeline",
    "description",
    "ingress",
    "egress",
    "stage",
    "single_ring",
    "lane_graph",
];

/// The settings of a target's block, by name. The language service tells of the same ones.
pub fn setting_names(target: ExecutionTarget) -> &'static [&'static str] {
    match target {
        ExecutionTarget::SingleRing => {
            &["ordering", "shards", "shard_key", "producer", "scheduling"]
        }
        ExecutionTarget::LaneGraph => &["on_full", "ingress", "egress", "merge"],
    }
}

/// Whether a target runs stages of a class. Each record of a ring has one slot, so what gives several
/// records for one has no place there.
pub fn target_runs(target: ExecutionTarget, class: StageClass) -> bool {
    target == ExecutionTarget::LaneGraph || class != StageClass::Many
}

/// Whether `word` is a word of the grammar.
pub fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// `base`, or `base_2`, `base_3` and so on: the first that `taken` and the grammar leave free.
pub fn free_id(base: &str, taken: impl Fn(&str) -> bool) -> String {
    let free = |id: &str| !taken(id) && !is_reserved(id);
    if free(base) {
        return base.to_owned();
    }
    // `mask_2` counts on to `mask_3`.
    let stem = match base.rsplit_once('_') {
        Some((stem, number)) if !stem.is_empty() && number.parse::<u32>().is_ok() => stem,
        _ => base,
    };
    let room = byteor_pipeline_spec::ID_MAX - 11;
    let stem = &stem[..stem.len().min(room)];
    (2u64..)
        .map(|number| format!("{stem}_{number}"))
        .find(|id| free(id))
        .unwrap_or_default()
}

/// An id made of any text.
pub(crate) fn id_from(text: &str) -> String {
    let mut id = String::new();
    for c in text.chars().take(byteor_pipeline_spec::ID_MAX - 11) {
        match c {
            'a'..='z' | '0'..='9' | '_' => id.push(c),
            'A'..='Z' => id.push(c.to_ascii_lowercase()),
            _ => id.push('_'),
        }
    }
    if !id.starts_with(|c: char| c.is_ascii_lowercase()) {
        id = format!("s_{}", id.trim_start_matches('_'));
    }
    while id.ends_with('_') && id.len() > 1 {
        id.pop();
    }
    id
}
