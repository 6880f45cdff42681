//! The families, as data, a file for each group.

mod flow;
mod json;
mod outside;
mod records;

use crate::model::{ParameterKind, StageFamily, StageParameter};
use crate::rules::KeyRules;

/// How many families there are.
const COUNT: usize = 20;

/// Every family, in the order in which they are offered.
const ALL: [StageFamily; COUNT] = [
    records::IDENTITY,
    records::KEEP,
    records::DROP,
    records::REPLACE,
    records::LOWER,
    records::UPPER,
    records::TRIM,
    records::TRUNCATE,
    records::PREFIX,
    json::REQUIRE,
    json::DROP,
    json::KEEP,
    json::RENAME,
    json::MASK,
    json::HASH,
    json::EXTRACT,
    flow::SPLIT,
    flow::SAMPLE,
    flow::DEDUPE,
    outside::HTTP_POST,
];

static FAMILIES: [StageFamily; COUNT] = ALL;

/// The rules apart from the families, so that a program which only reads keys carries no prose.
static RULES: [KeyRules; COUNT] = {
    let mut rules = [KeyRules::of(&ALL[0]); COUNT];
    let mut at = 1;
    while at < COUNT {
        rules[at] = KeyRules::of(&ALL[at]);
        at += 1;
    }
    rules
};

/// Every family with all that is said of it, in the order in which they are offered.
pub fn families() -> &'static [StageFamily] {
    &FAMILIES
}

/// The family of that name, with all that is said of it.
pub fn family(name: &str) -> Option<&'static StageFamily> {
    FAMILIES.iter().find(|family| family.name == name)
}

/// The rules of every family's keys, in the order of [`families`].
pub fn all_rules() -> &'static [KeyRules] {
    &RULES
}

/// The rules of the keys of the family of that name.
pub fn rules(name: &str) -> Option<&'static KeyRules> {
    RULES.iter().find(|rules| rules.name == name)
}

/// What parameters are unless they say otherwise: required text after a colon.
pub(crate) const PARAMETER: StageParameter = StageParameter {
    name: "",
    kind: ParameterKind::Text,
    separator: ':',
    optional: false,
    default: None,
    may_be_empty: false,
    min: 0,
    max: 0,
    choices: &[],
    example: "",
    doc: "",
};
