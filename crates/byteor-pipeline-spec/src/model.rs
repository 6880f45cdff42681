//! The spec model: exactly one of a single ring or a graph of lanes.

use serde::{Deserialize, Serialize};

/// Gating cells of one sequenced ring, and so the most stages that one ring runs.
pub const SEQUENCED_SLOTS_V1_GATING: usize = 4;
/// Entries of the v1 backing of a sequenced-slots lane: the largest capacity that can be asked for.
pub const SEQUENCED_SLOTS_MAX_CAPACITY: u32 = 1024;
/// The most consumers of one fanout-broadcast lane.
pub const FANOUT_MAX_CONSUMERS: u32 = 4;
/// The most readers of one journal lane: its layout has four subscriber positions.
pub const JOURNAL_MAX_READERS: u32 = 4;
/// The most readers of one sequenced-slots lane: its layout has four gating cells.
pub const SEQUENCED_SLOTS_MAX_READERS: u32 = SEQUENCED_SLOTS_V1_GATING as u32;
/// The most shards of a single ring.
pub const MAX_SHARDS: u32 = 64;

/// What a plan is lowered to. Explicit, never guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ExecutionTarget {
    /// Stages over one sequenced ring.
    SingleRing,
    /// A graph of lanes, endpoints and roles.
    LaneGraph,
}

impl ExecutionTarget {
    /// The name in text, KV and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::SingleRing => "single_ring",
            Self::LaneGraph => "lane_graph",
        }
    }

    /// The target of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "single_ring" => Some(Self::SingleRing),
            "lane_graph" => Some(Self::LaneGraph),
            _ => None,
        }
    }
}

/// The reference's name for [`ExecutionTarget`].
pub type ExecutionTargetV1 = ExecutionTarget;

/// The canonical executable form of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PipelineSpecV1 {
    /// A stage DAG over one sequenced ring.
    SingleRing(SingleRingSpec),
    /// Lanes, endpoints and roles.
    LaneGraph(LaneGraphSpec),
}

impl PipelineSpecV1 {
    /// Which target the spec is for.
    pub fn target(&self) -> ExecutionTarget {
        match self {
            Self::SingleRing(_) => ExecutionTarget::SingleRing,
            Self::LaneGraph(_) => ExecutionTarget::LaneGraph,
        }
    }

    /// Every stage as `(id, operation)`, in spec order.
    pub fn stages(&self) -> Vec<(&str, &StageOp)> {
        match self {
            Self::SingleRing(ring) => ring
                .stages
                .iter()
                .map(|stage| (stage.id.as_str(), &stage.op))
                .collect(),
            Self::LaneGraph(graph) => graph
                .roles
                .iter()
                .filter_map(|role| match &role.work {
                    RoleWork::Stage { op, .. } => Some((role.id.as_str(), op)),
                    _ => None,
                })
                .collect(),
        }
    }

    /// Ids of the boundaries of one side, in spec order; a single ring's one is named as its side is.
    pub fn boundary_ids(&self, side: EndpointKind) -> Vec<String> {
        match self {
            Self::SingleRing(_) => vec![side.name().to_owned()],
            Self::LaneGraph(graph) => {
                let endpoints = graph.endpoints.iter().filter(|one| one.kind == side);
                endpoints.map(|one| one.id.clone()).collect()
            }
        }
    }
}

macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every name, in the order of the documentation.
            pub const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name in text, KV and JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

named_enum! {
    /// Who publishes into the ring.
    Producer {
        /// One publisher.
        Single = "single",
        /// Several publishers; refused by `validate_v1` for now.
        Mpmc = "mpmc",
    }
}

named_enum! {
    /// How stages get their threads.
    Scheduling {
        /// One thread for each stage.
        Dedicated = "dedicated",
        /// A pool; refused by `validate_v1` for now.
        WorkQueue = "work_queue",
    }
}

named_enum! {
    /// What order records keep.
    Ordering {
        /// One total order; one shard.
        Strict = "strict",
        /// Order within a shard key; several shards.
        PerKey = "per_key",
    }
}

named_enum! {
    /// What a full lane does with a new message.
    OnFull {
        /// The writer waits.
        Block = "block",
        /// The new message is discarded and counted.
        Drop = "drop",
    }
}

named_enum! {
    /// Which edge of a lane graph an endpoint is.
    EndpointKind {
        /// Records come in here.
        Ingress = "ingress",
        /// Records leave here.
        Egress = "egress",
    }
}

named_enum! {
    /// Which input a merge takes next.
    MergePolicy {
        /// One record from each input in turn, skipping empty ones.
        RoundRobin = "round_robin",
        /// The first input that has a record, in the order of the list.
        Priority = "priority",
    }
}

/// A stage DAG over one sequenced ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SingleRingSpec {
    /// Parallel rings; at least 1.
    pub shards: u32,
    /// Who publishes.
    pub producer: Producer,
    /// How stages get threads.
    pub scheduling: Scheduling,
    /// What order records keep.
    pub ordering: Ordering,
    /// Which bytes of a record choose its shard; only with `per_key`.
    #[serde(default)]
    pub shard_key: Option<ShardKey>,
    /// The stages in topological order, 1 to [`SEQUENCED_SLOTS_V1_GATING`].
    pub stages: Vec<RingStage>,
}

/// The bytes of a record that choose its shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct ShardKey {
    /// First byte, from the start of the record.
    pub offset: u32,
    /// Number of bytes; at least 1.
    pub length: u32,
}

