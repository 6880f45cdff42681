//! `validate_v1`: the whole rule set of a spec (docs/spec/kv.md lists the rules).

use std::collections::HashMap;

use serde::Serialize;

use crate::{
    Channel, EndpointKind, FANOUT_MAX_CONSUMERS, JOURNAL_MAX_READERS, LaneGraphSpec, MAX_SHARDS,
    Ordering, PipelineSpecV1, Producer, SEQUENCED_SLOTS_MAX_CAPACITY, SEQUENCED_SLOTS_MAX_READERS,
    SEQUENCED_SLOTS_V1_GATING, Scheduling, SingleRingSpec, StageOp, is_id, is_inserted_id,
    is_key_text, is_lane_id,
};

/// One broken rule of a spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpecProblem {
    /// Stable code, `E_SPEC_…`.
    pub code: &'static str,
    /// The KV path it is about.
    pub path: String,
    /// What is wrong and what the rule is.
    pub message: String,
}

impl std::fmt::Display for SpecProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}: {}", self.code, self.path, self.message)
    }
}

/// All broken rules; an empty answer means that an executor may try to run the spec.
pub fn validate_v1(spec: &PipelineSpecV1) -> Vec<SpecProblem> {
    let mut problems = Problems(Vec::new());
    match spec {
        PipelineSpecV1::SingleRing(ring) => ring_rules(ring, &mut problems),
        PipelineSpecV1::LaneGraph(graph) => graph_rules(graph, &mut problems),
    }
    problems.0
}

struct Problems(Vec<SpecProblem>);

/// A KV path that is only written out where a problem needs it.
#[derive(Clone, Copy)]
struct Path(&'static str, usize);

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Problems {
    fn add(&mut self, code: &'static str, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(SpecProblem {
            code,
            path: path.into(),
            message: message.into(),
        });
    }

    fn id<'s>(
        &mut self,
        prefix: Path,
        id: &'s str,
        well_formed: bool,
        seen: &mut HashMap<&'s str, Path>,
    ) {
        if !well_formed {
            self.add(
                "E_SPEC_ID",
                format!("{prefix}.id"),
                format!("`{}` is no id", id.escape_default()),
            );
        }
        if let Some(first) = seen.insert(id, prefix) {
            self.add(
                "E_SPEC_DUPLICATE_ID",
                format!("{prefix}.id"),
                format!("`{id}` stands at {first}.id too"),
            );
        }
    }

    fn op(&mut self, prefix: Path, op: &StageOp) {
        if let StageOp::Named { key } = op {
            if !is_key_text(key) {
                self.add(
                    "E_SPEC_KEY",
                    format!("{prefix}.key"),
                    "a stage key has 1 to 1024 printable ASCII characters",
                );
            } else if key == "identity" {
                self.add(
                    "E_SPEC_KEY",
                    format!("{prefix}.key"),
                    "`identity` is the operation `identity`, not a named one",
                );
            }
        }
    }
}

