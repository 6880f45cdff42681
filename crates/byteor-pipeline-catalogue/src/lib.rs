//! The stage catalogue as data: families, key grammar, documentation, class, capability.
//!
//! Completion, validation, forms and documentation come from here. What a family does to records
//! stands in `byteor-pipeline-stages`; every key that [`parse_key`] accepts for a family that
//! [`runs`](StageFamily::runs) also builds there (docs/spec/stage-contract.md).

mod families;
mod key;
mod pattern;

pub use families::{
    KeyExample, ParameterKind, StageClass, StageFamily, StageParameter, families, family,
};
pub use key::{KeyParameters, KeyProblem, ParsedKey, effect, parse_key};
pub use pattern::{PATTERN_NESTING_LIMIT, PATTERN_SIZE_LIMIT, pattern_size};
