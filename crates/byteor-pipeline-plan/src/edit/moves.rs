//! Stages that take a place among those that are there.

use super::check::error;
use super::session::{Kind, Session};
use super::settings::Rank;
use crate::{EditError, Statement, TextEdit};

impl Session<'_, '_> {
    pub(super) fn insert_behind(
        &mut self,
        after: &str,
        key: &str,
        id: Option<&str>,
    ) -> Result<(), EditError> {
        self.require(after)?;
        let mut follow: Vec<String> = Vec::new();
        for (from, to) in self.pieces().flat_map(|piece| piece.links()) {
            if from == after && !follow.iter().any(|there| there == to) {
                follow.push(to.to_owned());
            }
        }
        match follow.as_slice() {
            [] => self.add_stage(key, id, Some(after)),
            [to] => self.insert_on_connection(after, to, key, id),
            [first, others @ ..] => {
                let new = self.declare_stage(key, id, after)?;
                self.put_on_link(after, first, &new, true);
                self.created.push(new.clone());
                for to in others {
                    self.reconnect(after, to, &new, to)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn move_onto(&mut self, id: &str, from: &str, to: &str) -> Result<(), EditError> {
        self.require_stage(id)?;
        self.require_link(from, to)?;
        if from == id || to == id {
            return Err(error(
                "E_EDIT_SELF",
                format!("`{id}` stands at the connection of `{from}` and `{to}` already"),
                [("from", from), ("to", to)],
            ));
        }
        self.remove_from_chains(id, true);
        let rank = Rank {
            old: from,
            to,
            new: id,
        };
        self.remove_from_settings(&[id.to_owned()], Some(rank));
        self.put_on_link(from, to, id, false);
        Ok(())
    }

    pub(super) fn swap(&mut self, a: &str, b: &str) -> Result<(), EditError> {
        self.require_stage(a)?;
        self.require_stage(b)?;
        let text = self.document.text;
        for line in &self.document.lines {
            let mut change = |name: &crate::Name<'_>| {
                let other = match name.text {
                    id if id == a => b,
                    id if id == b => a,
                    _ => return,
                };
                if a != b {
                    self.inner.push(TextEdit {
                        start: name.span.start,
                        end: name.span.end,
                        text: other.to_owned(),
                    });
                }
            };
            match &line.statement {
                Statement::Chain(chain) => chain.nodes.iter().for_each(change),
                Statement::Block { settings, .. } => {
                    for setting in settings {
                        setting.ids(text).iter().for_each(&mut change);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn require_stage(&self, id: &str) -> Result<(), EditError> {
        self.require(id)?;
        if self.kind(id) == Some(Kind::Stage) {
            return Ok(());
        }
        Err(error(
            "E_EDIT_NOT_A_STAGE",
            format!("`{id}` is a boundary; it stays at its edge"),
            [("id", id)],
        ))
    }
}
