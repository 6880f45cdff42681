//! The grammar of what is being written, and which parameter of it.

use byteor_pipeline_catalogue::family;
use byteor_pipeline_plan::{Span, Statement};
use byteor_pipeline_spec::ExecutionTarget;
use serde::Serialize;

use crate::grammar::{parameter_place, parts_of_key};
use crate::settings::setting;
use crate::view::{View, inside};

/// A parameter of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SignatureParameter {
    /// Where it stands in the label, which is ASCII.
    pub span: Span,
    /// What it means, Markdown.
    pub docs: String,
}

/// The grammar of what is being written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SignatureHelp {
    /// The grammar: capitals are parameters.
    pub label: String,
    /// One sentence about the whole.
    pub docs: String,
    /// Its parameters.
    pub parameters: Vec<SignatureParameter>,
    /// Which of them is being written.
    pub active: u32,
}

/// The grammar of the stage key or setting at `offset`.
pub fn signature_help(text: &str, target: ExecutionTarget, offset: u32) -> Option<SignatureHelp> {
    let view = View::new(text, target);
    let at = inside(text, offset);
    let line = view.line(at)?;
    match &line.statement {
        Statement::Stage { key: Some(key), .. } => {
            let open = key.span.start + u32::from(key.quoted);
            if at < open || at > key.span.end {
                return None;
            }
            // Doubled quotes are one sign of the key: count up to the cursor.
            let typed = Span {
                start: open,
                end: at,
            }
            .of(text);
            let place = if key.quoted {
                typed.replace("\"\"", "\"").len()
            } else {
                typed.len()
            };
            of_key(&key.text, place)
        }
        Statement::Block { target, settings } => {
            let found = settings
                .iter()
                .find(|setting| setting.span.start <= at && at <= setting.span.end + 1)?;
            of_setting(*target, found, at, text)
        }
        _ => None,
    }
}

fn of_key(key: &str, place: usize) -> Option<SignatureHelp> {
    let parts = parts_of_key(key);
    let family = family(&key[..parts.name.1])?;
    if family.parameters.is_empty() || place <= parts.name.1 {
        return None;
    }
    let active = parts
        .parameters
        .iter()
        .position(|(_, end)| place <= *end)
        .unwrap_or(parts.parameters.len().saturating_sub(1));
    let parameters = family
        .parameters
        .iter()
        .enumerate()
        .map(|(at, parameter)| {
            let start = parameter_place(family, at, parameter.name).unwrap_or(0);
            SignatureParameter {
                span: Span::new(start, start + parameter.name.len()),
                docs: parameter.doc.to_owned(),
            }
        })
        .collect();
    Some(SignatureHelp {
        label: family.key_grammar.to_owned(),
        docs: family.summary.to_owned(),
        parameters,
        active: active as u32,
    })
}

fn of_setting(
    target: ExecutionTarget,
    found: &byteor_pipeline_plan::Setting<'_>,
    at: u32,
    text: &str,
) -> Option<SignatureHelp> {
    let info = setting(target, found.name.text)?;
    if at <= found.name.span.end {
        return None;
    }
    let mut parameters = Vec::new();
    let mut start = info.name.len() + 1;
    for word in info.form.get(start..)?.split(' ') {
        parameters.push(SignatureParameter {
            span: Span::new(start, start + word.len()),
            docs: info.doc.to_owned(),
        });
        start += word.len() + 1;
    }
    let typed = Span {
        start: found.name.span.end,
        end: at,
    }
    .of(text);
    let words = typed.split_ascii_whitespace().count();
    let begun = !typed.ends_with([' ', '\t']);
    let mut active = words.saturating_sub(usize::from(begun));
    // The id of `merge ID POLICY` may be left out.
    if info.name == "merge" && matches!(found.subject(), (_, None)) {
        active += 1;
    }
    Some(SignatureHelp {
        label: info.form.to_owned(),
        docs: ["Default: ", info.default, "."].concat(),
        active: active.min(parameters.len().saturating_sub(1)) as u32,
        parameters,
    })
}
