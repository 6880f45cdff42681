//! Connections, and what they name.

use std::collections::HashMap;

use byteor_pipeline_catalogue::nearest;
use byteor_pipeline_spec::EndpointKind;

use super::{Check, Kind, Link};
use crate::{Diagnostic, EditOperation, Name, Phase, Span, Statement, TextEdit};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn connections(&mut self) {
        let document = self.document;
        let mut seen: HashMap<(u32, u32), u32> = HashMap::new();
        self.fed_by_unknown = vec![false; self.elements.len()];
        self.feeds_unknown = vec![false; self.elements.len()];
        // For each id of the document, whether it stands before others, and after them; and those
        // that aren't declared.
        let mut sides = vec![(false, false); document.ids];
        let mut unknown: Vec<Name<'_>> = Vec::new();
        let mut side = |name: Name<'d>, is_before: bool| {
            let (before, after) = &mut sides[name.at()];
            if !*before && !*after {
                unknown.push(name);
            }
            *(if is_before { before } else { after }) = true;
        };
        for line in &document.lines {
            let Statement::Chain(chain) = &line.statement else {
                continue;
            };
            for (from, _, to) in chain.links() {
                if self.element(&from).is_none() {
                    side(from, true);
                }
                if self.element(&to).is_none() {
                    side(to, false);
                }
            }
        }
        let valid = |id: &&str| byteor_pipeline_spec::is_id(id) && !crate::is_reserved(id);
        // The first by its text of those that stand on one side only.
        let only = |side: (bool, bool)| {
            let ids = unknown.iter().filter(|name| sides[name.at()] == side);
            ids.map(|name| name.text).filter(valid).min()
        };
        if self.of_kind(Kind::Ingress).next().is_none() {
            self.likely_ingress = only((true, false));
        }
        if self.of_kind(Kind::Egress).next().is_none() {
            self.likely_egress = only((false, true));
        }
        let mut said = vec![false; document.ids];
        for (number, line) in document.lines.iter().enumerate() {
            let Statement::Chain(chain) = &line.statement else {
                continue;
            };
            for name in &chain.nodes {
                if self.element(name).is_none() && !std::mem::replace(&mut said[name.at()], true) {
                    self.unknown_id(name);
                }
            }
            for (place, (from, arrow, to)) in chain.links().enumerate() {
                let span = Span {
                    start: from.span.start,
                    end: to.span.end,
                };
                let first = *seen
                    .entry((from.number, to.number))
                    .or_insert(number as u32 + 1);
                let pair = || format!("{}->{}", from.text, to.text);
                let (a, b) = (self.element(&from), self.element(&to));
                let (Some(a), Some(b)) = (a, b) else {
                    if let Some(a) = a {
                        self.feeds_unknown[a] = true;
                    }
                    if let Some(b) = b {
                        self.fed_by_unknown[b] = true;
                    }
                    continue;
                };
                let remove = || EditOperation::Disconnect {
                    from: from.text.to_owned(),
                    to: to.text.to_owned(),
                };
                if a == b {
                    let fix = self.fix(remove());
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_SELF_CONNECTION",
                            Phase::Structural,
                            span,
                            format!("`{}` is connected to itself", from.text),
                        )
                        .arg("id", from.text)
                        .help("Records can't run in a circle; remove the connection")
                        .element(pair())
                        .fix("Remove the connection", fix),
                    );
                    continue;
                }
                if self.elements[a].kind == Kind::Egress {
                    let fix = self.fix(remove());
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_FROM_EGRESS",
                            Phase::Structural,
                            span,
                            format!("Nothing comes after the egress `{}`", from.text),
                        )
                        .arg("id", from.text)
                        .help("Records leave at an egress; connect a stage instead")
                        .element(pair())
                        .fix("Remove the connection", fix),
                    );
                    continue;
                }
                if self.elements[b].kind == Kind::Ingress {
                    let fix = self.fix(remove());
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_INTO_INGRESS",
                            Phase::Structural,
                            span,
                            format!("Nothing comes before the ingress `{}`", to.text),
                        )
                        .arg("id", to.text)
                        .help("Records come in at an ingress; connect a stage instead")
                        .element(pair())
                        .fix("Remove the connection", fix),
                    );
                    continue;
                }
                if first != number as u32 + 1
                    || self
                        .links
                        .last()
                        .is_some_and(|link| link.from == a && link.to == b && link.span != span)
                {
                    let fix = self.cut_fix(number, place);
                    self.out.push(
                        Diagnostic::new(
                            "E_PLAN_DUPLICATE_CONNECTION",
                            Phase::Structural,
                            span,
                            format!(
                                "`{}` is connected to `{}` in line {first} already",
                                from.text, to.text
                            ),
                        )
                        .arg("from", from.text)
                        .arg("to", to.text)
                        .arg("first_line", first.to_string())
                        .help("Remove one of the two")
                        .element(pair())
                        .fix("Remove this one", fix),
                    );
                    continue;
                }
                self.links.push(Link {
                    from: a,
                    to: b,
                    intent: arrow.intent,
                    span,
                    arrow: arrow.span,
                });
            }
        }
    }

    /// The declared id that an unknown one probably means.
    fn near_id(&self, word: &str) -> Option<&'d str> {
        if self.out.full() {
            return None;
        }
        let ids = self.near_ids.get_or_init(|| {
            let ids = self.elements.iter().map(|element| element.id);
            ids.filter(|id| byteor_pipeline_spec::is_id(id) && !crate::is_reserved(id))
                .collect()
        });
        let left = self.near_left.get();
        self.near_left.set(left.saturating_sub(ids.len()));
        if left < ids.len() {
            return None;
        }
        nearest(word, ids.iter().copied())
    }

    pub(super) fn unknown_id(&mut self, name: &Name<'_>) {
        let near = self.near_id(name.text);
        let mut diagnostic = Diagnostic::new(
            "E_PLAN_UNKNOWN_ID",
            Phase::Structural,
            name.span,
            format!("There is no stage or boundary `{}`", name.text),
        )
        .arg("id", name.text)
        .element(name.text)
        .help(match near {
            Some(near) => format!(
                "Did you mean `{near}`? Or declare it: `stage {} KEY`",
                name.text
            ),
            None => format!("Declare it: `stage {} KEY`", name.text),
        });
        if let Some(near) = near {
            diagnostic = diagnostic.fix(
                format!("Change to `{near}`"),
                Some(vec![TextEdit {
                    start: name.span.start,
                    end: name.span.end,
                    text: near.to_owned(),
                }]),
            );
        }
        for (likely, kind) in [
            (self.likely_ingress, EndpointKind::Ingress),
            (self.likely_egress, EndpointKind::Egress),
        ] {
            if likely == Some(name.text) {
                let fix = self.fix(EditOperation::AddBoundary {
                    kind,
                    id: Some(name.text.to_owned()),
                });
                let title = format!("Add the missing {} `{}`", kind.name(), name.text);
                diagnostic = diagnostic.fix(title, fix);
            }
        }
        let fix = self.fix(EditOperation::AddStage {
            key: "identity".to_owned(),
            id: Some(name.text.to_owned()),
            after: None,
        });
        self.out
            .push(diagnostic.fix(format!("Add the missing stage `{}`", name.text), fix));
    }
}
