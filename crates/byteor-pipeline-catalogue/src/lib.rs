//! The stage catalogue as data: families, key grammar, documentation, class, capability.
//!
//! Completion, validation, forms and documentation come from here. What a family does to records
//! stands in `byteor-pipeline-stages`; every key that [`parse_key`] accepts for a family that
//! [`runs`](StageFamily::runs) also builds there (docs/spec/stage-contract.md).

mod families;
mod form;
mod key;
mod model;
mod nearest;
mod pattern;
mod rules;
mod sentence;
mod url;
mod value;

pub use families::{all_rules, families, family, rules};
pub use form::{KeyForm, join_key, split_key};
pub use key::{KeyProblem, ParsedKey, Requirements, parse_key, requirements, state_bytes};
pub use model::{KeyExample, ParameterKind, StageClass, StageFamily, StageParameter, Words};
pub use nearest::nearest;
pub use pattern::{PATTERN_NESTING_LIMIT, PATTERN_SIZE_LIMIT, pattern_size};
pub use rules::{KeyRules, ParameterRules};
pub use sentence::{StageSentence, sentence};
pub use value::{
    FieldPath, delimiter, escape_record, field_name, field_paths, is_secret_name, unescape_record,
};
