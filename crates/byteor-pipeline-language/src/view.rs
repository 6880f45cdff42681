//! A document as the language functions see it: declared elements, and the connections between ids.

use std::collections::BTreeMap;

use byteor_pipeline_lower::{LowerOptions, Lowered, lower_v2};
use byteor_pipeline_plan::{
    Diagnostics, Document, Line, Name, Span, Statement, parse, validate_plan_v2,
};
use byteor_pipeline_spec::{EndpointKind, ExecutionTarget};

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ElementKind {
    Ingress,
    Egress,
    Stage,
}

impl ElementKind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
            Self::Stage => "stage",
        }
    }
}

impl From<EndpointKind> for ElementKind {
    fn from(kind: EndpointKind) -> Self {
        match kind {
            EndpointKind::Ingress => Self::Ingress,
            EndpointKind::Egress => Self::Egress,
        }
    }
}

/// The first declaration of an id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'t> {
    pub(crate) id: &'t str,
    pub(crate) kind: ElementKind,
    pub(crate) line: usize,
    /// The id in the declaration.
    pub(crate) span: Span,
}

/// A parsed document and what it declares.
pub(crate) struct View<'t> {
    pub(crate) text: &'t str,
    pub(crate) target: ExecutionTarget,
    pub(crate) document: Document<'t>,
    pub(crate) elements: Vec<Element<'t>>,
    by_id: BTreeMap<&'t str, usize>,
    diagnostics: Diagnostics,
}

impl<'t> View<'t> {
    pub(crate) fn new(text: &'t str, target: ExecutionTarget) -> Self {
        let mut diagnostics = Diagnostics::default();
        let document = parse(text, &mut diagnostics);
        let mut elements = Vec::new();
        let mut by_id = BTreeMap::new();
        for (at, line) in document.lines.iter().enumerate() {
            let (kind, id) = match &line.statement {
                Statement::Boundary { kind, id: Some(id) } => ((*kind).into(), *id),
                Statement::Stage { id: Some(id), .. } => (ElementKind::Stage, *id),
                _ => continue,
            };
            if !by_id.contains_key(id.text) {
                by_id.insert(id.text, elements.len());
                elements.push(Element {
                    id: id.text,
                    kind,
                    line: at,
                    span: id.span,
                });
            }
        }
        Self {
            text,
            target,
            document,
            elements,
            by_id,
            diagnostics,
        }
    }

    /// The number of a declared element.
    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    pub(crate) fn element(&self, id: &str) -> Option<&Element<'t>> {
        self.number(id).and_then(|at| self.elements.get(at))
    }

    /// The number of the line that an offset stands in.
    pub(crate) fn line_number(&self, offset: u32) -> usize {
        self.document
            .lines
            .partition_point(|line| line.span.start <= offset)
            .saturating_sub(1)
    }

    pub(crate) fn line(&self, offset: u32) -> Option<&Line<'t>> {
        self.document.lines.get(self.line_number(offset))
    }

    /// The family's name and the key of a stage, where its line has a key.
    pub(crate) fn key(&self, element: &Element<'t>) -> Option<&byteor_pipeline_plan::Key<'t>> {
        match &self.document.lines.get(element.line)?.statement {
            Statement::Stage { key, .. } => key.as_ref(),
            _ => None,
        }
    }

    /// Calls `each` with every connection of the text, doubled and broken ones included.
    pub(crate) fn links(
        &self,
        mut each: impl FnMut(usize, Name<'t>, &byteor_pipeline_plan::Arrow, Name<'t>),
    ) {
        for (number, line) in self.document.lines.iter().enumerate() {
            if let Statement::Chain(chain) = &line.statement {
                for (from, arrow, to) in chain.links() {
                    each(number, from, &arrow, to);
                }
            }
        }
    }

    /// Whether the document holds no statement, valid or broken.
    pub(crate) fn is_empty(&self) -> bool {
        self.document
            .lines
            .iter()
            .all(|line| matches!(line.statement, Statement::Nothing))
    }

    /// What the plan is lowered to; nothing where an error is in the way.
    pub(crate) fn lowered(&mut self) -> Option<Lowered> {
        let plan = validate_plan_v2(&self.document, self.target, &mut self.diagnostics)?;
        lower_v2(&plan, self.target, LowerOptions::default()).ok()
    }

    /// Everything that parsing and validating have to say, by place.
    pub(crate) fn diagnose(mut self) -> (Document<'t>, Vec<byteor_pipeline_plan::Diagnostic>) {
        validate_plan_v2(&self.document, self.target, &mut self.diagnostics);
        (self.document, self.diagnostics.finish(self.text))
    }
}

/// An offset inside the text that no character straddles.
pub(crate) fn inside(text: &str, offset: u32) -> u32 {
    let mut at = (offset as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at as u32
}
