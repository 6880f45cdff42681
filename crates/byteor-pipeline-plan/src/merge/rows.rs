//! A text as rows: lines with what they are, so that the same line is found again in another text.

use std::borrow::Cow;
use std::collections::BTreeMap;

use byteor_pipeline_spec::ExecutionTarget;

use crate::edit::arrow_text;
use crate::format::{comment_text, setting_text, statement_text};
use crate::{Diagnostics, Document, Line, PLAN_MAX_BYTES, Statement, parse};

/// A text taken apart.
pub(super) struct Rows<'t> {
    /// What stands before the first line: a byte order mark, or nothing.
    pub(super) head: &'t str,
    /// Whether the last line has a line feed.
    pub(super) ended: bool,
    pub(super) rows: Vec<Row<'t>>,
}

/// A line.
pub(super) struct Row<'t> {
    /// The line without its line feed.
    pub(super) raw: &'t str,
    pub(super) subject: Subject<'t>,
    /// The same number for what is the same line, in all texts of one merge.
    pub(super) token: u32,
    /// Which of several lines about the same it is, from 1 on.
    pub(super) time: u32,
    pub(super) comment: &'t str,
    /// The statement, with the text that it stands in; nothing where the line is only its text.
    statement: Option<(Line<'t>, &'t str)>,
}

impl Row<'_> {
    /// The statement as the formatter writes it; as it stands where its form is broken. Written when
    /// it is asked for: of most lines nobody does.
    pub(super) fn body(&self) -> String {
        let Some((line, text)) = &self.statement else {
            return String::new();
        };
        statement_text(line, text)
            .unwrap_or_else(|| line.body.of(text).trim_end_matches('\r').to_owned())
    }
}

/// What a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Subject<'t> {
    /// Nothing but spaces.
    Blank,
    /// A comment, or something that is no statement: known by its text alone.
    Text,
    /// `pipeline …`
    Pipeline,
    /// `description …`
    Description,
    /// A stage or boundary.
    Element(&'t str),
    /// The settings of a target; `None` where the form is broken.
    Block(ExecutionTarget, Option<Vec<SettingText>>),
    /// Connections, of a chain whose form isn't broken.
    Chain(Vec<Hop<'t>>),
}

/// A setting: its name, the first of several words behind it, and all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SettingText {
    pub(super) name: String,
    pub(super) word: Option<String>,
    pub(super) text: String,
}

/// One connection of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hop<'t> {
    pub(super) from: &'t str,
    pub(super) to: &'t str,
    /// The arrow as the formatter writes it.
    pub(super) arrow: Cow<'static, str>,
}

impl Subject<'_> {
    /// Whether the line is known by what it is about, and not by its text.
    pub(super) fn is_keyed(&self) -> bool {
        self.is_unique() && !matches!(self, Self::Chain(_))
    }

    /// Whether it stands once in a text, or is counted.
    pub(super) fn is_unique(&self) -> bool {
        !matches!(self, Self::Blank | Self::Text)
    }
}

/// What a line is about, as a name: its kind, and the id or the text that tells it from others.
type About<'t> = (u8, &'t str);

/// Gives numbers to what lines are about, and which of several about the same they are.
#[derive(Default)]
pub(super) struct Tokens<'t> {
    numbers: BTreeMap<(About<'t>, u32), u32>,
}

impl<'t> Tokens<'t> {
    fn number(&mut self, about: About<'t>, time: u32) -> u32 {
        let next = self.numbers.len() as u32;
        *self.numbers.entry((about, time)).or_insert(next)
    }
}

/// A text, and what could be read of it.
pub(super) type Parsed<'t> = (&'t str, Document<'t>);

/// Parses a text.
pub(super) fn parsed(text: &str) -> Parsed<'_> {
    (text, parse(text, &mut Diagnostics::default()))
}

