//! lower_v2: PipelinePlanV2 to PipelineSpecV1, with a CompileReportV1.
//!
//! Deterministic, with an explicit target. What a lane graph needs beyond its stages is inserted,
//! under names made of the author's ids, and said in one action each (docs/spec/lowering.md).

mod actions;
mod build;
mod capabilities;
mod graph;
mod lower;
mod map;
mod report;
mod ring;
mod sketch;

pub use build::{Built, build};
pub use capabilities::{capabilities, secrets, spec_features};
pub use lower::{LowerOptions, Lowered, LoweringDiagnostic, lower_v2};
pub use map::{ElementMap, MapList, MapPart};
pub use report::CompileReportV1;
pub use sketch::{ForeseenRole, foreseen_roles};
