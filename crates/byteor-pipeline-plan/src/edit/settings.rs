//! The settings of a target's block.

use byteor_pipeline_spec::ExecutionTarget;

use super::check::error;
use super::session::{Change, Session};
use crate::syntax::Setting;
use crate::{EditError, Name, Statement, difference};

/// The place in the list of the merge at `to` that `old` has, and `new` gets.
#[derive(Clone, Copy)]
pub(super) struct Rank<'t> {
    pub(super) old: &'t str,
    pub(super) to: &'t str,
    pub(super) new: &'t str,
}

impl Rank<'_> {
    /// Whether the new one has no place in the list, or loses it.
    fn is_free(&self, ids: &[Name<'_>], gone: impl Fn(&str) -> bool) -> bool {
        gone(self.new) || ids.iter().all(|name| name.text != self.new)
    }

    fn is(&self, setting: &Setting<'_>, name: &Name<'_>) -> bool {
        name.text == self.old
            && self.old != self.to
            && setting.subject() == ("merge", Some(self.to))
    }
}

impl Session<'_, '_> {
    /// Takes elements out of the settings that name them: a setting of one of them goes, and a list
    /// goes on without it. Where an element takes another's `rank` at a merge, it stands there instead.
    pub(super) fn remove_from_settings(&mut self, ids: &[String], rank: Option<Rank<'_>>) {
        let text = self.document.text;
        let gone = |name: &str| ids.iter().any(|id| id == name);
        for (at, line) in self.document.lines.iter().enumerate() {
            let Statement::Block { target, settings } = &line.statement else {
                continue;
            };
            let named = settings.iter().any(|setting| {
                let ids = setting.ids(text);
                let rank = rank.filter(|rank| rank.is_free(&ids, gone));
                ids.iter()
                    .any(|name| gone(name.text) || rank.is_some_and(|rank| rank.is(setting, name)))
            });
            // A line that is written anew has it already.
            if !named || line.broken || self.changes.contains_key(&at) {
                continue;
            }
            let mut list: Vec<String> = Vec::new();
            for setting in settings {
                if setting.subject().1.is_some_and(gone) {
                    continue;
                }
                let mut kept = String::new();
                let mut from = setting.span.start as usize;
                let ids = setting.ids(text);
                let rank = rank.filter(|rank| rank.is_free(&ids, gone));
                for name in ids {
                    let before = &text[from..name.span.start as usize];
                    if gone(name.text) {
                        kept.push_str(before.trim_end_matches([' ', '\t']));
                    } else if let Some(rank) = rank.filter(|rank| rank.is(setting, &name)) {
                        kept.push_str(before);
                        kept.push_str(rank.new);
                    } else {
                        continue;
                    }
                    from = name.span.end as usize;
                }
                kept.push_str(&text[from..setting.span.end as usize]);
                list.push(kept);
            }
            let change = if list.is_empty() {
                Change::Delete
            } else {
                Change::Body(format!("{} {{ {} }}", target.name(), list.join("; ")))
            };
            self.changes.insert(at, change);
        }
    }

    /// Gives an element the rank of another one at a merge: records that came from that one come
    /// from it now, and are asked for when they were.
    pub(super) fn take_rank(&mut self, rank: Rank<'_>) {
        self.remove_from_settings(&[], Some(rank));
    }

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
        if !name.split(' ').all(word) || !value.split_terminator(' ').all(word) {
            return Err(error(
                "E_EDIT_SETTING",
                "A setting is made of words of a to z, 0 to 9 and _",
                [("name", name)],
            ));
        }
        // `merge ID` is a setting of its own for each element, with or without its value.
        let subject = match (name.split_once(' '), value.split_once(' ')) {
            (Some((name, id)), _) => (name, Some(id)),
            (None, Some((id, _))) if name == "merge" => (name, Some(id)),
            _ => (name, None),
        };
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
            settings.iter().find(|setting| setting.subject() == subject),
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
            .filter(|setting| setting.subject() != subject)
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
