//! Places in a text, and edits of it.

use std::cell::Cell;

use serde::{Deserialize, Serialize};

/// A range of a text. Bytes in Rust, UTF-16 units at the WebAssembly boundary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Span {
    /// First offset.
    pub start: u32,
    /// The offset after the last.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// The bytes of `text` in this span; empty where the span doesn't fit.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

/// Lines and columns of a span, both from 1; columns count UTF-16 units, as editors do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Range {
    /// Line of the first offset.
    pub start_line: u32,
    /// Column of the first offset.
    pub start_column: u32,
    /// Line of the offset after the last.
    pub end_line: u32,
    /// Column of the offset after the last.
    pub end_column: u32,
}

/// Puts `text` in the place of what stands from `start` to `end`.
///
/// Edits of one answer don't overlap, are sorted by place, and all offsets are those of the text
/// before any of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TextEdit {
    /// First offset of what goes.
    pub start: u32,
    /// The offset after what goes.
    pub end: u32,
    /// What comes.
    pub text: String,
}

impl TextEdit {
    /// The edit of bytes `start..end`.
    pub fn new(start: usize, end: usize, text: impl Into<String>) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
            text: text.into(),
        }
    }
}

/// The text after the edits, which are sorted and don't overlap, with offsets in bytes.
pub fn apply_edits(text: &str, edits: &[TextEdit]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for edit in edits {
        out.push_str(text.get(at..edit.start as usize).unwrap_or(""));
        out.push_str(&edit.text);
        at = edit.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// The least single edit from one text to another, by their common start and end.
pub fn difference(before: &str, after: &str, at: usize) -> Option<TextEdit> {
    if before == after {
        return None;
    }
    let start = before
        .char_indices()
        .zip(after.chars())
        .find(|((_, a), b)| a != b)
        .map_or(before.len().min(after.len()), |((at, _), _)| at);
    let (old, new) = (&before[start..], &after[start..]);
    let same: usize = old
        .chars()
        .rev()
        .zip(new.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    Some(TextEdit::new(
        at + start,
        at + before.len() - same,
        &new[..new.len() - same],
    ))
}

/// Translates byte offsets of one text to UTF-16 offsets, lines and columns, and back.
pub struct Offsets<'t> {
    text: &'t str,
    /// For each line: first byte, and first UTF-16 unit.
    lines: Vec<(u32, u32)>,
    ascii: bool,
    /// The line that was asked for last: the next place is mostly in it, or in the one behind.
    last: Cell<usize>,
}

/// A one in each byte.
const ONES: u64 = u64::MAX / 255;

impl<'t> Offsets<'t> {
    /// Reads the lines of `text`.
    pub fn new(text: &'t str) -> Self {
        let ascii = text.is_ascii();
        let mut lines = Vec::with_capacity(text.len() / 16 + 1);
        lines.push((0, 0));
        // In UTF-8 each byte after the first of a character starts with the bits 10; a character of
        // four bytes has two units.
        let (mut at, mut units) = (0, 0u32);
        let bytes = text.as_bytes();
        while at < bytes.len() {
            // Most bytes are ASCII: eight at once, where none of them ends a line.
            if let Some(chunk) = bytes[at..].first_chunk::<8>() {
                let word = u64::from_le_bytes(*chunk);
                let ends = word ^ (ONES * u64::from(b'\n'));
                if (word | (ends.wrapping_sub(ONES) & !ends)) & (ONES * 0x80) == 0 {
                    at += 8;
                    units += 8;
                    continue;
                }
            }
            let byte = bytes[at];
            at += 1;
            units += u32::from(byte & 0xc0 != 0x80) + u32::from(byte >= 0xf0);
            if byte == b'\n' {
                lines.push((at as u32, units));
            }
        }
        Self {
            text,
            lines,
            ascii,
            last: Cell::new(0),
        }
    }

    /// The line that a byte is in.
    fn line(&self, byte: u32) -> usize {
        let holds = |line: usize| {
            let next = self.lines.get(line + 1);
            self.lines
                .get(line)
                .is_some_and(|(start, _)| *start <= byte)
                && next.is_none_or(|(start, _)| byte < *start)
        };
        let last = self.last.get();
        let line = if holds(last) {
            last
        } else if holds(last + 1) {
            last + 1
        } else {
            let after = self.lines.partition_point(|(start, _)| *start <= byte);
            after.saturating_sub(1)
        };
        self.last.set(line);
        line
    }

    fn place(&self, byte: u32) -> (u32, u32) {
        let byte = byte.min(self.text.len() as u32);
        let line = self.line(byte);
        let (start, units) = self.lines[line];
        // A line with as many units as bytes is ASCII.
        let next = self.lines.get(line + 1);
        let plain = self.ascii || next.is_some_and(|(end, last)| end - start == last - units);
        let column = if plain {
            byte - start
        } else {
            let mut column = 0;
            for (at, c) in self.text[start as usize..].char_indices() {
                if start + at as u32 >= byte {
                    break;
                }
                column += c.len_utf16() as u32;
            }
            column
        };
        (line as u32, column)
    }

    /// The UTF-16 offset of a byte offset; one inside a character counts as its end.
    pub fn utf16(&self, byte: u32) -> u32 {
        if self.ascii {
            return byte.min(self.text.len() as u32);
        }
        let (line, column) = self.place(byte);
        self.lines[line as usize].1 + column
    }

    /// The byte offset of a UTF-16 offset; one inside a character counts as its start.
    pub fn byte(&self, utf16: u32) -> u32 {
        if self.ascii {
            return utf16.min(self.text.len() as u32);
        }
        let line = self
            .lines
            .partition_point(|(_, units)| *units <= utf16)
            .saturating_sub(1);
        let (start, mut units) = self.lines[line];
        for (at, c) in self.text[start as usize..].char_indices() {
            units += c.len_utf16() as u32;
            if units > utf16 {
                return start + at as u32;
            }
        }
        self.text.len() as u32
    }

    /// Lines and columns of a span of bytes.
    pub fn range(&self, span: Span) -> Range {
        let (start_line, start_column) = self.place(span.start);
        let (end_line, end_column) = self.place(span.end);
        Range {
            start_line: start_line + 1,
            start_column: start_column + 1,
            end_line: end_line + 1,
            end_column: end_column + 1,
        }
    }

    /// A span in UTF-16 units.
    pub fn utf16_span(&self, span: Span) -> Span {
        Span {
            start: self.utf16(span.start),
            end: self.utf16(span.end),
        }
    }

    /// Turns edits to UTF-16 offsets in place.
    pub fn utf16_edits(&self, edits: &mut [TextEdit]) {
        for edit in edits {
            edit.start = self.utf16(edit.start);
            edit.end = self.utf16(edit.end);
        }
    }
}
