//! Lowering of a plan: the common entry, and what it answers.

use byteor_json::Args;

use byteor_pipeline_plan::PipelinePlanV2;
use byteor_pipeline_spec::{ExecutionTarget, PipelineSpecV1};

use crate::{ElementMap, graph, ring};

/// What belongs to the caller of lowering, not to the plan (PL-9).
///
/// An option says how much of an answer is wanted. None changes the spec, so none changes the hash:
/// whatever does that stands in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LowerOptions {
    /// Whether the answer says which parts of the spec come from which elements. A caller that only
    /// wants the spec saves a third of the time.
    pub map: bool,
    /// Whether the answer says what was inserted and why.
    pub actions: bool,
}

impl Default for LowerOptions {
    /// The whole answer.
    fn default() -> Self {
        Self {
            map: true,
            actions: true,
        }
    }
}

impl LowerOptions {
    /// The spec alone: no map, no actions.
    pub fn spec_only() -> Self {
        Self {
            map: false,
            actions: false,
        }
    }
}

/// What lowering did, or can't do. It knows ids, not places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoweringDiagnostic {
    /// Stable code: `E_LOWER_…`, or `A_…` for an action.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Named parts of the message.
    pub args: Args,
    /// Ids of stages and boundaries, and `a->b` for connections; the first says where.
    pub elements: Vec<String>,
}

/// A spec, and how the plan became it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lowered {
    /// The spec, canonical.
    pub spec: PipelineSpecV1,
    /// One for each action.
    pub actions: Vec<LoweringDiagnostic>,
    /// Which elements each part of the spec comes from.
    pub map: ElementMap,
}

/// Lowers a plan that `validate_plan_v2` gave.
///
/// Every such plan has a spec; the error is for a plan of another target than `target`.
pub fn lower_v2(
    plan: &PipelinePlanV2<'_>,
    target: ExecutionTarget,
    options: LowerOptions,
) -> Result<Lowered, Vec<LoweringDiagnostic>> {
    match (plan, target) {
        (PipelinePlanV2::SingleRing(plan), ExecutionTarget::SingleRing) => {
            Ok(ring::lower(plan, options))
        }
        (PipelinePlanV2::LaneGraph(plan), ExecutionTarget::LaneGraph) => {
            Ok(graph::lower(plan, options))
        }
        _ => Err(vec![LoweringDiagnostic {
            code: "E_LOWER_TARGET",
            message: format!(
                "The plan was validated for {}, not for {}",
                plan.target().name(),
                target.name()
            ),
            help: Some("Validate it for the target that it is lowered to".to_owned()),
            args: Args::new(),
            elements: Vec::new(),
        }]),
    }
}
