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
