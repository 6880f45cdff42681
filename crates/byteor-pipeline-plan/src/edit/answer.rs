//! The new text, and the minimal edits that lead there.

use byteor_pipeline_spec::sort_list;

use super::piece::Piece;
use super::session::{Change, Session};
use crate::{EditAnswer, Span, Statement, TextEdit, apply_edits, difference};

impl Session<'_, '_> {
    pub(super) fn finish(mut self) -> EditAnswer {
        let text = self.document.text;
        if !self.inner.is_empty() {
            sort_list(&mut self.inner, |a, b| {
                (a.start, a.end).cmp(&(b.start, b.end))
            });
            return EditAnswer {
                text: apply_edits(text, &self.inner),
                edits: self.inner,
                created: self.created,
            };
        }
        let new_chains: Vec<String> = std::mem::take(&mut self.new_chains)
            .iter()
            .filter(|piece| piece.nodes.len() > 1)
            .map(Piece::text)
            .collect();
        if !new_chains.is_empty() {
            self.insert_chain_lines(new_chains.join("\n"));
        }
        for &at in &self.touched {
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
        self.assemble()
    }

    /// The new text, line by line, and the edits that lead there.
    pub(super) fn assemble(mut self) -> EditAnswer {
        let text = self.document.text;
        let lines = &self.document.lines;
        let mut out: Vec<String> = Vec::new();
        let mut edits: Vec<TextEdit> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let start = line.span.start as usize;
            if let Some(new) = self.before.remove(&at) {
                let new = new.join("\n");
                edits.push(TextEdit::new(start, start, format!("{new}\n")));
                out.push(new);
            }
            match self.changes.get(&at) {
                None => out.push(line.span.of(text).to_owned()),
                Some(Change::Body(body)) => {
                    edits.extend(difference(
                        line.body.of(text),
                        body,
                        line.body.start as usize,
                    ));
                    let head = Span {
                        start: line.span.start,
                        end: line.body.start,
                    }
                    .of(text);
                    let tail = Span {
                        start: line.body.end,
                        end: line.span.end,
                    }
                    .of(text);
                    out.push(format!("{head}{body}{tail}"));
                }
                Some(Change::Delete) => {
                    let chain = matches!(line.statement, Statement::Chain(_));
                    match line.comment {
                        // A comment beside connections may speak of more than those that go.
                        Some(comment) if chain => {
                            edits.push(TextEdit::new(
                                line.body.start as usize,
                                comment.start as usize,
                                "",
                            ));
                            let head = Span {
                                start: line.span.start,
                                end: line.body.start,
                            }
                            .of(text);
                            out.push(format!("{head}{}", comment.of(text)));
                        }
                        _ => match lines.get(at + 1) {
                            Some(next) => {
                                edits.push(TextEdit::new(start, next.span.start as usize, ""));
                            }
                            None => edits.push(TextEdit::new(
                                start.saturating_sub(1),
                                line.span.end as usize,
                                "",
                            )),
                        },
                    }
                }
            }
        }
        for (_, new) in std::mem::take(&mut self.before) {
            let new = new.join("\n");
            edits.push(TextEdit::new(text.len(), text.len(), format!("\n{new}")));
            out.push(new);
        }
        let after = out.join("\n");
        sort_list(&mut edits, |a, b| (a.start, a.end).cmp(&(b.start, b.end)));
        let apart = edits.windows(2).all(|pair| pair[0].end <= pair[1].start);
        if !apart || apply_edits(text, &edits) != after {
            // Neighbouring changes at the end of the document meet in one line feed.
            edits = difference(text, &after, 0).into_iter().collect();
        }
        EditAnswer {
            text: after,
            edits,
            created: self.created,
        }
    }
}
