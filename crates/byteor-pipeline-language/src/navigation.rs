//! Where an id is declared, where it is used, and whether it can be renamed.

use byteor_pipeline_plan::{Name, Span, Statement};
use byteor_pipeline_spec::ExecutionTarget;
use serde::Serialize;

use crate::spot::{Spot, spot};
use crate::view::{View, inside};

/// A place where an id stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Reference {
    /// The id.
    pub span: Span,
    /// Whether it is declared here.
    pub declaration: bool,
}

/// What a rename at a place renames.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum RenameSubject {
    /// A stage or boundary: the edit operation `rename`.
    Element,
    /// The pipeline: the edit operation `set_name`.
    Pipeline,
}

/// A name that can be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RenamePlace {
    /// The name under the offset.
    pub span: Span,
    /// What it is now.
    pub id: String,
    /// What carries it.
    pub subject: RenameSubject,
}

/// Calls `each` with every place of an id: declarations, connections, settings.
pub(crate) fn names<'t>(view: &View<'t>, mut each: impl FnMut(Name<'t>, bool)) {
    for line in &view.document.lines {
        match &line.statement {
            Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } => {
                each(*id, true);
            }
            Statement::Chain(chain) => {
                for name in &chain.nodes {
                    each(*name, false);
                }
            }
            Statement::Block { settings, .. } => {
                for setting in settings {
                    for name in setting.ids(view.text) {
                        each(name, false);
                    }
                }
            }
            _ => {}
        }
    }
}

fn id_at<'t>(view: &View<'t>, offset: u32) -> Option<Name<'t>> {
    match spot(view, inside(view.text, offset))? {
        Spot::Id(name) => Some(name),
        Spot::Key { id, .. } => Some(id),
        _ => None,
    }
}

/// Where the id at `offset` is declared; the first place where it is declared twice.
pub fn definition(text: &str, target: ExecutionTarget, offset: u32) -> Option<Span> {
    let view = View::new(text, target);
    let name = match spot(&view, inside(text, offset))? {
        Spot::Id(name) => name,
        _ => return None,
    };
    view.element(name.text).map(|element| element.span)
}

/// Every place of the id at `offset`, in the order of the text; also of one that isn't declared.
pub fn references(text: &str, target: ExecutionTarget, offset: u32) -> Vec<Reference> {
    let view = View::new(text, target);
    let mut found = Vec::new();
    if let Some(wanted) = id_at(&view, offset) {
        names(&view, |name, declaration| {
            if name.text == wanted.text {
                found.push(Reference {
                    span: name.span,
                    declaration,
                });
            }
        });
    }
    found
}

/// What can be renamed at `offset`: a declared element, or the pipeline.
pub fn prepare_rename(text: &str, target: ExecutionTarget, offset: u32) -> Option<RenamePlace> {
    let view = View::new(text, target);
    let (name, subject) = match spot(&view, inside(text, offset))? {
        Spot::Id(name) => {
            view.number(name.text)?;
            (name, RenameSubject::Element)
        }
        Spot::PipelineName(name) => (name, RenameSubject::Pipeline),
        _ => return None,
    };
    Some(RenamePlace {
        span: name.span,
        id: name.text.to_owned(),
        subject,
    })
}
