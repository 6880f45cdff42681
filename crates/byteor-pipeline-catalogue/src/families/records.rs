//! Stages for records of any form.

use super::PARAMETER;
use crate::model::{KeyExample, ParameterKind, StageClass, StageFamily, StageParameter, Words};

const GROUP: &str = "Any record";

const REGEX: StageParameter = StageParameter {
    name: "REGEX",
    kind: ParameterKind::Regex,
    example: "level=(warn|error)",
    doc: "A regular expression of the regex crate over bytes, without Unicode. `.` matches any byte but a line feed; bytes outside ASCII are written `\\xNN`.",
    ..PARAMETER
};

pub(super) const IDENTITY: StageFamily = StageFamily {
    name: "identity",
    title: "Pass records on",
    group: GROUP,
    key_grammar: "identity",
    template: "identity",
    class: StageClass::Reads,
    capability: None,
    runs: true,
    summary: "Passes every record on unchanged.",
    docs: "Passes every record on unchanged. Useful as a named place in a pipeline, or where a plan needs a stage and nothing has to happen.",
    cost: "Nothing for a record.",
    does: Words::of("passes every record on unchanged"),
    says: Words::of("Passes every record on unchanged"),
    fact: Words::of("passes on"),
    often_next: &["keep", "replace", "json_require"],
    parameters: &[],
    examples: &[KeyExample {
        key: "identity",
        does: "passes every record on unchanged",
        input: &["one", ""],
        output: &["one", ""],
    }],
};

pub(super) const KEEP: StageFamily = StageFamily {
    name: "keep",
    title: "Keep matching records",
    group: GROUP,
    key_grammar: "keep:REGEX",
    template: "keep:.",
    class: StageClass::Filters,
    capability: None,
    runs: true,
    summary: "Keeps the records in which the pattern matches somewhere, and drops the others.",
    docs: "Keeps the records in which REGEX matches somewhere, and drops the others, as `grep -aE` does. Anchor with `^` and `$` to match the whole record. A dropped record is counted and skipped by the stages after it.",
    cost: "One search in the record, linear in its length.",
    does: Words::of("keeps only the records that match {0}"),
    says: Words::of("Keeps records {~0}"),
    fact: Words::of("{0}"),
    often_next: &["drop", "replace", "sample"],
    parameters: &[REGEX],
    examples: &[
        KeyExample {
            key: "keep:^\\{",
            does: "keeps the records that start with a brace",
            input: &["{\"a\":1}", "starting up"],
            output: &["{\"a\":1}"],
        },
        KeyExample {
            key: "keep:level=(warn|error)",
            does: "keeps the records of two log levels",
            input: &["level=info ok", "level=error no"],
            output: &["level=error no"],
        },
    ],
};

pub(super) const DROP: StageFamily = StageFamily {
    name: "drop",
    title: "Drop matching records",
    group: GROUP,
    key_grammar: "drop:REGEX",
    template: "drop:^$",
    class: StageClass::Filters,
    capability: None,
    runs: true,
    summary: "Drops the records in which the pattern matches somewhere, and keeps the others.",
    docs: "Drops the records in which REGEX matches somewhere, and keeps the others, as `grep -avE` does. A dropped record is counted and skipped by the stages after it.",
    cost: "One search in the record, linear in its length.",
    does: Words::of("drops the records that match {0}"),
    says: Words::of("Drops records {~0}"),
    fact: Words::of("not {0}"),
    often_next: &["keep", "replace", "dedupe"],
    parameters: &[REGEX],
    examples: &[
        KeyExample {
            key: "drop:level=debug",
            does: "drops the records of one log level",
            input: &["level=debug x", "level=info y"],
            output: &["level=info y"],
        },
        KeyExample {
            key: "drop:^$",
            does: "drops the empty records",
            input: &["one", "", "two"],
            output: &["one", "two"],
        },
    ],
};

pub(super) const REPLACE: StageFamily = StageFamily {
    name: "replace",
    title: "Replace matches",
    group: GROUP,
    key_grammar: "replace:REGEX=TEXT",
    template: "replace:[0-9]+=0",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Replaces every match of the pattern by a text.",
    docs: "Replaces every match of REGEX by TEXT, as `sed -E 's/…/…/g'` does. The key is split at the first `=` that no backslash precedes; write `\\=` for an equals sign in REGEX. TEXT is literal and may be empty: `$1` and `\\x41` mean themselves. A result that is larger than the record size of the config bundle is rejected and counted, with the original record in the reject file.",
    cost: "One pass over the record, linear in its length.",
    does: Words::of("replaces what matches {0} by {1}").empty("removes what matches {0}"),
    says: Words::of("Replaces {0} by {1}").empty("Removes {0}"),
    fact: Words::of("{0} → {1}").empty("no {0}"),
    often_next: &["replace", "keep", "truncate"],
    parameters: &[
        StageParameter {
            example: "[^ ]+@[^ ]+",
            ..REGEX
        },
        StageParameter {
            name: "TEXT",
            separator: '=',
            may_be_empty: true,
            example: "***",
            doc: "What stands in the place of each match. Literal; may be empty.",
            ..PARAMETER
        },
    ],
    examples: &[
        KeyExample {
            key: "replace:[^ ]+@[^ ]+=***",
            does: "masks e-mail addresses",
            input: &["from ada@example.com today"],
            output: &["from *** today"],
        },
        KeyExample {
            key: "replace: +$=",
            does: "removes spaces at the end",
            input: &["one  "],
            output: &["one"],
        },
        KeyExample {
            key: "replace:id\\=[0-9]+=id=0",
            does: "sets the number after `id=` to 0",
            input: &["id=17 seen"],
            output: &["id=0 seen"],
        },
    ],
};

