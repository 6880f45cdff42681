//! Proposals for ids that aren't declared yet.

use byteor_pipeline_catalogue::families;
use byteor_pipeline_plan::{Statement, free_id, is_reserved};
use byteor_pipeline_spec::is_id;

use super::item::{CompletionItem, CompletionKind, CompletionList};
use super::{Cursor, is_id_char, key};
use crate::navigation;

/// The word behind a keyword: nothing where a second one has begun.
fn word<'l>(cursor: &Cursor<'_, '_>, rest: &'l str) -> Option<(&'l str, u32)> {
    let word = rest.trim_start_matches([' ', '\t']);
    if word.len() == rest.len() || word.contains([' ', '\t']) {
        return None;
    }
    Some((word, cursor.at - word.len() as u32))
}

pub(super) fn pipeline_name(cursor: &Cursor<'_, '_>, rest: &str) -> Option<CompletionList> {
    let (_, start) = word(cursor, rest)?;
    let items = ["orders", "events", "logs", "untitled"]
        .into_iter()
        .filter(|name| !is_reserved(name))
        .map(|name| new_id(name, "a name for the pipeline", ""))
        .collect();
    Some(cursor.list(start, is_id_char, items))
}

fn new_id(id: &str, detail: &str, tail: &str) -> CompletionItem {
    let item = CompletionItem::new(CompletionKind::NewId, id, &[id, tail].concat()).detail(detail);
    if tail.is_empty() { item } else { item.again() }
}

/// Ids that connections name and nothing declares, in the order of the text; `edge` says on which
/// side of a connection they must never stand.
fn undeclared<'t>(cursor: &Cursor<'_, 't>, never_first: bool, never_last: bool) -> Vec<&'t str> {
    let view = cursor.view;
    let mut ids: Vec<&str> = Vec::new();
    navigation::names(view, |name, declaration| {
        let free = !declaration
            && view.number(name.text).is_none()
            && is_id(name.text)
            && !is_reserved(name.text);
        if free && !ids.contains(&name.text) && ids.len() < super::COMPLETION_MAX {
            ids.push(name.text);
        }
    });
    view.links(|_, from, _, to| {
        ids.retain(|id| !(never_first && from.text == *id || never_last && to.text == *id));
    });
    ids
}

/// Whether an id is declared in another line.
fn taken(cursor: &Cursor<'_, '_>, id: &str) -> bool {
    cursor
        .view
        .element(id)
        .is_some_and(|element| element.line != cursor.number)
}

pub(super) fn boundary(cursor: &Cursor<'_, '_>, rest: &str, base: &str) -> Option<CompletionList> {
    let (_, start) = word(cursor, rest)?;
    let ingress = base == "in";
    let mut items: Vec<CompletionItem> = undeclared(cursor, !ingress, ingress)
        .into_iter()
        .map(|id| new_id(id, "used in a connection, not declared yet", ""))
        .collect();
    let id = free_id(base, |id| taken(cursor, id));
    if !items.iter().any(|item| item.label == id) {
        items.push(new_id(&id, "a new id", ""));
    }
    Some(cursor.list(start, is_id_char, items))
}

pub(super) fn stage(cursor: &Cursor<'_, '_>, rest: &str, start: u32) -> Option<CompletionList> {
    let Some((_, start)) = word(cursor, rest) else {
        let spaces = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if spaces == 0 {
            return None;
        }
        let id = rest.trim_start_matches([' ', '\t']);
        let length = id.find([' ', '\t'])?;
        let key = id[length..].trim_start_matches([' ', '\t']);
        return key::in_key(
            cursor,
            &id[..length],
            key,
            start + (rest.len() - key.len()) as u32,
        );
    };
    // In front of a key that is there, the id alone is wanted.
    let has_key = matches!(
        cursor.view.document.lines[cursor.number].statement,
        Statement::Stage { key: Some(_), .. }
    );
    let tail = if has_key { "" } else { " " };
    let mut items: Vec<CompletionItem> = undeclared(cursor, false, false)
        .into_iter()
        .map(|id| new_id(id, "used in a connection, not declared yet", tail))
        .collect();
    for family in families() {
        let id = free_id(family.name, |id| taken(cursor, id));
        if !items.iter().any(|item| item.label == id) {
            items.push(new_id(&id, "a new id", tail));
        }
    }
    Some(cursor.list(start, is_id_char, items))
}
