//! Facade: what a Rust author of pipelines needs.
//!
//! The page, the server and the command line call the functions here, so that a preview equals the
//! later version. Offsets are bytes but in the functions whose names end in `_utf16`.

pub mod api;
mod boundary;
mod compile;
#[cfg(feature = "macros")]
mod embedded;
mod foresee;
mod language_utf16;
mod operations;

pub use boundary::{
    compile_parts_utf16, compile_utf16, edit_utf16, foresee_utf16, format_utf16, lower_utf16,
    merge_utf16, validate_utf16,
};
pub use byteor_pipeline_catalogue as catalogue;
#[cfg(feature = "exec")]
pub use byteor_pipeline_exec as exec;
#[cfg(feature = "exec")]
pub use byteor_pipeline_kernel as kernel;
pub use byteor_pipeline_language as language;
pub use byteor_pipeline_lower as lower;
pub use byteor_pipeline_plan as plan;
pub use byteor_pipeline_spec as spec;

pub use byteor_pipeline_lower::{
    CompileReportV1, ElementMap, LowerOptions, MapList, MapPart, capabilities, lower_v2,
};
#[cfg(feature = "macros")]
pub use byteor_pipeline_macros::{plan, plan_file};
pub use byteor_pipeline_plan::{
    Diagnostic, EditAnswer, EditError, EditOperation, PipelinePlanV2, PlanGraph, Severity,
    TextEdit, extract, marked_line, validate_plan_v2,
};
pub use byteor_pipeline_spec::{
    Channel, ExecutionTarget, InvalidSpec, KvError, LaneGraphBuilder, MergePolicy, OnFull,
    PipelineSpecV1, SemanticDiff, ShardKey, SingleRingBuilder, SpecProblem, decode_kv_v1, dot,
    encode_kv_v1, single_ring_chain, spec_hash, validate_v1,
};
pub use compile::{
    COMPILER_VERSION, CompileParts, Compiled, check_spec, compile, lower_text, validate,
};
#[cfg(feature = "macros")]
pub use embedded::EmbeddedPlan;
pub use foresee::foresee;
pub use language_utf16::{
    code_actions_utf16, complete_utf16, definition_utf16, folding, format_range_utf16, hover_utf16,
    outline_utf16, prepare_rename_utf16, references_utf16, semantic_tokens, signature_help_utf16,
};
pub use operations::{
    decode, describe, description, diff, diff_plans, diff_specs, encode, follow, info, promise,
    read_kv,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/guides/pipelines-in-rust.md")]
struct Guide;
