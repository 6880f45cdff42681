//! Semantic tokens: what each word of a document is, as the parser understood it.

use byteor_pipeline_plan::{Key, LaneIntent, Line, Name, Span, Statement, is_reserved};
use byteor_pipeline_spec::{ExecutionTarget, LaneKind, is_id};

use crate::grammar::parts_of_key;
use crate::view::{ElementKind, View};

/// Names of the token types; a token's type is the place of its name in this list.
pub const TOKEN_TYPES: [&str; 10] = [
    "keyword",
    "name",
    "stage",
    "boundary",
    "family",
    "parameter",
    "operator",
    "value",
    "string",
    "comment",
];

/// Names of the modifiers; a token's modifiers are the sum of `1 << place` of theirs.
pub const TOKEN_MODIFIERS: [&str; 4] = ["declaration", "unresolved", "default", "delimiter"];

const KEYWORD: u32 = 0;
const NAME: u32 = 1;
const STAGE: u32 = 2;
const BOUNDARY: u32 = 3;
const FAMILY: u32 = 4;
const PARAMETER: u32 = 5;
const OPERATOR: u32 = 6;
const VALUE: u32 = 7;
const STRING: u32 = 8;
const COMMENT: u32 = 9;

const DECLARATION: u32 = 1;
const UNRESOLVED: u32 = 2;
const DEFAULT: u32 = 4;
const DELIMITER: u32 = 8;

struct Tokens<'t> {
    text: &'t str,
    /// Five numbers for each token.
    data: Vec<u32>,
    /// Line and column of the last token.
    last: (u32, u32),
    line: u32,
    line_start: u32,
    ascii: bool,
}

impl Tokens<'_> {
    /// Adds a token that stands behind all others of its line. Columns and lengths are UTF-16.
    fn push(&mut self, span: Span, kind: u32, modifiers: u32) {
        let units = |from: u32, to: u32| {
            if self.ascii {
                return to - from;
            }
            let part = Span {
                start: from,
                end: to,
            };
            part.of(self.text).encode_utf16().count() as u32
        };
        if span.end <= span.start || span.start < self.line_start {
            return;
        }
        let column = units(self.line_start, span.start);
        let (line, before) = self.last;
        self.data.extend([
            self.line - line,
            if self.line == line {
                column - before
            } else {
                column
            },
            units(span.start, span.end),
            kind,
            modifiers,
        ]);
        self.last = (self.line, column);
    }
}

/// The tokens of a document, five numbers each: lines after the token before, UTF-16 columns after
/// it where it stands in the same line and after the line's start else, UTF-16 length, type
/// ([`TOKEN_TYPES`]), sum of modifiers ([`TOKEN_MODIFIERS`]). Sorted; none overlaps another.
pub fn semantic_tokens(text: &str) -> Vec<u32> {
    // Which target the plan is for changes nothing here.
    let view = View::new(text, ExecutionTarget::LaneGraph);
    let mut out = Tokens {
        text,
        data: Vec::with_capacity(view.document.lines.len() * 20),
        last: (0, 0),
        line: 0,
        line_start: 0,
        ascii: true,
    };
    for (number, line) in view.document.lines.iter().enumerate() {
        out.line = number as u32;
        out.line_start = line.span.start;
        out.ascii = line.span.of(text).is_ascii();
        statement(&view, line, &mut out);
        if let Some(comment) = line.comment {
            out.push(comment, COMMENT, 0);
        }
    }
    out.data
}