/// Takes a text apart. Every text gives rows, and `head`, the rows and `ended` give the text back.
pub(super) fn read<'t>((text, document): Parsed<'t>, tokens: &mut Tokens<'t>) -> Rows<'t> {
    let head = document.lines.first().map_or(0, |line| line.span.start) as usize;
    let lines = document.lines.len();
    let (head, rest) = text.split_at(head);
    let ended = rest.ends_with('\n');
    let body = rest.strip_suffix('\n').unwrap_or(rest);
    let mut rows = Vec::with_capacity(lines);
    // The second declaration of an id, say, is another line than the first.
    let mut times: BTreeMap<About<'t>, u32> = BTreeMap::new();
    let mut lines = document.lines.into_iter();
    for raw in body.split('\n') {
        if rest.is_empty() {
            break;
        }
        // What stands past the limit isn't parsed, and its first line is cut there.
        let line = lines
            .next()
            .filter(|line| text.len() <= PLAN_MAX_BYTES || line.span.of(text) == raw);
        let mut row = match line {
            Some(line) => read_line(raw, line, text),
            None => text_row(raw),
        };
        let about: About<'t> = match &row.subject {
            Subject::Blank | Subject::Text => (0, raw),
            Subject::Chain(_) => (5, raw),
            Subject::Pipeline => (1, ""),
            Subject::Description => (2, ""),
            Subject::Element(id) => (3, id),
            Subject::Block(target, _) => (4, target.name()),
        };
        if row.subject.is_unique() {
            let time = times.entry(about).or_insert(0);
            *time += 1;
            row.time = *time;
        }
        row.token = tokens.number(about, row.time);
        rows.push(row);
    }
    Rows { head, ended, rows }
}

fn text_row(raw: &str) -> Row<'_> {
    let blank = raw.trim_matches([' ', '\t', '\r']).is_empty();
    Row {
        raw,
        subject: if blank { Subject::Blank } else { Subject::Text },
        token: 0,
        time: 1,
        comment: "",
        statement: None,
    }
}

fn read_line<'t>(raw: &'t str, line: Line<'t>, text: &'t str) -> Row<'t> {
    let subject = match &line.statement {
        Statement::Nothing | Statement::Unknown => return text_row(raw),
        Statement::Pipeline { .. } => Subject::Pipeline,
        Statement::Description { .. } => Subject::Description,
        Statement::Boundary { id: Some(id), .. } | Statement::Stage { id: Some(id), .. } => {
            Subject::Element(id.text)
        }
        Statement::Boundary { id: None, .. } | Statement::Stage { id: None, .. } => {
            return text_row(raw);
        }
        Statement::Block { target, settings } => {
            let settings = settings.iter().map(|setting| SettingText {
                name: setting.name.text.to_owned(),
                word: setting
                    .value
                    .split_once(' ')
                    .map(|(word, _)| word.to_owned()),
                text: setting_text(setting),
            });
            Subject::Block(*target, (!line.broken).then(|| settings.collect()))
        }
        Statement::Chain(_) if line.broken => return text_row(raw),
        Statement::Chain(chain) => Subject::Chain(
            chain
                .links()
                .map(|(from, arrow, to)| Hop {
                    from: from.text,
                    to: to.text,
                    arrow: match arrow.intent {
                        None => Cow::Borrowed(" -> "),
                        some => Cow::Owned(arrow_text(some)),
                    },
                })
                .collect(),
        ),
    };
    Row {
        raw,
        subject,
        token: 0,
        time: 1,
        comment: comment_text(&line, text),
        statement: Some((line, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_give_the_text_back() {
        for text in [
            "",
            "\n",
            "a",
            "a\n",
            "\n\n",
            "\u{feff}pipeline p\r\n\r\n",
            "stage a identity # c",
        ] {
            let rows = read(parsed(text), &mut Tokens::default());
            let lines: Vec<&str> = rows.rows.iter().map(|row| row.raw).collect();
            let end = if rows.ended { "\n" } else { "" };
            assert_eq!(format!("{}{}{end}", rows.head, lines.join("\n")), text);
        }
    }
}
