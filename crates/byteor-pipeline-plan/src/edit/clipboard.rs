//! Copy, paste and duplicate: fragments of plan text.

use std::collections::{BTreeMap, BTreeSet};

use super::check::error;
use super::piece::{Piece, arrow_text};
use super::session::{Kind, Session};
use crate::syntax::PLAN_MAX_BYTES;
use crate::words::free_id;
use crate::{Diagnostics, EditError, Line, Statement, parse};

/// The elements and the connections among them, as text for the clipboard.
pub fn extract(text: &str, ids: &[String]) -> String {
    let document = parse(text, &mut Diagnostics::default());
    let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let mut declarations = Vec::new();
    let mut chains = Vec::new();
    for line in &document.lines {
        match &line.statement {
            Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. }
                if wanted.contains(id.text) =>
            {
                declarations.push(line_text(line, line.body.of(text), text));
            }
            Statement::Chain(chain) => {
                let mut piece = Piece::default();
                let flush = |piece: &mut Piece, chains: &mut Vec<String>| {
                    if piece.nodes.len() > 1 {
                        chains.push(piece.text());
                    }
                    *piece = Piece::default();
                };
                for (from, arrow, to) in chain.links() {
                    if wanted.contains(from.text) && wanted.contains(to.text) {
                        if piece.nodes.is_empty() {
                            piece.nodes.push(from.text.to_owned());
                        }
                        piece.arrows.push(arrow_text(arrow.intent));
                        piece.nodes.push(to.text.to_owned());
                    } else {
                        flush(&mut piece, &mut chains);
                    }
                }
                flush(&mut piece, &mut chains);
            }
            _ => {}
        }
    }
    let mut out = String::new();
    for line in &declarations {
        out.push_str(line);
        out.push('\n');
    }
    if !declarations.is_empty() && !chains.is_empty() {
        out.push('\n');
    }
    for line in &chains {
        out.push_str(line);
        out.push('\n');
    }
    out
}

fn line_text(line: &Line<'_>, body: &str, text: &str) -> String {
    match line.comment {
        Some(comment) => format!("{body} {}", comment.of(text)),
        None => body.to_owned(),
    }
}

impl Session<'_, '_> {
    pub(super) fn paste(&mut self, text: &str, after: Option<&str>) -> Result<(), EditError> {
        if let Some(after) = after {
            self.require(after)?;
        }
        let after = after
            .and_then(|id| self.elements.get(id))
            .map(|(_, line)| *line);
        let text = text.replace("\r\n", "\n");
        self.paste_at(text.trim_start_matches('\u{feff}'), after)
    }

    pub(super) fn paste_at(&mut self, text: &str, after: Option<usize>) -> Result<(), EditError> {
        if text.len() + self.document.text.len() >= PLAN_MAX_BYTES {
            return Err(error(
                "E_EDIT_TOO_LONG",
                "The text is too long to be pasted",
                [],
            ));
        }
        let mut diagnostics = Diagnostics::default();
        let fragment = parse(text, &mut diagnostics);
        if diagnostics.has_errors() {
            let first = diagnostics
                .finish(text)
                .into_iter()
                .find(crate::Diagnostic::is_error);
            let (line, why) = first.map_or((0, String::new()), |first| {
                (first.range.start_line, first.message)
            });
            return Err(error(
                "E_EDIT_PASTE",
                format!("The text is no part of a plan: in its line {line}, {why}"),
                [("line", &line.to_string()), ("reason", &why)],
            ));
        }
        // New ids first, so that connections know them.
        let mut used: BTreeSet<String> = self.elements.keys().map(|id| (*id).to_owned()).collect();
        used.extend(self.pieces().flat_map(|piece| piece.nodes.iter().cloned()));
        let declared: BTreeSet<&str> = fragment.lines.iter().filter_map(declared_id).collect();
        let mut names: BTreeMap<&str, String> = BTreeMap::new();
        for id in fragment.lines.iter().filter_map(declared_id) {
            if names.contains_key(id) {
                continue;
            }
            let new = if used.contains(id) {
                free_id(id, |id| used.contains(id) || declared.contains(id))
            } else {
                id.to_owned()
            };
            used.insert(new.clone());
            self.created.push(new.clone());
            names.insert(id, new);
        }
        let mut pending: Vec<String> = Vec::new();
        let mut stages = Vec::new();
        let mut chains = Vec::new();
        for line in &fragment.lines {
            let mut comment = |list: &mut Vec<String>, body: String| {
                list.append(&mut pending);
                list.push(match line.comment {
                    Some(comment) => format!("{body} {}", comment.of(text)),
                    None => body,
                });
            };
            match &line.statement {
                Statement::Nothing => match line.comment {
                    Some(comment) => pending.push(comment.of(text).to_owned()),
                    None => pending.clear(),
                },
                Statement::Boundary { kind, id: Some(id) } => {
                    let id = names.get(id.text).map_or(id.text, String::as_str);
                    comment(&mut stages, format!("{} {id}", kind.name()));
                }
                Statement::Stage {
                    id: Some(id),
                    key: Some(key),
                } => {
                    let id = names.get(id.text).map_or(id.text, String::as_str);
                    comment(&mut stages, format!("stage {id} {}", key.span.of(text)));
                }
                Statement::Chain(chain) => {
                    let mut piece = Piece::default();
                    for (at, name) in chain.nodes.iter().enumerate() {
                        if at > 0 {
                            piece.arrows.push(arrow_text(chain.arrows[at - 1].intent));
                        }
                        let new = names.get(name.text).map_or(name.text, String::as_str);
                        piece.nodes.push(new.to_owned());
                    }
                    if piece.links().any(|(from, to)| !self.connected(from, to)) {
                        comment(&mut chains, piece.text());
                    } else {
                        pending.clear();
                    }
                }
                _ => pending.clear(),
            }
        }
        if stages.is_empty() && chains.is_empty() {
            return Err(error(
                "E_EDIT_PASTE_EMPTY",
                "There is no stage, boundary or connection in the text",
                [],
            ));
        }
        if !stages.is_empty() {
            self.insert_declaration(stages.join("\n"), Kind::Stage, after);
        }
        if !chains.is_empty() {
            self.insert_chain_lines(chains.join("\n"));
        }
        Ok(())
    }

    pub(super) fn duplicate(&mut self, ids: &[String]) -> Result<(), EditError> {
        let mut last = None;
        for id in ids {
            self.require(id)?;
            last = last.max(self.elements.get(id.as_str()).map(|(_, line)| *line));
        }
        if ids.is_empty() {
            return Err(error(
                "E_EDIT_PASTE_EMPTY",
                "Nothing is selected to be duplicated",
                [],
            ));
        }
        let fragment = extract(self.document.text, ids);
        self.paste_at(&fragment, last)
    }
}

fn declared_id<'t>(line: &Line<'t>) -> Option<&'t str> {
    match &line.statement {
        Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } => {
            Some(id.text)
        }
        _ => None,
    }
}
