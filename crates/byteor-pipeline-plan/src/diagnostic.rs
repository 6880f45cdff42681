//! What the compiler says about a plan. Every code stands in docs/spec/rules.

use std::borrow::Cow;

use byteor_json::Args;
use serde::Serialize;

use byteor_pipeline_spec::ExecutionTarget;

use crate::{Offsets, Range, Span, TextEdit};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The plan gives no spec.
    Error,
    /// The plan works, but hardly as meant.
    Warning,
    /// Worth knowing.
    Hint,
}

/// Which part of the compiler says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The form of the text.
    Syntax,
    /// Fields, references and duplicates.
    Structural,
    /// The rules of the target.
    Semantic,
    /// What lowering can't do, or did.
    Lowering,
    /// The form of a KV text. The command line says it so; the page has plans only.
    Kv,
    /// The rules of a spec.
    Spec,
}

/// A way out: text edits, or another target, which stands beside the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Fix {
    /// What it does, as on a button.
    pub title: String,
    /// The edits, all of them or none. Empty where the target changes.
    pub edits: Vec<TextEdit>,
    /// The target that the plan is to be compiled for instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub target: Option<ExecutionTarget>,
}

/// One thing that the compiler says about a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Diagnostic {
    /// Stable code: `E_…`, `W_…`, `H_…` or, for what lowering did, `A_…`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// Which part of the compiler says it.
    pub phase: Phase,
    /// Named parts of the message.
    #[cfg_attr(feature = "ts", ts(type = "{ [name: string]: string }"))]
    pub args: Args,
    /// What happened.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// Where.
    pub span: Span,
    /// Where, in lines and columns.
    pub range: Range,
    /// The stages and boundaries it is about, and `a->b` for connections.
    pub elements: Vec<String>,
    /// Ways out.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic without help, elements and fixes. The code's first letter gives the severity.
    pub fn new(code: &'static str, phase: Phase, span: Span, message: impl Into<String>) -> Self {
        let severity = match code.as_bytes().first() {
            Some(b'E') => Severity::Error,
            Some(b'W') => Severity::Warning,
            _ => Severity::Hint,
        };
        Self {
            code: code.to_owned(),
            severity,
            phase,
            args: Args::new(),
            message: message.into(),
            help: None,
            span,
            range: Range::default(),
            elements: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// With a named part of the message.
    pub fn arg(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.args.insert(name, value);
        self
    }

    /// With what to do.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With an element that it is about.
    pub fn element(mut self, id: impl Into<String>) -> Self {
        self.elements.push(id.into());
        self
    }

    /// With a way out. One without edits, or a missing one, is left out.
    pub fn fix(mut self, title: impl Into<String>, edits: Option<Vec<TextEdit>>) -> Self {
        if let Some(edits) = edits.filter(|edits| !edits.is_empty()) {
            self.fixes.push(Fix {
                title: title.into(),
                edits,
                target: None,
            });
        }
        self
    }

    /// With another target as a way out. The text stays.
    pub fn fix_target(mut self, target: ExecutionTarget) -> Self {
        self.fixes.push(Fix {
            title: format!("Compile for {} instead", target.name()),
            edits: Vec::new(),
            target: Some(target),
        });
        self
    }

    /// Whether it keeps the plan from giving a spec.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Fills the range.
    pub fn locate(&mut self, offsets: &Offsets<'_>) {
        self.range = offsets.range(self.span);
    }

    /// Turns all offsets from bytes to UTF-16 units.
    pub fn utf16(&mut self, offsets: &Offsets<'_>) {
        self.span = offsets.utf16_span(self.span);
        for fix in &mut self.fixes {
            offsets.utf16_edits(&mut fix.edits);
        }
    }
}

/// The most diagnostics of one answer; more are counted in a last one.
pub const DIAGNOSTICS_MAX: usize = 500;

/// Collects diagnostics, with a limit.
#[derive(Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    more: usize,
    errors: bool,
}

impl Diagnostics {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors |= diagnostic.is_error();
        if self.list.len() < DIAGNOSTICS_MAX {
            self.list.push(diagnostic);
        } else {
            self.more += 1;
        }
    }

    /// All so far, in the order in which they were said.
    pub(crate) fn list(&mut self) -> &mut Vec<Diagnostic> {
        &mut self.list
    }

    /// Whether the limit is reached, so that nobody works out fixes in vain.
    pub fn full(&self) -> bool {
        self.list.len() >= DIAGNOSTICS_MAX
    }

    /// Whether there is an error.
    pub fn has_errors(&self) -> bool {
        self.errors
    }

    /// All of them by place, with ranges.
    pub fn finish(mut self, text: &str) -> Vec<Diagnostic> {
        self.list.sort_by(|a, b| {
            (a.span.start, a.span.end, a.severity, &a.code).cmp(&(
                b.span.start,
                b.span.end,
                b.severity,
                &b.code,
            ))
        });
        if self.more > 0 {
            let end = text.len();
            self.list.push(
                Diagnostic::new(
                    if self.errors { "E_MORE" } else { "H_MORE" },
                    Phase::Syntax,
                    Span::new(end, end),
                    format!("There are {} more problems", self.more),
                )
                .arg("count", self.more.to_string())
                .help("Correct the first ones; the others show then"),
            );
        }
        if !self.list.is_empty() {
            let offsets = Offsets::new(text);
            for diagnostic in &mut self.list {
                diagnostic.locate(&offsets);
            }
        }
        self.list
    }
}
