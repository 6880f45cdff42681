//! The spec as a graph in the DOT language of Graphviz. Tested with the real `dot`.

use std::collections::HashMap;

use crate::{Channel, EndpointKind, LaneGraphSpec, PipelineSpecV1, RoleWork, SingleRingSpec};

/// A DOT digraph of a spec: boxes for stages, lanes as edges. What lowering inserted is dashed, and
/// an edge says its lane's kind where that isn't `events`.
pub fn dot(spec: &PipelineSpecV1) -> String {
    let spec = crate::canonical::in_order(spec);
    let mut out = String::from("digraph pipeline {\n  rankdir=LR;\n");
    match &*spec {
        PipelineSpecV1::SingleRing(ring) => ring_dot(&mut out, ring),
        PipelineSpecV1::LaneGraph(graph) => graph_dot(&mut out, graph),
    }
    out.push_str("}\n");
    out
}

fn add(out: &mut String, parts: &[&str]) {
    for part in parts {
        out.push_str(part);
    }
}

/// A quoted DOT string that shows exactly these lines. In a label a backslash starts an escape and
/// `&` an HTML entity, so both are written out.
fn quoted(lines: &[&str]) -> String {
    let mut text = String::from("\"");
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            text.push_str("\\n");
        }
        for c in line.chars() {
            match c {
                '"' => text.push_str("\\\""),
                '\\' => text.push_str("\\\\"),
                '&' => text.push_str("&amp;"),
                // A spec's text has none; whoever builds one by hand may.
                c if c.is_control() => text.push('\u{fffd}'),
                c => text.push(c),
            }
        }
    }
    text.push('"');
    text
}

fn edge(out: &mut String, from: &str, to: &str) {
    add(
        out,
        &["  ", &quoted(&[from]), " -> ", &quoted(&[to]), ";\n"],
    );
}

fn ring_dot(out: &mut String, ring: &SingleRingSpec) {
    // No id starts with a dot.
    out.push_str("  \".input\" [shape=ellipse,label=\"input\"];\n");
    out.push_str("  \".output\" [shape=ellipse,label=\"output\"];\n");
    for stage in &ring.stages {
        let label = quoted(&[&stage.id, stage.key()]);
        add(
            out,
            &[
                "  ",
                &quoted(&[&stage.id]),
                " [shape=box,label=",
                &label,
                "];\n",
            ],
        );
    }
    for stage in &ring.stages {
        if stage.depends_on.is_empty() {
            edge(out, ".input", &stage.id);
        }
        for &before in &stage.depends_on {
            if let Some(before) = ring.stages.get(before as usize) {
                edge(out, &before.id, &stage.id);
            }
        }
    }
    if let Some(last) = ring.stages.last() {
        edge(out, &last.id, ".output");
    }
}

fn graph_dot(out: &mut String, graph: &LaneGraphSpec) {
    let mut writers: HashMap<&str, &str> = HashMap::new();
    for endpoint in &graph.endpoints {
        add(
            out,
            &["  ", &quoted(&[&endpoint.id]), " [shape=ellipse];\n"],
        );
        if endpoint.kind == EndpointKind::Ingress {
            writers.insert(&endpoint.lane, &endpoint.id);
        }
    }
    for role in &graph.roles {
        let (label, style) = match &role.work {
            RoleWork::Stage { op, .. } => (quoted(&[&role.id, op.key()]), ""),
            RoleWork::Merge { policy, .. } => (quoted(&[&role.id, policy.name()]), ",style=dashed"),
            RoleWork::Bridge { .. } | RoleWork::Router { .. } => {
                (quoted(&[&role.id]), ",style=dashed")
            }
        };
        add(
            out,
            &[
                "  ",
                &quoted(&[&role.id]),
                " [shape=box",
                style,
                ",label=",
                &label,
                "];\n",
            ],
        );
        for lane in role.work.tx() {
            writers.insert(lane, &role.id);
        }
    }
    let channels: HashMap<&str, Channel> = graph
        .lanes
        .iter()
        .map(|lane| (lane.id.as_str(), lane.channel))
        .collect();
    let mut draw = |lane: &str, reader: &str| {
        let (Some(writer), Some(channel)) = (writers.get(lane), channels.get(lane)) else {
            return;
        };
        let label = match channel {
            Channel::Events => return edge(out, writer, reader),
            Channel::SequencedSlots { capacity } => {
                ["sequenced_slots ", &capacity.to_string()].concat()
            }
            other => other.kind().name().to_owned(),
        };
        add(
            out,
            &[
                "  ",
                &quoted(&[writer]),
                " -> ",
                &quoted(&[reader]),
                " [label=",
                &quoted(&[&label]),
                "];\n",
            ],
        );
    };
    for role in &graph.roles {
        for lane in role.work.rx() {
            draw(lane, &role.id);
        }
    }
    for endpoint in &graph.endpoints {
        if endpoint.kind == EndpointKind::Egress {
            draw(&endpoint.lane, &endpoint.id);
        }
    }
}
