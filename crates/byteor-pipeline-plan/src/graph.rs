//! The plan as a graph, for views of it: whatever could be read of a document, with places.

use std::collections::HashSet;

use byteor_pipeline_spec::{EndpointKind, ExecutionTarget, LaneKind};
use serde::{Deserialize, Serialize};

use crate::{Document, Name, Span, Statement};

/// What an author wants of the lane under a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LaneIntent {
    /// The kind of the lane.
    pub kind: LaneKind,
    /// Entries of a `sequenced_slots` lane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub capacity: Option<u32>,
    /// Consumers of a `fanout_broadcast` lane.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub consumers: Option<u32>,
}

impl LaneIntent {
    /// An intent without settings.
    pub fn of(kind: LaneKind) -> Self {
        Self {
            kind,
            capacity: None,
            consumers: None,
        }
    }

    /// As it stands in the text, between the brackets.
    pub fn text(&self) -> String {
        match (self.kind, self.capacity, self.consumers) {
            (LaneKind::SequencedSlots, Some(capacity), _) => format!("sequenced_slots {capacity}"),
            (LaneKind::FanoutBroadcast, _, Some(consumers)) => {
                format!("fanout_broadcast {consumers}")
            }
            (kind, _, _) => kind.name().to_owned(),
        }
    }
}

/// A boundary of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanBoundary {
    /// Its id.
    pub id: String,
    /// Which edge it is.
    pub kind: EndpointKind,
    /// Its statement.
    pub span: Span,
}

/// A stage of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanStage {
    /// Its id.
    pub id: String,
    /// Its key, without quotes; empty where there is none yet.
    pub key: String,
    /// The family of the key, where the catalogue knows it.
    pub family: Option<&'static str>,
    /// The class of the family.
    pub class: Option<&'static str>,
    /// Its statement.
    pub span: Span,
    /// The key in it, with its quotes.
    pub key_span: Span,
}

/// A connection of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanConnection {
    /// `from->to`.
    pub id: String,
    /// Where records come from.
    pub from: String,
    /// Where they go.
    pub to: String,
    /// The lane intent; null for the default, events.
    pub intent: Option<LaneIntent>,
    /// From the one id to the other.
    pub span: Span,
}

/// A setting of a target's block.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanSetting {
    /// Its name.
    pub name: String,
    /// Its words, with one space between.
    pub value: String,
    /// Name and value.
    pub span: Span,
}

/// The settings of each target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanSettings {
    /// Of the `single_ring` block.
    pub single_ring: Vec<PlanSetting>,
    /// Of the `lane_graph` block.
    pub lane_graph: Vec<PlanSetting>,
}

/// A plan as a graph. Broken documents have one too: what could be read of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PlanGraph {
    /// The pipeline's name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The statements of both, in bytes; for who reads the text.
    #[serde(skip)]
    #[cfg_attr(feature = "ts", ts(skip))]
    pub header: [Option<Span>; 2],
    /// Boundaries, in the order of the text; the first of each id.
    pub boundaries: Vec<PlanBoundary>,
    /// Stages, in the order of the text; the first of each id.
    pub stages: Vec<PlanStage>,
    /// Connections, in the order of the text; the first of each pair. Both ends may be unknown ids.
    pub connections: Vec<PlanConnection>,
    /// Settings of each target.
    pub settings: PlanSettings,
}

impl PlanGraph {
    /// Reads the graph of a document.
    pub fn new(document: &Document<'_>) -> Self {
        // At most about so many: most documents name each id in one declaration.
        let mut graph = Self {
            stages: Vec::with_capacity(document.ids),
            connections: Vec::with_capacity(document.ids),
            ..Self::default()
        };
        let mut declared = vec![false; document.ids];
        let mut first = |id: &Name<'_>| !std::mem::replace(&mut declared[id.at()], true);
        let mut pairs = HashSet::new();
        let mut families = vec![None; document.keys];
        for line in &document.lines {
            match &line.statement {
                Statement::Nothing | Statement::Unknown => {}
                Statement::Pipeline { name } => {
                    if let (None, Some(name)) = (&graph.name, name) {
                        graph.name = Some(name.text.to_owned());
                        graph.header[0] = Some(line.body);
                    }
                }
                Statement::Description { text } => {
                    if let (None, Some(text)) = (&graph.description, text) {
                        graph.description = Some(text.text.to_string());
                        graph.header[1] = Some(line.body);
                    }
                }
                Statement::Boundary { kind, id } => {
                    if let Some(id) = id
                        && first(id)
                    {
                        graph.boundaries.push(PlanBoundary {
                            id: id.text.to_owned(),
                            kind: *kind,
                            span: line.body,
                        });
                    }
                }
                Statement::Stage { id, key } => {
                    if let Some(id) = id
                        && first(id)
                    {
                        let text = key.as_ref().map_or("", |key| &key.text);
                        let family = key.as_ref().and_then(|key| {
                            *families[key.number as usize].get_or_insert_with(|| {
                                let name = key.text.bytes().position(|b| b == b':');
                                let name = &key.text[..name.unwrap_or(key.text.len())];
                                byteor_pipeline_catalogue::rules(name)
                            })
                        });
                        graph.stages.push(PlanStage {
                            id: id.text.to_owned(),
                            key: text.to_owned(),
                            family: family.map(|family| family.name),
                            class: family.map(|family| family.class.name()),
                            span: line.body,
                            key_span: key.as_ref().map_or(
                                Span {
                                    start: line.body.end,
                                    end: line.body.end,
                                },
                                |key| key.span,
                            ),
                        });
                    }
                }
                Statement::Chain(chain) => {
                    for (from, arrow, to) in chain.links() {
                        if pairs.insert((from.number, to.number)) {
                            graph.connections.push(PlanConnection {
                                id: [from.text, "->", to.text].concat(),
                                from: from.text.to_owned(),
                                to: to.text.to_owned(),
                                intent: arrow.intent,
                                span: Span {
                                    start: from.span.start,
                                    end: to.span.end,
                                },
                            });
                        }
                    }
                }
                Statement::Block { target, settings } => {
                    let list = match target {
                        ExecutionTarget::SingleRing => &mut graph.settings.single_ring,
                        ExecutionTarget::LaneGraph => &mut graph.settings.lane_graph,
                    };
                    list.extend(settings.iter().map(|setting| PlanSetting {
                        name: setting.name.text.to_owned(),
                        value: setting.value.clone(),
                        span: setting.span,
                    }));
                }
            }
        }
        graph
    }

    /// Turns all spans to UTF-16 units.
    pub fn utf16(&mut self, offsets: &crate::Offsets<'_>) {
        let spans = self
            .boundaries
            .iter_mut()
            .map(|boundary| &mut boundary.span)
            .chain(
                self.stages
                    .iter_mut()
                    .flat_map(|stage| [&mut stage.span, &mut stage.key_span]),
            )
            .chain(
                self.connections
                    .iter_mut()
                    .map(|connection| &mut connection.span),
            )
            .chain(
                self.settings
                    .single_ring
                    .iter_mut()
                    .map(|setting| &mut setting.span),
            )
            .chain(
                self.settings
                    .lane_graph
                    .iter_mut()
                    .map(|setting| &mut setting.span),
            );
        for span in spans {
            *span = offsets.utf16_span(*span);
        }
    }
}
