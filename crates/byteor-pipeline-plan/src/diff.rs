//! A plan as a diff sees it: whatever could be read of it, for one target (docs/spec/diff.md).

use std::borrow::Cow;
use std::collections::BTreeMap;

use byteor_pipeline_spec::{
    ChangeSubject, DiffOf, DiffView, EndpointKind, ExecutionTarget, LaneKind, LinkLane, OnFull,
    PipelineSpecV1, Place, SEQUENCED_SLOTS_MAX_CAPACITY, ViewElement, ViewLink, ViewValue,
    inserted_roles,
};

use crate::{LaneIntent, Offsets, PlanGraph, PlanSetting, Span};

/// What settings are where a plan doesn't say, by KV name.
const DEFAULTS: [(&str, &str); 6] = [
    ("single_ring.shards", "1"),
    ("single_ring.producer", "single"),
    ("single_ring.scheduling", "dedicated"),
    ("single_ring.ordering", "strict"),
    ("lane_graph.on_full", "block"),
    ("lane_graph.merge", "round_robin"),
];

/// Where a span of a text begins.
fn place(offsets: &Offsets<'_>, span: Span) -> Option<Place> {
    Some(Place {
        offset: span.start,
        line: offsets.range(span).start_line,
    })
}

/// The view of a plan that [`byteor_pipeline_spec::compare`] takes. Plans with errors have one too;
/// `spec` is what the plan was lowered to, with its hash, where it has no error.
pub fn plan_view<'g>(
    text: &str,
    graph: &'g PlanGraph,
    target: ExecutionTarget,
    spec: Option<&(PipelineSpecV1, String)>,
) -> DiffView<'g> {
    let offsets = Offsets::new(text);
    let mut view = DiffView {
        of: DiffOf::Plan,
        target,
        hash: spec.map(|(_, hash)| hash.clone()),
        metadata: Vec::new(),
        settings: vec![ViewValue::new("target", target.name())],
        on_full: on_full(graph),
        elements: Vec::with_capacity(graph.boundaries.len() + graph.stages.len()),
        links: Vec::with_capacity(graph.connections.len()),
        inserted: spec
            .map(|(spec, _)| inserted_roles(spec))
            .unwrap_or_default(),
    };
    let header = [("name", &graph.name), ("description", &graph.description)];
    for ((name, value), span) in header.into_iter().zip(graph.header) {
        if let Some(value) = value {
            view.metadata.push(ViewValue {
                place: span.and_then(|span| place(&offsets, span)),
                ..ViewValue::new(name, value)
            });
        }
    }
    settings(graph, &offsets, &mut view);
    for boundary in &graph.boundaries {
        view.elements.push(ViewElement {
            subject: ChangeSubject::Boundary,
            id: &boundary.id,
            key: Cow::Borrowed(boundary.kind.name()),
            place: place(&offsets, boundary.span),
        });
    }
    for stage in &graph.stages {
        view.elements.push(ViewElement {
            subject: ChangeSubject::Stage,
            id: &stage.id,
            key: Cow::Borrowed(&stage.key),
            place: place(&offsets, stage.span),
        });
    }
    links(graph, &offsets, &mut view);
    view
}

fn on_full(graph: &PlanGraph) -> OnFull {
    let setting = |setting: &&PlanSetting| setting.name == "on_full";
    graph
        .settings
        .lane_graph
        .iter()
        .find(setting)
        .and_then(|setting| OnFull::from_name(&setting.value))
        .unwrap_or(OnFull::Block)
}

fn settings(graph: &PlanGraph, offsets: &Offsets<'_>, view: &mut DiffView<'_>) {
    let blocks = [
        ("single_ring.", &graph.settings.single_ring),
        ("lane_graph.", &graph.settings.lane_graph),
    ];
    for (block, settings) in blocks {
        for setting in settings {
            // `merge ID POLICY …` is a setting of that element, `merge POLICY` of all.
            let (name, value) = match setting.value.split_once(' ') {
                Some((id, rest)) if setting.name == "merge" => {
                    ([block, "merge ", id].concat(), rest)
                }
                _ => ([block, &setting.name].concat(), setting.value.as_str()),
            };
            view.settings.push(ViewValue {
                place: place(offsets, setting.span),
                ..ViewValue::new(name, value)
            });
        }
    }
    // The first of a name counts, so these only fill gaps.
    for (name, value) in DEFAULTS {
        view.settings.push(ViewValue::new(name, value));
    }
}

fn links<'g>(graph: &'g PlanGraph, offsets: &Offsets<'_>, view: &mut DiffView<'g>) {
    let mut kinds: BTreeMap<&str, EndpointKind> = BTreeMap::new();
    for boundary in &graph.boundaries {
        kinds.entry(boundary.id.as_str()).or_insert(boundary.kind);
    }
    let mut shared: BTreeMap<&str, u32> = BTreeMap::new();
    for connection in &graph.connections {
        if is_fanout(connection.intent) {
            *shared.entry(connection.from.as_str()).or_default() += 1;
        }
    }
    let policy = |name: &str| {
        let settings = &graph.settings.lane_graph;
        let setting = settings.iter().find(|setting| setting.name == name)?;
        Some(match setting.value.as_str() {
            "sequenced_slots" => sequenced(SEQUENCED_SLOTS_MAX_CAPACITY),
            text => (Cow::Owned(text.to_owned()), capacity_of(text)),
        })
    };
    let (ingress, egress) = (policy("ingress"), policy("egress"));
    for connection in &graph.connections {
        let (text, capacity) = match connection.intent {
            Some(intent) => said(intent, shared.get(connection.from.as_str()).copied()),
            None => {
                let of_boundary = if kinds.contains_key(connection.from.as_str()) {
                    &ingress
                } else if kinds.contains_key(connection.to.as_str()) {
                    &egress
                } else {
                    &None
                };
                of_boundary
                    .clone()
                    .unwrap_or((Cow::Borrowed(LaneKind::Events.name()), None))
            }
        };
        view.links.push(ViewLink {
            from: &connection.from,
            to: &connection.to,
            lane: Some(LinkLane {
                text,
                capacity,
                stated: connection.intent.is_some(),
            }),
            place: place(offsets, connection.span),
        });
    }
}

fn is_fanout(intent: Option<LaneIntent>) -> bool {
    intent.is_some_and(|intent| intent.kind == LaneKind::FanoutBroadcast)
}

type Lane = (Cow<'static, str>, Option<u32>);

fn sequenced(capacity: u32) -> Lane {
    let text = ["sequenced_slots ", &capacity.to_string()].concat();
    (Cow::Owned(text), Some(capacity))
}

fn capacity_of(text: &str) -> Option<u32> {
    text.strip_prefix("sequenced_slots ")?.parse().ok()
}

/// An intent as a diff writes it: with the capacity that it has where it says none, and without a
/// number of consumers that follows from the connections.
fn said(intent: LaneIntent, readers: Option<u32>) -> Lane {
    match intent.kind {
        LaneKind::SequencedSlots => {
            sequenced(intent.capacity.unwrap_or(SEQUENCED_SLOTS_MAX_CAPACITY))
        }
        LaneKind::FanoutBroadcast if intent.consumers != readers => {
            (Cow::Owned(intent.text()), None)
        }
        kind => (Cow::Borrowed(kind.name()), None),
    }
}
