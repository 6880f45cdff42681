//! Text in, report out.

use byteor_pipeline_catalogue::parse_key;
use byteor_pipeline_lower::{
    CompileReportV1, ElementMap, LowerOptions, LoweringDiagnostic, capabilities, lower_v2,
};
use byteor_pipeline_plan::{
    Diagnostic, Diagnostics, Document, Phase, PipelinePlanV2, PlanGraph, Span, parse,
    validate_plan_v2,
};
use byteor_pipeline_spec::{
    ExecutionTarget, KV_MAX_BYTES, OrderedMap, PipelineSpecV1, SpecProblem, canonical, dot,
    encode_kv_v1, sha256_hex, validate_v1,
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

/// A plan that became a spec, without the texts that nobody may ask for.
struct Built {
    target: ExecutionTarget,
    spec: PipelineSpecV1,
    spec_kv: String,
    spec_hash: String,
    actions: Vec<Diagnostic>,
    map: ElementMap,
}

impl Built {
    fn report(self) -> CompileReportV1 {
        CompileReportV1 {
            v: 1,
            compiler_version: COMPILER_VERSION.to_owned(),
            target: self.target,
            describe: crate::describe(&self.spec),
            dot: dot(&self.spec),
            capabilities: capabilities(&self.spec),
            spec_hash: self.spec_hash,
            actions: self.actions,
            map: self.map,
            spec_kv: self.spec_kv,
            spec: self.spec,
        }
    }

    fn summary(self) -> CompileSummary {
        CompileSummary {
            v: 1,
            compiler_version: COMPILER_VERSION,
            target: self.target,
            capabilities: capabilities(&self.spec),
            spec_hash: self.spec_hash,
            actions: self.actions,
            map: self.map,
        }
    }
}

/// Compiles a plan: graph, diagnostics, and the report where nothing is an error.
pub fn compile(text: &str, target: ExecutionTarget) -> Compiled {
    let (graph, diagnostics, built) = build(text, target, LowerOptions::default());
    Compiled {
        graph,
        diagnostics,
        report: built.map(Built::report),
    }
}

/// Compiles a plan, for a summary of its report.
pub(crate) fn summarize(text: &str, target: ExecutionTarget) -> Compilation {
    let (graph, diagnostics, built) = build(text, target, LowerOptions::default());
    Compilation {
        graph,
        diagnostics,
        report: built.map(Built::summary),
    }
}

/// Compiles a plan, without its graph.
pub fn lower_text(text: &str, target: ExecutionTarget) -> Lowering {
    let (_, diagnostics, built) = build(text, target, LowerOptions::default());
    Lowering {
        diagnostics,
        report: built.map(Built::report),
    }
}

/// Compiles a plan, for its spec, with whatever could be read of the document.
pub(crate) fn spec_text(
    text: &str,
    target: ExecutionTarget,
) -> (PlanGraph, Vec<Diagnostic>, Option<PipelineSpecV1>) {
    let (graph, diagnostics, built) = build(text, target, LowerOptions::spec_only());
    (graph, diagnostics, built.map(|built| built.spec))
}

fn build(
    text: &str,
    target: ExecutionTarget,
    options: LowerOptions,
) -> (PlanGraph, Vec<Diagnostic>, Option<Built>) {
    let mut diagnostics = Diagnostics::default();
    let document = parse(text, &mut diagnostics);
    let graph = PlanGraph::new(&document);
    let plan = validate_plan_v2(&document, target, &mut diagnostics);
    let built = plan.and_then(|plan| lower(&document, &graph, &plan, options, &mut diagnostics));
    (graph, diagnostics.finish(text), built)
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

fn lower(
    document: &Document<'_>,
    graph: &PlanGraph,
    plan: &PipelinePlanV2,
    options: LowerOptions,
    diagnostics: &mut Diagnostics,
) -> Option<Built> {
    let target = plan.target();
    let lowered = match lower_v2(plan, target, options) {
        Ok(lowered) => lowered,
        Err(problems) => {
            let places = Places::new(graph);
            for problem in problems {
                diagnostics.push(places.locate(problem));
            }
            return None;
        }
    };
    // Lowering gives the parts of a lane graph by id, in canonical order; a ring is small.
    let spec = match target {
        ExecutionTarget::SingleRing => canonical(&lowered.spec),
        ExecutionTarget::LaneGraph => lowered.spec,
    };
    // What the plan's rules let through, the spec's rules let through: tested. Should they ever
    // differ, nothing that an executor refuses leaves the compiler.
    // Keys and classes were checked with the plan; `check_spec` would parse each pattern again.
    let problems = validate_v1(&spec);
    if !problems.is_empty() {
        for problem in problems {
            diagnostics.push(
                Diagnostic::new(
                    "E_LOWER_SPEC",
                    Phase::Lowering,
                    Span::default(),
                    format!("The spec breaks a rule: {problem}"),
                )
                .arg("code", problem.code)
                .arg("path", problem.path)
                .help(
                    "Change the plan; this is also a defect of the compiler that is worth a report",
                ),
            );
        }
        return None;
    }
    let spec_kv = encode_kv_v1(&spec);
    if spec_kv.len() > KV_MAX_BYTES {
        diagnostics.push(
            Diagnostic::new(
                "E_LOWER_TOO_LONG",
                Phase::Lowering,
                Span::default(),
                format!(
                    "The text of the spec would have {} bytes; the most is {KV_MAX_BYTES}",
                    spec_kv.len()
                ),
            )
            .arg("bytes", spec_kv.len().to_string())
            .arg("limit", KV_MAX_BYTES.to_string())
            .help("Make several pipelines of it"),
        );
        return None;
    }
    let mut actions = Vec::new();
    if !lowered.actions.is_empty() {
        let places = Places::new(graph);
        let offsets = byteor_pipeline_plan::Offsets::new(document.text);
        for action in lowered.actions {
            let mut diagnostic = places.locate(action);
            diagnostic.locate(&offsets);
            actions.push(diagnostic);
        }
    }
    Some(Built {
        target,
        spec_hash: sha256_hex(spec_kv.as_bytes()),
        actions,
        map: lowered.map,
        spec_kv,
        spec,
    })
}

/// All rules of a spec: those of `validate_v1`, that the catalogue knows every stage key, and that
/// two stages of a ring that no dependency orders both only read.
pub fn check_spec(spec: &PipelineSpecV1) -> Vec<SpecProblem> {
    let mut problems = validate_v1(spec);
    for (id, op) in spec.stages() {
        if let Err(problem) = parse_key(op.key()) {
            problems.push(SpecProblem {
                code: problem.code,
                path: format!("{}.stages.{id}", spec.target().name()),
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

/// Where elements stand in a document.
struct Places<'g> {
    spans: OrderedMap<&'g str, Span>,
}

impl<'g> Places<'g> {
    fn new(graph: &'g PlanGraph) -> Self {
        let mut spans = OrderedMap::new();
        for boundary in &graph.boundaries {
            spans.insert(boundary.id.as_str(), boundary.span);
        }
        for stage in &graph.stages {
            spans.insert(stage.id.as_str(), stage.span);
        }
        for connection in &graph.connections {
            spans.insert(connection.id.as_str(), connection.span);
        }
        Self { spans }
    }

    fn locate(&self, from: LoweringDiagnostic) -> Diagnostic {
        let span = from
            .elements
            .first()
            .and_then(|id| self.spans.get(id.as_str()))
            .copied()
            .unwrap_or_default();
        let mut diagnostic = Diagnostic::new(from.code, Phase::Lowering, span, from.message);
        diagnostic.help = from.help;
        diagnostic.elements = from.elements;
        for (name, value) in from.args {
            diagnostic = diagnostic.arg(name, value);
        }
        diagnostic
    }
}
