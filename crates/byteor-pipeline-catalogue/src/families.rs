//! The families, as data.

use serde::Serialize;

/// What a family may do to a record. Targets refuse what they can't run at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StageClass {
    /// Looks at records and forwards each unchanged.
    Reads,
    /// Forwards or drops each record.
    Filters,
    /// May change a record's bytes, giving one record for one.
    Rewrites,
    /// May give several records for one.
    Many,
    /// What it does depends on records before.
    Stateful,
}

impl StageClass {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Filters => "filters",
            Self::Rewrites => "rewrites",
            Self::Many => "many",
            Self::Stateful => "stateful",
        }
    }
}

/// What a parameter of a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ParameterKind {
    /// A regular expression over bytes, without Unicode.
    Regex,
    /// Literal text.
    Text,
    /// An http or https address.
    Url,
}

/// One parameter of a family's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageParameter {
    /// Name, as it stands in the key grammar.
    pub name: &'static str,
    /// What it is.
    pub kind: ParameterKind,
    /// What it means.
    pub doc: &'static str,
}

/// A key and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KeyExample {
    /// A valid key.
    pub key: &'static str,
    /// What it does to records.
    pub does: &'static str,
}

/// A family of stage keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageFamily {
    /// What stands before the colon of a key, or the whole key.
    pub name: &'static str,
    /// For people.
    pub title: &'static str,
    /// Grammar of the keys: capitals are parameters.
    pub key_grammar: &'static str,
    /// A valid key to start from.
    pub template: &'static str,
    /// What it may do to a record.
    pub class: StageClass,
    /// The capability that a credential must grant; null for pure stages.
    pub capability: Option<&'static str>,
    /// Whether this build can run it. Others validate, and are refused at startup.
    pub runs: bool,
    /// One sentence.
    pub summary: &'static str,
    /// The documentation, Markdown.
    pub docs: &'static str,
    /// Parameters, in the order of the key.
    pub parameters: &'static [StageParameter],
    /// Examples.
    pub examples: &'static [KeyExample],
}

const REGEX: StageParameter = StageParameter {
    name: "REGEX",
    kind: ParameterKind::Regex,
    doc: "A regular expression of the regex crate over bytes, without Unicode. `.` matches any byte but a line feed; bytes outside ASCII are written `\\xNN`.",
};

static FAMILIES: [StageFamily; 5] = [
    StageFamily {
        name: "identity",
        title: "Pass on",
        key_grammar: "identity",
        template: "identity",
        class: StageClass::Reads,
        capability: None,
        runs: true,
        summary: "Passes every record on unchanged.",
        docs: "Passes every record on unchanged. Useful as a named place in a pipeline, or where a plan needs a stage and nothing has to happen.",
        parameters: &[],
        examples: &[KeyExample {
            key: "identity",
            does: "passes every record on unchanged",
        }],
    },
    StageFamily {
        name: "keep",
        title: "Keep matching",
        key_grammar: "keep:REGEX",
        template: "keep:.",
        class: StageClass::Filters,
        capability: None,
        runs: true,
        summary: "Keeps the records in which the pattern matches somewhere, and drops the others.",
        docs: "Keeps the records in which REGEX matches somewhere, and drops the others, as `grep -aE` does. Anchor with `^` and `$` to match the whole record. A dropped record is counted and skipped by the stages after it.",
        parameters: &[REGEX],
        examples: &[
            KeyExample {
                key: "keep:^\\{",
                does: "keeps the records that start with a brace",
            },
            KeyExample {
                key: "keep:level=(warn|error)",
                does: "keeps the records of two log levels",
            },
        ],
    },
    StageFamily {
        name: "drop",
        title: "Drop matching",
        key_grammar: "drop:REGEX",
        template: "drop:^$",
        class: StageClass::Filters,
        capability: None,
        runs: true,
        summary: "Drops the records in which the pattern matches somewhere, and keeps the others.",
        docs: "Drops the records in which REGEX matches somewhere, and keeps the others, as `grep -avE` does. A dropped record is counted and skipped by the stages after it.",
        parameters: &[REGEX],
        examples: &[
            KeyExample {
                key: "drop:level=debug",
                does: "drops the records of one log level",
            },
            KeyExample {
                key: "drop:^$",
                does: "drops the empty records",
            },
        ],
    },
    StageFamily {
        name: "replace",
        title: "Replace matches",
        key_grammar: "replace:REGEX=TEXT",
        template: "replace:[0-9]+=0",
        class: StageClass::Rewrites,
        capability: None,
        runs: true,
        summary: "Replaces every match of the pattern by a text.",
        docs: "Replaces every match of REGEX by TEXT, as `sed -E 's/…/…/g'` does. The key is split at the first `=` that no backslash precedes; write `\\=` for an equals sign in REGEX. TEXT is literal and may be empty: `$1` and `\\x41` mean themselves. A result that is larger than the record size of the config bundle is rejected and counted, with the original record in the reject file.",
        parameters: &[
            REGEX,
            StageParameter {
                name: "TEXT",
                kind: ParameterKind::Text,
                doc: "What stands in the place of each match. Literal; may be empty.",
            },
        ],
        examples: &[
            KeyExample {
                key: "replace:[^ ]+@[^ ]+=***",
                does: "masks e-mail addresses",
            },
            KeyExample {
                key: "replace: +$=",
                does: "removes spaces at the end",
            },
            KeyExample {
                key: "replace:id\\=[0-9]+=id=0",
                does: "sets the number after `id=` to 0",
            },
        ],
    },
    StageFamily {
        name: "http_post",
        title: "Post over HTTP",
        key_grammar: "http_post:URL",
        template: "http_post:https://example.com/records",
        class: StageClass::Reads,
        capability: Some("http_post"),
        runs: false,
        summary: "Posts each record to an address, and passes it on unchanged.",
        docs: "Posts each record to URL and passes it on unchanged. It acts on the outside, so a deployment needs the capability `http_post`. This build validates it, and an executor refuses it at startup.",
        parameters: &[StageParameter {
            name: "URL",
            kind: ParameterKind::Url,
            doc: "An absolute http or https address, without user information and fragment.",
        }],
        examples: &[KeyExample {
            key: "http_post:https://example.com/records",
            does: "posts each record to example.com",
        }],
    },
];

/// Every family, in the order in which they are offered.
pub fn families() -> &'static [StageFamily] {
    &FAMILIES
}

/// The family of that name.
pub fn family(name: &str) -> Option<&'static StageFamily> {
    FAMILIES.iter().find(|family| family.name == name)
}