fn ring_rules(ring: &SingleRingSpec, problems: &mut Problems) {
    if ring.shards == 0 || ring.shards > MAX_SHARDS {
        problems.add(
            "E_SPEC_SHARDS",
            "single_ring.shards",
            format!(
                "{} shards; from 1 to {MAX_SHARDS} are possible",
                ring.shards
            ),
        );
    }
    if ring.producer != Producer::Single {
        problems.add(
            "E_SPEC_PRODUCER",
            "single_ring.producer",
            "only the producer `single` can run",
        );
    }
    if ring.scheduling != Scheduling::Dedicated {
        problems.add(
            "E_SPEC_SCHEDULING",
            "single_ring.scheduling",
            "only the scheduling `dedicated` can run",
        );
    }
    match (ring.ordering, ring.shards, ring.shard_key) {
        (Ordering::Strict, shards, _) if shards > 1 => problems.add(
            "E_SPEC_ORDERING",
            "single_ring.ordering",
            "strict order needs one shard; several need `per_key`",
        ),
        (Ordering::Strict, _, Some(_)) => problems.add(
            "E_SPEC_SHARD_KEY",
            "single_ring.shard_key",
            "a shard key has no meaning under strict order",
        ),
        (Ordering::PerKey, _, None) => problems.add(
            "E_SPEC_SHARD_KEY",
            "single_ring.shard_key",
            "`per_key` order needs a shard key: an offset and a length",
        ),
        (Ordering::PerKey, _, Some(key))
            if key.length == 0 || key.offset.checked_add(key.length).is_none() =>
        {
            problems.add(
                "E_SPEC_SHARD_KEY",
                "single_ring.shard_key.length",
                "a shard key has at least one byte and ends within 32 bits",
            );
        }
        _ => {}
    }
    let count = ring.stages.len();
    if count == 0 || count > SEQUENCED_SLOTS_V1_GATING {
        problems.add(
            "E_SPEC_STAGE_COUNT",
            "single_ring.stages",
            format!("{count} stages; a single ring runs 1 to {SEQUENCED_SLOTS_V1_GATING}"),
        );
    }
    let mut ids = HashMap::new();
    let mut has_follower = vec![false; count];
    for (index, stage) in ring.stages.iter().enumerate() {
        let prefix = Path("single_ring.stages", index);
        problems.id(prefix, &stage.id, is_id(&stage.id), &mut ids);
        problems.op(prefix, &stage.op);
        let mut before = None;
        for (place, &dependency) in stage.depends_on.iter().enumerate() {
            let path = format!("{prefix}.depends_on.{place}");
            if dependency as usize >= index {
                problems.add(
                    "E_SPEC_DEPENDS_ON",
                    path,
                    format!("stage {index} can only depend on earlier stages, not on {dependency}"),
                );
            } else if before.is_some_and(|before| before >= dependency) {
                problems.add(
                    "E_SPEC_DEPENDS_ON",
                    path,
                    "dependencies are strictly increasing, without duplicates",
                );
            }
            before = Some(dependency);
            if let Some(mark) = has_follower.get_mut(dependency as usize) {
                *mark = true;
            }
        }
    }
    // Exactly one stage releases records, and it is the last one.
    for (index, followed) in has_follower.iter().enumerate() {
        if !followed && index + 1 != count {
            problems.add(
                "E_SPEC_RELEASE",
                format!("single_ring.stages.{index}"),
                "no stage depends on this one, but only the last stage releases records",
            );
        }
    }
}

/// Whether one lane could do what the other does: how many read it is no part of that.
fn same_channel(a: Channel, b: Channel) -> bool {
    match (a, b) {
        (Channel::FanoutBroadcast { .. }, Channel::FanoutBroadcast { .. }) => true,
        _ => a == b,
    }
}

/// Who writes, or who reads, a lane. Nodes are the roles first, then the endpoints.
#[derive(Clone, Copy, Default)]
struct Ends {
    count: u32,
    first: u32,
    last: u32,
}

impl Ends {
    fn add(&mut self, node: usize) {
        if self.count == 0 {
            self.first = node as u32;
        }
        self.last = node as u32;
        self.count += 1;
    }

    /// Whether the last of them is this one.
    fn ends_with(self, node: usize) -> bool {
        self.count > 0 && self.last as usize == node
    }
}

/// How a lane is used.
#[derive(Clone, Copy, Default)]
struct Use {
    writers: Ends,
    readers: Ends,
}