fn statement(view: &View<'_>, line: &Line<'_>, out: &mut Tokens<'_>) {
    let body = line.body.of(view.text);
    let keyword = |out: &mut Tokens<'_>| {
        let length = body.find([' ', '\t', '{', '"', '#']).unwrap_or(body.len());
        let span = Span {
            start: line.body.start,
            end: line.body.start + length as u32,
        };
        out.push(span, KEYWORD, 0);
    };
    match &line.statement {
        Statement::Nothing | Statement::Unknown => {}
        Statement::Pipeline { name } => {
            keyword(out);
            if let Some(name) = name {
                out.push(name.span, NAME, DECLARATION);
            }
        }
        Statement::Description { text } => {
            keyword(out);
            if let Some(text) = text {
                out.push(text.span, STRING, 0);
            }
        }
        Statement::Boundary { id, .. } => {
            keyword(out);
            if let Some(id) = id {
                out.push(id.span, BOUNDARY, declared(view, *id));
            }
        }
        Statement::Stage { id, key } => {
            keyword(out);
            if let Some(id) = id {
                out.push(id.span, STAGE, declared(view, *id));
            }
            if let Some(key) = key {
                stage_key(key, out);
            }
        }
        Statement::Chain(chain) => {
            for (at, name) in chain.nodes.iter().enumerate() {
                if let Some(arrow) = at.checked_sub(1).and_then(|at| chain.arrows.get(at)) {
                    arrow_tokens(arrow.span, arrow.intent, view.text, out);
                }
                reference(view, *name, out);
            }
        }
        Statement::Block { settings, .. } => {
            keyword(out);
            for setting in settings {
                out.push(setting.name.span, PARAMETER, 0);
                let ids = setting.ids(view.text);
                for word in setting.words(view.text) {
                    if ids.iter().any(|id| id.span == word.span) {
                        reference(view, word, out);
                    } else {
                        out.push(word.span, VALUE, 0);
                    }
                }
            }
        }
    }
}

/// An id where it is used.
fn reference(view: &View<'_>, name: Name<'_>, out: &mut Tokens<'_>) {
    let (kind, modifiers) = match view.element(name.text).map(|found| found.kind) {
        Some(ElementKind::Stage) => (STAGE, 0),
        Some(_) => (BOUNDARY, 0),
        None => (STAGE, UNRESOLVED),
    };
    out.push(name.span, kind, modifiers);
}

/// Declared here, and whether it can be used: a second declaration, or a word that is no id, can't.
fn declared(view: &View<'_>, name: Name<'_>) -> u32 {
    let first = view
        .element(name.text)
        .is_some_and(|found| found.span == name.span);
    if first && is_id(name.text) && !is_reserved(name.text) {
        DECLARATION
    } else {
        DECLARATION | UNRESOLVED
    }
}

/// The family, what separates the parameters, and the parameters. Quotes belong to their edges.
fn stage_key(key: &Key<'_>, out: &mut Tokens<'_>) {
    let open = u32::from(key.quoted);
    let inner = key.part(0, key.text.len());
    out.push(
        Span {
            start: key.span.start,
            end: key.span.start + open,
        },
        STRING,
        DELIMITER,
    );
    let parts = parts_of_key(&key.text);
    let family = key.part(0, parts.name.1);
    let modifiers = if parts.family.is_none() {
        UNRESOLVED
    } else {
        0
    };
    out.push(family, FAMILY, modifiers);
    let mut at = family.end;
    for &(start, end) in &parts.parameters {
        let span = key.part(start, end);
        out.push(
            Span {
                start: at,
                end: span.start,
            },
            OPERATOR,
            DELIMITER,
        );
        out.push(span, STRING, 0);
        at = span.end.max(at);
    }
    out.push(
        Span {
            start: at,
            end: inner.end.max(at),
        },
        STRING,
        0,
    );
    out.push(
        Span {
            start: inner.end.max(at),
            end: key.span.end,
        },
        STRING,
        DELIMITER,
    );
}

/// The arrow's signs, the kind in it, and its number.
fn arrow_tokens(span: Span, intent: Option<LaneIntent>, text: &str, out: &mut Tokens<'_>) {
    let arrow = span.of(text);
    let (Some(open), Some(close)) = (arrow.find('['), arrow.rfind(']')) else {
        out.push(span, OPERATOR, 0);
        return;
    };
    let at = |offset: usize| span.start + offset as u32;
    out.push(
        Span {
            start: span.start,
            end: at(open + 1),
        },
        OPERATOR,
        0,
    );
    let mut word = open + 1;
    while word < close {
        let rest = &arrow[word..close];
        let skip = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let rest = &rest[skip..];
        let length = rest.find([' ', '\t']).unwrap_or(rest.len());
        let modifiers = match intent {
            None => UNRESOLVED,
            Some(intent) if intent == LaneIntent::of(LaneKind::Events) => DEFAULT,
            Some(_) => 0,
        };
        out.push(
            Span {
                start: at(word + skip),
                end: at(word + skip + length),
            },
            VALUE,
            modifiers,
        );
        word += skip + length.max(1);
    }
    out.push(
        Span {
            start: at(close),
            end: span.end,
        },
        OPERATOR,
        0,
    );
}
