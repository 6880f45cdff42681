//! The new text, and the minimal edits that lead there.

use super::piece::Piece;
use super::session::{Change, Session};
use crate::{EditAnswer, Line, Span, Statement, TextEdit, apply_edits, difference};

impl Session<'_, '_> {
    pub(super) fn finish(mut self) -> EditAnswer {
        let text = self.document.text;
        self.settle();
        if !self.inner.is_empty() {
            return EditAnswer {
                text: apply_edits(text, &self.inner),
                edits: self.inner,
                created: self.created,
            };
        }
        let edits = self.line_edits();
        let (text, edits) = self.assemble(edits);
        EditAnswer {
            text,
            edits,
            created: self.created,
        }
    }

    /// The edits alone, of an excerpt of a document; `None` where they need the whole of it.
    pub(super) fn edits(mut self) -> Option<Vec<TextEdit>> {
        self.settle();
        if !self.inner.is_empty() {
            return Some(self.inner);
        }
        // When the last line goes, the line feed before it goes, which others may need.
        let last = self.document.lines.len().saturating_sub(1);
        if matches!(self.changes.get(&last), Some(Change::Delete)) {
            return None;
        }
        Some(self.line_edits())
    }

    /// Turns what happened to chains into changes of lines, and sorts edits inside lines.
    fn settle(&mut self) {
        let text = self.document.text;
        if !self.inner.is_empty() {
            self.inner.sort_by_key(|one| (one.start, one.end));
            return;
        }
        let new_chains: Vec<String> = std::mem::take(&mut self.new_chains)
            .iter()
            .filter(|piece| piece.nodes.len() > 1)
            .map(Piece::text)
            .collect();
        if !new_chains.is_empty() {
            self.insert_chain_lines(new_chains.join("\n"));
        }
        for &at in self.touched.iter() {
            let line = &self.document.lines[at];
            let body = line.body.of(text);
            let Statement::Chain(chain) = &line.statement else {
                continue;
            };
            let first = chain
                .nodes
                .first()
                .map_or(line.body.start, |name| name.span.start);
            let last = chain
                .nodes
                .last()
                .map_or(line.body.end, |name| name.span.end);
            // What stands around the ids of a broken line stays.
            let head = Span {
                start: line.body.start,
                end: first,
            }
            .of(text);
            let tail = Span {
                start: last,
                end: line.body.end,
            }
            .of(text);
            let indent = Span {
                start: line.span.start,
                end: line.body.start,
            }
            .of(text);
            let separator = format!("\n{indent}");
            let pieces: Vec<String> = self
                .chains
                .get(&at)
                .map_or(&[][..], Vec::as_slice)
                .iter()
                .filter(|piece| piece.nodes.len() > 1)
                .map(Piece::text)
                .collect();
            let change = if pieces.is_empty() {
                Change::Delete
            } else {
                Change::Body(format!("{head}{}{tail}", pieces.join(&separator)))
            };
            if matches!(&change, Change::Body(new) if new == body) {
                continue;
            }
            self.changes.insert(at, change);
        }
    }

    /// The edits of the changed lines and of new ones, sorted by place.
    fn line_edits(&self) -> Vec<TextEdit> {
        let text = self.document.text;
        let lines = &self.document.lines;
        let mut edits: Vec<TextEdit> = Vec::new();
        for (&at, new) in self.before.iter() {
            let new = new.join("\n");
            edits.push(match lines.get(at) {
                Some(line) => {
                    let start = line.span.start as usize;
                    TextEdit::new(start, start, new + "\n")
                }
                None => TextEdit::new(text.len(), text.len(), format!("\n{new}")),
            });
        }
        for (&at, change) in self.changes.iter() {
            let line = &lines[at];
            let start = line.span.start as usize;
            match change {
                Change::Body(body) => edits.extend(difference(
                    line.body.of(text),
                    body,
                    line.body.start as usize,
                )),
                Change::Delete => match (line.kept_comment(), lines.get(at + 1)) {
                    (Some(comment), _) => edits.push(TextEdit::new(
                        line.body.start as usize,
                        comment.start as usize,
                        "",
                    )),
                    (None, Some(next)) => {
                        edits.push(TextEdit::new(start, next.span.start as usize, ""));
                    }
                    (None, None) => edits.push(TextEdit::new(
                        start.saturating_sub(1),
                        line.span.end as usize,
                        "",
                    )),
                },
            }
        }
        edits.sort_by_key(|one| (one.start, one.end));
        edits
    }

    /// The new text, line by line, and the edits that lead there.
    fn assemble(&self, mut edits: Vec<TextEdit>) -> (String, Vec<TextEdit>) {
        let text = self.document.text;
        let mut out: Vec<String> = Vec::new();
        for (at, line) in self.document.lines.iter().enumerate() {
            out.extend(self.before.get(&at).map(|new| new.join("\n")));
            let part = |start, end| Span { start, end }.of(text);
            let head = part(line.span.start, line.body.start);
            match self.changes.get(&at) {
                None => out.push(line.span.of(text).to_owned()),
                Some(Change::Body(body)) => {
                    let tail = part(line.body.end, line.span.end);
                    out.push(format!("{head}{body}{tail}"));
                }
                Some(Change::Delete) => {
                    out.extend(
                        line.kept_comment()
                            .map(|comment| format!("{head}{}", comment.of(text))),
                    );
                }
            }
        }
        let end = self.document.lines.len();
        for (_, new) in self.before.iter().filter(|(at, _)| **at >= end) {
            out.push(new.join("\n"));
        }
        let after = out.join("\n");
        let apart = edits.windows(2).all(|pair| pair[0].end <= pair[1].start);
        if !apart || apply_edits(text, &edits) != after {
            // Neighbouring changes at the end of the document meet in one line feed.
            edits = difference(text, &after, 0).into_iter().collect();
        }
        (after, edits)
    }
}

impl Line<'_> {
    /// The comment that stays when the statement goes: one beside connections may speak of more
    /// than those that go.
    fn kept_comment(&self) -> Option<Span> {
        self.comment
            .filter(|_| matches!(self.statement, Statement::Chain(_)))
    }
}
