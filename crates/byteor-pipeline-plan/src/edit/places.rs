//! Where new lines go.

use byteor_pipeline_spec::EndpointKind;

use super::session::{Kind, Session};
use crate::Statement;

impl Session<'_, '_> {
    pub(super) fn last_line(&self, wanted: impl Fn(&Statement<'_>) -> bool) -> Option<usize> {
        self.document
            .lines
            .iter()
            .rposition(|line| wanted(&line.statement))
    }

    /// Adds a line after line `at`.
    pub(super) fn insert_after(&mut self, at: usize, text: String) {
        self.before.entry(at + 1).or_default().push(text);
    }

    /// After the last line that holds anything.
    pub(super) fn end(&self) -> Option<usize> {
        self.document
            .lines
            .iter()
            .rposition(|line| line.span.start < line.span.end)
    }

    /// Adds a line in a section of its own: after line `at`, with a blank line between.
    pub(super) fn insert_section(&mut self, at: Option<usize>, text: String) {
        match at {
            None => self.before.entry(0).or_default().push(text),
            Some(at) => {
                let list = self.before.entry(at + 1).or_default();
                if list.is_empty() {
                    list.push(String::new());
                }
                list.push(text);
                let next = self.document.lines.get(at + 1);
                if next.is_some_and(|next| next.span.start < next.span.end)
                    && let Some(list) = self.before.get_mut(&(at + 1))
                {
                    list.push(String::new());
                }
            }
        }
    }

    pub(super) fn insert_declaration(&mut self, text: String, kind: Kind, after: Option<usize>) {
        if let Some(at) = after {
            return self.insert_after(at, text);
        }
        let ingress = |statement: &Statement<'_>| {
            matches!(
                statement,
                Statement::Boundary {
                    kind: EndpointKind::Ingress,
                    ..
                }
            )
        };
        let stage = |statement: &Statement<'_>| matches!(statement, Statement::Stage { .. });
        let any = |statement: &Statement<'_>| {
            matches!(
                statement,
                Statement::Stage { .. } | Statement::Boundary { .. }
            )
        };
        let place = match kind {
            Kind::Ingress => self.last_line(ingress),
            Kind::Stage => self.last_line(stage).or_else(|| self.last_line(ingress)),
            Kind::Egress => self.last_line(any),
        };
        if let Some(at) = place {
            return self.insert_after(at, text);
        }
        // An ingress, or a stage where there is only an egress, comes before what is there.
        if let Some(first) = self
            .document
            .lines
            .iter()
            .position(|line| any(&line.statement))
        {
            self.before.entry(first).or_default().push(text);
            return;
        }
        let header = self.last_line(|statement| {
            matches!(
                statement,
                Statement::Pipeline { .. } | Statement::Description { .. }
            )
        });
        let already = header.is_some_and(|at| self.before.contains_key(&(at + 1)));
        match header {
            Some(at) if already => self.insert_after(at, text),
            Some(at) => self.insert_section(Some(at), text),
            None => {
                let first = self
                    .document
                    .lines
                    .iter()
                    .position(|line| line.body.start < line.body.end);
                match first {
                    Some(first) => self.before.entry(first).or_default().push(text),
                    None => {
                        let at = self.end().map_or(0, |at| at + 1);
                        self.before.entry(at).or_default().push(text);
                    }
                }
            }
        }
    }

    pub(super) fn insert_chain_lines(&mut self, text: String) {
        let chain = |statement: &Statement<'_>| matches!(statement, Statement::Chain(_));
        if let Some(at) = self.last_line(chain) {
            return self.insert_after(at, text);
        }
        let declaration = self.last_line(|statement| {
            matches!(
                statement,
                Statement::Stage { .. } | Statement::Boundary { .. }
            )
        });
        self.insert_section(declaration.or_else(|| self.end()), text);
    }
}
