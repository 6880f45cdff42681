//! PipelinePlanV2 and the plan language: a parser that never fails, diagnostics with quick fixes,
//! edit operations as minimal text edits, a formatter.
//!
//! The grammar stands in `docs/spec/plan-language.md`, the codes in `docs/spec/diagnostics.md`.
//! Offsets are bytes; `Offsets` translates them. Nothing here panics on any text.

mod diagnostic;
mod diff;
mod edit;
mod excerpt;
mod follow;
mod format;
mod graph;
mod merge;
mod operation;
mod plan;
mod syntax;
mod text;
mod validate;
mod words;

pub use diagnostic::{DIAGNOSTICS_MAX, Diagnostic, Diagnostics, Fix, Phase, Severity};
pub use diff::plan_view;
pub use edit::{edit, edit_document, extract};
pub use excerpt::{MarkedLine, marked_line};
pub use follow::follow_lines;
pub use format::format;
pub use graph::{
    LaneIntent, PlanBoundary, PlanConnection, PlanGraph, PlanSetting, PlanSettings, PlanStage,
};
pub use merge::{
    MergeAnswer, MergeChange, MergeChoice, MergeConflict, MergeConflictKind, MergeIncoming,
    MergeRename, MergeRenamedBy, MergeResolution, merge,
};
pub use operation::{EditAnswer, EditError, EditOperation};
pub use plan::{
    LaneGraphPlan, PipelinePlanV2, PlanElement, PlanLink, PlanMerge, PlanPart, RingPlanStage,
    SingleRingPlan,
};
pub use syntax::{
    Arrow, Chain, DESCRIPTION_MAX, Document, Key, Line, Name, PLAN_MAX_BYTES, Quoted, Setting,
    Statement, key_text, parse, quote, read_intent,
};
pub use text::{Offsets, Range, Span, TextEdit, apply_edits, difference};
pub use validate::{sketch_lane_graph, validate_plan_v2};
pub use words::{RESERVED, free_id, is_reserved, setting_names, target_runs};
