//! What lowering makes of an element, from the report's map and actions.

use byteor_pipeline_spec::{LaneGraphSpec, PipelineSpecV1, RoleWork, SingleRingSpec};

use super::Text;
use crate::view::View;
use crate::wording::code;

/// Adds what the element, `id` or `from->to`, becomes in the spec.
pub(super) fn describe(view: &mut View<'_>, element: &str, out: &mut Text) {
    let Some(lowered) = view.lowered() else {
        out.paragraph(&["*The plan has errors, so nothing is lowered yet.*"]);
        return;
    };
    let mut became: Vec<String> = Vec::new();
    for path in lowered.map.paths(element) {
        let words = match &lowered.spec {
            PipelineSpecV1::SingleRing(ring) => ring_part(ring, &path),
            PipelineSpecV1::LaneGraph(graph) => graph_part(graph, &path),
        };
        if let Some(words) = words
            && !became.contains(&words)
        {
            became.push(words);
        }
    }
    if became.is_empty() {
        return;
    }
    out.paragraph(&["Lowered to ", &became.join(", "), "."]);
    let mut first = true;
    for action in &lowered.actions {
        if action.elements.iter().any(|about| about == element) {
            if first {
                out.paragraph(&["- ", &action.message]);
            } else {
                out.item(&[&action.message]);
            }
            first = false;
        }
    }
}

/// The number behind a prefix of a path.
fn index(path: &str, prefix: &str) -> Option<usize> {
    path.strip_prefix(prefix)?.split('.').next()?.parse().ok()
}

fn ring_part(ring: &SingleRingSpec, path: &str) -> Option<String> {
    let at = index(path, "single_ring.stages.")?;
    let stage = ring.stages.get(at)?;
    if path.contains(".depends_on") {
        return Some(["a barrier in front of ", &code(&stage.id)].concat());
    }
    let place = (at + 1).to_string();
    let count = ring.stages.len().to_string();
    let waits = if stage.depends_on.is_empty() {
        ", which waits for the producer alone".to_owned()
    } else {
        let ids: Vec<String> = stage
            .depends_on
            .iter()
            .filter_map(|&before| ring.stages.get(before as usize))
            .map(|before| code(&before.id))
            .collect();
        [", which waits for ", &ids.join(", ")].concat()
    };
    Some(["stage ", &place, " of ", &count, " of the ring", &waits].concat())
}

fn graph_part(graph: &LaneGraphSpec, path: &str) -> Option<String> {
    let lane = |id: &str| {
        let kind = graph
            .lanes
            .iter()
            .find(|lane| lane.id == id)
            .map_or("", |lane| lane.channel.kind().name());
        [&code(id), " (", kind, ")"].concat()
    };
    if let Some(at) = index(path, "lane_graph.lanes.") {
        return Some(["the lane ", &lane(&graph.lanes.get(at)?.id)].concat());
    }
    if let Some(at) = index(path, "lane_graph.endpoints.") {
        let endpoint = graph.endpoints.get(at)?;
        return Some(["an endpoint on ", &lane(&endpoint.lane)].concat());
    }
    let role = graph.roles.get(index(path, "lane_graph.roles.")?)?;
    let (name, from, to) = match &role.work {
        RoleWork::Stage { rx, tx, .. } => ("a stage role", lane(rx), lane(tx)),
        RoleWork::Bridge { rx, tx } => ("the bridge ", lane(rx), lane(tx)),
        RoleWork::Router { rx, tx, .. } => ("the router ", lane(rx), lanes(tx.len())),
        RoleWork::Merge { rx, tx, .. } => ("the merge ", lanes(rx.len()), lane(tx)),
    };
    let id = if matches!(role.work, RoleWork::Stage { .. }) {
        String::new()
    } else {
        code(&role.id)
    };
    Some([name, &id, " from ", &from, " to ", &to].concat())
}

fn lanes(count: usize) -> String {
    [&count.to_string(), " lanes"].concat()
}
