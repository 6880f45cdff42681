//! The spec as a graph in the DOT language.

use std::fmt::{self, Write as _};

use crate::{Channel, CollectOrdered, EndpointKind, OrderedMap, PipelineSpecV1};

/// A DOT digraph of a spec: boxes for stages, lanes as edges.
pub fn dot(spec: &PipelineSpecV1) -> String {
    let spec = crate::canonical::in_order(spec);
    let mut out = String::new();
    // Writing to a String can't fail.
    let _ = write_dot(&mut out, &spec);
    out
}

/// A DOT string: quotes and backslashes escaped.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\n' => f.write_str("\\n")?,
                _ => f.write_char(c)?,
            }
        }
        f.write_char('"')
    }
}

fn write_dot(out: &mut String, spec: &PipelineSpecV1) -> fmt::Result {
    writeln!(out, "digraph pipeline {{")?;
    writeln!(out, "  rankdir=LR;")?;
    match spec {
        PipelineSpecV1::SingleRing(ring) => {
            writeln!(out, "  \".input\" [shape=circle,label=\"input\"];")?;
            writeln!(out, "  \".output\" [shape=circle,label=\"output\"];")?;
            for stage in &ring.stages {
                let label = format!("{}\n{}", stage.id, stage.key());
                writeln!(
                    out,
                    "  {} [shape=box,label={}];",
                    Quoted(&stage.id),
                    Quoted(&label)
                )?;
            }
            for stage in &ring.stages {
                if stage.depends_on.is_empty() {
                    writeln!(out, "  \".input\" -> {};", Quoted(&stage.id))?;
                }
                for &at in &stage.depends_on {
                    if let Some(before) = ring.stages.get(at as usize) {
                        writeln!(out, "  {} -> {};", Quoted(&before.id), Quoted(&stage.id))?;
                    }
                }
            }
            if let Some(last) = ring.stages.last() {
                writeln!(out, "  {} -> \".output\";", Quoted(&last.id))?;
            }
        }
        PipelineSpecV1::LaneGraph(graph) => {
            let mut writers: OrderedMap<&str, &str> = Default::default();
            for endpoint in &graph.endpoints {
                writeln!(out, "  {} [shape=circle];", Quoted(&endpoint.id))?;
                if endpoint.kind == EndpointKind::Ingress {
                    writers.insert(&endpoint.lane, &endpoint.id);
                }
            }
            for role in &graph.roles {
                let label = match &role.work {
                    crate::RoleWork::Stage { op, .. } => format!("{}\n{}", role.id, op.key()),
                    other => format!("{}\n{}", role.id, other.name()),
                };
                writeln!(
                    out,
                    "  {} [shape=box,label={}];",
                    Quoted(&role.id),
                    Quoted(&label)
                )?;
                for lane in role.work.tx() {
                    writers.insert(lane, &role.id);
                }
            }
            let kinds: OrderedMap<&str, String> = graph
                .lanes
                .iter()
                .map(|lane| {
                    let label = match lane.channel {
                        Channel::SequencedSlots { capacity } => {
                            format!("sequenced_slots {capacity}")
                        }
                        other => other.kind().name().to_owned(),
                    };
                    (lane.id.as_str(), label)
                })
                .collect_map();
            let readers = graph
                .roles
                .iter()
                .flat_map(|role| role.work.rx().iter().map(|lane| (lane.as_str(), &role.id)))
                .chain(
                    graph
                        .endpoints
                        .iter()
                        .filter(|endpoint| endpoint.kind == EndpointKind::Egress)
                        .map(|endpoint| (endpoint.lane.as_str(), &endpoint.id)),
                );
            for (lane, reader) in readers {
                if let (Some(writer), Some(label)) = (writers.get(lane), kinds.get(lane)) {
                    writeln!(
                        out,
                        "  {} -> {} [label={}];",
                        Quoted(writer),
                        Quoted(reader),
                        Quoted(label)
                    )?;
                }
            }
        }
    }
    writeln!(out, "}}")
}
