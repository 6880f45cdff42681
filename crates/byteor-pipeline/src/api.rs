//! Requests and answers of the compiler's operations, as JSON and TypeScript know them.

pub use byteor_json::ApiError;
use byteor_pipeline_lower::{CompileReportV1, ElementMap, ForeseenRole};
use byteor_pipeline_plan::{Diagnostic, EditOperation, MergeChoice, PlanGraph, TextEdit};
use byteor_pipeline_spec::{DiffOf, ExecutionTarget, PipelineSpecV1, PromiseKind};
use serde::{Deserialize, Serialize};

/// What the compiler says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompilerInfo {
    /// Version of the compiler.
    pub compiler_version: String,
    /// Version of the plan language: 2.
    pub plan_version: u32,
    /// Version of the KV text: 1.
    pub kv_version: u32,
    /// What specs of this compiler may ask of an executor, sorted.
    pub spec_features: Vec<String>,
}

/// A plan and the execution target that it is compiled for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanSource {
    /// The document.
    pub text: String,
    /// The execution target.
    pub target: ExecutionTarget,
}

/// The compile report without the spec and the texts of it, which `lower` gives: what a page needs
/// on every keystroke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct CompileSummary {
    /// 1
    pub v: u32,
    /// Version of the compiler.
    pub compiler_version: &'static str,
    /// What it was lowered to.
    pub target: ExecutionTarget,
    /// The hash of the spec.
    pub spec_hash: String,
    /// Capabilities that a credential must grant, sorted.
    pub capabilities: Vec<String>,
    /// One for each action of the compiler.
    pub actions: Vec<Diagnostic>,
    /// Which elements of the plan each part of the spec comes from.
    pub map: ElementMap,
}

/// The answer to `compile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Compilation {
    /// Whatever could be read of the document.
    pub graph: PlanGraph,
    /// Everything there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Null while there is an error.
    pub report: Option<CompileSummary>,
}

/// The answer to `validate`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Validation {
    /// Whatever could be read of the document.
    pub graph: PlanGraph,
    /// Everything there is to say short of lowering, by place.
    pub diagnostics: Vec<Diagnostic>,
}

/// The answer to `lower`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Lowering {
    /// Everything there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Null while there is an error.
    pub report: Option<CompileReportV1>,
}

/// The request of `encode`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EncodeRequest {
    /// The spec.
    pub spec: PipelineSpecV1,
}

/// The answer to `encode`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Encoded {
    /// The canonical KV text.
    pub kv: String,
    /// Its hash.
    pub spec_hash: String,
}

/// The request of `decode`, `describe` and `dot`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct KvRequest {
    /// A KV text.
    pub kv: String,
}

/// The answer to `decode`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Decoded {
    /// The spec.
    pub spec: PipelineSpecV1,
    /// The hash of its canonical KV text.
    pub spec_hash: String,
    /// Whether the text that was decoded is the canonical one.
    pub canonical: bool,
    /// Names of the secrets that its stage keys use, sorted.
    pub secrets: Vec<String>,
}

/// The answer to `describe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Description {
    /// The describe text.
    pub text: String,
    /// What the spec promises of what leaves after a kill.
    pub after_kill: AfterKill,
}

/// What a spec promises of what leaves after a kill (docs/spec/execution.md).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct AfterKill {
    /// In a word.
    pub promise: PromiseKind,
    /// In a sentence, then one for each thing that keeps it from a stronger promise, as the describe
    /// text has them; ids stand between backticks.
    pub sentences: Vec<String>,
}

/// The answer to `dot` and `extract`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TextAnswer {
    /// The text.
    pub text: String,
}

/// One side of a diff.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(untagged)]
pub enum DiffSide {
    /// A plan.
    Plan(PlanSource),
    /// A KV text.
    Kv(KvRequest),
}

/// The request of `diff`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(optional_fields = nullable))]
pub struct DiffRequest {
    /// What was.
    pub before: DiffSide,
    /// What will be.
    pub after: DiffSide,
    /// What to compare; the specs where it isn't said. Plans may have errors.
    #[serde(default)]
    pub of: Option<DiffOf>,
    /// How many changes to list; all where it isn't said. Counts are always of all.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// The request of `follow`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[cfg_attr(feature = "ts", ts(optional_fields = nullable))]
pub struct FollowRequest {
    /// The version that the anchors are of.
    pub before: DiffSide,
    /// The version that they are looked for in.
    pub after: DiffSide,
    /// What to look at; the specs where it isn't said, which have no lines.
    #[serde(default)]
    pub of: Option<DiffOf>,
    /// The anchors: those of changes, and `line:N`.
    pub anchors: Vec<String>,
}

/// The request of `edit`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct EditRequest {
    /// The document.
    pub text: String,
    /// The execution target that the document is edited for.
    pub target: ExecutionTarget,
    /// What to do.
    pub operation: EditOperation,
}

/// The request of `foresee`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ForeseeRequest {
    /// The document.
    pub text: String,
    /// The execution target that the document is edited for.
    pub target: ExecutionTarget,
    /// What would be done, in turn.
    pub operations: Vec<EditOperation>,
}

/// The answer to `foresee`: what operations would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Foreseen {
    /// The text after them.
    pub text: String,
    /// Ids of the elements that they would bring into being.
    pub created: Vec<String>,
    /// Bridges, routers and merges that lowering would insert then, and doesn't now.
    pub inserted: Vec<ForeseenRole>,
    /// Those that it inserts now, and wouldn't then.
    pub removed: Vec<ForeseenRole>,
    /// Those that would stand at other connections, as they would be.
    pub changed: Vec<ForeseenRole>,
    /// Errors and warnings that there would be then, and aren't now.
    pub problems: Vec<Diagnostic>,
}

/// The request of `merge`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct MergeRequest {
    /// What both started from.
    pub base: String,
    /// The document.
    pub ours: String,
    /// The other document.
    pub theirs: String,
    /// What was chosen about conflicts; empty at first.
    pub choices: Vec<MergeChoice>,
}

/// The request of `format`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FormatRequest {
    /// The document.
    pub text: String,
}

/// The answer to `format`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Formatted {
    /// The formatted document.
    pub text: String,
    /// The edits that lead there.
    pub edits: Vec<TextEdit>,
}

/// The request of `extract`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ExtractRequest {
    /// The document.
    pub text: String,
    /// The elements.
    pub ids: Vec<String>,
}

/// A stage key: the request of `splitKey` and the answer to `joinKey`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StageKey {
    /// The key, without quotes.
    pub key: String,
}

/// The request of `sentences`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SentencesRequest {
    /// Stage keys, without quotes.
    pub keys: Vec<String>,
}

/// The request of `complete`, `hover`, `signatureHelp`, `definition`, `references` and
/// `prepareRename`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlaceRequest {
    /// The document.
    pub text: String,
    /// The execution target that the document is edited for.
    pub target: ExecutionTarget,
    /// The place.
    pub offset: u32,
}

/// The request of `codeActions` and `formatRange`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RangeRequest {
    /// The document.
    pub text: String,
    /// The execution target that the document is edited for.
    pub target: ExecutionTarget,
    /// The first offset.
    pub start: u32,
    /// The offset after the last.
    pub end: u32,
}
