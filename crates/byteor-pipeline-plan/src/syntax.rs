//! The parser. Every document gives a tree, and all its problems of form in one pass
//! (grammar: docs/spec/plan-language.md).

use std::borrow::Cow;
use std::collections::HashMap;

use byteor_pipeline_catalogue::nearest;
use byteor_pipeline_spec::{EndpointKind, ExecutionTarget, KEY_MAX, LaneKind, id_problem, is_id};

use crate::words::{STATEMENTS, id_from, is_reserved};
use crate::{Diagnostic, Diagnostics, LaneIntent, Phase, Span, TextEdit};

/// The longest document, in bytes. What stands past it is not read.
pub const PLAN_MAX_BYTES: usize = 1024 * 1024;
/// The longest description, in bytes.
pub const DESCRIPTION_MAX: usize = 4096;

/// A parsed document: its lines, each with at most one statement.
#[derive(Debug)]
pub struct Document<'t> {
    /// The text.
    pub text: &'t str,
    /// The lines; at least one.
    pub lines: Vec<Line<'t>>,
    /// How many different ids declarations and chains name: their numbers are smaller.
    pub ids: usize,
    /// How many different stage keys there are: their numbers are smaller.
    pub keys: usize,
}

/// One line of a document.
#[derive(Clone, Debug)]
pub struct Line<'t> {
    /// The line without its line feed.
    pub span: Span,
    /// The statement, without spaces and comment around it. Empty where there is none.
    pub body: Span,
    /// The comment, from its `#` to the end.
    pub comment: Option<Span>,
    /// What stands there.
    pub statement: Statement<'t>,
    /// Whether the form of the line is broken.
    pub broken: bool,
}

/// An id where it stands, valid or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'t> {
    /// The text.
    pub text: &'t str,
    /// The place.
    pub span: Span,
    /// Which of the document's ids it is, where it stands in a declaration or a chain: whoever reads
    /// the document looks up what it knows of an id by this number, not by its text.
    pub number: u32,
}

impl<'t> Name<'t> {
    /// A word that isn't one of the numbered ids.
    fn word(text: &'t str, start: usize) -> Self {
        Self {
            text,
            span: Span::new(start, start + text.len()),
            number: u32::MAX,
        }
    }

    /// Its number, as an index.
    pub fn at(&self) -> usize {
        self.number as usize
    }
}

/// A quoted text, unquoted.
#[derive(Clone, Debug)]
pub struct Quoted<'t> {
    /// The text without quotes.
    pub text: Cow<'t, str>,
    /// The place, with quotes.
    pub span: Span,
}

/// A stage key.
#[derive(Clone, Debug)]
pub struct Key<'t> {
    /// The key without quotes.
    pub text: Cow<'t, str>,
    /// The place, with quotes.
    pub span: Span,
    /// Whether it stands in quotes.
    pub quoted: bool,
    /// Whether its form is broken, so that its meaning isn't checked.
    pub broken: bool,
    /// Which of the document's keys it is: many stages may have the same, which is read once.
    pub number: u32,
}

impl Key<'_> {
    /// The place of a part of the key, given in bytes of its text.
    pub fn part(&self, start: usize, end: usize) -> Span {
        let from = self.span.start + u32::from(self.quoted);
        // Doubled quotes take two bytes in the text.
        let quotes = |to: usize| {
            if self.quoted {
                self.text.as_bytes()[..to.min(self.text.len())]
                    .iter()
                    .filter(|b| **b == b'"')
                    .count()
            } else {
                0
            }
        };
        Span {
            start: from + (start + quotes(start)) as u32,
            end: from + (end + quotes(end)) as u32,
        }
    }
}

/// The arrow between two ids of a chain.
#[derive(Clone, Copy, Debug)]
pub struct Arrow {
    /// The place.
    pub span: Span,
    /// Its lane intent; `None` is the default, and what stands for a broken one.
    pub intent: Option<LaneIntent>,
}

/// A chain of connections.
#[derive(Clone, Debug, Default)]
pub struct Chain<'t> {
    /// The ids.
    pub nodes: Vec<Name<'t>>,
    /// The arrows between them: one less.
    pub arrows: Vec<Arrow>,
}

impl<'t> Chain<'t> {
    /// Each connection of the chain.
    pub fn links(&self) -> impl Iterator<Item = (Name<'t>, Arrow, Name<'t>)> + '_ {
        self.arrows.iter().enumerate().filter_map(|(at, arrow)| {
            Some((*self.nodes.get(at)?, *arrow, *self.nodes.get(at + 1)?))
        })
    }
}

