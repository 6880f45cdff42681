//! What the catalogue says of a family of stage keys.

use serde::Serialize;

/// What a family may do to a record; each class may also do what those before it do. Targets refuse
/// what they can't run at compile time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum StageClass {
    /// Looks at records and forwards each unchanged.
    Reads,
    /// Forwards or drops each record.
    Filters,
    /// May change a record's bytes; gives at most one record for one.
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
    /// Literal text, without escapes.
    Text,
    /// An http or https address.
    Url,
    /// The path of one field of a JSON object, `user.name`.
    Field,
    /// Several such paths, separated by commas.
    Fields,
    /// The name of one field, without a path.
    FieldName,
    /// A decimal number from `min` to `max`.
    Integer,
    /// One of `choices`.
    Choice,
    /// The name of a secret, whose value the config bundle refers to.
    Secret,
    /// Bytes, with the escapes `\t`, `\n`, `\r`, `\\` and `\xNN`.
    Delimiter,
}

/// One parameter of a family's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageParameter {
    /// Name, as it stands in the key grammar.
    pub name: &'static str,
    /// What it is.
    pub kind: ParameterKind,
    /// The one character that stands before it in the key. The parameter before it ends at the first
    /// such character that no backslash precedes.
    pub separator: char,
    /// Whether it may be left out, with its separator.
    pub optional: bool,
    /// What it is where it was left out; null where leaving it out means something else.
    pub default: Option<&'static str>,
    /// Whether it may be written and be empty.
    pub may_be_empty: bool,
    /// The least number (`integer`).
    pub min: u32,
    /// The greatest number (`integer`).
    pub max: u32,
    /// What it may be (`choice`).
    pub choices: &'static [&'static str],
    /// A value to show in an empty form field.
    pub example: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// A key and what it does. Records are shown with the escapes of [`escape_record`](crate::escape_record).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KeyExample {
    /// A valid key.
    pub key: &'static str,
    /// What it does to records.
    pub does: &'static str,
    /// Records that come in, in order.
    pub input: &'static [&'static str],
    /// Records that go out, in order.
    pub output: &'static [&'static str],
}

/// What a family's keys do, in words with places for their parameters: `{0}` to `{2}` are values, and
/// `{~0}` a pattern with the words that lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    full: &'static str,
    left_out: &'static str,
    empty: &'static str,
}

impl Words {
    pub(crate) const fn of(full: &'static str) -> Self {
        Self {
            full,
            left_out: full,
            empty: full,
        }
    }

    /// For keys whose last parameter was left out.
    pub(crate) const fn left_out(self, left_out: &'static str) -> Self {
        Self { left_out, ..self }
    }

    /// For keys whose last parameter is empty.
    pub(crate) const fn empty(self, empty: &'static str) -> Self {
        Self { empty, ..self }
    }

    /// Those for a key whose last parameter is this.
    pub(crate) fn for_last(&self, last: Option<&str>) -> &'static str {
        match last {
            None => self.left_out,
            Some("") => self.empty,
            Some(_) => self.full,
        }
    }
}

/// A family of stage keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageFamily {
    /// What stands before the colon of a key, or the whole key.
    pub name: &'static str,
    /// For people, as a verb phrase: "Mask JSON fields".
    pub title: &'static str,
    /// Under which heading it is offered. Families of one group follow each other.
    pub group: &'static str,
    /// Grammar of the keys: capitals are parameters, brackets hold what may be left out.
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
    /// What a record costs, and what the stage holds in memory.
    pub cost: &'static str,
    /// What a key does, with all its values: a phrase in the third person, "drops the records that
    /// match `x`".
    #[serde(skip)]
    pub does: Words,
    /// The same in few words, as a sentence without its full stop.
    #[serde(skip)]
    pub says: Words,
    /// The one fact that tells a key from others of its family.
    #[serde(skip)]
    pub fact: Words,
    /// Names of families that often stand behind it, the likeliest first.
    pub often_next: &'static [&'static str],
    /// Parameters, in the order of the key.
    pub parameters: &'static [StageParameter],
    /// Examples.
    pub examples: &'static [KeyExample],
}

/// The most parameters that a family has.
pub const PARAMETERS_MAX: usize = 3;
