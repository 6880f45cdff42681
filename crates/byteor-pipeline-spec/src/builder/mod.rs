//! Building specs from Rust, for callers who know the exact shape that they want.
//!
//! Authors write plans, which lowering completes; a spec that is built here has every lane and role
//! that it will ever have.

mod graph;
mod ring;

pub use graph::LaneGraphBuilder;
pub use ring::{SingleRingBuilder, single_ring_chain};

use crate::{PipelineSpecV1, SpecProblem, validate_v1};

/// A spec that breaks rules of [`validate_v1`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSpec {
    /// Every broken rule, at least one, with its stable code and its KV path in the spec as far as
    /// it was built.
    pub problems: Vec<SpecProblem>,
}

impl std::fmt::Display for InvalidSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for InvalidSpec {}

fn checked(spec: PipelineSpecV1) -> Result<PipelineSpecV1, InvalidSpec> {
    let problems = validate_v1(&spec);
    if problems.is_empty() {
        Ok(spec)
    } else {
        Err(InvalidSpec { problems })
    }
}
