//! Edit operations: a gesture in, minimal text edits out.
//!
//! Lines that an operation doesn't speak of keep their bytes, comments stay with their line, and a
//! document with errors elsewhere can be edited. TypeScript never assembles plan text.

mod answer;
mod chains;
mod check;
mod clipboard;
mod elements;
mod excerpt;
mod header;
mod moves;
mod piece;
mod places;
mod session;
mod settings;

use byteor_pipeline_spec::EndpointKind;

use crate::syntax::PLAN_MAX_BYTES;
use crate::{
    Diagnostics, Document, EditAnswer, EditError, EditOperation, TextEdit, difference, parse,
};

pub use clipboard::extract;
pub(crate) use excerpt::Excerpts;
pub(crate) use piece::arrow_text;

use check::error;
use session::{Kind, Session};

/// Applies an operation to a text. Nothing is changed where it can't be done.
pub fn edit(text: &str, operation: &EditOperation) -> Result<EditAnswer, EditError> {
    let document = parse(text, &mut Diagnostics::default());
    edit_document(&document, operation)
}

/// Applies an operation to a parsed document.
pub fn edit_document(
    document: &Document<'_>,
    operation: &EditOperation,
) -> Result<EditAnswer, EditError> {
    if document.text.len() >= PLAN_MAX_BYTES {
        return Err(error(
            "E_EDIT_TOO_LONG",
            "The document is too long to be edited; shorten it",
            [],
        ));
    }
    let mut session = Session::new(document);
    session.run(operation)?;
    Ok(session.finish())
}

/// Edits of an operation that a quick fix is made of; `None` where it can't be done.
pub(crate) fn fix(document: &Document<'_>, operation: &EditOperation) -> Option<Vec<TextEdit>> {
    Some(fixed(document, operation)?.edits)
}

/// Edits that lead to the text after several of those operations in turn; `None` where one can't be
/// done.
pub(crate) fn batch(text: &str, operations: &[EditOperation]) -> Option<Vec<TextEdit>> {
    let mut after = text.to_owned();
    for operation in operations {
        let document = parse(&after, &mut Diagnostics::default());
        after = fixed(&document, operation)?.text;
    }
    Some(difference(text, &after, 0).into_iter().collect())
}

/// Does without the operations that no quick fix is made of: a program that only checks plans has no
/// code for them.
fn fixed(document: &Document<'_>, operation: &EditOperation) -> Option<EditAnswer> {
    if document.text.len() >= PLAN_MAX_BYTES {
        return None;
    }
    let mut session = Session::new(document);
    session.run_fix(operation)?.ok()?;
    Some(session.finish())
}

/// Edits that remove one connection of one chain, and leave others between the same ids alone.
pub(crate) fn cut_link(document: &Document<'_>, line: usize, place: usize) -> Vec<TextEdit> {
    let mut session = Session::new(document);
    session.cut_link(line, place);
    session.finish().edits
}

impl Session<'_, '_> {
    fn cut_link(&mut self, line: usize, place: usize) {
        if let Some(pieces) = self.chains.get_mut(&line)
            && let Some(piece) = pieces.first_mut()
            && place < piece.arrows.len()
        {
            let rest = piece.cut(place);
            pieces.push(rest);
            self.touched.insert(line);
        }
    }

    fn run(&mut self, operation: &EditOperation) -> Result<(), EditError> {
        match operation {
            EditOperation::Rename { id, to } => self.rename(id, to),
            EditOperation::SetKey { id, key } => self.set_key(id, key),
            EditOperation::Paste { text, after } => self.paste(text, after.as_deref()),
            EditOperation::Duplicate { ids } => self.duplicate(ids),
            EditOperation::InsertAfter { after, key, id } => {
                self.insert_behind(after, key, id.as_deref())
            }
            EditOperation::MoveOnto { id, from, to } => self.move_onto(id, from, to),
            EditOperation::Swap { a, b } => self.swap(a, b),
            EditOperation::SetDescription { description } => {
                self.set_description(description.as_deref().unwrap_or(""))
            }
            _ => self.run_fix(operation).unwrap_or(Ok(())),
        }
    }

    /// Runs an operation that quick fixes are made of; `None` for the others.
    fn run_fix(&mut self, operation: &EditOperation) -> Option<Result<(), EditError>> {
        Some(match operation {
            EditOperation::AddStage { key, id, after } => {
                self.add_stage(key, id.as_deref(), after.as_deref())
            }
            EditOperation::AddBoundary { kind, id } => self.add_boundary(*kind, id.as_deref()),
            EditOperation::Connect { from, to, intent } => self
                .may_connect(from, to)
                .map(|()| self.add_link(from, to, arrow_text(*intent))),
            EditOperation::Disconnect { from, to } => self.require_link(from, to).map(|()| {
                self.remove_link(from, to);
            }),
            EditOperation::InsertOnConnection { from, to, key, id } => {
                self.insert_on_connection(from, to, key, id.as_deref())
            }
            EditOperation::Remove { ids, heal } => self.remove(ids, *heal),
            EditOperation::SetIntent { from, to, intent } => self.set_intent(from, to, *intent),
            EditOperation::Reconnect {
                from,
                to,
                new_from,
                new_to,
            } => {
                let new_from = new_from.as_deref().unwrap_or(from);
                let new_to = new_to.as_deref().unwrap_or(to);
                self.reconnect(from, to, new_from, new_to)
            }
            EditOperation::SetName { name } => self.set_name(name),
            EditOperation::SetSetting {
                target,
                name,
                value,
            } => self.set_setting(*target, name, value.as_deref().unwrap_or("")),
            EditOperation::Rename { .. }
            | EditOperation::SetKey { .. }
            | EditOperation::Paste { .. }
            | EditOperation::Duplicate { .. }
            | EditOperation::InsertAfter { .. }
            | EditOperation::MoveOnto { .. }
            | EditOperation::Swap { .. }
            | EditOperation::SetDescription { .. } => return None,
        })
    }

    fn add_boundary(&mut self, kind: EndpointKind, id: Option<&str>) -> Result<(), EditError> {
        let (word, base, kind) = match kind {
            EndpointKind::Ingress => ("ingress", "in", Kind::Ingress),
            EndpointKind::Egress => ("egress", "out", Kind::Egress),
        };
        let id = self.new_id(id, base)?;
        self.insert_declaration(format!("{word} {id}"), kind, None);
        self.created.push(id);
        Ok(())
    }
}
