//! The compile report.

use byteor_pipeline_plan::Diagnostic;
use byteor_pipeline_spec::{ExecutionTarget, PipelineSpecV1};
use serde::Serialize;

/// Where an element of the plan stands in the spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ElementMap {
    /// The id of a stage or boundary, or `a->b` for a connection.
    pub element: String,
    /// KV path prefixes of what it became, without a dot at the end.
    pub spec_paths: Vec<String>,
}

/// What a plan was lowered to, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompileReportV1 {
    /// 1
    pub v: u32,
    /// Version of the compiler.
    pub compiler_version: String,
    /// What it was lowered to.
    pub target: ExecutionTarget,
    /// The spec, canonical.
    pub spec: PipelineSpecV1,
    /// Its canonical KV text: the exact bytes that run.
    pub spec_kv: String,
    /// Its hash.
    pub spec_hash: String,
    /// The describe text.
    pub describe: String,
    /// The DOT text.
    pub dot: String,
    /// Capabilities that a credential must grant, sorted.
    pub capabilities: Vec<String>,
    /// One for each action of the compiler.
    pub actions: Vec<Diagnostic>,
    /// Where each element of the plan stands in the spec.
    pub map: Vec<ElementMap>,
}