fn graph_rules(graph: &LaneGraphSpec, problems: &mut Problems) {
    // What is known of a lane stands at its place in the list; of several with one id, at the last.
    let mut lane_ids = HashMap::new();
    let mut uses = vec![Use::default(); graph.lanes.len()];
    let mut twice = false;
    // Which node reads which lane, in the order of the nodes.
    let mut reads: Vec<(usize, usize)> = Vec::with_capacity(graph.lanes.len());
    for (index, lane) in graph.lanes.iter().enumerate() {
        let prefix = Path("lane_graph.lanes", index);
        if !is_lane_id(&lane.id) {
            problems.add(
                "E_SPEC_ID",
                format!("{prefix}.id"),
                format!(
                    "`{}` is no lane id: two to four ids with dots between",
                    lane.id.escape_default()
                ),
            );
        }
        if let Some(first) = lane_ids.insert(lane.id.as_str(), index) {
            twice = true;
            problems.add(
                "E_SPEC_DUPLICATE_ID",
                format!("{prefix}.id"),
                format!("`{}` stands at lane_graph.lanes.{first}.id too", lane.id),
            );
        }
        match lane.channel {
            Channel::SequencedSlots { capacity }
                if capacity == 0 || capacity > SEQUENCED_SLOTS_MAX_CAPACITY =>
            {
                problems.add(
                    "E_SPEC_LANE_CAPACITY",
                    format!("{prefix}.capacity"),
                    format!("capacity {capacity}; from 1 to {SEQUENCED_SLOTS_MAX_CAPACITY}"),
                );
            }
            Channel::FanoutBroadcast { consumers }
                if consumers == 0 || consumers > FANOUT_MAX_CONSUMERS =>
            {
                problems.add(
                    "E_SPEC_LANE_CONSUMERS",
                    format!("{prefix}.consumers"),
                    format!("{consumers} consumers; from 1 to {FANOUT_MAX_CONSUMERS}"),
                );
            }
            _ => {}
        }
    }
    // Nodes are the roles first, then the endpoints.
    let mut ids = HashMap::new();
    let mut kinds = (0usize, 0usize);
    for (index, role) in graph.roles.iter().enumerate() {
        let prefix = Path("lane_graph.roles", index);
        // What lowering inserted has a name that no stage can have.
        let named = match &role.work {
            crate::RoleWork::Stage { op, .. } => {
                problems.op(prefix, op);
                is_id(&role.id)
            }
            inserted => is_id(&role.id) || is_inserted_id(&role.id, inserted.name()),
        };
        problems.id(prefix, &role.id, named, &mut ids);
        let (rx, tx) = (role.work.rx(), role.work.tx());
        let wanted = match &role.work {
            crate::RoleWork::Router { .. } => (1, 2),
            crate::RoleWork::Merge { .. } => (2, 1),
            _ => (1, 1),
        };
        if rx.len() < wanted.0 || tx.len() < wanted.1 {
            problems.add(
                "E_SPEC_ROLE_LANES",
                prefix.to_string(),
                format!(
                    "a {} reads at least {} and writes at least {} lanes",
                    role.work.name(),
                    wanted.0,
                    wanted.1
                ),
            );
        }
        for (name, lanes) in [("rx", rx), ("tx", tx)] {
            for (place, lane) in lanes.iter().enumerate() {
                match lane_ids.get(lane.as_str()) {
                    None => problems.add(
                        "E_SPEC_REFERENCE",
                        if lanes.len() > 1 {
                            format!("{prefix}.{name}.{place}")
                        } else {
                            format!("{prefix}.{name}")
                        },
                        format!("there is no lane `{}`", lane.escape_default()),
                    ),
                    Some(&lane) => {
                        let used = if name == "rx" {
                            reads.push((lane, index));
                            &mut uses[lane].readers
                        } else {
                            &mut uses[lane].writers
                        };
                        if used.ends_with(index) {
                            problems.add(
                                "E_SPEC_ROLE_LANES",
                                format!("{prefix}.{name}.{place}"),
                                "a role reads and writes each of its lanes once",
                            );
                        }
                        used.add(index);
                    }
                }
            }
        }
    }
    for (index, role) in graph.roles.iter().enumerate() {
        if let crate::RoleWork::Bridge { rx, tx } = &role.work
            && let (Some(&rx), Some(&tx)) = (lane_ids.get(rx.as_str()), lane_ids.get(tx.as_str()))
            && same_channel(graph.lanes[rx].channel, graph.lanes[tx].channel)
        {
            problems.add(
                "E_SPEC_BRIDGE",
                Path("lane_graph.roles", index).to_string(),
                "a bridge carries between lanes of different kinds or capacities, and these are alike",
            );
        }
    }
    for (index, endpoint) in graph.endpoints.iter().enumerate() {
        let prefix = Path("lane_graph.endpoints", index);
        problems.id(prefix, &endpoint.id, is_id(&endpoint.id), &mut ids);
        let node = graph.roles.len() + index;
        match (lane_ids.get(endpoint.lane.as_str()), endpoint.kind) {
            (None, _) => problems.add(
                "E_SPEC_REFERENCE",
                format!("{prefix}.lane"),
                format!("there is no lane `{}`", endpoint.lane.escape_default()),
            ),
            (Some(&lane), EndpointKind::Ingress) => uses[lane].writers.add(node),
            (Some(&lane), EndpointKind::Egress) => {
                uses[lane].readers.add(node);
                reads.push((lane, node));
            }
        }
        match endpoint.kind {
            EndpointKind::Ingress => kinds.0 += 1,
            EndpointKind::Egress => kinds.1 += 1,
        }
    }
    if kinds.0 == 0 || kinds.1 == 0 {
        problems.add(
            "E_SPEC_ENDPOINTS",
            "lane_graph.endpoints",
            "a lane graph has at least one ingress and one egress",
        );
    }
    for (index, lane) in graph.lanes.iter().enumerate() {
        // Only a lane whose id another has too isn't found at its own place.
        let mut used = uses[index];
        if twice && let Some(&place) = lane_ids.get(lane.id.as_str()) {
            used = uses[place];
        }
        let path = Path("lane_graph.lanes", index);
        if used.writers.count != 1 {
            problems.add(
                "E_SPEC_LANE_WRITERS",
                path.to_string(),
                format!("{} writers; a lane has exactly one", used.writers.count),
            );
        }
        // Endpoints come behind the roles, and are the last to write and read.
        let by_endpoint = |ends: Ends| ends.count > 0 && ends.last as usize >= graph.roles.len();
        if by_endpoint(used.writers) && by_endpoint(used.readers) {
            problems.add(
                "E_SPEC_NO_STAGE_BETWEEN",
                path.to_string(),
                "an ingress writes this lane and an egress reads it, with no role between",
            );
        }
        let readers = u64::from(used.readers.count);
        let (least, most) = match lane.channel {
            Channel::Events => (1, 1),
            Channel::Journal => (1, JOURNAL_MAX_READERS),
            Channel::SequencedSlots { .. } => (1, SEQUENCED_SLOTS_MAX_READERS),
            Channel::FanoutBroadcast { consumers } => (consumers, consumers),
        };
        if readers < u64::from(least) || readers > u64::from(most) {
            problems.add(
                "E_SPEC_LANE_READERS",
                path.to_string(),
                format!(
                    "{readers} readers; a lane of kind {} has {}",
                    lane.channel.kind().name(),
                    if least == most {
                        format!("exactly {least}")
                    } else {
                        format!("{least} to {most}")
                    }
                ),
            );
        }
    }
    // Acyclic: every role can be taken after the writers of its lanes. A lane with several writers is
    // refused above; the first is enough, and keeps this linear.
    let nodes = graph.roles.len() + graph.endpoints.len();
    let mut waiting = vec![0usize; nodes];
    // The readers of each writer: one list for all, and where the part of each ends.
    let mut ends = vec![0usize; nodes + 1];
    reads.retain(|&(lane, _)| uses[lane].writers.count > 0);
    for (lane, reader) in &mut reads {
        *lane = uses[*lane].writers.first as usize;
        ends[*lane] += 1;
        waiting[*reader] += 1;
    }
    let mut all = 0;
    for end in &mut ends {
        all += *end;
        *end = all;
    }
    let mut followers = vec![0usize; reads.len()];
    for &(writer, reader) in &reads {
        ends[writer] -= 1;
        followers[ends[writer]] = reader;
    }
    // Filled from behind: now they are starts.
    let starts = ends;
    let mut ready: Vec<usize> = (0..nodes).filter(|&node| waiting[node] == 0).collect();
    let mut taken = 0;
    while let Some(node) = ready.pop() {
        taken += 1;
        for &follower in &followers[starts[node]..starts[node + 1]] {
            waiting[follower] -= 1;
            if waiting[follower] == 0 {
                ready.push(follower);
            }
        }
    }
    if taken != nodes {
        let role = (0..graph.roles.len())
            .find(|&node| waiting[node] > 0)
            .unwrap_or(0);
        problems.add(
            "E_SPEC_CYCLE",
            format!("lane_graph.roles.{role}"),
            "records would run in a circle: this role waits for its own output",
        );
    }
}
