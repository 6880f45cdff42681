//! What may stand at a place of a document.

mod chain;
mod ids;
mod item;
mod key;
mod scan;
mod setting;
mod statement;

use byteor_pipeline_plan::Span;
use byteor_pipeline_spec::ExecutionTarget;

pub use item::{COMPLETION_MAX, CompletionItem, CompletionKind, CompletionList};

pub(crate) use chain::reach;

use crate::view::{View, inside};

/// Where the cursor stands.
pub(crate) struct Cursor<'v, 't> {
    pub(crate) view: &'v View<'t>,
    /// The offset.
    pub(crate) at: u32,
    /// The number of the line.
    pub(crate) number: usize,
    /// The line without its line end.
    pub(crate) line: &'t str,
    /// Where the line starts.
    pub(crate) start: u32,
}

impl<'t> Cursor<'_, 't> {
    /// What stands before the cursor in its line.
    fn before(&self) -> &'t str {
        &self.line[..(self.at - self.start) as usize]
    }

    /// What stands behind the cursor in its line.
    fn after(&self) -> &'t str {
        &self.line[(self.at - self.start) as usize..]
    }

    /// An answer whose items replace what stands from `start` to the cursor, or to where the
    /// characters that `belongs` accepts end.
    fn list(
        &self,
        start: u32,
        belongs: impl Fn(char) -> bool,
        items: Vec<CompletionItem>,
    ) -> CompletionList {
        let after = self.after();
        let rest = after.find(|c| !belongs(c)).unwrap_or(after.len());
        CompletionList {
            span: Span {
                start,
                end: self.at,
            },
            overwrite_end: self.at + rest as u32,
            incomplete: false,
            items,
        }
    }
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What may stand at `offset` for a target: nothing in a comment or a description.
pub fn complete(text: &str, target: ExecutionTarget, offset: u32) -> CompletionList {
    let view = View::new(text, target);
    let at = inside(text, offset);
    let mut list = at_cursor(&view, at).unwrap_or_default();
    if list.items.is_empty() {
        return CompletionList {
            span: Span { start: at, end: at },
            overwrite_end: at,
            ..CompletionList::default()
        };
    }
    if list.items.len() > COMPLETION_MAX {
        // Those that the typed word leaves come first, in their order.
        let word = list.span.of(text);
        if !word.is_empty() {
            list.items.retain(|item| {
                let filter = if item.filter.is_empty() {
                    &item.label
                } else {
                    &item.filter
                };
                is_subsequence(word, filter)
            });
        }
        list.incomplete = list.items.len() > COMPLETION_MAX;
        list.items.truncate(COMPLETION_MAX);
    }
    list
}

/// Whether all characters of `word` stand in `of`, in order, whatever their case: how editors filter.
fn is_subsequence(word: &str, of: &str) -> bool {
    let mut rest = of.bytes();
    word.bytes()
        .all(|wanted| rest.any(|b| b.eq_ignore_ascii_case(&wanted)))
}

fn at_cursor(view: &View<'_>, at: u32) -> Option<CompletionList> {
    let number = view.line_number(at);
    let span = view.document.lines.get(number)?.span;
    // Nothing is offered in front of a byte order mark, and past the longest document, which isn't
    // read.
    if at < span.start || at > span.end {
        return None;
    }
    let line = span.of(view.text);
    let cursor = Cursor {
        view,
        at,
        number,
        line: line.strip_suffix('\r').unwrap_or(line),
        start: span.start,
    };
    if (at - span.start) as usize > cursor.line.len()
        || scan::in_comment(cursor.line, (at - span.start) as usize)
    {
        return None;
    }
    let before = cursor.before();
    let indent = before.len() - before.trim_start_matches([' ', '\t', '\u{feff}']).len();
    let statement = &before[indent..];
    let first = statement
        .find([' ', '\t', '{', '"'])
        .unwrap_or(statement.len());
    let word_start = span.start + indent as u32;
    let rest = &statement[first..];
    if rest.is_empty() {
        return statement::at_start(&cursor, word_start);
    }
    let rest_start = word_start + first as u32;
    match &statement[..first] {
        "pipeline" => ids::pipeline_name(&cursor, rest),
        "ingress" => ids::boundary(&cursor, rest, "in"),
        "egress" => ids::boundary(&cursor, rest, "out"),
        "stage" => ids::stage(&cursor, rest, rest_start),
        "description" => statement::description(&cursor, rest),
        "single_ring" => setting::in_block(&cursor, ExecutionTarget::SingleRing, rest),
        "lane_graph" => setting::in_block(&cursor, ExecutionTarget::LaneGraph, rest),
        _ => chain::in_chain(&cursor),
    }
}
