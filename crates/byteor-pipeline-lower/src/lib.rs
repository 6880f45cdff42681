//! lower_v2: PipelinePlanV2 to PipelineSpecV1, with a CompileReportV1.
