//! The settings of a target's block.

use byteor_pipeline_spec::ExecutionTarget;

use super::check::error;
use super::session::{Change, Session};
use crate::{EditError, Statement, difference};

impl Session<'_, '_> {
    pub(super) fn set_setting(
        &mut self,
        target: ExecutionTarget,
        name: &str,
        value: &str,
    ) -> Result<(), EditError> {
        let word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        if !word(name) || !value.split_terminator(' ').all(word) {
            return Err(error(
                "E_EDIT_SETTING",
                "A setting is made of words of a to z, 0 to 9 and _",
                [("name", name)],
            ));
        }
        let place = self
            .document
            .lines
            .iter()
            .enumerate()
            .find_map(|(at, line)| match &line.statement {
                Statement::Block {
                    target: other,
                    settings,
                } if *other == target => Some((at, line, settings)),
                _ => None,
            });
        let setting = if value.is_empty() {
            None
        } else {
            Some(format!("{name} {value}"))
        };
        let Some((at, line, settings)) = place else {
            if let Some(setting) = setting {
                let text = format!("{} {{ {setting} }}", target.name());
                match self.last_line(|statement| matches!(statement, Statement::Block { .. })) {
                    Some(at) => self.insert_after(at, text),
                    None => self.insert_section(self.end(), text),
                }
            }
            return Ok(());
        };
        if line.broken {
            return Err(error(
                "E_EDIT_BROKEN_LINE",
                format!("Line {} has an error; correct it first", at + 1),
                [("line", &(at + 1).to_string())],
            ));
        }
        if let (Some(now), Some(_)) = (
            settings.iter().find(|setting| setting.name.text == name),
            &setting,
        ) {
            let text = format!("{name} {value}");
            self.inner.extend(difference(
                now.span.of(self.document.text),
                &text,
                now.span.start as usize,
            ));
            return Ok(());
        }
        let mut list: Vec<&str> = settings
            .iter()
            .filter(|setting| setting.name.text != name)
            .map(|setting| setting.span.of(self.document.text))
            .collect();
        if list.len() == settings.len() && setting.is_none() {
            return Ok(());
        }
        list.extend(setting.as_deref());
        let change = if list.is_empty() {
            Change::Delete
        } else {
            Change::Body(format!("{} {{ {} }}", target.name(), list.join("; ")))
        };
        self.changes.insert(at, change);
        Ok(())
    }
}
