//! What the stages of the catalogue do to records (docs/spec/stage-contract.md).
//!
//! [`build`] turns a stage key into a [`Stage`]. The same catalogue that the page validates with
//! reads the key here, so a key that was accepted there builds here. [`Chain`] runs stages one after
//! the other over sample records, without a pipeline around them.

mod build;
mod chain;
mod flow;
mod hash;
mod json;
mod json_stages;
mod pattern;
mod records;
mod state;

pub use build::{BuildError, NoSecrets, Secrets, build, build_with};
pub use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
pub use chain::{Chain, ChainError, Fate, Take};
