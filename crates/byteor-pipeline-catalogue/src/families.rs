//! The families, as data, a file for each group.

mod flow;
mod json;
mod outside;
mod records;

use crate::model::{ParameterKind, StageFamily, StageParameter};

/// Every family, in the order in which they are offered.
static FAMILIES: [&StageFamily; 20] = [
    &records::IDENTITY,
    &records::KEEP,
    &records::DROP,
    &records::REPLACE,
    &records::LOWER,
    &records::UPPER,
    &records::TRIM,
    &records::TRUNCATE,
    &records::PREFIX,
    &json::REQUIRE,
    &json::DROP,
    &json::KEEP,
    &json::RENAME,
    &json::MASK,
    &json::HASH,
    &json::EXTRACT,
    &flow::SPLIT,
    &flow::SAMPLE,
    &flow::DEDUPE,
    &outside::HTTP_POST,
];

/// Every family, in the order in which they are offered.
pub fn families() -> &'static [&'static StageFamily] {
    &FAMILIES
}

/// The family of that name.
pub fn family(name: &str) -> Option<&'static StageFamily> {
    FAMILIES.iter().copied().find(|family| family.name == name)
}

/// What parameters are unless they say otherwise: required text after a colon.
const PARAMETER: StageParameter = StageParameter {
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
