//! The text of a plan in, its spec out: parse, validate, lower, encode, and every diagnostic at the
//! place of its element. The facade's `compile` and the macros both stand on this.

use std::collections::HashMap;

use byteor_pipeline_plan::{
    Diagnostic, Diagnostics, Document, Offsets, Phase, PipelinePlanV2, PlanGraph, Span, parse,
    validate_plan_v2,
};
use byteor_pipeline_spec::{
    ExecutionTarget, KV_MAX_BYTES, PipelineSpecV1, encode_canonical_kv_v1, sha256_hex,
};

use crate::{ElementMap, LowerOptions, LoweringDiagnostic, lower_v2};

/// A plan that became a spec, without the texts that nobody may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// What it was lowered to.
    pub target: ExecutionTarget,
    /// The spec, canonical.
    pub spec: PipelineSpecV1,
    /// Its KV text.
    pub spec_kv: String,
    /// What lowering inserted, and why, by place.
    pub actions: Vec<Diagnostic>,
    /// Which parts of the spec come from which elements of the plan.
    pub map: ElementMap,
}

impl Built {
    /// The hash of the spec: a quarter of the work of a compile, and not everybody's to do.
    pub fn spec_hash(&self) -> String {
        sha256_hex(self.spec_kv.as_bytes())
    }
}

/// Compiles the text of a plan: whatever could be read of the document, everything there is to say by
/// place, and the spec where nothing is an error.
pub fn build(
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

fn lower(
    document: &Document<'_>,
    graph: &PlanGraph,
    plan: &PipelinePlanV2<'_>,
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
    // Canonical, and within the rules of a spec, because the plan keeps its own: neither is looked at
    // again. `tests/lowering.rs` of the facade and the fuzz target `plan_text` hold both.
    let spec = lowered.spec;
    let spec_kv = encode_canonical_kv_v1(&spec);
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
        let offsets = Offsets::new(document.text);
        for action in lowered.actions {
            let mut diagnostic = places.locate(action);
            diagnostic.locate(&offsets);
            actions.push(diagnostic);
        }
    }
    Some(Built {
        target,
        actions,
        map: lowered.map,
        spec_kv,
        spec,
    })
}

/// Where elements stand in a document.
struct Places<'g> {
    spans: HashMap<&'g str, Span>,
}

impl<'g> Places<'g> {
    fn new(graph: &'g PlanGraph) -> Self {
        let mut spans = HashMap::new();
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
