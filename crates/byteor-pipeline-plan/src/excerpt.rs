//! The line of a text that a diagnostic is about, for people to see.

use crate::Span;

/// The most characters of a line that an excerpt shows.
const WIDTH_MAX: usize = 160;

/// A line of a text, and which part of it a span marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedLine {
    /// The line as far as it is shown; each character takes one place, control characters are
    /// spaces.
    pub line: String,
    /// Characters in front of the mark.
    pub before: usize,
    /// Characters marked, at least 1; 0 where the mark stands behind what is shown.
    pub marked: usize,
}

/// The line on which `span` begins, with what of it the span covers. None where the line is blank.
pub fn marked_line(text: &str, span: Span) -> Option<MarkedLine> {
    let start = span.start as usize;
    let line_start = text
        .get(..start)
        .map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let line = text[line_start..].split('\n').next().unwrap_or("");
    let line = line.trim_end_matches('\r');
    if line.trim().is_empty() {
        return None;
    }
    let before = text.get(line_start..start).unwrap_or("").chars().count();
    let end = (span.end as usize).min(line_start + line.len());
    let marked = text.get(start..end).unwrap_or("").chars().count().max(1);
    Some(MarkedLine {
        line: line
            .chars()
            .take(WIDTH_MAX)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect(),
        before,
        marked: marked.min(WIDTH_MAX.saturating_sub(before)),
    })
}