impl ShardKey {
    /// Which of `shards` a record goes to, from 0 (PL-6): FNV-1a with 64 bits over the key's bytes,
    /// as far as the record has them, modulo the shards. Nothing for no shards.
    pub fn shard_of(self, record: &[u8], shards: u32) -> Option<u32> {
        let start = (self.offset as usize).min(record.len());
        let end = start.saturating_add(self.length as usize).min(record.len());
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for &byte in &record[start..end] {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        hash.checked_rem(u64::from(shards))
            .map(|shard| shard as u32)
    }
}

/// One stage of a ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RingStage {
    /// The stage's id in the plan.
    pub id: String,
    /// What it does.
    pub op: StageOp,
    /// Indices of the stages it waits for: strictly increasing, only earlier ones. Empty = the
    /// stage waits for the producer alone.
    pub depends_on: Vec<u32>,
}

impl RingStage {
    /// The stage key; `identity` for the identity operation.
    pub fn key(&self) -> &str {
        self.op.key()
    }
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum StageOp {
    /// Forwards every record.
    Identity,
    /// A behaviour that a resolver finds by its key.
    Named {
        /// The stage key, printable ASCII.
        key: String,
    },
}

impl StageOp {
    /// The operation of a stage key.
    pub fn from_key(key: &str) -> Self {
        if key == "identity" {
            Self::Identity
        } else {
            Self::Named {
                key: key.to_owned(),
            }
        }
    }

    /// The stage key; `identity` for the identity operation.
    pub fn key(&self) -> &str {
        match self {
            Self::Identity => "identity",
            Self::Named { key } => key,
        }
    }

    /// The name of the operation in KV: `identity` or `named`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Named { .. } => "named",
        }
    }
}

/// Lanes, endpoints and roles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LaneGraphSpec {
    /// What every lane of the graph does when it is full.
    pub on_full: OnFull,
    /// The lanes, by id.
    pub lanes: Vec<Lane>,
    /// Where records come in and leave, by id.
    pub endpoints: Vec<Endpoint>,
    /// The units of execution, by id.
    pub roles: Vec<Role>,
}

/// A bounded channel with one writer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Lane {
    /// `writer.reader` for an events lane, `writer.kind` for a lane that several readers share.
    pub id: String,
    /// What kind of channel it is.
    pub channel: Channel,
}

/// The kind of a lane with its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Channel {
    /// One writer, one reader.
    Events,
    /// An append-only log with a position for each reader.
    Journal,
    /// An ordered bounded buffer with gating.
    SequencedSlots {
        /// Entries, 1 to [`SEQUENCED_SLOTS_MAX_CAPACITY`].
        capacity: u32,
    },
    /// One writer, and a queue for each of `consumers` readers.
    FanoutBroadcast {
        /// Readers, 1 to [`FANOUT_MAX_CONSUMERS`].
        consumers: u32,
    },
}

impl Channel {
    /// The kind without its settings.
    pub fn kind(&self) -> LaneKind {
        match self {
            Self::Events => LaneKind::Events,
            Self::Journal => LaneKind::Journal,
            Self::SequencedSlots { .. } => LaneKind::SequencedSlots,
            Self::FanoutBroadcast { .. } => LaneKind::FanoutBroadcast,
        }
    }
}

named_enum! {
    /// The kind of a lane.
    LaneKind {
        /// Default flow: one writer, one reader.
        Events = "events",
        /// Append-only log.
        Journal = "journal",
        /// Ordered bounded buffer with gating.
        SequencedSlots = "sequenced_slots",
        /// One writer, several readers.
        FanoutBroadcast = "fanout_broadcast",
    }
}

/// A named place where records come in or leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The boundary's id in the plan.
    pub id: String,
    /// Which edge it is.
    pub kind: EndpointKind,
    /// The lane it writes (ingress) or reads (egress).
    pub lane: String,
}

/// A unit of execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The stage's id in the plan, or the name that lowering gave.
    pub id: String,
    /// What it does, over which lanes.
    pub work: RoleWork,
}

/// What a role does, over which lanes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RoleWork {
    /// Runs a stage between two lanes.
    Stage {
        /// What the stage does.
        op: StageOp,
        /// The lane it reads.
        rx: String,
        /// The lane it writes.
        tx: String,
    },
    /// Carries records from one lane to another.
    Bridge {
        /// The lane it reads.
        rx: String,
        /// The lane it writes.
        tx: String,
    },
    /// Carries each record to several lanes.
    Router {
        /// The lane it reads.
        rx: String,
        /// The lanes it writes, at least two, by id.
        tx: Vec<String>,
    },
    /// Carries records of several lanes into one.
    Merge {
        /// The lanes it reads, at least two.
        rx: Vec<String>,
        /// The lane it writes.
        tx: String,
        /// Which lane it reads next.
        policy: MergePolicy,
    },
}

impl RoleWork {
    /// The kind of the role in KV.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Stage { .. } => "stage",
            Self::Bridge { .. } => "bridge",
            Self::Router { .. } => "router",
            Self::Merge { .. } => "merge",
        }
    }

    /// The lanes it reads.
    pub fn rx(&self) -> &[String] {
        match self {
            Self::Stage { rx, .. } | Self::Bridge { rx, .. } | Self::Router { rx, .. } => {
                std::slice::from_ref(rx)
            }
            Self::Merge { rx, .. } => rx,
        }
    }

    /// The lanes it writes.
    pub fn tx(&self) -> &[String] {
        match self {
            Self::Stage { tx, .. } | Self::Bridge { tx, .. } | Self::Merge { tx, .. } => {
                std::slice::from_ref(tx)
            }
            Self::Router { tx, .. } => tx,
        }
    }
}
