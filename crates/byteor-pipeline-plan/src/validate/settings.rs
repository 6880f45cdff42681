//! Settings of the blocks, whichever target they are for.

use byteor_pipeline_catalogue::nearest;
use byteor_pipeline_spec::ExecutionTarget;

use super::Check;
use crate::{Diagnostic, Phase, Setting, Statement, TextEdit};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn settings(
        &mut self,
        target: ExecutionTarget,
        names: &[&str],
    ) -> Vec<&'d Setting<'t>> {
        let document = self.document;
        let mut list: Vec<&Setting<'_>> = Vec::new();
        let block = document
            .lines
            .iter()
            .find_map(|line| match &line.statement {
                Statement::Block {
                    target: other,
                    settings,
                } if *other == target => Some(settings),
                _ => None,
            });
        for setting in block.into_iter().flatten() {
            let name = setting.name.text;
            if !names.contains(&name) {
                let near = nearest(name, names.iter().copied());
                let mut diagnostic = Diagnostic::new(
                    "E_SETTING_UNKNOWN",
                    Phase::Structural,
                    setting.name.span,
                    format!("`{}` has no setting `{name}`", target.name()),
                )
                .arg("setting", name)
                .arg("target", target.name())
                .help(format!("The settings are {}", names.join(", ")));
                if let Some(near) = near {
                    diagnostic = diagnostic.fix(
                        format!("Change to `{near}`"),
                        Some(vec![TextEdit {
                            start: setting.name.span.start,
                            end: setting.name.span.end,
                            text: near.to_owned(),
                        }]),
                    );
                }
                let edits = self.without(setting);
                self.out
                    .push(diagnostic.fix("Remove the setting", Some(edits)));
            } else if list
                .iter()
                .any(|other| other.subject() == setting.subject())
            {
                let edits = self.without(setting);
                let subject = match setting.subject().1 {
                    Some(element) => format!("{name} {element}"),
                    None => name.to_owned(),
                };
                self.out.push(
                    Diagnostic::new(
                        "E_SETTING_DUPLICATE",
                        Phase::Structural,
                        setting.span,
                        format!("The setting `{subject}` is given twice"),
                    )
                    .arg("setting", subject)
                    .help("Keep one of them")
                    .fix("Remove this one", Some(edits)),
                );
            } else {
                list.push(setting);
            }
        }
        list
    }

    pub(super) fn bad_value(&mut self, setting: &Setting<'_>, expected: &str, names: &[&str]) {
        let span = if setting.value.is_empty() {
            setting.name.span
        } else {
            setting.value_span
        };
        let near = nearest(&setting.value, names.iter().copied());
        let mut diagnostic = Diagnostic::new(
            "E_SETTING_VALUE",
            Phase::Structural,
            span,
            if setting.value.is_empty() {
                format!("`{}` has no value", setting.name.text)
            } else {
                format!("`{}` can't be `{}`", setting.name.text, setting.value)
            },
        )
        .arg("setting", setting.name.text)
        .arg("value", setting.value.clone())
        .arg("expected", expected)
        .help(format!("It is {expected}"));
        let choices: Vec<&str> = match near {
            Some(near) => vec![near],
            None if names.len() <= 2 => names.to_vec(),
            None => Vec::new(),
        };
        for choice in choices {
            let edit = if setting.value.is_empty() {
                TextEdit::new(span.end as usize, span.end as usize, format!(" {choice}"))
            } else {
                TextEdit {
                    start: span.start,
                    end: span.end,
                    text: choice.to_owned(),
                }
            };
            diagnostic = diagnostic.fix(format!("Change to `{choice}`"), Some(vec![edit]));
        }
        // Where it stands once more, that one would only take its place.
        let line = &self.document.lines[self.line_of(setting.span) - 1];
        let again = match &line.statement {
            Statement::Block { settings, .. } => settings
                .iter()
                .any(|other| other.span != setting.span && other.name.text == setting.name.text),
            _ => false,
        };
        let edits = (!again).then(|| self.without(setting));
        self.out.push(diagnostic.fix("Remove the setting", edits));
    }

    /// The edit that takes a setting out of its block, with the `;` that separated it.
    pub(super) fn without(&self, setting: &Setting<'_>) -> Vec<TextEdit> {
        let text = self.document.text;
        let (mut start, mut end) = (setting.span.start as usize, setting.span.end as usize);
        let blank = |c: char| c == ' ' || c == '\t';
        let rest = text[end..].trim_start_matches(blank);
        let before = text[..start].trim_end_matches(blank);
        if let Some(rest) = rest.strip_prefix(';') {
            end = text.len() - rest.trim_start_matches(blank).len();
        } else if before.ends_with(';') {
            start = before.len() - 1;
        }
        vec![TextEdit::new(start, end, "")]
    }

    pub(super) fn choice<T>(
        &mut self,
        setting: &Setting<'_>,
        names: &[&str],
        from: impl Fn(&str) -> Option<T>,
        default: T,
    ) -> T {
        match from(&setting.value) {
            Some(value) => value,
            None => {
                self.bad_value(setting, &names.join(" or "), names);
                default
            }
        }
    }
}

pub(super) fn decimal(text: &str) -> Option<u32> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
