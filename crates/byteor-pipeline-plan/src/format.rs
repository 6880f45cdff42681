//! The formatter: one space between words, one blank line between sections, no columns.
//!
//! It never reorders lines, and leaves lines whose form is broken as they are, but for spaces at
//! their end.

use byteor_pipeline_spec::ExecutionTarget;

use crate::edit::arrow_text;
use crate::{Diagnostics, Line, Setting, Statement, TextEdit, apply_edits, difference, parse};

/// What no line ends with: a carriage return is half of another system's line end.
const SPACES: [char; 3] = [' ', '\t', '\r'];

/// The formatted text, and the edits that lead there. Formatting twice changes nothing more.
pub fn format(text: &str) -> (String, Vec<TextEdit>) {
    let document = parse(text, &mut Diagnostics::default());
    // What wasn't read can't be formatted.
    if document.text.len() < text.len() {
        return (text.to_owned(), Vec::new());
    }
    let swept = sweep(text, &document.lines);
    let parsed = swept
        .as_deref()
        .map(|swept| (swept, parse(swept, &mut Diagnostics::default())));
    let (read, lines) = match &parsed {
        Some((swept, document)) => (*swept, &document.lines),
        None => (text, &document.lines),
    };
    let mut out: Vec<(Option<usize>, String)> = Vec::new();
    let mut section = None;
    for (at, line) in lines.iter().enumerate() {
        let new = line_text(line, read);
        if new.is_empty() {
            if out.last().is_some_and(|(_, last)| !last.is_empty()) {
                out.push((Some(at), new));
            }
            continue;
        }
        let here = section_of(line);
        if here.is_some() {
            if section.is_some() && section != here {
                separate(&mut out);
            }
            section = here;
        }
        out.push((Some(at), new));
    }
    while out.last().is_some_and(|(_, last)| last.is_empty()) {
        out.pop();
    }
    let mut after = String::with_capacity(text.len());
    for (_, line) in &out {
        after.push_str(line);
        after.push('\n');
    }
    let edits = edits(text, &document.lines, &out, &after);
    (after, edits)
}

