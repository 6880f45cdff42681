//! Formatting of a part of a document.

use byteor_pipeline_plan::{Span, TextEdit, format};

use crate::view::inside;

/// Edits that format the lines that `span` touches, and no others. Blank lines around them stay.
pub fn format_range(text: &str, span: Span) -> Vec<TextEdit> {
    let (from, to) = (
        inside(text, span.start),
        inside(text, span.end.max(span.start)),
    );
    let first = text[..from as usize].rfind('\n').map_or(0, |at| at + 1);
    // A range that ends at the start of a line doesn't touch it.
    let last = if to > from && text[..to as usize].ends_with('\n') {
        to as usize
    } else {
        text[to as usize..]
            .find('\n')
            .map_or(text.len(), |at| to as usize + at + 1)
    };
    let part = &text[first..last];
    let blank = |line: &&str| line.trim().is_empty();
    let skip: usize = part
        .split_inclusive('\n')
        .take_while(blank)
        .map(str::len)
        .sum();
    let tail: usize = part
        .split_inclusive('\n')
        .rev()
        .take_while(blank)
        .map(str::len)
        .sum();
    if skip + tail >= part.len() {
        return Vec::new();
    }
    let start = first + skip;
    let (_, mut edits) = format(&text[start..last - tail]);
    for edit in &mut edits {
        edit.start += start as u32;
        edit.end += start as u32;
    }
    edits
}
