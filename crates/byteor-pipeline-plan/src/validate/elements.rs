//! Declarations: ids and keys.

use byteor_pipeline_catalogue::parse_key;
use byteor_pipeline_spec::EndpointKind;

use super::key_fixes::key_fixes;
use super::{Check, Element, Kind};
use crate::syntax::{key_text, quote};
use crate::words::free_id;
use crate::{Diagnostic, Name, Phase, Span, Statement, TextEdit};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn declarations(&mut self) {
        let document = self.document;
        // The classes of the keys that are good ones.
        let mut classes = vec![None; document.keys];
        for line in &document.lines {
            let (id, kind, key) = match &line.statement {
                Statement::Boundary {
                    kind: EndpointKind::Ingress,
                    id,
                } => (id, Kind::Ingress, None),
                Statement::Boundary {
                    kind: EndpointKind::Egress,
                    id,
                } => (id, Kind::Egress, None),
                Statement::Stage { id, key } => (id, Kind::Stage, key.as_ref()),
                _ => continue,
            };
            let Some(id) = id else { continue };
            if let Some(first) = self.element(id) {
                let first_line = self.line_of(self.elements[first].span);
                let new = free_id(id.text, |id| self.by_id.contains_key(id));
                let edit = TextEdit {
                    start: id.span.start,
                    end: id.span.end,
                    text: new.clone(),
                };
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_DUPLICATE_ID",
                        Phase::Structural,
                        id.span,
                        format!("`{}` is declared in line {first_line} already", id.text),
                    )
                    .arg("id", id.text)
                    .arg("first_line", first_line.to_string())
                    .help("Ids are unique over stages and boundaries; choose another")
                    .element(id.text)
                    .fix(format!("Rename to `{new}`"), Some(vec![edit])),
                );
                continue;
            }
            let mut class = None;
            let mut text = "";
            if let Some(key) = key {
                text = key.text.as_ref();
                if !key.broken {
                    let known = &mut classes[key.number as usize];
                    if known.is_none() {
                        match parse_key(&key.text) {
                            Ok(parsed) => *known = Some(parsed.family.class),
                            Err(problem) => self.key_problem(id, key, &problem),
                        }
                    }
                    class = *known;
                }
            }
            self.by_id.insert(id.text, self.elements.len() as u32);
            self.declared[id.at()] = Some(self.elements.len());
            self.elements.push(Element {
                id: id.text,
                kind,
                span: id.span,
                key: text,
                class,
            });
        }
    }

    pub(super) fn key_problem(
        &mut self,
        id: &Name<'_>,
        key: &crate::Key<'_>,
        problem: &byteor_pipeline_catalogue::KeyProblem,
    ) {
        let mut span = key.part(problem.start, problem.end);
        if span.start >= span.end {
            span = key.span;
        }
        let mut diagnostic = Diagnostic::new(
            problem.code,
            Phase::Structural,
            span,
            problem.message.clone(),
        )
        .help(problem.help.clone())
        .element(id.text)
        .arg("id", id.text);
        for (name, value) in &problem.args {
            diagnostic = diagnostic.arg(*name, value.clone());
        }
        if !self.out.full() {
            for other in key_fixes(&key.text, problem) {
                let edit = TextEdit {
                    start: key.span.start,
                    end: key.span.end,
                    // Quotes that are there may be what separates it from its neighbours.
                    text: if key.quoted {
                        quote(&other)
                    } else {
                        key_text(&other)
                    },
                };
                let title = format!("Change to `{}`", shown(&other));
                diagnostic = diagnostic.fix(title, Some(vec![edit]));
            }
        }
        self.out.push(diagnostic);
    }

    pub(super) fn line_of(&self, span: Span) -> usize {
        self.document
            .lines
            .partition_point(|line| line.span.start <= span.start)
    }
}

/// A key on a button: the start of a long one.
fn shown(key: &str) -> String {
    const MOST: usize = 60;
    match key.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &key[..end]),
        None => key.to_owned(),
    }
}
