//! The settings of each target's block: what they mean, what they may be, and their default.

use byteor_pipeline_spec::ExecutionTarget;

/// A value that a setting may have.
pub(crate) struct SettingValue {
    pub(crate) value: &'static str,
    pub(crate) doc: &'static str,
}

/// What there is to say about a setting.
pub(crate) struct SettingInfo {
    pub(crate) target: ExecutionTarget,
    pub(crate) name: &'static str,
    /// How it is written; capitals are to be filled in.
    pub(crate) form: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) default: &'static str,
    /// Values to offer: all there are, or some that are usual.
    pub(crate) values: &'static [SettingValue],
    /// Whether it may be given several times.
    pub(crate) repeats: bool,
}

const fn value(value: &'static str, doc: &'static str) -> SettingValue {
    SettingValue { value, doc }
}

const LANES: &[SettingValue] = &[
    value("events", "A lane for each connection, with one reader."),
    value("journal", "An ordered log with 1 to 4 readers."),
    value(
        "sequenced_slots 64",
        "An ordered buffer of that many entries, 1 to 1024, with 1 to 4 readers.",
    ),
    value(
        "fanout_broadcast",
        "One writer; each of 1 to 4 readers gets every record.",
    ),
];

/// Every setting, in the order in which they are offered.
pub(crate) static SETTINGS: [SettingInfo; 9] = [
    SettingInfo {
        target: ExecutionTarget::SingleRing,
        name: "ordering",
        form: "ordering ORDER",
        doc: "Which order records keep.",
        default: "strict",
        values: &[
            value("strict", "All records keep their order; needs one shard."),
            value(
                "per_key",
                "Records with the same shard key keep their order; needs a `shard_key`.",
            ),
        ],
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::SingleRing,
        name: "shards",
        form: "shards NUMBER",
        doc: "How many rings run beside each other, 1 to 64. More than 1 needs `ordering per_key`.",
        default: "1",
        values: &[
            value("1", "One ring."),
            value("2", "Two rings."),
            value("4", "Four rings."),
            value("8", "Eight rings."),
        ],
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::SingleRing,
        name: "shard_key",
        form: "shard_key OFFSET LENGTH",
        doc: "Which bytes of a record choose its ring: an offset and a length in bytes. Given with `ordering per_key`, and only then.",
        default: "none",
        values: &[value("0 8", "The first eight bytes.")],
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::SingleRing,
        name: "producer",
        form: "producer KIND",
        doc: "Who publishes records into the ring.",
        default: "single",
        values: &[value("single", "One thread publishes.")],
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::SingleRing,
        name: "scheduling",
        form: "scheduling KIND",
        doc: "How stages get threads.",
        default: "dedicated",
        values: &[value("dedicated", "Each stage has a thread of its own.")],
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::LaneGraph,
        name: "on_full",
        form: "on_full POLICY",
        doc: "What a writer does when its lane is full.",
        default: "block",
        values: &[
            value("block", "It waits, so backpressure reaches the ingress."),
            value("drop", "The new record is dropped and counted."),
        ],
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::LaneGraph,
        name: "ingress",
        form: "ingress LANE",
        doc: "The lane that an ingress writes to. Where a connection asks for another kind, lowering puts a bridge between them.",
        default: "what the connection says",
        values: LANES,
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::LaneGraph,
        name: "egress",
        form: "egress LANE",
        doc: "The lane that an egress reads from. Where a connection asks for another kind, lowering puts a bridge between them.",
        default: "what the connection says",
        values: LANES,
        repeats: false,
    },
    SettingInfo {
        target: ExecutionTarget::LaneGraph,
        name: "merge",
        form: "merge [ID] POLICY [FROM...]",
        doc: "How an element takes records from several others: `merge POLICY` for all elements, `merge ID POLICY` for one. Behind `merge ID priority` stand the elements to ask first.",
        default: "round_robin",
        values: &[
            value(
                "round_robin",
                "One record from each in turn; empty ones are passed over.",
            ),
            value(
                "priority",
                "The first that has a record; those that no list names follow by id.",
            ),
        ],
        repeats: true,
    },
];

