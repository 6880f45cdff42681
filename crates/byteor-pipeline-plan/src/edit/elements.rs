//! Stages and boundaries: adding, removing, renaming them, and changing keys.

use super::check::{check_id, check_key, error, id_taken};
use super::piece::arrow_text;
use super::session::{Change, Kind, Session};
use super::settings::Rank;
use crate::syntax::key_text;
use crate::{EditError, Span, Statement, TextEdit, difference};

impl Session<'_, '_> {
    pub(super) fn add_stage(
        &mut self,
        key: &str,
        id: Option<&str>,
        after: Option<&str>,
    ) -> Result<(), EditError> {
        check_key(key)?;
        let id = self.new_id(id, key.split(':').next().unwrap_or("stage"))?;
        let text = format!("stage {id} {}", key_text(key));
        match after {
            None => {
                self.insert_declaration(text, Kind::Stage, None);
                self.created.push(id);
            }
            Some(after) => {
                self.require(after)?;
                let line = self.elements.get(after).map(|(_, line)| *line);
                self.created.push(id.clone());
                self.may_connect(after, &id)?;
                self.insert_declaration(text, Kind::Stage, line);
                self.add_link(after, &id, arrow_text(None));
            }
        }
        Ok(())
    }

    pub(super) fn insert_on_connection(
        &mut self,
        from: &str,
        to: &str,
        key: &str,
        id: Option<&str>,
    ) -> Result<(), EditError> {
        self.require_link(from, to)?;
        let id = self.declare_stage(key, id, from)?;
        self.put_on_link(from, to, &id, false);
        self.created.push(id);
        Ok(())
    }

    /// Adds the line of a new stage, behind that of an element that records come from; its id.
    pub(super) fn declare_stage(
        &mut self,
        key: &str,
        id: Option<&str>,
        behind: &str,
    ) -> Result<String, EditError> {
        check_key(key)?;
        let id = self.new_id(id, key.split(':').next().unwrap_or("stage"))?;
        let line = match self.elements.get(behind) {
            Some((Kind::Stage | Kind::Ingress, line)) => Some(*line),
            _ => None,
        };
        self.insert_declaration(format!("stage {id} {}", key_text(key)), Kind::Stage, line);
        Ok(id)
    }

    /// Puts an id in the middle of a connection that is there, which keeps its arrow in front of it
    /// or `behind` it.
    pub(super) fn put_on_link(&mut self, from: &str, to: &str, id: &str, behind: bool) {
        self.take_rank(Rank {
            old: from,
            to,
            new: id,
        });
        let lines = self.chains.iter_mut();
        let pieces =
            lines.flat_map(|(&line, pieces)| pieces.iter_mut().map(move |it| (Some(line), it)));
        let new = self.new_chains.iter_mut().map(|piece| (None, piece));
        for (line, piece) in pieces.chain(new) {
            let found = piece.links().position(|link| link == (from, to));
            if let Some(at) = found {
                piece.nodes.insert(at + 1, id.to_owned());
                piece
                    .arrows
                    .insert(if behind { at } else { at + 1 }, " -> ".to_owned());
                self.touched.extend(line);
                // The same connection in another line would go around the stage.
                self.remove_link(from, to);
                return;
            }
        }
    }

    pub(super) fn remove(&mut self, ids: &[String], heal: bool) -> Result<(), EditError> {
        for id in ids {
            if !self.taken(id) {
                self.require(id)?;
            }
        }
        for id in ids {
            for (at, line) in self.document.lines.iter().enumerate() {
                if let Statement::Boundary { id: Some(name), .. }
                | Statement::Stage { id: Some(name), .. } = &line.statement
                    && name.text == id
                {
                    self.changes.insert(at, Change::Delete);
                }
            }
            self.remove_from_chains(id, heal);
        }
        self.remove_from_settings(ids, None);
        Ok(())
    }

    pub(super) fn rename(&mut self, id: &str, to: &str) -> Result<(), EditError> {
        if !self.taken(id) {
            self.require(id)?;
        }
        check_id(to)?;
        if id == to {
            return Ok(());
        }
        if self.exists(to) {
            return Err(id_taken(to));
        }
        for line in &self.document.lines {
            let mut push = |span: Span| {
                self.inner.push(TextEdit {
                    start: span.start,
                    end: span.end,
                    text: to.to_owned(),
                });
            };
            match &line.statement {
                Statement::Boundary { id: Some(name), .. }
                | Statement::Stage { id: Some(name), .. }
                    if name.text == id =>
                {
                    push(name.span);
                }
                Statement::Chain(chain) => {
                    for name in chain.nodes.iter().filter(|name| name.text == id) {
                        push(name.span);
                    }
                }
                Statement::Block { settings, .. } => {
                    for setting in settings {
                        for name in setting.ids(self.document.text) {
                            if name.text == id {
                                push(name.span);
                            }
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn set_key(&mut self, id: &str, key: &str) -> Result<(), EditError> {
        self.require(id)?;
        check_key(key)?;
        let line = match self.elements.get(id) {
            Some((Kind::Stage, line)) => &self.document.lines[*line],
            _ => {
                return Err(error(
                    "E_EDIT_NOT_A_STAGE",
                    format!("`{id}` is a boundary and has no key"),
                    [("id", id)],
                ));
            }
        };
        let mut text = key_text(key);
        if let Statement::Stage {
            id: Some(name),
            key: now,
        } = &line.statement
        {
            // A comment may touch the quote that ends a key; without it, it would be part of the key.
            let end = now.as_ref().map_or(name.span.end, |now| now.span.end) as usize;
            if !text.ends_with('"') && self.document.text[end..].starts_with('#') {
                text.push(' ');
            }
            let edit = match now {
                Some(now) if now.text == key && !now.broken => None,
                Some(now) => difference(
                    now.span.of(self.document.text),
                    &text,
                    now.span.start as usize,
                ),
                None => {
                    let at = name.span.end as usize;
                    Some(TextEdit::new(at, at, format!(" {text}")))
                }
            };
            self.inner.extend(edit);
        }
        Ok(())
    }
}