/// A setting of a block.
#[derive(Clone, Debug)]
pub struct Setting<'t> {
    /// Its name.
    pub name: Name<'t>,
    /// Its words with one space between.
    pub value: String,
    /// The place of the words; after the name where there are none.
    pub value_span: Span,
    /// Name and words.
    pub span: Span,
}

impl Setting<'_> {
    /// What is set: the name, and for a `merge` of one element that element's id too. A block sets
    /// each once.
    pub fn subject(&self) -> (&str, Option<&str>) {
        let element = match self.name.text {
            "merge" => self.value.split_once(' ').map(|(id, _)| id),
            _ => None,
        };
        (self.name.text, element)
    }

    /// The words behind the name, with their places in the document `text`.
    pub fn words<'t>(&self, text: &'t str) -> Vec<Name<'t>> {
        let mut at = self.value_span.start as usize;
        let mut words = Vec::new();
        for piece in self.value_span.of(text).split([' ', '\t']) {
            if !piece.is_empty() {
                words.push(Name::word(piece, at));
            }
            at += piece.len() + 1;
        }
        words
    }

    /// The words that are ids of elements: those of a `merge` of one element, but its policy.
    pub fn ids<'t>(&self, text: &'t str) -> Vec<Name<'t>> {
        let mut words = Vec::new();
        if self.subject().1.is_some() {
            words = self.words(text);
            words.remove(1);
        }
        words
    }
}

/// What stands in a line.
#[derive(Clone, Debug)]
pub enum Statement<'t> {
    /// Nothing, or a comment alone.
    Nothing,
    /// Something that is no statement.
    Unknown,
    /// `pipeline ID`
    Pipeline {
        /// The name.
        name: Option<Name<'t>>,
    },
    /// `description "…"`
    Description {
        /// The text.
        text: Option<Quoted<'t>>,
    },
    /// `ingress ID` or `egress ID`
    Boundary {
        /// Which edge.
        kind: EndpointKind,
        /// The id.
        id: Option<Name<'t>>,
    },
    /// `stage ID KEY`
    Stage {
        /// The id.
        id: Option<Name<'t>>,
        /// The key.
        key: Option<Key<'t>>,
    },
    /// `a -> b -> c`
    Chain(Chain<'t>),
    /// `single_ring { … }` or `lane_graph { … }`
    Block {
        /// Whose settings they are.
        target: ExecutionTarget,
        /// The settings.
        settings: Vec<Setting<'t>>,
    },
}

/// Reads a document. Never fails.
pub fn parse<'t>(text: &'t str, diagnostics: &mut Diagnostics) -> Document<'t> {
    let mut readable = text;
    if text.len() > PLAN_MAX_BYTES {
        let mut end = PLAN_MAX_BYTES;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        readable = &text[..end];
        diagnostics.push(
            Diagnostic::new(
                "E_SYNTAX_TOO_LONG",
                Phase::Syntax,
                Span::new(end, end),
                format!(
                    "The document has {} bytes; the most is {PLAN_MAX_BYTES}",
                    text.len()
                ),
            )
            .arg("bytes", text.len().to_string())
            .arg("limit", PLAN_MAX_BYTES.to_string())
            .help("Shorten it; what stands past here is not read"),
        );
    }
    let mut start = 0;
    if readable.starts_with('\u{feff}') {
        start = 3;
        diagnostics.push(
            Diagnostic::new(
                "E_SYNTAX_BYTE_ORDER_MARK",
                Phase::Syntax,
                Span::new(0, 3),
                "The document starts with a byte order mark",
            )
            .help("Documents are UTF-8 without one; remove it")
            .fix(
                "Remove the byte order mark",
                Some(vec![TextEdit::new(0, 3, "")]),
            ),
        );
    }
    // Looking for one byte is much faster than looking for two.
    if readable.as_bytes().contains(&b'\r')
        && let Some(at) = readable.find("\r\n")
    {
        let edits = readable
            .match_indices("\r\n")
            .map(|(at, _)| TextEdit::new(at, at + 1, ""))
            .collect::<Vec<_>>();
        diagnostics.push(
            Diagnostic::new(
                "E_SYNTAX_LINE_END",
                Phase::Syntax,
                Span::new(at, at + 1),
                "Lines end with a carriage return and a line feed",
            )
            .arg("count", edits.len().to_string())
            .help("Lines end with a line feed alone; convert the document")
            .fix("Convert all line ends", Some(edits)),
        );
    }
    let mut lines = Vec::with_capacity(readable.len() / 32 + 1);
    let mut known = Known::default();
    loop {
        let (end, plain) = line_end(readable.as_bytes(), start);
        lines.push(
            LineParser {
                text: readable,
                at: start,
                end,
                broken: false,
                known: &mut known,
                diagnostics,
            }
            .line(plain),
        );
        if end == readable.len() {
            break;
        }
        start = end + 1;
    }
    Document {
        text,
        lines,
        ids: known.ids.len(),
        keys: known.keys.len(),
    }
}