/// What there is to say about a setting of a target.
pub(crate) fn setting(target: ExecutionTarget, name: &str) -> Option<&'static SettingInfo> {
    SETTINGS
        .iter()
        .find(|setting| setting.target == target && setting.name == name)
}

#[cfg(test)]
mod tests {
    use byteor_pipeline_lower::{LowerOptions, build};
    use byteor_pipeline_plan::setting_names;
    use byteor_pipeline_spec::{
        FANOUT_MAX_CONSUMERS, JOURNAL_MAX_READERS, MAX_SHARDS, MergePolicy, OnFull, Ordering,
        Producer, SEQUENCED_SLOTS_MAX_CAPACITY, Scheduling,
    };

    use super::*;

    const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

    /// The hash of a small plan with these settings, or the codes of its errors.
    fn hash(target: ExecutionTarget, settings: &str) -> Result<String, Vec<String>> {
        let text = format!(
            "pipeline p\ningress in\nstage a identity\negress out\nin -> a -> out\n{} {{ {settings} }}\n",
            target.name()
        );
        let (_, diagnostics, built) = build(&text, target, LowerOptions::default());
        let errors = diagnostics.into_iter().filter(|one| one.is_error());
        built
            .map(|built| built.spec_hash())
            .ok_or_else(|| errors.map(|one| one.code).collect())
    }

    /// What a setting needs beside it, to be taken.
    fn beside(name: &str, value: &str) -> &'static str {
        match (name, value) {
            ("ordering", "per_key") => "; shard_key 0 8",
            ("shard_key", _) => "; ordering per_key",
            ("shards", value) if value != "1" => "; ordering per_key; shard_key 0 8",
            _ => "",
        }
    }

    #[test]
    fn these_are_the_settings_that_the_validator_knows() {
        for target in TARGETS {
            let told: Vec<&str> = SETTINGS
                .iter()
                .filter(|setting| setting.target == target)
                .map(|setting| setting.name)
                .collect();
            assert_eq!(told, setting_names(target));
        }
    }

    #[test]
    fn every_value_that_is_offered_is_taken() {
        for setting in &SETTINGS {
            for value in setting.values {
                let more = beside(setting.name, value.value);
                let settings = [setting.name, " ", value.value, more].concat();
                if let Err(errors) = hash(setting.target, &settings) {
                    panic!("{settings}: {errors:?}");
                }
            }
        }
    }

    #[test]
    fn every_word_that_is_taken_is_offered() {
        let words: [(&str, &[&str]); 5] = [
            ("ordering", Ordering::NAMES),
            ("producer", Producer::NAMES),
            ("scheduling", Scheduling::NAMES),
            ("on_full", OnFull::NAMES),
            ("merge", MergePolicy::NAMES),
        ];
        for (name, words) in words {
            let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
                panic!("nothing is told of {name}");
            };
            for word in words {
                let settings = [name, " ", word, beside(name, word)].concat();
                let offered = setting.values.iter().any(|value| value.value == *word);
                assert_eq!(
                    offered,
                    hash(setting.target, &settings).is_ok(),
                    "{settings}"
                );
            }
        }
    }

    #[test]
    fn the_default_is_what_holds_without_the_setting() {
        for setting in &SETTINGS {
            if setting
                .values
                .iter()
                .any(|value| value.value == setting.default)
            {
                let settings = [setting.name, " ", setting.default].concat();
                assert_eq!(hash(setting.target, &settings), hash(setting.target, ""));
            }
        }
    }

    #[test]
    fn limits_in_texts_are_those_that_hold() {
        let said = |name: &str, text: &str| {
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            let docs = setting.map(|setting| {
                let values = setting.values.iter().map(|value| value.doc);
                std::iter::once(setting.doc)
                    .chain(values)
                    .collect::<String>()
            });
            assert!(
                docs.is_some_and(|docs| docs.contains(text)),
                "{name}: {text}"
            );
        };
        said("shards", &format!("1 to {MAX_SHARDS}"));
        for name in ["ingress", "egress"] {
            said(name, &format!("1 to {SEQUENCED_SLOTS_MAX_CAPACITY}"));
            said(name, &format!("with 1 to {JOURNAL_MAX_READERS} readers"));
            said(
                name,
                &format!("each of 1 to {FANOUT_MAX_CONSUMERS} readers"),
            );
        }
    }
}
