//! PipelinePlanV2 and the plan language: parser with recovery, diagnostics, edits, formatter.
