//! The describe text: what a spec does, in sentences. Golden-tested.

use std::fmt::{self, Write as _};

use crate::{Channel, EndpointKind, LaneGraphSpec, PipelineSpecV1, RoleWork, SingleRingSpec};

/// The describe text of a spec. Any spec has one, valid or not.
pub fn describe(spec: &PipelineSpecV1) -> String {
    let spec = crate::canonical::in_order(spec);
    let mut out = String::new();
    // Writing to a String can't fail.
    let _ = match &*spec {
        PipelineSpecV1::SingleRing(ring) => describe_ring(&mut out, ring),
        PipelineSpecV1::LaneGraph(graph) => describe_graph(&mut out, graph),
    };
    out
}

fn plural(count: usize, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {one}s")
    }
}

fn describe_ring(out: &mut String, ring: &SingleRingSpec) -> fmt::Result {
    writeln!(
        out,
        "Single ring: {}, {}, {} order, {} producer, {} scheduling.",
        plural(ring.stages.len(), "stage"),
        plural(ring.shards as usize, "shard"),
        ring.ordering.name(),
        ring.producer.name(),
        ring.scheduling.name(),
    )?;
    if let Some(key) = ring.shard_key {
        writeln!(
            out,
            "Shard key: {} from byte {}.",
            plural(key.length as usize, "byte"),
            key.offset
        )?;
    }
    let last = ring.stages.len().saturating_sub(1);
    for (index, stage) in ring.stages.iter().enumerate() {
        write!(out, "{}. {}: {}", index + 1, stage.id, stage.key())?;
        if stage.depends_on.is_empty() {
            write!(out, " (reads the input")?;
        } else {
            let names: Vec<&str> = stage
                .depends_on
                .iter()
                .map(|&at| {
                    ring.stages
                        .get(at as usize)
                        .map_or("?", |stage| stage.id.as_str())
                })
                .collect();
            write!(out, " (after {}", names.join(", "))?;
        }
        writeln!(
            out,
            "{})",
            if index == last {
                "; releases records"
            } else {
                ""
            }
        )?;
    }
    Ok(())
}

fn describe_graph(out: &mut String, graph: &LaneGraphSpec) -> fmt::Result {
    writeln!(
        out,
        "Lane graph: {}, {}, {}; a full lane {}.",
        plural(graph.lanes.len(), "lane"),
        plural(graph.endpoints.len(), "endpoint"),
        plural(graph.roles.len(), "role"),
        match graph.on_full {
            crate::OnFull::Block => "blocks its writer",
            crate::OnFull::Drop => "drops the new message",
        }
    )?;
    for endpoint in &graph.endpoints {
        match endpoint.kind {
            EndpointKind::Ingress => {
                writeln!(out, "Ingress {} writes {}.", endpoint.id, endpoint.lane)?
            }
            EndpointKind::Egress => {
                writeln!(out, "Egress {} reads {}.", endpoint.id, endpoint.lane)?;
            }
        }
    }
    for lane in &graph.lanes {
        write!(out, "Lane {}: {}", lane.id, lane.channel.kind().name())?;
        match lane.channel {
            Channel::SequencedSlots { capacity } => write!(out, ", capacity {capacity}")?,
            Channel::FanoutBroadcast { consumers } => {
                write!(out, ", {}", plural(consumers as usize, "consumer"))?;
            }
            _ => {}
        }
        writeln!(out, ".")?;
    }
    for role in &graph.roles {
        write!(out, "Role {}: {}", role.id, role.work.name())?;
        match &role.work {
            RoleWork::Stage { op, .. } => write!(out, " {}", op.key())?,
            RoleWork::Merge { policy, .. } => write!(out, " {}", policy.name())?,
            _ => {}
        }
        writeln!(
            out,
            ", from {} to {}.",
            role.work.rx().join(", "),
            role.work.tx().join(", ")
        )?;
    }
    Ok(())
}
