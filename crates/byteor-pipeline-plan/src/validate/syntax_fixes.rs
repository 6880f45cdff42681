//! Ways out of broken lines that need more than the line.
//!
//! The parser sees one line at a time; what is known of the whole document gives better fixes, and
//! is looked at only where something is broken.

use std::collections::BTreeMap;

use byteor_pipeline_spec::LaneKind;

use super::Check;
use crate::words::{free_id, id_from};
use crate::{Diagnostic, Fix, Name, Phase, Span, Statement, TextEdit, is_reserved};

/// An id that stands in more places is renamed by the first of its diagnostics alone: each carries
/// all edits.
const PLACES_MAX: usize = 50;

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn syntax_fixes(&mut self) {
        if !self.out.list().iter().any(|one| one.phase == Phase::Syntax) {
            return;
        }
        let mut places: Option<BTreeMap<&'d str, Vec<Span>>> = None;
        let mut list = std::mem::take(self.out.list());
        for diagnostic in &mut list {
            match diagnostic.code.as_str() {
                "E_SYNTAX_ID" | "E_SYNTAX_RESERVED" => {
                    let places = places.get_or_insert_with(|| self.places());
                    self.rename(diagnostic, places);
                }
                "E_SYNTAX_LINE_END" => self.foreign_lines = true,
                "E_SYNTAX_INTENT" => self.intent(diagnostic),
                "E_SYNTAX_SETTING" => self.words(diagnostic),
                "E_SYNTAX_STATEMENT"
                | "E_SYNTAX_EXPECTED"
                | "E_SYNTAX_ARROW"
                | "E_SYNTAX_DESCRIPTION_LONG"
                    if diagnostic.fixes.is_empty() =>
                {
                    self.comment(diagnostic);
                }
                _ => {}
            }
        }
        *self.out.list() = list;
        if let Some(places) = places {
            self.bad_ids = places.keys().copied().collect();
        }
    }

    /// Where each id that is broken stands.
    fn places(&self) -> BTreeMap<&'d str, Vec<Span>> {
        let mut places: BTreeMap<&'d str, Vec<Span>> = BTreeMap::new();
        let mut add = |name: &Name<'t>| {
            if is_reserved(name.text) || !byteor_pipeline_spec::is_id(name.text) {
                places.entry(name.text).or_default().push(name.span);
            }
        };
        for line in &self.document.lines {
            match &line.statement {
                Statement::Boundary { id, .. } | Statement::Stage { id, .. } => {
                    id.iter().for_each(&mut add);
                }
                Statement::Chain(chain) => chain.nodes.iter().for_each(&mut add),
                _ => {}
            }
        }
        places
    }

    /// Another id, wherever this one stands.
    fn rename(&self, diagnostic: &mut Diagnostic, places: &BTreeMap<&'d str, Vec<Span>>) {
        let name = diagnostic.span.of(self.document.text);
        // The pipeline's name is no id of an element, and has its fix.
        let Some(spans) = places
            .get(name)
            .filter(|spans| spans.contains(&diagnostic.span))
        else {
            return;
        };
        diagnostic.fixes.clear();
        if spans.len() > PLACES_MAX && spans.first() != Some(&diagnostic.span) {
            return;
        }
        let base = id_from(name);
        let base = if is_reserved(&base) {
            [&base, "_1"].concat()
        } else {
            base
        };
        let id = free_id(&base, |id| self.by_id.contains_key(id));
        if !byteor_pipeline_spec::is_id(&id) {
            return;
        }
        diagnostic.fixes.push(Fix {
            target: None,
            title: format!("Change to `{id}`"),
            edits: spans
                .iter()
                .map(|span| TextEdit {
                    start: span.start,
                    end: span.end,
                    text: id.clone(),
                })
                .collect(),
        });
    }

    /// The kind alone, or no intent at all.
    fn intent(&self, diagnostic: &mut Diagnostic) {
        let inner = diagnostic.span;
        let word = inner.of(self.document.text).split_ascii_whitespace().next();
        if let Some(kind) = word.filter(|word| LaneKind::NAMES.contains(word)) {
            diagnostic.fixes.push(Fix {
                target: None,
                title: format!("Change to `{kind}`"),
                edits: vec![TextEdit {
                    start: inner.start,
                    end: inner.end,
                    text: kind.to_owned(),
                }],
            });
        }
        // `-[` stands before, `]->` behind.
        diagnostic.fixes.push(Fix {
            target: None,
            title: "Leave the intent out".to_owned(),
            edits: vec![TextEdit {
                start: inner.start - 2,
                end: inner.end + 3,
                text: "->".to_owned(),
            }],
        });
    }

    /// The words of a setting without what can't stand in them.
    fn words(&self, diagnostic: &mut Diagnostic) {
        let mut text = String::new();
        for c in diagnostic.span.of(self.document.text).chars() {
            match c {
                'a'..='z' | '0'..='9' | '_' => text.push(c),
                'A'..='Z' => text.push(c.to_ascii_lowercase()),
                _ if text.is_empty() || text.ends_with(' ') => {}
                _ => text.push(' '),
            }
        }
        let text = text.trim_end();
        if !text.is_empty() {
            diagnostic.fixes.push(Fix {
                target: None,
                title: format!("Change to `{text}`"),
                edits: vec![TextEdit {
                    start: diagnostic.span.start,
                    end: diagnostic.span.end,
                    text: text.to_owned(),
                }],
            });
        }
    }

    /// The line as a comment: it says nothing any more, and is still there.
    fn comment(&self, diagnostic: &mut Diagnostic) {
        let line = &self.document.lines[self.line_of(diagnostic.span) - 1];
        let start = line.body.start;
        if line.body.start < line.body.end {
            diagnostic.fixes.push(Fix {
                target: None,
                title: "Make the line a comment".to_owned(),
                edits: vec![TextEdit {
                    start,
                    end: start,
                    text: "# ".to_owned(),
                }],
            });
        }
    }
}