/// Where the line that starts at `start` ends, and whether all of it is printable ASCII and tabs, as
/// most lines are.
fn line_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut plain = true;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => break,
            b' '..0x7f | b'\t' => {}
            _ => plain = false,
        }
        at += 1;
    }
    (at, plain)
}

/// The ids and the stage keys of the lines so far.
#[derive(Default)]
struct Known<'t> {
    /// The number of each id.
    ids: HashMap<&'t str, u32>,
    /// Whether each is a good one, by number.
    good: Vec<bool>,
    /// The number of each key as it stands in the text.
    keys: HashMap<&'t str, u32>,
}

struct LineParser<'t, 'd> {
    text: &'t str,
    at: usize,
    end: usize,
    broken: bool,
    known: &'d mut Known<'t>,
    diagnostics: &'d mut Diagnostics,
}

impl<'t> LineParser<'t, '_> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..self.end]
    }

    fn peek(&self) -> Option<char> {
        match self.text.as_bytes()[self.at..self.end].first() {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.rest().chars().next(),
        }
    }

    fn spaces(&mut self) {
        let bytes = self.text.as_bytes();
        while self.at < self.end && matches!(bytes[self.at], b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Takes the longest start of the rest whose characters `belongs` accepts.
    fn take(&mut self, belongs: impl Fn(char) -> bool) -> Name<'t> {
        let rest = self.rest();
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        Name::word(&rest[..length], start)
    }

    fn word(&mut self) -> Name<'t> {
        let start = self.at;
        let word = self.rest();
        // All that ends a word is ASCII, so it ends between characters.
        let length = word
            .bytes()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'#' | b'"'))
            .unwrap_or(word.len());
        self.at += length;
        Name::word(&word[..length], start)
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.broken = true;
        self.diagnostics.push(diagnostic);
    }

    /// What stands here, for a message.
    fn found(&self) -> String {
        match self.peek() {
            None | Some('#') => "the end of the line".to_owned(),
            Some(_) => {
                let rest = self.rest();
                let word: String = rest
                    .split([' ', '\t'])
                    .next()
                    .unwrap_or("")
                    .chars()
                    .take(40)
                    .collect();
                format!("`{word}`")
            }
        }
    }

    fn expected(&mut self, what: &str) -> Diagnostic {
        let found = self.found();
        let end = match self.peek() {
            None | Some('#') => self.at,
            Some(_) => self.at + self.rest().split([' ', '\t']).next().map_or(0, str::len),
        };
        Diagnostic::new(
            "E_SYNTAX_EXPECTED",
            Phase::Syntax,
            Span::new(self.at, end),
            format!("Expected {what}, found {found}"),
        )
        .arg("expected", what)
        .arg("found", found)
    }

    fn line(mut self, plain: bool) -> Line<'t> {
        let span = Span::new(self.at, self.end);
        if !plain {
            // A carriage return at the end is reported once for the document.
            if self.rest().ends_with('\r') && self.text[self.end..].starts_with('\n') {
                self.end -= 1;
            }
            self.controls();
        }
        self.spaces();
        let start = self.at;
        let statement = match self.peek() {
            None | Some('#') => Statement::Nothing,
            Some(_) => self.statement(),
        };
        let mut body_end = self.at;
        self.spaces();
        let mut comment = None;
        if let Some(c) = self.peek() {
            if c == '#' {
                comment = Some(Span::new(self.at, self.end));
            } else {
                // After a problem that was reported, the rest of the line stays as it is.
                let rest = self.rest();
                let (extra, tail) = split_comment(rest);
                let extra = extra.trim_end_matches([' ', '\t']);
                let place = Span::new(self.at, self.at + extra.len());
                if !self.broken {
                    let shown: String = extra.chars().take(40).collect();
                    let cut = (body_end, place.end as usize);
                    self.report(
                        Diagnostic::new(
                            "E_SYNTAX_TRAILING",
                            Phase::Syntax,
                            place,
                            format!("`{shown}` stands after the end of the statement"),
                        )
                        .arg("text", shown)
                        .help("Each line holds one statement; a comment starts with #")
                        .fix("Remove it", Some(vec![TextEdit::new(cut.0, cut.1, "")]))
                        .fix(
                            "Make it a comment",
                            Some(vec![TextEdit::new(
                                place.start as usize,
                                place.start as usize,
                                "# ",
                            )]),
                        ),
                    );
                }
                body_end = place.end as usize;
                if tail.is_some() {
                    comment = Some(Span::new(self.end - tail.map_or(0, str::len), self.end));
                }
            }
        }
        let body = if body_end > start {
            Span::new(start, body_end)
        } else {
            Span::new(start, start)
        };
        // Spaces before a broken rest belong to nobody.
        let trimmed = trim_blanks_end(body.of(self.text)).len();
        Line {
            span,
            body: Span {
                start: body.start,
                end: body.start + trimmed as u32,
            },
            comment,
            statement,
            broken: self.broken,
        }
    }

    fn controls(&mut self) {
        let bad = self
            .rest()
            .char_indices()
            .find(|(_, c)| c.is_control() && *c != '\t')
            .map(|(at, c)| (self.at + at, c));
        if let Some((at, c)) = bad {
            let name = c.escape_default().to_string();
            let edit = TextEdit::new(at, at + c.len_utf8(), "");
            self.report(
                Diagnostic::new(
                    "E_SYNTAX_CONTROL",
                    Phase::Syntax,
                    Span::new(at, at + c.len_utf8()),
                    format!("The control character {name} can't stand in a document"),
                )
                .arg("character", name)
                .help("Remove it")
                .fix("Remove it", Some(vec![edit])),
            );
        }
    }

    fn statement(&mut self) -> Statement<'t> {
        let start = self.at;
        let word = self.word();
        match word.text {
            "pipeline" => Statement::Pipeline {
                name: self.id("the pipeline's name"),
            },
            "description" => Statement::Description {
                text: self.description(),
            },
            "ingress" => Statement::Boundary {
                kind: EndpointKind::Ingress,
                id: self.id("the ingress's id"),
            },
            "egress" => Statement::Boundary {
                kind: EndpointKind::Egress,
                id: self.id("the egress's id"),
            },
            "stage" => self.stage(),
            "single_ring" => self.block(ExecutionTarget::SingleRing),
            "lane_graph" => self.block(ExecutionTarget::LaneGraph),
            _ => {
                if let Some(brace) = word.text.bytes().position(|b| b == b'{') {
                    let target = ExecutionTarget::from_name(&word.text[..brace]);
                    if let Some(target) = target {
                        self.at = start + brace;
                        return self.block(target);
                    }
                }
                if has_arrow(&self.text[start..self.end]) {
                    self.at = start;
                    return self.chain();
                }
                self.unknown(word);
                Statement::Unknown
            }
        }
    }

    fn unknown(&mut self, word: Name<'t>) {
        let lower = word.text.to_ascii_lowercase();
        let near = nearest(&lower, STATEMENTS.iter().copied());
        let shown: String = if word.text.is_empty() {
            self.found().trim_matches('`').to_owned()
        } else {
            word.text.chars().take(40).collect()
        };
        let span = if word.text.is_empty() {
            Span::new(self.at, self.end.min(self.at + shown.len()))
        } else {
            word.span
        };
        let mut diagnostic = Diagnostic::new(
            "E_SYNTAX_STATEMENT",
            Phase::Syntax,
            span,
            format!("`{shown}` starts no statement"),
        )
        .arg("word", shown.clone())
        .help(match near {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!(
                "A line starts with {}, or it is a connection like `a -> b`",
                STATEMENTS.join(", ")
            ),
        });
        if let Some(near) = near {
            diagnostic = diagnostic.fix(
                format!("Change to `{near}`"),
                Some(vec![TextEdit {
                    start: span.start,
                    end: span.end,
                    text: near.to_owned(),
                }]),
            );
        }
        self.report(diagnostic);
    }

    /// An id of a declaration.
    fn id(&mut self, what: &str) -> Option<Name<'t>> {
        self.spaces();
        let name = self.word();
        if name.text.is_empty() {
            let diagnostic = self
                .expected(what)
                .help("Write an id: a to z, 0 to 9 and _");
            self.report(diagnostic);
            return None;
        }
        Some(self.numbered(name))
    }

    /// The name with its number; says what is wrong with it wherever it stands.
    fn numbered(&mut self, name: Name<'t>) -> Name<'t> {
        let Known { ids, good, .. } = &mut *self.known;
        let number = *ids.entry(name.text).or_insert_with(|| {
            good.push(is_id(name.text) && !is_reserved(name.text));
            good.len() as u32 - 1
        });
        if !good[number as usize] {
            self.bad_id(name);
        }
        Name { number, ..name }
    }

    fn bad_id(&mut self, name: Name<'t>) {
        let edit = |id: String| {
            Some(vec![TextEdit {
                start: name.span.start,
                end: name.span.end,
                text: id,
            }])
        };
        let shown: String = name.text.chars().take(40).collect();
        if let Some(problem) = id_problem(name.text) {
            let id = id_from(name.text);
            let id = if is_reserved(&id) {
                format!("{id}_1")
            } else {
                id
            };
            self.report(
                Diagnostic::new(
                    "E_SYNTAX_ID",
                    Phase::Syntax,
                    name.span,
                    format!("`{shown}` is no id: {problem}"),
                )
                .arg("id", shown)
                .arg("problem", problem)
                .help(
                    "An id starts with a letter from a to z and goes on with a to z, 0 to 9 and _",
                )
                .fix(
                    format!("Change to `{id}`"),
                    edit(id.clone()).filter(|_| is_id(&id)),
                ),
            );
        } else {
            let id = format!("{shown}_1");
            self.report(
                Diagnostic::new(
                    "E_SYNTAX_RESERVED",
                    Phase::Syntax,
                    name.span,
                    format!("`{shown}` is a word of the language and can't be an id"),
                )
                .arg("id", shown)
                .help("Choose another id")
                .fix(format!("Change to `{id}`"), edit(id)),
            );
        }
    }

    /// A quoted text that starts here. Says nothing of what stands in it but control characters.
    fn quoted(&mut self) -> (Quoted<'t>, bool) {
        let start = self.at;
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut at = 1;
        let mut doubled = false;
        loop {
            match bytes.get(at) {
                None => {
                    let inner = rest[1..].trim_end_matches([' ', '\t']);
                    self.at = start + 1 + inner.len();
                    let end = self.at;
                    self.report(
                        Diagnostic::new(
                            "E_SYNTAX_QUOTE",
                            Phase::Syntax,
                            Span::new(start, end),
                            "The quoted text has no end",
                        )
                        .help("Close it with a quote; a quote inside is written twice")
                        .fix("Close the quote", Some(vec![TextEdit::new(end, end, "\"")])),
                    );
                    let text = if doubled {
                        Cow::Owned(inner.replace("\"\"", "\""))
                    } else {
                        Cow::Borrowed(inner)
                    };
                    return (
                        Quoted {
                            text,
                            span: Span::new(start, end),
                        },
                        false,
                    );
                }
                Some(b'"') if bytes.get(at + 1) == Some(&b'"') => {
                    doubled = true;
                    at += 2;
                }
                Some(b'"') => break,
                Some(_) => at += 1,
            }
        }
        self.at = start + at + 1;
        let inner = &rest[1..at];
        if let Some(place) = inner.bytes().position(|b| b == b'\t') {
            let place = start + 1 + place;
            self.report(
                Diagnostic::new(
                    "E_SYNTAX_CONTROL",
                    Phase::Syntax,
                    Span::new(place, place + 1),
                    "A tab can't stand in a quoted text",
                )
                .arg("character", "\\t")
                .help("In a regular expression, write \\t; elsewhere use a space")
                .fix(
                    "Change to a space",
                    Some(vec![TextEdit::new(place, place + 1, " ")]),
                ),
            );
        }
        let text = if doubled {
            Cow::Owned(inner.replace("\"\"", "\""))
        } else {
            Cow::Borrowed(inner)
        };
        (
            Quoted {
                text,
                span: Span::new(start, self.at),
            },
            true,
        )
    }

    fn description(&mut self) -> Option<Quoted<'t>> {
        self.spaces();
        if self.peek() == Some('"') {
            let (text, _) = self.quoted();
            if text.text.len() > DESCRIPTION_MAX {
                self.report(
                    Diagnostic::new(
                        "E_SYNTAX_DESCRIPTION_LONG",
                        Phase::Syntax,
                        text.span,
                        format!(
                            "The description has {} bytes; the most is {DESCRIPTION_MAX}",
                            text.text.len()
                        ),
                    )
                    .arg("limit", DESCRIPTION_MAX.to_string())
                    .help("Shorten it, or write comments"),
                );
            }
            return Some(text);
        }
        let (plain, _) = split_comment(self.rest());
        let plain = plain.trim_end_matches([' ', '\t']);
        let edits = (!plain.is_empty())
            .then(|| vec![TextEdit::new(self.at, self.at + plain.len(), quote(plain))]);
        let diagnostic = self
            .expected("a quoted text")
            .help("Write the description in quotes")
            .fix("Put it in quotes", edits);
        self.report(diagnostic);
        None
    }

    fn stage(&mut self) -> Statement<'t> {
        let id = self.id("the stage's id");
        if id.is_none() {
            return Statement::Stage { id, key: None };
        }
        self.spaces();
        let key = match self.peek() {
            None | Some('#') => {
                let at = id.map_or(self.at, |id| id.span.end as usize);
                let diagnostic = self
                    .expected("the stage's key")
                    .help("Say what the stage does, for example `identity` or `keep:REGEX`")
                    .fix(
                        "Use `identity`",
                        Some(vec![TextEdit::new(at, at, " identity")]),
                    );
                self.report(diagnostic);
                None
            }
            Some('"') => {
                let broken = self.broken;
                self.broken = false;
                let (quoted, _) = self.quoted();
                let key_broken = self.broken;
                self.broken |= broken;
                Some(Key {
                    text: quoted.text,
                    span: quoted.span,
                    quoted: true,
                    broken: key_broken,
                    number: self.key_number(quoted.span),
                })
            }
            Some(_) => Some(self.bare_key()),
        };
        if let Some(key) = &key
            && key.text.len() > KEY_MAX
        {
            self.broken = true;
        }
        Statement::Stage { id, key }
    }

    fn bare_key(&mut self) -> Key<'t> {
        let start = self.at;
        let rest = self.rest();
        let run = &rest[..rest.bytes().position(blank).unwrap_or(rest.len())];
        // A key that goes on after a space, or holds a quote or #, needs quotes.
        let (whole, _) = split_comment(rest);
        let whole = trim_blanks_end(whole);
        let spaced = whole.len() > run.len();
        if !spaced && !run.bytes().any(|b| matches!(b, b'#' | b'"')) {
            self.at = start + run.len();
            let span = Span::new(start, self.at);
            return Key {
                text: Cow::Borrowed(run),
                span,
                quoted: false,
                broken: false,
                number: self.key_number(span),
            };
        }
        self.at = start + whole.len();
        let span = Span::new(start, self.at);
        self.report(
            Diagnostic::new(
                "E_SYNTAX_KEY_QUOTES",
                Phase::Syntax,
                span,
                if spaced {
                    "A stage key with a space needs quotes"
                } else {
                    "A stage key with a quote or # needs quotes"
                },
            )
            .help("Put the key in quotes; a quote inside is written twice")
            .fix(
                "Put it in quotes",
                Some(vec![TextEdit::new(start, self.at, quote(whole))]),
            ),
        );
        Key {
            text: Cow::Borrowed(whole),
            span,
            quoted: false,
            broken: true,
            number: self.key_number(span),
        }
    }

    /// The number of the key that stands there.
    fn key_number(&mut self, span: Span) -> u32 {
        let keys = &mut self.known.keys;
        let new = keys.len() as u32;
        *keys.entry(span.of(self.text)).or_insert(new)
    }

    fn chain_name(&mut self) -> Option<Name<'t>> {
        self.spaces();
        let start = self.at;
        let rest = self.rest();
        let mut end = rest.len();
        let bytes = rest.as_bytes();
        // All that ends a name is ASCII, so it ends between characters.
        for at in 0..end {
            let ends = match bytes[at] {
                b'-' => matches!(bytes.get(at + 1), Some(b'>' | b'[')),
                b'#' | b'"' | b']' | b'[' | b'{' | b'}' => true,
                other => other.is_ascii_whitespace(),
            };
            if ends {
                end = at;
                break;
            }
        }
        self.at = start + end;
        let name = Name::word(&rest[..end], start);
        if name.text.is_empty() {
            let diagnostic = self
                .expected("an id")
                .help("A connection is written `a -> b`, with the ids of stages and boundaries");
            self.report(diagnostic);
            return None;
        }
        Some(self.numbered(name))
    }

    fn chain(&mut self) -> Statement<'t> {
        let mut chain = Chain::default();
        let Some(first) = self.chain_name() else {
            return Statement::Chain(chain);
        };
        chain.nodes.push(first);
        loop {
            self.spaces();
            match self.peek() {
                None | Some('#') => {
                    if chain.arrows.is_empty() {
                        let diagnostic = self.expected("`->`");
                        self.report(diagnostic);
                    }
                    break;
                }
                Some(_) => {}
            }
            let Some(arrow) = self.arrow() else { break };
            let Some(name) = self.chain_name() else { break };
            chain.arrows.push(arrow);
            chain.nodes.push(name);
        }
        Statement::Chain(chain)
    }

    fn arrow(&mut self) -> Option<Arrow> {
        let start = self.at;
        if self.rest().starts_with("->") {
            self.at += 2;
            return Some(Arrow {
                span: Span::new(start, self.at),
                intent: None,
            });
        }
        if !self.rest().starts_with("-[") {
            let diagnostic = self
                .expected("`->`")
                .help("A connection is written `a -> b`, or `a -[journal]-> b` with a lane intent");
            self.report(diagnostic);
            return None;
        }
        let rest = self.rest();
        let Some(close) = rest.find("]->") else {
            let end = match rest.find(']') {
                Some(at) => start + at + 1,
                None => self.at + split_comment(rest).0.trim_end().len(),
            };
            let fix = rest
                .find(']')
                .map(|at| vec![TextEdit::new(start + at + 1, start + at + 1, "->")]);
            self.report(
                Diagnostic::new(
                    "E_SYNTAX_ARROW",
                    Phase::Syntax,
                    Span::new(start, end),
                    "The arrow has no end",
                )
                .help("A lane intent stands between `-[` and `]->`")
                .fix("End the arrow", fix),
            );
            return None;
        };
        let inner = Span::new(start + 2, start + close);
        self.at = start + close + 3;
        let intent = self.intent(inner);
        Some(Arrow {
            span: Span::new(start, self.at),
            intent,
        })
    }

    fn intent(&mut self, inner: Span) -> Option<LaneIntent> {
        match read_intent(inner.of(self.text)) {
            Ok(intent) => Some(intent),
            Err(problem) => {
                let trimmed = inner.of(self.text).trim();
                let shown: String = trimmed.chars().take(40).collect();
                let word = trimmed.split_ascii_whitespace().next().unwrap_or("");
                let near = nearest(&word.to_ascii_lowercase(), LaneKind::NAMES.iter().copied())
                    .filter(|near| *near != word);
                let mut diagnostic = Diagnostic::new(
                    "E_SYNTAX_INTENT",
                    Phase::Syntax,
                    inner,
                    format!("`{shown}` is no lane intent: {problem}"),
                )
                .arg("intent", shown)
                .arg("problem", problem)
                .help("A lane intent is events, journal, sequenced_slots with a capacity, or fanout_broadcast");
                if let Some(near) = near {
                    diagnostic = diagnostic.fix(
                        format!("Change to `{near}`"),
                        Some(vec![TextEdit {
                            start: inner.start,
                            end: inner.end,
                            text: near.to_owned(),
                        }]),
                    );
                }
                self.report(diagnostic);
                None
            }
        }
    }

    fn block(&mut self, target: ExecutionTarget) -> Statement<'t> {
        let mut settings = Vec::new();
        self.spaces();
        if self.peek() != Some('{') {
            let diagnostic = self.expected("`{`").help(format!(
                "Write `{} {{ name value; name value }}` on one line",
                target.name()
            ));
            self.report(diagnostic);
            return Statement::Block { target, settings };
        }
        self.at += 1;
        let in_word =
            |c: char| !c.is_ascii_whitespace() && !matches!(c, ';' | '{' | '}' | '#' | '"');
        loop {
            self.spaces();
            match self.peek() {
                Some('}') => {
                    self.at += 1;
                    break;
                }
                Some(';') => self.at += 1,
                Some(c) if in_word(c) => {
                    let name = self.take(in_word);
                    let mut value = String::new();
                    let mut value_span = Span {
                        start: name.span.end,
                        end: name.span.end,
                    };
                    let mut bad = (!is_setting_word(name.text)).then_some(name);
                    loop {
                        self.spaces();
                        if !self.peek().is_some_and(in_word) {
                            break;
                        }
                        let word = self.take(in_word);
                        if value.is_empty() {
                            value_span = word.span;
                        } else {
                            value.push(' ');
                        }
                        value_span.end = word.span.end;
                        value.push_str(word.text);
                        if !is_setting_word(word.text) && bad.is_none() {
                            bad = Some(word);
                        }
                    }
                    if let Some(word) = bad {
                        let shown: String = word.text.chars().take(40).collect();
                        self.report(
                            Diagnostic::new(
                                "E_SYNTAX_SETTING",
                                Phase::Syntax,
                                word.span,
                                format!("`{shown}` can't stand in a setting"),
                            )
                            .arg("word", shown)
                            .help("A setting is words of a to z, 0 to 9 and _, separated by spaces; `;` separates settings"),
                        );
                    }
                    let span = Span {
                        start: name.span.start,
                        end: value_span.end,
                    };
                    settings.push(Setting {
                        name,
                        value,
                        value_span,
                        span,
                    });
                }
                _ => {
                    let at = self.at;
                    let end = self.text[..at].trim_end_matches([' ', '\t']).len();
                    let fix = matches!(self.peek(), None | Some('#'))
                        .then(|| vec![TextEdit::new(end, end, " }")]);
                    let diagnostic = self
                        .expected("`}`")
                        .help("A block stands on one line and ends with `}`")
                        .fix("Close the block", fix);
                    self.report(diagnostic);
                    break;
                }
            }
        }
        Statement::Block { target, settings }
    }
}

