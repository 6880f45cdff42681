//! Stages that give several records for one, or look at records before.

use super::PARAMETER;
use crate::model::{KeyExample, ParameterKind, StageClass, StageFamily, StageParameter, Words};

const GROUP: &str = "Flow of records";

pub(super) const SPLIT: StageFamily = StageFamily {
    name: "split",
    title: "Split records",
    group: GROUP,
    key_grammar: "split:DELIMITER",
    template: "split:,",
    class: StageClass::Many,
    capability: None,
    runs: true,
    summary: "Splits a record into several at a delimiter.",
    docs: "Splits a record at each DELIMITER, which goes; the parts go on in order, each as a record of its own. A record with n delimiters gives n + 1 parts, empty ones included (`drop:^$` after it takes them out); one without gives itself. Only a LaneGraph runs it: a SingleRing has one slot for each record.",
    cost: "One pass over the record, and a copy of each part.",
    does: Words::of("splits each record at {0}"),
    says: Words::of("Splits records at {0}"),
    fact: Words::of("at {0}"),
    often_next: &["drop", "trim", "keep"],
    parameters: &[StageParameter {
        name: "DELIMITER",
        kind: ParameterKind::Delimiter,
        example: ",",
        doc: "What stands between the parts: one or several bytes. `\\t`, `\\n`, `\\r`, `\\\\` and `\\xNN` are a tab, a line feed, a carriage return, a backslash and any byte.",
        ..PARAMETER
    }],
    examples: &[KeyExample {
        key: "split:,",
        does: "gives a record for each part between commas",
        input: &["a,b,,c", "d"],
        output: &["a", "b", "", "c", "d"],
    }],
};

pub(super) const SAMPLE: StageFamily = StageFamily {
    name: "sample",
    title: "Sample records",
    group: GROUP,
    key_grammar: "sample:N",
    template: "sample:10",
    class: StageClass::Stateful,
    capability: None,
    runs: true,
    summary: "Keeps one of every N records, and drops the others.",
    docs: "Keeps the first of every N records that reach it, and drops the others: deterministic, no chance in it. Records that a stage before it dropped don't count. Each shard counts on its own. The count is saved with the pipeline's progress, so that after a restart the same records stay as without one.",
    cost: "A count for a record; 17 bytes of state for each shard.",
    does: Words::of("keeps the first of every {0} records"),
    says: Words::of("Keeps one of every {0} records"),
    fact: Words::of("1 of {0}"),
    often_next: &["keep", "json_mask", "http_post"],
    parameters: &[StageParameter {
        name: "N",
        kind: ParameterKind::Integer,
        min: 1,
        max: 1_000_000_000,
        example: "10",
        doc: "One of how many records stays.",
        ..PARAMETER
    }],
    examples: &[KeyExample {
        key: "sample:3",
        does: "keeps the first of every three records",
        input: &["1", "2", "3", "4", "5"],
        output: &["1", "4"],
    }],
};

pub(super) const DEDUPE: StageFamily = StageFamily {
    name: "dedupe",
    title: "Drop repeats",
    group: GROUP,
    key_grammar: "dedupe:WINDOW[:FIELD]",
    template: "dedupe:1000",
    class: StageClass::Stateful,
    capability: None,
    runs: true,
    summary: "Drops records that were seen a short while before.",
    docs: "Drops a record that equals one of the last WINDOW records that it let through: byte for byte, or, with FIELD, by that field of JSON objects (the characters of a string, the text of any other value). With FIELD, a record that is no JSON object or has no such field passes on and isn't remembered. Records are compared by 128 bits of their SHA-256. Each shard remembers its own. What it remembers is saved with the pipeline's progress, so that after a restart the same records pass as without one.",
    cost: "A SHA-256 and a look-up for a record; 9 bytes of state and 16 for each record of the window, for each shard.",
    does: Words::of("drops records whose {1} is that of one of the last {0} that passed")
        .left_out("drops records that equal one of the last {0} that passed"),
    says: Words::of("Drops repeats among {0} {1}").left_out("Drops repeats among {0} records"),
    fact: Words::of("{0} {1}").left_out("{0} records"),
    often_next: &["json_mask", "sample", "http_post"],
    parameters: &[
        StageParameter {
            name: "WINDOW",
            kind: ParameterKind::Integer,
            min: 1,
            max: 4096,
            example: "1000",
            doc: "How many records are remembered.",
            ..PARAMETER
        },
        StageParameter {
            name: "FIELD",
            kind: ParameterKind::Field,
            optional: true,
            example: "event.id",
            doc: "Compare by this field of JSON objects. A dot leads into an object; a backslash makes a dot, comma, colon, equals sign or backslash part of a name.",
            ..PARAMETER
        },
    ],
    examples: &[
        KeyExample {
            key: "dedupe:2",
            does: "drops a record that equals one of the last two",
            input: &["a", "a", "b", "a", "c", "a"],
            output: &["a", "b", "c", "a"],
        },
        KeyExample {
            key: "dedupe:1000:id",
            does: "drops events that were seen before",
            input: &["{\"id\":7,\"try\":1}", "{\"id\":7,\"try\":2}", "{\"id\":8}"],
            output: &["{\"id\":7,\"try\":1}", "{\"id\":8}"],
        },
    ],
};
