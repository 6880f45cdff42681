//! A text as rows: lines with what they are, so that the same line is found again in another text.

use std::borrow::Cow;
use std::collections::HashMap;

use byteor_pipeline_spec::ExecutionTarget;

use crate::edit::arrow_text;
use crate::format::{comment_text, setting_text, statement_text};
use crate::{Diagnostics, Document, Line, PLAN_MAX_BYTES, Span, Statement, parse};

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
    numbers: HashMap<(About<'t>, u32), u32>,
}

impl<'t> Tokens<'t> {
    fn number(&mut self, about: About<'t>, time: u32) -> u32 {
        let next = self.numbers.len() as u32;
        *self.numbers.entry((about, time)).or_insert(next)
    }
}

/// A text, and what could be read of it.
pub(super) struct Parsed<'t> {
    pub(super) text: &'t str,
    pub(super) document: Document<'t>,
    /// Lines in the place of those of the text, by place.
    pub(super) instead: Vec<Instead<'t>>,
}

/// A line that says something else than the text does in its place.
#[derive(Clone, Copy)]
pub(super) struct Instead<'t> {
    /// Which line of the text it is.
    pub(super) at: usize,
    /// The place of that line in the text, with its line feed if it has one.
    pub(super) span: Span,
    /// The line that counts, a text of its own; it has a line feed where that one has.
    pub(super) line: &'t str,
}

/// Parses a text.
pub(super) fn parsed(text: &str) -> Parsed<'_> {
    Parsed {
        text,
        document: parse(text, &mut Diagnostics::default()),
        instead: Vec::new(),
    }
}

/// A text with other lines in the places of some.
pub(super) fn written(text: &str, instead: &[Instead<'_>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for other in instead {
        out.push_str(&text[done..other.span.start as usize]);
        out.push_str(other.line);
        done = other.span.end as usize;
    }
    out.push_str(&text[done..]);
    out
}

/// Takes a text apart. Every text gives rows, and `head`, the rows and `ended` give the text back, with
/// the other lines in it.
pub(super) fn read<'t>(parsed: Parsed<'t>, tokens: &mut Tokens<'t>) -> Rows<'t> {
    let Parsed {
        text,
        document,
        instead,
    } = parsed;
    let mut others = 0;
    let head = document.lines.first().map_or(0, |line| line.span.start) as usize;
    let lines = document.lines.len();
    let (head, rest) = text.split_at(head);
    let ended = rest.ends_with('\n');
    let body = rest.strip_suffix('\n').unwrap_or(rest);
    let mut rows = Vec::with_capacity(lines);
    // The second declaration of an id, say, is another line than the first.
    let mut times: HashMap<About<'t>, u32> = HashMap::new();
    let mut lines = document.lines.into_iter();
    for (at, raw) in body.split('\n').enumerate() {
        if rest.is_empty() {
            break;
        }
        // What stands past the limit isn't parsed, and its first line is cut there.
        let line = lines
            .next()
            .filter(|line| text.len() <= PLAN_MAX_BYTES || line.span.of(text) == raw);
        let (raw, line, text) = match instead.get(others) {
            Some(&Instead {
                at: here,
                line: text,
                ..
            }) if here == at => {
                others += 1;
                let mut lines = parse(text, &mut Diagnostics::default()).lines.into_iter();
                (text.strip_suffix('\n').unwrap_or(text), lines.next(), text)
            }
            _ => (raw, line, text),
        };
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

    #[test]
    fn other_lines_read_as_the_text_that_has_them() {
        let line = "stage old identity # c";
        for text in [
            "stage old identity # c",
            "stage old identity # c\n",
            "stage old identity # c\r\n\r\n",
            "\u{feff}stage old identity # c\nstage b upper\n",
            "pipeline p\nstage old identity # c\n\nin -> old\n\n",
            "in -> old\nstage old identity # c\r",
        ] {
            let start = text.find(line).expect("the line");
            let lines = text[..start].matches('\n').count();
            let rest = text[start..].split_inclusive('\n').next().unwrap_or("");
            let new = rest.replace("old", "another");
            let mut other = parsed(text);
            other.instead.push(Instead {
                at: lines,
                span: Span::new(start, start + rest.len()),
                line: &new,
            });
            let whole = written(text, &other.instead);
            assert_eq!(whole, text.replacen(rest, &new, 1));
            let (read, expected) = (
                read(other, &mut Tokens::default()),
                read(parsed(&whole), &mut Tokens::default()),
            );
            assert_eq!((read.head, read.ended), (expected.head, expected.ended));
            let told = |rows: Rows<'_>| -> Vec<String> {
                let row = |row: &Row<'_>| {
                    format!(
                        "{:?} {:?} {} {} {:?} {:?}",
                        row.raw,
                        row.subject,
                        row.token,
                        row.time,
                        row.comment,
                        row.body()
                    )
                };
                rows.rows.iter().map(row).collect()
            };
            assert_eq!(told(read), told(expected), "{text:?}");
        }
    }
}