/// The text with the lines whose form is broken freed of byte order marks at their beginning and of
/// spaces at their end, where there are any: that may be all that was wrong with them. It has as many
/// lines.
fn sweep(text: &str, lines: &[Line<'_>]) -> Option<String> {
    let mut swept = String::new();
    let mut copied = 0;
    for line in lines {
        let raw = line.span.of(text);
        let kept = raw.trim_start_matches('\u{feff}').trim_end_matches(SPACES);
        if kept.len() < raw.len() && statement_text(line, text).is_none() {
            swept.push_str(&text[copied..line.span.start as usize]);
            swept.push_str(kept);
            copied = line.span.end as usize;
        }
    }
    if copied == 0 {
        return None;
    }
    swept.push_str(&text[copied..]);
    Some(swept)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Header,
    Elements,
    Connections,
    Settings,
}

fn section_of(line: &Line<'_>) -> Option<Section> {
    match line.statement {
        Statement::Nothing | Statement::Unknown => None,
        Statement::Pipeline { .. } | Statement::Description { .. } => Some(Section::Header),
        Statement::Boundary { .. } | Statement::Stage { .. } => Some(Section::Elements),
        Statement::Chain(_) => Some(Section::Connections),
        Statement::Block { .. } => Some(Section::Settings),
    }
}

/// Puts a blank line before the statement that comes next, and before the comments that belong to
/// it, where there is none.
fn separate(out: &mut Vec<(Option<usize>, String)>) {
    let comments = out
        .iter()
        .rev()
        .take_while(|(_, line)| line.starts_with('#'))
        .count();
    let at = out.len() - comments;
    let blank = |at: usize| out.get(at).is_some_and(|(_, line)| line.is_empty());
    if at > 0 && !blank(at - 1) {
        out.insert(at, (None, String::new()));
    }
}

fn line_text(line: &Line<'_>, text: &str) -> String {
    let Some(body) = statement_text(line, text) else {
        return line.span.of(text).to_owned();
    };
    with_comment(body, comment_text(line, text))
}

/// The statement of a line as the formatter writes it; empty where there is none, and nothing where
/// its form is broken.
pub(crate) fn statement_text(line: &Line<'_>, text: &str) -> Option<String> {
    if line.broken {
        return None;
    }
    match &line.statement {
        Statement::Nothing => Some(String::new()),
        Statement::Unknown => None,
        Statement::Pipeline { name } => name.map(|name| format!("pipeline {}", name.text)),
        Statement::Description { text: quoted } => quoted
            .as_ref()
            .map(|quoted| format!("description {}", quoted.span.of(text))),
        Statement::Boundary { kind, id } => id.map(|id| format!("{} {}", kind.name(), id.text)),
        Statement::Stage { id, key } => match (id, key) {
            (Some(id), Some(key)) => Some(format!("stage {} {}", id.text, key.span.of(text))),
            _ => None,
        },
        Statement::Chain(chain) => {
            let mut body = String::new();
            for (at, name) in chain.nodes.iter().enumerate() {
                if at > 0 {
                    body.push_str(&arrow_text(chain.arrows[at - 1].intent));
                }
                body.push_str(name.text);
            }
            Some(body)
        }
        Statement::Block { target, settings } => Some(block_text(
            *target,
            &settings.iter().map(setting_text).collect::<Vec<_>>(),
        )),
    }
}

/// A setting as the formatter writes it.
pub(crate) fn setting_text(setting: &Setting<'_>) -> String {
    if setting.value.is_empty() {
        setting.name.text.to_owned()
    } else {
        format!("{} {}", setting.name.text, setting.value)
    }
}

/// A block as the formatter writes it.
pub(crate) fn block_text(target: ExecutionTarget, settings: &[String]) -> String {
    if settings.is_empty() {
        format!("{} {{ }}", target.name())
    } else {
        format!("{} {{ {} }}", target.name(), settings.join("; "))
    }
}

/// The comment of a line without spaces at its end; empty where there is none.
pub(crate) fn comment_text<'t>(line: &Line<'_>, text: &'t str) -> &'t str {
    let comment = line.comment.map_or("", |comment| comment.of(text));
    comment.trim_end_matches(SPACES)
}

/// A statement and a comment in one line.
pub(crate) fn with_comment(body: String, comment: &str) -> String {
    match (body.is_empty(), comment.is_empty()) {
        (_, true) => body,
        (true, false) => comment.to_owned(),
        (false, false) => format!("{body} {comment}"),
    }
}

/// One edit for each run of lines that changed.
fn edits(
    text: &str,
    lines: &[Line<'_>],
    out: &[(Option<usize>, String)],
    after: &str,
) -> Vec<TextEdit> {
    let mut edits = Vec::new();
    let start = |at: usize| {
        lines
            .get(at)
            .map_or(text.len(), |line| line.span.start as usize)
    };
    let mut next = 0;
    for (from, line) in out {
        match from {
            None => edits.push(TextEdit::new(start(next), start(next), "\n")),
            Some(at) => {
                if *at > next {
                    edits.push(TextEdit::new(start(next), start(*at), ""));
                }
                edits.extend(difference(lines[*at].span.of(text), line, start(*at)));
                next = at + 1;
            }
        }
    }
    if next < lines.len() {
        edits.push(TextEdit::new(start(next), text.len(), ""));
    }
    edits.retain(|edit| edit.start != edit.end || !edit.text.is_empty());
    let apart = edits.windows(2).all(|pair| pair[0].end <= pair[1].start);
    if !apart || apply_edits(text, &edits) != after {
        // A last line without its line feed, say.
        return difference(text, after, 0).into_iter().collect();
    }
    edits
}