fn blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Without the spaces and tabs at its end.
fn trim_blanks_end(text: &str) -> &str {
    let mut end = text.len();
    while end > 0 && blank(text.as_bytes()[end - 1]) {
        end -= 1;
    }
    &text[..end]
}

/// Whether an arrow starts somewhere before the comment.
fn has_arrow(text: &str) -> bool {
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'-' if matches!(bytes.get(at + 1), Some(b'>' | b'[')) => return true,
            b'#' if at == 0 || blank(bytes[at - 1]) => return false,
            _ => {}
        }
    }
    false
}

fn is_setting_word(word: &str) -> bool {
    word.bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Splits a text before a comment: a `#` at its start or after a space.
fn split_comment(text: &str) -> (&str, Option<&str>) {
    let bytes = text.as_bytes();
    for at in 0..bytes.len() {
        if bytes[at] == b'#' && (at == 0 || matches!(bytes[at - 1], b' ' | b'\t')) {
            return (&text[..at], Some(&text[at..]));
        }
    }
    (text, None)
}

/// A text in quotes, with its quotes doubled.
pub fn quote(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A key as it stands in a document: bare where that is possible.
pub fn key_text(key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .bytes()
            .all(|b| (b'!'..=b'~').contains(&b) && !matches!(b, b'#' | b'"'));
    if bare { key.to_owned() } else { quote(key) }
}

/// Reads a lane intent as it stands between the brackets, or in a setting.
pub fn read_intent(text: &str) -> Result<LaneIntent, &'static str> {
    let mut words = text.split_ascii_whitespace();
    let kind = words.next().ok_or("it is empty")?;
    let kind = LaneKind::from_name(kind).ok_or("there is no lane kind of that name")?;
    let mut intent = LaneIntent::of(kind);
    let number = words.next();
    if words.next().is_some() {
        return Err("it has too many words");
    }
    if let Some(number) = number {
        let plain = number.bytes().all(|b| b.is_ascii_digit())
            && (number == "0" || !number.starts_with('0'));
        let value = number
            .parse::<u32>()
            .ok()
            .filter(|_| plain)
            .ok_or("the setting is no decimal number")?;
        match kind {
            LaneKind::SequencedSlots => intent.capacity = Some(value),
            LaneKind::FanoutBroadcast => intent.consumers = Some(value),
            _ => return Err("this kind has no setting"),
        }
    }
    Ok(intent)
}
