//! One operation at work: what the document holds, and what is to change in it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use byteor_pipeline_spec::EndpointKind;

use super::check::{check_id, error, id_taken};
use super::piece::Piece;
use crate::words::{free_id, id_from};
use crate::{Document, EditError, Span, Statement, TextEdit};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ingress,
    Egress,
    Stage,
}

pub(super) enum Change {
    Body(String),
    Delete,
}

pub(super) struct Session<'d, 't> {
    pub(super) document: &'d Document<'t>,
    /// Id → kind and line, of the first declaration.
    pub(super) elements: HashMap<&'t str, (Kind, usize)>,
    /// Chain lines as pieces.
    pub(super) chains: BTreeMap<usize, Vec<Piece>>,
    /// Those of them that were touched.
    pub(super) touched: BTreeSet<usize>,
    pub(super) changes: BTreeMap<usize, Change>,
    /// New lines, by the line that they precede.
    pub(super) before: BTreeMap<usize, Vec<String>>,
    /// New chains, in order.
    pub(super) new_chains: Vec<Piece>,
    /// Edits inside lines, for operations that change nothing else.
    pub(super) inner: Vec<TextEdit>,
    pub(super) created: Vec<String>,
}

impl<'d, 't> Session<'d, 't> {
    pub(super) fn new(document: &'d Document<'t>) -> Self {
        let mut elements = HashMap::new();
        let mut chains = BTreeMap::new();
        for (at, line) in document.lines.iter().enumerate() {
            let (id, kind) = match &line.statement {
                Statement::Boundary {
                    kind: EndpointKind::Ingress,
                    id,
                } => (id, Kind::Ingress),
                Statement::Boundary {
                    kind: EndpointKind::Egress,
                    id,
                } => (id, Kind::Egress),
                Statement::Stage { id, .. } => (id, Kind::Stage),
                Statement::Chain(chain) => {
                    let between = |(a, b): (&crate::Name<'_>, &crate::Name<'_>)| {
                        Span {
                            start: a.span.end,
                            end: b.span.start,
                        }
                        .of(document.text)
                        .to_owned()
                    };
                    let pairs = chain.nodes.iter().zip(chain.nodes.iter().skip(1));
                    chains.insert(
                        at,
                        vec![Piece {
                            nodes: chain
                                .nodes
                                .iter()
                                .map(|name| name.text.to_owned())
                                .collect(),
                            arrows: pairs.map(between).collect(),
                        }],
                    );
                    continue;
                }
                _ => continue,
            };
            if let Some(id) = id {
                elements.entry(id.text).or_insert((kind, at));
            }
        }
        Self {
            document,
            elements,
            chains,
            touched: BTreeSet::new(),
            changes: BTreeMap::new(),
            before: BTreeMap::new(),
            new_chains: Vec::new(),
            inner: Vec::new(),
            created: Vec::new(),
        }
    }

    pub(super) fn exists(&self, id: &str) -> bool {
        self.elements.contains_key(id) || self.created.iter().any(|new| new == id)
    }

    pub(super) fn taken(&self, id: &str) -> bool {
        self.exists(id) || self.mentioned(id)
    }

    pub(super) fn mentioned(&self, id: &str) -> bool {
        self.chains
            .values()
            .flatten()
            .any(|piece| piece.nodes.iter().any(|node| node == id))
    }

    pub(super) fn require(&self, id: &str) -> Result<(), EditError> {
        if self.exists(id) {
            return Ok(());
        }
        Err(error(
            "E_EDIT_UNKNOWN_ID",
            format!("There is no `{id}` in the plan"),
            [("id", id)],
        ))
    }

    pub(super) fn kind(&self, id: &str) -> Option<Kind> {
        self.elements.get(id).map(|(kind, _)| *kind)
    }

    pub(super) fn new_id(&self, wanted: Option<&str>, base: &str) -> Result<String, EditError> {
        let Some(id) = wanted else {
            return Ok(free_id(&id_from(base), |id| self.taken(id)));
        };
        check_id(id)?;
        if self.exists(id) {
            return Err(id_taken(id));
        }
        Ok(id.to_owned())
    }

    pub(super) fn connected(&self, from: &str, to: &str) -> bool {
        self.pieces()
            .any(|piece| piece.links().any(|link| link == (from, to)))
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.chains.values().flatten().chain(&self.new_chains)
    }

    pub(super) fn may_connect(&self, from: &str, to: &str) -> Result<(), EditError> {
        self.require(from)?;
        self.require(to)?;
        let args = [("from", from), ("to", to)];
        if from == to {
            return Err(error(
                "E_EDIT_SELF",
                format!("`{from}` can't be connected to itself; add a stage between"),
                args,
            ));
        }
        if self.kind(from) == Some(Kind::Egress) {
            return Err(error(
                "E_EDIT_FROM_EGRESS",
                format!("Records leave at the egress `{from}`; nothing comes after it"),
                args,
            ));
        }
        if self.kind(to) == Some(Kind::Ingress) {
            return Err(error(
                "E_EDIT_INTO_INGRESS",
                format!("Records come in at the ingress `{to}`; nothing comes before it"),
                args,
            ));
        }
        if self.connected(from, to) {
            return Err(error(
                "E_EDIT_CONNECTED",
                format!("`{from}` is connected to `{to}` already"),
                args,
            ));
        }
        Ok(())
    }
}
