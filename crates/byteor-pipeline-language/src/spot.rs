//! What stands at an offset.

use byteor_pipeline_plan::{Arrow, Key, Name, Setting, Span, Statement};
use byteor_pipeline_spec::ExecutionTarget;

use crate::view::View;

/// What stands at an offset.
pub(crate) enum Spot<'v, 't> {
    /// The word that starts a statement.
    Keyword { word: &'t str, span: Span },
    /// An id of a boundary or stage, in its declaration or in a connection or setting.
    Id(Name<'t>),
    /// The pipeline's name.
    PipelineName(Name<'t>),
    /// A stage key.
    Key { id: Name<'t>, key: &'v Key<'t> },
    /// The arrow of a connection.
    Arrow {
        from: Name<'t>,
        arrow: Arrow,
        to: Name<'t>,
    },
    /// A setting, and whether the offset is in its value.
    Setting {
        target: ExecutionTarget,
        setting: &'v Setting<'t>,
        in_value: bool,
    },
}

fn holds(span: Span, offset: u32) -> bool {
    span.start <= offset && offset <= span.end
}

/// What stands at `offset`. An offset between two things belongs to the one that ends there.
pub(crate) fn spot<'v, 't>(view: &'v View<'t>, offset: u32) -> Option<Spot<'v, 't>> {
    let line = view.line(offset)?;
    if !holds(line.body, offset) {
        return None;
    }
    if !matches!(
        line.statement,
        Statement::Nothing | Statement::Unknown | Statement::Chain(_)
    ) {
        let body = line.body.of(view.text);
        let length = body.find([' ', '\t', '{', '"', '#']).unwrap_or(body.len());
        let span = Span {
            start: line.body.start,
            end: line.body.start + length as u32,
        };
        if holds(span, offset) {
            return Some(Spot::Keyword {
                word: &body[..length],
                span,
            });
        }
    }
    match &line.statement {
        Statement::Nothing | Statement::Unknown | Statement::Description { .. } => None,
        Statement::Pipeline { name } => name
            .filter(|name| holds(name.span, offset))
            .map(Spot::PipelineName),
        Statement::Boundary { id, .. } => id.filter(|id| holds(id.span, offset)).map(Spot::Id),
        Statement::Stage { id, key } => {
            let id = (*id)?;
            if holds(id.span, offset) {
                return Some(Spot::Id(id));
            }
            let key = key.as_ref()?;
            holds(key.span, offset).then_some(Spot::Key { id, key })
        }
        Statement::Chain(chain) => {
            if let Some(name) = chain.nodes.iter().find(|name| holds(name.span, offset)) {
                return Some(Spot::Id(*name));
            }
            chain
                .links()
                .find(|(_, arrow, _)| holds(arrow.span, offset))
                .map(|(from, arrow, to)| Spot::Arrow { from, arrow, to })
        }
        Statement::Block { target, settings } => {
            let setting = settings
                .iter()
                .find(|setting| holds(setting.span, offset))?;
            if let Some(id) = setting
                .ids(view.text)
                .into_iter()
                .find(|id| holds(id.span, offset))
            {
                return Some(Spot::Id(id));
            }
            Some(Spot::Setting {
                target: *target,
                setting,
                in_value: !setting.value.is_empty() && offset >= setting.value_span.start,
            })
        }
    }
}
