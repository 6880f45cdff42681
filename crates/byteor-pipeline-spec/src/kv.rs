//! The KV text of a spec (grammar: docs/spec/kv.md).
//!
//! Encoding gives the canonical form. Decoding accepts any order of lines and ignores keys it does
//! not know, as the format promises; whoever runs a spec also asks that the text is byte-equal to
//! its own decode and encode, so that no reader skips what another understood.

mod decode;
mod fields;

pub use decode::decode_kv_v1;
pub use fields::{KV_MAX_BYTES, KvError};

use crate::{
    Channel, LaneGraphSpec, PipelineSpecV1, RoleWork, SingleRingSpec, StageOp, canonical::in_order,
};

/// The canonical KV text: one `key=value` a line, fixed order, every line ended by a line feed.
pub fn encode_kv_v1(spec: &PipelineSpecV1) -> String {
    encode_canonical_kv_v1(&in_order(spec))
}

/// The canonical KV text of a spec that is in canonical order, as each is that lowering gave: without
/// looking whether it is.
pub fn encode_canonical_kv_v1(spec: &PipelineSpecV1) -> String {
    debug_assert_eq!(*in_order(spec), *spec, "the spec is in canonical order");
    let mut out = Lines::default();
    match spec {
        PipelineSpecV1::SingleRing(ring) => encode_ring(&mut out, ring),
        PipelineSpecV1::LaneGraph(graph) => encode_graph(&mut out, graph),
    }
    out.text
}

/// The lines of a KV text, whose paths go on from a prefix. Written without the machinery of
/// formatting: a compile on every keystroke makes thousands of lines.
#[derive(Default)]
struct Lines {
    text: String,
    prefix: String,
}

impl Lines {
    /// The following lines start with `path` and `index`.
    fn under(&mut self, path: &str, index: usize) {
        self.prefix.clear();
        self.prefix.push_str(path);
        push_number(&mut self.prefix, index as u64);
        self.prefix.push('.');
    }

    fn line(&mut self, field: &str, value: &str) {
        self.text
            .reserve(self.prefix.len() + field.len() + value.len() + 2);
        self.text.push_str(&self.prefix);
        self.text.push_str(field);
        self.text.push('=');
        self.text.push_str(value);
        self.text.push('\n');
    }

    fn number(&mut self, field: &str, value: u32) {
        let mut text = String::new();
        push_number(&mut text, u64::from(value));
        self.line(field, &text);
    }

    /// A list: its field goes on with an index.
    fn list(&mut self, field: &str, values: &[String]) {
        let mut path = String::new();
        for (index, value) in values.iter().enumerate() {
            path.clear();
            path.push_str(field);
            path.push('.');
            push_number(&mut path, index as u64);
            self.line(&path, value);
        }
    }
}

fn push_number(out: &mut String, number: u64) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push((b'0' + (number % 10) as u8) as char);
}

fn encode_ring(out: &mut Lines, ring: &SingleRingSpec) {
    out.prefix.push_str("single_ring.");
    out.number("shards", ring.shards);
    out.line("producer", ring.producer.name());
    out.line("scheduling", ring.scheduling.name());
    out.line("ordering", ring.ordering.name());
    if let Some(key) = ring.shard_key {
        out.number("shard_key.offset", key.offset);
        out.number("shard_key.length", key.length);
    }
    for (index, stage) in ring.stages.iter().enumerate() {
        out.under("single_ring.stages.", index);
        out.line("id", &stage.id);
        encode_op(out, &stage.op);
        let dependencies: Vec<String> = stage
            .depends_on
            .iter()
            .map(|dependency| dependency.to_string())
            .collect();
        out.list("depends_on", &dependencies);
    }
}

fn encode_op(out: &mut Lines, op: &StageOp) {
    out.line("op", op.name());
    match op {
        StageOp::Identity => {}
        StageOp::Named { key } => out.line("key", key),
    }
}

fn encode_graph(out: &mut Lines, graph: &LaneGraphSpec) {
    // Two lines of some seventy bytes for each lane, five for each role.
    out.text
        .reserve(64 + 80 * graph.lanes.len() + 240 * graph.roles.len());
    out.prefix.push_str("lane_graph.");
    out.line("on_full", graph.on_full.name());
    for (index, lane) in graph.lanes.iter().enumerate() {
        out.under("lane_graph.lanes.", index);
        out.line("id", &lane.id);
        out.line("kind", lane.channel.kind().name());
        match lane.channel {
            Channel::Events | Channel::Journal => {}
            Channel::SequencedSlots { capacity } => out.number("capacity", capacity),
            Channel::FanoutBroadcast { consumers } => out.number("consumers", consumers),
        }
    }
    for (index, endpoint) in graph.endpoints.iter().enumerate() {
        out.under("lane_graph.endpoints.", index);
        out.line("id", &endpoint.id);
        out.line("kind", endpoint.kind.name());
        out.line("lane", &endpoint.lane);
    }
    for (index, role) in graph.roles.iter().enumerate() {
        out.under("lane_graph.roles.", index);
        out.line("id", &role.id);
        out.line("kind", role.work.name());
        if let RoleWork::Stage { op, .. } = &role.work {
            encode_op(out, op);
        }
        match &role.work {
            RoleWork::Stage { rx, tx, .. } | RoleWork::Bridge { rx, tx } => {
                out.line("rx", rx);
                out.line("tx", tx);
            }
            RoleWork::Router { rx, tx } => {
                out.line("rx", rx);
                out.list("tx", tx);
            }
            RoleWork::Merge { rx, tx, policy } => {
                out.line("policy", policy.name());
                out.list("rx", rx);
                out.line("tx", tx);
            }
        }
    }
}
