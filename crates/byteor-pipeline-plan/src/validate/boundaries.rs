//! Boundaries that are missing, and ways without a stage.

use byteor_pipeline_spec::EndpointKind;

use super::{Check, Kind};
use crate::words::free_id;
use crate::{Diagnostic, EditOperation, Phase};

impl<'d, 't> Check<'d, 't, '_> {
    pub(super) fn boundaries(&mut self) {
        for (kind, edge, code, word) in [
            (
                Kind::Ingress,
                EndpointKind::Ingress,
                "E_PLAN_NO_INGRESS",
                "ingress",
            ),
            (
                Kind::Egress,
                EndpointKind::Egress,
                "E_PLAN_NO_EGRESS",
                "egress",
            ),
        ] {
            if self.of_kind(kind).next().is_none() {
                let (base, likely) = if kind == Kind::Ingress {
                    ("in", self.likely_ingress)
                } else {
                    ("out", self.likely_egress)
                };
                let id = match likely {
                    Some(id) => id.to_owned(),
                    None => free_id(base, |id| self.by_id.contains_key(id)),
                };
                let fix = self.fix(EditOperation::AddBoundary {
                    kind: edge,
                    id: Some(id.clone()),
                });
                self.out.push(
                    Diagnostic::new(
                        code,
                        Phase::Structural,
                        self.end(),
                        format!("The plan has no {word}"),
                    )
                    .help(if kind == Kind::Ingress {
                        "Say where records come in: `ingress ID`"
                    } else {
                        "Say where records leave: `egress ID`"
                    })
                    .fix(format!("Add `{word} {id}`"), fix),
                );
            }
        }
        // A connection past all stages is the shortest plan that does nothing.
        for at in 0..self.links.len() {
            let link = self.links[at];
            if self.elements[link.from].kind == Kind::Ingress
                && self.elements[link.to].kind == Kind::Egress
            {
                let (from, to) = (self.id(link.from).to_owned(), self.id(link.to).to_owned());
                let insert = self.fix(EditOperation::InsertOnConnection {
                    from: from.clone(),
                    to: to.clone(),
                    key: "identity".to_owned(),
                    id: None,
                });
                let remove = self.fix(EditOperation::Disconnect {
                    from: from.clone(),
                    to: to.clone(),
                });
                self.out.push(
                    Diagnostic::new(
                        "E_PLAN_NO_STAGE_BETWEEN",
                        Phase::Structural,
                        link.span,
                        format!("No stage stands between `{from}` and `{to}`"),
                    )
                    .arg("from", from.clone())
                    .arg("to", to.clone())
                    .help("An ingress connects to stages, and stages to an egress")
                    .element(format!("{from}->{to}"))
                    .fix("Insert identity", insert)
                    .fix("Remove the connection", remove),
                );
            }
        }
        if self.of_kind(Kind::Stage).next().is_none()
            && !self.links.iter().any(|link| {
                self.elements[link.from].kind == Kind::Ingress
                    && self.elements[link.to].kind == Kind::Egress
            })
        {
            let mut operations = vec![EditOperation::AddStage {
                key: "identity".to_owned(),
                id: Some("identity".to_owned()),
                after: None,
            }];
            let ingress = self
                .of_kind(Kind::Ingress)
                .next()
                .map(|(_, element)| element.id);
            let egress = self
                .of_kind(Kind::Egress)
                .next()
                .map(|(_, element)| element.id);
            if let (Some(ingress), Some(egress)) = (ingress, egress) {
                operations.push(EditOperation::Connect {
                    from: ingress.to_owned(),
                    to: "identity".to_owned(),
                    intent: None,
                });
                operations.push(EditOperation::Connect {
                    from: "identity".to_owned(),
                    to: egress.to_owned(),
                    intent: None,
                });
            }
            let fix = self.fixes(&operations);
            self.out.push(
                Diagnostic::new(
                    "E_PLAN_NO_STAGE",
                    Phase::Structural,
                    self.end(),
                    "The plan has no stage",
                )
                .help("Add a stage, for example `stage copy identity`")
                .fix("Insert identity", fix),
            );
        }
    }
}
