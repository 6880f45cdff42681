//! What the compiler says about a plan or a spec: the same answer for both.

use std::collections::BTreeMap;

use byteor_pipeline::catalogue::parse_key;
use byteor_pipeline::plan::{Diagnostics, Phase, Span};
use byteor_pipeline::{
    CompileReportV1, Diagnostic, ExecutionTarget, PipelineSpecV1, Severity, check_spec,
    decode_kv_v1, encode_kv_v1, lower_text, spec_hash, validate_v1,
};
use byteor_pipeline_spec::{KvError, SpecProblem};

use crate::failure::{Exit, Failure};
use crate::source::{Kind, Source};

const SPEC_HELP: &str = "Change the plan and lower it again, rather than editing the spec";

/// A plan that was compiled, or a spec that was decoded and checked.
#[derive(Debug)]
pub struct Checked {
    /// Everything there is to say, by place. Offsets are bytes.
    pub diagnostics: Vec<Diagnostic>,
    /// The spec, where `validate_v1` has nothing against it. That this build knows all its stage
    /// keys is another question, which [`Checked::ok`] answers: what an older or newer build wrote
    /// can still be described and compared.
    pub spec: Option<PipelineSpecV1>,
    /// The hash of that spec.
    pub spec_hash: Option<String>,
    /// The canonical text of that spec.
    pub spec_kv: Option<String>,
    /// Of a plan without errors.
    pub report: Option<CompileReportV1>,
}

impl Checked {
    /// Compiles or decodes a file. A plan needs a target.
    pub fn new(source: &Source, target: Option<ExecutionTarget>) -> Result<Self, Failure> {
        match (source.kind, target) {
            (Kind::Spec, _) => Ok(spec(&source.text)),
            (Kind::Plan, Some(target)) => Ok(plan(&source.text, target)),
            (Kind::Plan, None) => Err(target_missing(source)),
        }
    }

    /// Whether nothing is an error.
    pub fn ok(&self) -> bool {
        self.spec.is_some() && self.errors() == 0
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        let all = self.diagnostics.iter();
        all.filter(|one| one.severity == Severity::Error).count()
    }
}

/// A plan is there, and nobody said what it is for.
pub fn target_missing(source: &Source) -> Failure {
    Failure::new(
        Exit::Usage,
        "E_TARGET_MISSING",
        format!("{} is a plan, and nothing says what it is for", source.name),
        "add --target=single_ring or --target=lane_graph; it is never guessed",
    )
}

fn plan(text: &str, target: ExecutionTarget) -> Checked {
    let lowering = lower_text(text, target);
    let report = lowering.report;
    Checked {
        diagnostics: lowering.diagnostics,
        spec: report.as_ref().map(|report| report.spec.clone()),
        spec_hash: report.as_ref().map(|report| report.spec_hash.clone()),
        spec_kv: report.as_ref().map(|report| report.spec_kv.clone()),
        report,
    }
}

/// Decodes a spec and checks it by every rule.
pub fn spec(text: &str) -> Checked {
    let mut checked = Checked {
        diagnostics: Vec::new(),
        spec: None,
        spec_hash: None,
        spec_kv: None,
        report: None,
    };
    // The same limit as for plans, and the last one counts the others.
    let mut diagnostics = Diagnostics::default();
    match decode_kv_v1(text) {
        Err(error) => diagnostics.push(of_kv_error(text, error)),
        Ok(spec) => {
            let problems = check_spec(&spec);
            if !problems.is_empty() {
                let lines = Lines::new(text);
                for problem in problems {
                    diagnostics.push(of_problem(&lines, problem));
                }
            }
            if validate_v1(&spec).is_empty() {
                checked.spec_hash = Some(spec_hash(&spec));
                checked.spec_kv = Some(encode_kv_v1(&spec));
                checked.spec = Some(spec);
            }
        }
    }
    checked.diagnostics = diagnostics.finish(text);
    checked
}

/// From the column on, to the end of the line.
fn of_kv_error(text: &str, error: KvError) -> Diagnostic {
    let before = text.split_inclusive('\n').take(error.line as usize - 1);
    let line_start = before.map(str::len).sum::<usize>();
    let line = text[line_start..].split('\n').next().unwrap_or("");
    let start = line.floor_char_boundary(error.column as usize - 1);
    let span = Span::new(line_start + start, line_start + line.len());
    let mut diagnostic = Diagnostic::new(error.code, Phase::Kv, span, error.message);
    diagnostic.args = error.args;
    diagnostic.help(SPEC_HELP)
}

fn of_problem(lines: &Lines<'_>, problem: SpecProblem) -> Diagnostic {
    let (start, value) = lines.value_of(&problem.path);
    let key = parse_key(value).err();
    // A key's own problem knows its place in the key.
    if let Some(key) = key.filter(|key| key.code == problem.code) {
        let span = Span::new(start + key.start, start + key.end);
        return Diagnostic::new(key.code, Phase::Semantic, span, key.message)
            .arg("path", problem.path)
            .help(key.help);
    }
    let span = Span::new(start, start + value.len());
    Diagnostic::new(problem.code, Phase::Spec, span, problem.message)
        .arg("path", problem.path)
        .help(SPEC_HELP)
}

/// The lines of a KV text by key, so that a text with many problems is read once.
struct Lines<'t> {
    /// For each key: where its line starts, and the line.
    by_key: BTreeMap<&'t str, (usize, &'t str)>,
    first: &'t str,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let mut by_key = BTreeMap::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let body = line.trim_end_matches('\n');
            if let Some((key, _)) = body.split_once('=') {
                by_key.insert(key, (start, body));
            }
            start += line.len();
        }
        let first = text.split('\n').next().unwrap_or("");
        Self { by_key, first }
    }

    /// Where a KV path has its value: offset and text. Where the path names a whole item, or
    /// something that is missing: the line of the item's id, or any other of it, or of what it would
    /// stand in.
    fn value_of(&self, path: &str) -> (usize, &'t str) {
        if let Some(&(start, line)) = self.by_key.get(path) {
            let value = path.len() + 1;
            return (start + value, &line[value..]);
        }
        let mut path = path;
        loop {
            let prefix = format!("{path}.");
            let mut inside = self.by_key.range(prefix.as_str()..);
            let some = inside.next().filter(|(key, _)| key.starts_with(&prefix));
            let id = self.by_key.get(format!("{path}.id").as_str());
            if let Some(&place) = id.or(some.map(|(_, place)| place)) {
                return place;
            }
            match path.rfind('.') {
                Some(dot) => path = &path[..dot],
                None => return (0, self.first),
            }
        }
    }
}
