//! The compile report.

use byteor_pipeline_plan::Diagnostic;
use byteor_pipeline_spec::{ExecutionTarget, PipelineSpecV1};
use serde::Serialize;

use crate::ElementMap;

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
    /// Which elements of the plan each part of the spec comes from.
    pub map: ElementMap,
}