pub(super) const LOWER: StageFamily = StageFamily {
    name: "lower",
    title: "Make lower case",
    group: GROUP,
    key_grammar: "lower",
    template: "lower",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Turns the ASCII capitals of a record into small letters.",
    docs: "Turns `A` to `Z` into `a` to `z`, everywhere in the record. All other bytes stay as they are: letters outside ASCII keep their case.",
    cost: "One pass over the record.",
    does: Words::of("turns ASCII capitals into small letters"),
    says: Words::of("Turns capitals into small letters"),
    fact: Words::of("a to z"),
    often_next: &["keep", "replace", "dedupe"],
    parameters: &[],
    examples: &[KeyExample {
        key: "lower",
        does: "turns ASCII capitals into small letters",
        input: &["GET /Index"],
        output: &["get /index"],
    }],
};

pub(super) const UPPER: StageFamily = StageFamily {
    name: "upper",
    title: "Make upper case",
    group: GROUP,
    key_grammar: "upper",
    template: "upper",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Turns the ASCII small letters of a record into capitals.",
    docs: "Turns `a` to `z` into `A` to `Z`, everywhere in the record. All other bytes stay as they are: letters outside ASCII keep their case.",
    cost: "One pass over the record.",
    does: Words::of("turns ASCII small letters into capitals"),
    says: Words::of("Turns small letters into capitals"),
    fact: Words::of("A to Z"),
    often_next: &["keep", "replace", "prefix"],
    parameters: &[],
    examples: &[KeyExample {
        key: "upper",
        does: "turns ASCII small letters into capitals",
        input: &["eur 12"],
        output: &["EUR 12"],
    }],
};

pub(super) const TRIM: StageFamily = StageFamily {
    name: "trim",
    title: "Trim white space",
    group: GROUP,
    key_grammar: "trim[:SIDE]",
    template: "trim",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Removes white space at the ends of a record.",
    docs: "Removes spaces, tabs, line feeds, carriage returns, vertical tabs and form feeds at both ends of the record, or at the one that SIDE names. White space inside stays. A record of white space becomes an empty one, which isn't dropped.",
    cost: "A look at the ends of the record, and a copy where something was removed.",
    does: Words::of("removes white space around records ({0})")
        .left_out("removes white space around records"),
    says: Words::of("Trims white space ({0})").left_out("Trims white space at both ends"),
    fact: Words::of("{0}").left_out("both ends"),
    often_next: &["drop", "keep", "replace"],
    parameters: &[StageParameter {
        name: "SIDE",
        kind: ParameterKind::Choice,
        optional: true,
        default: Some("both"),
        choices: &["both", "start", "end"],
        example: "both",
        doc: "At which end: `both`, `start` or `end`.",
        ..PARAMETER
    }],
    examples: &[
        KeyExample {
            key: "trim",
            does: "removes white space at both ends",
            input: &["  one two\\t", "   "],
            output: &["one two", ""],
        },
        KeyExample {
            key: "trim:end",
            does: "removes white space at the end",
            input: &["  one\\r"],
            output: &["  one"],
        },
    ],
};

pub(super) const TRUNCATE: StageFamily = StageFamily {
    name: "truncate",
    title: "Cut long records",
    group: GROUP,
    key_grammar: "truncate:BYTES",
    template: "truncate:200",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Cuts records after a number of bytes.",
    docs: "Cuts a record that is longer than BYTES after that many bytes. Where the cut would fall into a UTF-8 character, the whole character goes, so text stays text. Shorter records pass on unchanged.",
    cost: "A copy of what stays, where something was cut.",
    does: Words::of("cuts records after {0} bytes"),
    says: Words::of("Cuts records after {0} bytes"),
    fact: Words::of("{0} bytes"),
    often_next: &["prefix", "keep", "dedupe"],
    parameters: &[StageParameter {
        name: "BYTES",
        kind: ParameterKind::Integer,
        min: 1,
        max: 16_384,
        example: "200",
        doc: "The most bytes that stay.",
        ..PARAMETER
    }],
    examples: &[KeyExample {
        key: "truncate:5",
        does: "keeps the first five bytes",
        input: &["one two", "one"],
        output: &["one t", "one"],
    }],
};

pub(super) const PREFIX: StageFamily = StageFamily {
    name: "prefix",
    title: "Add a prefix",
    group: GROUP,
    key_grammar: "prefix:TEXT",
    template: "prefix:> ",
    class: StageClass::Rewrites,
    capability: None,
    runs: true,
    summary: "Puts a text before each record.",
    docs: "Puts TEXT before each record. TEXT is literal. A result that is larger than the record size of the config bundle is rejected and counted, with the original record in the reject file.",
    cost: "A copy of the record.",
    does: Words::of("puts {0} before each record"),
    says: Words::of("Puts {0} before each record"),
    fact: Words::of("{0}"),
    often_next: &["truncate", "http_post", "replace"],
    parameters: &[StageParameter {
        name: "TEXT",
        example: "orders ",
        doc: "What stands before each record. Literal.",
        ..PARAMETER
    }],
    examples: &[KeyExample {
        key: "prefix:orders ",
        does: "puts the word and a space before each record",
        input: &["id=1", ""],
        output: &["orders id=1", "orders "],
    }],
};
