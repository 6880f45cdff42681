//! The pipeline's name and description.

use super::check::{check_id, error};
use super::session::{Change, Session};
use crate::syntax::{DESCRIPTION_MAX, quote};
use crate::{EditError, Statement};

impl Session<'_, '_> {
    pub(super) fn set_name(&mut self, name: &str) -> Result<(), EditError> {
        check_id(name)?;
        let at = self
            .document
            .lines
            .iter()
            .position(|line| matches!(line.statement, Statement::Pipeline { .. }));
        match at {
            Some(at) => {
                self.changes
                    .insert(at, Change::Body(format!("pipeline {name}")));
            }
            None => {
                let list = self.before.entry(0).or_default();
                list.push(format!("pipeline {name}"));
                let next = self.document.lines.first();
                let header = next.is_some_and(|line| {
                    line.span.start == line.span.end
                        || matches!(line.statement, Statement::Description { .. })
                });
                if !header {
                    list.push(String::new());
                }
            }
        }
        Ok(())
    }

    pub(super) fn set_description(&mut self, description: &str) -> Result<(), EditError> {
        if description.chars().any(char::is_control) {
            return Err(error(
                "E_EDIT_TEXT",
                "A description is one line without control characters",
                [],
            ));
        }
        if description.len() > DESCRIPTION_MAX {
            return Err(error(
                "E_EDIT_TEXT",
                format!("A description has at most {DESCRIPTION_MAX} bytes"),
                [],
            ));
        }
        let at = self
            .document
            .lines
            .iter()
            .position(|line| matches!(line.statement, Statement::Description { .. }));
        match (at, description) {
            (Some(at), "") => {
                self.changes.insert(at, Change::Delete);
            }
            (None, "") => {}
            (Some(at), text) => {
                self.changes
                    .insert(at, Change::Body(format!("description {}", quote(text))));
            }
            (None, text) => {
                let line = format!("description {}", quote(text));
                let pipeline =
                    self.last_line(|statement| matches!(statement, Statement::Pipeline { .. }));
                match pipeline {
                    Some(at) => self.insert_after(at, line),
                    None => self.before.entry(0).or_default().push(line),
                }
            }
        }
        Ok(())
    }
}
