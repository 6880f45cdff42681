//! Text in, report out.

use byteor_pipeline_catalogue::parse_key;
use byteor_pipeline_lower::{
    Built, CompileReportV1, ElementMap, LowerOptions, build, capabilities,
};
use byteor_pipeline_plan::{Diagnostic, Diagnostics, PlanGraph, parse, validate_plan_v2};
use byteor_pipeline_spec::{
    ExecutionTarget, PipelineSpecV1, RoleWork, SpecProblem, dot, sha256_hex, validate_v1,
};

use crate::api::{Compilation, CompileSummary, Lowering, Validation};

/// Version of the compiler; drafts, versions and requests record it.
pub const COMPILER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A compiled plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// Whatever could be read of the document.
    pub graph: PlanGraph,
    /// Everything there is to say, by place.
    pub diagnostics: Vec<Diagnostic>,
    /// Where nothing is an error.
    pub report: Option<CompileReportV1>,
}

fn report(built: Built) -> CompileReportV1 {
    CompileReportV1 {
        v: 1,
        compiler_version: COMPILER_VERSION.to_owned(),
        target: built.target,
        describe: crate::describe(&built.spec),
        dot: dot(&built.spec),
        capabilities: capabilities(&built.spec),
        spec_hash: built.spec_hash(),
        actions: built.actions,
        map: built.map,
        spec_kv: built.spec_kv,
        spec: built.spec,
    }
}

/// What a caller of a summary sees to by itself: see [`summarize_parts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileParts {
    /// Which elements of the plan each part of the spec comes from.
    pub map: ElementMap,
    /// The bytes whose SHA-256 is the hash of the spec.
    pub spec_kv: String,
}

/// A summary without hash and map, and what they are made of.
fn summary(built: Built) -> (CompileSummary, CompileParts) {
    let summary = CompileSummary {
        v: 1,
        compiler_version: COMPILER_VERSION,
        target: built.target,
        capabilities: capabilities(&built.spec),
        spec_hash: String::new(),
        actions: built.actions,
        map: ElementMap::default(),
    };
    let parts = CompileParts {
        map: built.map,
        spec_kv: built.spec_kv,
    };
    (summary, parts)
}

/// Compiles a plan: graph, diagnostics, and the report where nothing is an error.
pub fn compile(text: &str, target: ExecutionTarget) -> Compiled {
    let (graph, diagnostics, built) = build(text, target, LowerOptions::default());
    Compiled {
        graph,
        diagnostics,
        report: built.map(report),
    }
}

/// Compiles a plan, for a summary of its report.
pub(crate) fn summarize(text: &str, target: ExecutionTarget) -> Compilation {
    let (mut compilation, parts) = summarize_parts(text, target);
    if let (Some(report), Some(parts)) = (&mut compilation.report, parts) {
        report.spec_hash = sha256_hex(parts.spec_kv.as_bytes());
        report.map = parts.map;
    }
    compilation
}

/// Compiles a plan, for a caller that hashes faster than this code does, and that may have the same
/// map already: hash and map of the summary are empty, what they are made of comes beside it.
pub(crate) fn summarize_parts(
    text: &str,
    target: ExecutionTarget,
) -> (Compilation, Option<CompileParts>) {
    let (graph, diagnostics, built) = build(text, target, LowerOptions::default());
    let (report, parts) = built.map(summary).unzip();
    let compilation = Compilation {
        graph,
        diagnostics,
        report,
    };
    (compilation, parts)
}

/// Compiles a plan, without its graph.
pub fn lower_text(text: &str, target: ExecutionTarget) -> Lowering {
    let (_, diagnostics, built) = build(text, target, LowerOptions::default());
    Lowering {
        diagnostics,
        report: built.map(report),
    }
}

/// Compiles a plan, for its spec and the hash of it, with whatever could be read of the document.
pub(crate) fn spec_text(
    text: &str,
    target: ExecutionTarget,
) -> (PlanGraph, Vec<Diagnostic>, Option<(PipelineSpecV1, String)>) {
    let (graph, diagnostics, built) = build(text, target, LowerOptions::spec_only());
    let spec = built.map(|built| {
        let hash = built.spec_hash();
        (built.spec, hash)
    });
    (graph, diagnostics, spec)
}

/// Checks a plan without lowering it.
pub fn validate(text: &str, target: ExecutionTarget) -> Validation {
    let mut diagnostics = Diagnostics::default();
    let document = parse(text, &mut diagnostics);
    let graph = PlanGraph::new(&document);
    validate_plan_v2(&document, target, &mut diagnostics);
    Validation {
        graph,
        diagnostics: diagnostics.finish(text),
    }
}

/// All rules of a spec: those of `validate_v1`, that the catalogue knows every stage key, and that
/// two stages of a ring that no dependency orders both only read.
pub fn check_spec(spec: &PipelineSpecV1) -> Vec<SpecProblem> {
    let mut problems = validate_v1(spec);
    let keyed: Vec<(&str, usize, &str)> = match spec {
        PipelineSpecV1::SingleRing(ring) => {
            let stages = ring.stages.iter().enumerate();
            stages
                .map(|(at, stage)| ("single_ring.stages", at, stage.key()))
                .collect()
        }
        PipelineSpecV1::LaneGraph(graph) => {
            let roles = graph.roles.iter().enumerate();
            roles
                .filter_map(|(at, role)| match &role.work {
                    RoleWork::Stage { op, .. } => Some(("lane_graph.roles", at, op.key())),
                    _ => None,
                })
                .collect()
        }
    };
    for (list, at, key) in keyed {
        if let Err(problem) = parse_key(key) {
            problems.push(SpecProblem {
                code: problem.code,
                path: format!("{list}.{at}.key"),
                message: format!("{}. {}", problem.message, problem.help),
            });
        }
    }
    if problems.is_empty()
        && let PipelineSpecV1::SingleRing(ring) = spec
    {
        // At most four stages, in topological order.
        let mut before = vec![0u32; ring.stages.len()];
        for at in 0..ring.stages.len() {
            for &dependency in &ring.stages[at].depends_on {
                before[at] |= 1 << dependency | before[dependency as usize];
            }
        }
        let reads = |at: usize| {
            parse_key(ring.stages[at].key()).is_ok_and(|parsed| {
                parsed.family.class == byteor_pipeline_catalogue::StageClass::Reads
            })
        };
        for (b, earlier) in before.iter().enumerate() {
            for a in 0..b {
                if earlier & (1 << a) == 0 && !(reads(a) && reads(b)) {
                    problems.push(SpecProblem {
                        code: "E_SPEC_UNORDERED",
                        path: format!("single_ring.stages.{b}.depends_on"),
                        message: format!(
                            "no dependency orders `{}` and `{}`, which then may only read",
                            ring.stages[a].id, ring.stages[b].id
                        ),
                    });
                }
            }
        }
    }
    problems
}
