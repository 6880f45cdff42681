//! The outline: what a document declares, in the order of the text.

use byteor_pipeline_plan::{Diagnostics, Span, Statement, parse};
use byteor_pipeline_spec::EndpointKind;
use serde::Serialize;

/// What an entry of the outline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum OutlineKind {
    /// The pipeline's name.
    Pipeline,
    /// Where records come in.
    Ingress,
    /// Where they leave.
    Egress,
    /// A stage.
    Stage,
    /// A chain of connections.
    Chain,
    /// The block of a target.
    Block,
    /// A setting in a block.
    Setting,
}

/// An entry of the outline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct OutlineItem {
    /// What it is called.
    pub name: String,
    /// What else is worth showing: a stage's key, a setting's value.
    pub detail: String,
    /// What it is.
    pub kind: OutlineKind,
    /// The statement.
    pub span: Span,
    /// Its name in it; inside `span`.
    pub name_span: Span,
    /// How deep it stands: settings stand in their block, everything else at 0.
    pub depth: u32,
}

/// What the document declares, in the order of the text.
pub fn outline(text: &str) -> Vec<OutlineItem> {
    let document = parse(text, &mut Diagnostics::default());
    let mut items = Vec::new();
    for line in &document.lines {
        let mut push = |name: &str, detail: &str, kind, name_span| {
            items.push(OutlineItem {
                name: name.to_owned(),
                detail: detail.to_owned(),
                kind,
                span: line.body,
                name_span,
                depth: 0,
            });
        };
        match &line.statement {
            Statement::Nothing | Statement::Unknown | Statement::Description { .. } => {}
            Statement::Pipeline { name } => {
                if let Some(name) = name {
                    push(name.text, "", OutlineKind::Pipeline, name.span);
                }
            }
            Statement::Boundary { kind, id } => {
                if let Some(id) = id {
                    let kind = match kind {
                        EndpointKind::Ingress => OutlineKind::Ingress,
                        EndpointKind::Egress => OutlineKind::Egress,
                    };
                    push(id.text, "", kind, id.span);
                }
            }
            Statement::Stage { id, key } => {
                if let Some(id) = id {
                    let key = key.as_ref().map_or("", |key| &key.text);
                    push(id.text, key, OutlineKind::Stage, id.span);
                }
            }
            Statement::Chain(chain) => {
                let mut name = String::new();
                for node in &chain.nodes {
                    if !name.is_empty() {
                        name.push_str(" → ");
                    }
                    name.push_str(node.text);
                }
                if let Some(first) = chain.nodes.first() {
                    push(&name, "", OutlineKind::Chain, first.span);
                }
            }
            Statement::Block { target, settings } => {
                let word = target.name();
                let name_span = Span {
                    start: line.body.start,
                    end: (line.body.start + word.len() as u32).min(line.body.end),
                };
                push(word, "", OutlineKind::Block, name_span);
                for setting in settings {
                    items.push(OutlineItem {
                        name: setting.name.text.to_owned(),
                        detail: setting.value.clone(),
                        kind: OutlineKind::Setting,
                        span: setting.span,
                        name_span: setting.name.span,
                        depth: 1,
                    });
                }
            }
        }
    }
    items
}
