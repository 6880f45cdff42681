//! lower_v2: PipelinePlanV2 to PipelineSpecV1, with a CompileReportV1.

mod report;

pub use report::{CompileReportV1, ElementMap};
