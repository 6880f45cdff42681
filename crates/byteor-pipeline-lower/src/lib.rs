//! lower_v2: PipelinePlanV2 to PipelineSpecV1, with a CompileReportV1.
//!
//! Deterministic, with an explicit target. The ring and the direct cases of a lane graph are
//! lowered; where a lane graph would need an inserted bridge, router or merge, lowering says so
//! with a code instead (docs/spec/plan-language.md, "Lowering").

mod capabilities;
mod lower;
mod report;

pub use capabilities::{capabilities, spec_features};
pub use lower::{LowerOptions, Lowered, LoweringDiagnostic, lower_v2};
pub use report::{CompileReportV1, ElementMap};
