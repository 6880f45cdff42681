//! Statements that stand once: name, description, blocks.

use super::Check;
use crate::{Diagnostic, EditOperation, Phase, Span, Statement, TextEdit};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn header(&mut self) {
        let document = self.document;
        // The statements that may stand once, with their first lines: four at most.
        let mut seen: Vec<(&'static str, u32)> = Vec::new();
        for (at, line) in document.lines.iter().enumerate() {
            let word = match &line.statement {
                Statement::Pipeline { name } => {
                    if self.name.is_none() {
                        self.name = name.as_ref().map(|name| name.text);
                    }
                    "pipeline"
                }
                Statement::Description { text } => {
                    if self.description.is_none() {
                        self.description = text.as_ref().map(|text| text.text.to_string());
                    }
                    "description"
                }
                Statement::Block { target, .. } => target.name(),
                _ => continue,
            };
            let number = at as u32 + 1;
            let first = seen.iter().find(|(known, _)| *known == word);
            let Some(&(_, first)) = first else {
                seen.push((word, number));
                continue;
            };
            {
                let next = document
                    .lines
                    .get(at + 1)
                    .map_or(line.span.end, |next| next.span.start);
                let edit = TextEdit {
                    start: line.span.start,
                    end: next,
                    text: String::new(),
                };
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_DUPLICATE_STATEMENT",
                        Phase::Structural,
                        line.body,
                        format!("`{word}` stands in line {first} already"),
                    )
                    .arg("statement", word)
                    .arg("first_line", first.to_string())
                    .help("Keep one of them")
                    .fix("Remove this line", Some(vec![edit])),
                );
            }
        }
        if !seen.iter().any(|(word, _)| *word == "pipeline") {
            let fix = self.fix(EditOperation::SetName {
                name: "untitled".to_owned(),
            });
            self.out.push(
                Diagnostic::new(
                    "E_PLAN_NO_NAME",
                    Phase::Structural,
                    Span::new(0, 0),
                    "The pipeline has no name",
                )
                .help("Add a line `pipeline NAME`")
                .fix("Add `pipeline untitled`", fix),
            );
        }
    }
}
