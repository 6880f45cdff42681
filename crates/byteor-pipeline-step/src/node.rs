//! What takes steps: the roles of a graph or the stages of a ring, and the edges.

use std::collections::VecDeque;

use byteor_pipeline_spec::{MergePolicy, ShardKey};
use byteor_pipeline_stages::Stage;

use crate::lane::{Found, Lane, Rec};

/// What kind of node it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Records come in here.
    Ingress,
    /// A stage of a graph, or of one shard of a ring.
    Stage,
    /// Carries records between lanes of different kinds.
    Bridge,
    /// Carries each record to several lanes.
    Router,
    /// Carries the records of several lanes into one.
    Merge,
    /// Records leave here.
    Egress,
}

/// What a node counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Records that it took.
    pub taken: u64,
    /// Records that it passed on: for a router once for each lane, discarded ones not among them;
    /// for an egress and the last stage of a ring, those that left the pipeline.
    pub passed: u64,
    /// Records that the stage dropped.
    pub dropped: u64,
    /// Records that the stage or the ingress rejected.
    pub rejected: u64,
    /// Writes that a full lane discarded, for one reader or for all.
    pub discarded: u64,
    /// Records that it had to hold because a lane was full.
    pub blocked: u64,
    /// Records of a journal that were overwritten before it read them.
    pub lost: u64,
}

impl Counters {
    pub(crate) const COUNT: usize = 7;

    pub(crate) fn to_array(self) -> [u64; Self::COUNT] {
        [
            self.taken,
            self.passed,
            self.dropped,
            self.rejected,
            self.discarded,
            self.blocked,
            self.lost,
        ]
    }

    pub(crate) fn from_array(of: [u64; Self::COUNT]) -> Self {
        let [taken, passed, dropped, rejected, discarded, blocked, lost] = of;
        Self {
            taken,
            passed,
            dropped,
            rejected,
            discarded,
            blocked,
            lost,
        }
    }
}

/// A place of a lane that a node reads.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rx {
    pub lane: usize,
    pub reader: usize,
}

pub(crate) enum Work {
    Ingress {
        index: usize,
        tx: usize,
    },
    /// Gives each record to the ring of its shard; the rings are the lanes, by shard.
    RingIngress {
        key: Option<ShardKey>,
        /// The rings are the lanes from 0 on.
        shards: u32,
    },
    Stage {
        stage: Box<dyn Stage>,
        rx: Rx,
        tx: usize,
    },
    RingStage {
        stage: Box<dyn Stage>,
        rx: Rx,
        depends_on: Vec<u32>,
        /// Some other stage neither comes before nor after: it may only forward.
        unordered: bool,
        last: bool,
    },
    /// A bridge is a carrier with one lane, a router one with several.
    Carry {
        rx: Rx,
        tx: Vec<usize>,
    },
    Merge {
        rx: Vec<Rx>,
        tx: usize,
        policy: MergePolicy,
        /// Round robin: the input whose turn it is.
        next: usize,
        /// The recorded inputs that are still to come.
        replay: VecDeque<u32>,
        /// All of them, as they were given.
        recorded: Vec<u32>,
    },
    Egress {
        rx: Rx,
    },
}

impl Work {
    pub(crate) fn tx(&self) -> &[usize] {
        match self {
            Self::Ingress { tx, .. } | Self::Stage { tx, .. } | Self::Merge { tx, .. } => {
                std::slice::from_ref(tx)
            }
            Self::Carry { tx, .. } => tx,
            Self::RingIngress { .. } | Self::RingStage { .. } | Self::Egress { .. } => &[],
        }
    }

    /// The places of lanes that it reads.
    pub(crate) fn rx(&self) -> &[Rx] {
        match self {
            Self::Stage { rx, .. }
            | Self::RingStage { rx, .. }
            | Self::Carry { rx, .. }
            | Self::Egress { rx } => std::slice::from_ref(rx),
            Self::Merge { rx, .. } => rx,
            Self::Ingress { .. } | Self::RingIngress { .. } => &[],
        }
    }

    /// Whether it may hold a record for the lane.
    pub(crate) fn writes_lane(&self, lane: usize) -> bool {
        match self {
            Self::RingIngress { shards, .. } => lane < *shards as usize,
            other => other.tx().contains(&lane),
        }
    }

    pub(crate) fn stage(&self) -> Option<&dyn Stage> {
        match self {
            Self::Stage { stage, .. } | Self::RingStage { stage, .. } => Some(&**stage),
            _ => None,
        }
    }

    pub(crate) fn stage_mut(&mut self) -> Option<&mut Box<dyn Stage>> {
        match self {
            Self::Stage { stage, .. } | Self::RingStage { stage, .. } => Some(stage),
            _ => None,
        }
    }
}

/// Which input a merge takes from now: what is there, or `Ended` with all of them, or nothing.
///
/// An input that is empty is passed over, whether its writer is slow or dead; the merge ends when
/// every input ended, so never with a dead one.
pub(crate) fn merge_choice(
    rx: &[Rx],
    policy: MergePolicy,
    next: usize,
    replay: Option<u32>,
    lanes: &[Lane],
) -> (Found, usize) {
    let found = |input: usize| lanes[rx[input].lane].find(rx[input].reader);
    if let Some(input) = replay {
        return (found(input as usize), input as usize);
    }
    let first = match policy {
        MergePolicy::RoundRobin => next,
        MergePolicy::Priority => 0,
    };
    let mut ended = true;
    for turn in 0..rx.len() {
        let input = (first + turn) % rx.len();
        match found(input) {
            found @ (Found::Record | Found::Lost) => return (found, input),
            Found::Nothing => ended = false,
            Found::Ended => {}
        }
    }
    let all = if ended { Found::Ended } else { Found::Nothing };
    (all, first)
}

pub(crate) struct Node {
    pub id: String,
    pub kind: NodeKind,
    pub shard: u32,
    /// The stage's key.
    pub key: Option<String>,
    /// What a stage that acts on the outside would do.
    pub acts: Option<String>,
    pub work: Work,
    /// What it took, or made of it, and has still to write, in order, with the lanes.
    pub held: VecDeque<(usize, Rec)>,
    pub ended: bool,
    pub dead: bool,
    pub counters: Counters,
}

/// A node, to look at.
#[derive(Clone, Copy)]
pub struct NodeView<'s>(pub(crate) &'s Node);

impl<'s> NodeView<'s> {
    /// The id of the role, endpoint or stage in the spec; `ingress` for that of a ring.
    pub fn id(self) -> &'s str {
        &self.0.id
    }

    /// What kind of node it is.
    pub fn kind(self) -> NodeKind {
        self.0.kind
    }

    /// Which shard of a ring it belongs to; 0 elsewhere.
    pub fn shard(self) -> u32 {
        self.0.shard
    }

    /// The stage key of a stage that acts on the outside. It is never done here: each record that
    /// the node takes is one that it would have acted on, and passes unchanged.
    pub fn would_act(self) -> Option<&'s str> {
        self.0.acts.as_deref()
    }

    /// The stage's key; nothing for other nodes.
    pub fn key(self) -> Option<&'s str> {
        self.0.key.as_deref()
    }

    /// Whether records leave the pipeline here: an egress, or the last stage of a ring.
    pub fn leaves(self) -> bool {
        match &self.0.work {
            Work::Egress { .. } => true,
            Work::RingStage { last, .. } => *last,
            _ => false,
        }
    }

    /// The lanes that it reads, with the number of the reader that it is there: of a merge in the
    /// order of its inputs.
    pub fn reads(self) -> impl Iterator<Item = (u32, u32)> + 's {
        let places = self.0.work.rx().iter();
        places.map(|rx| (rx.lane as u32, rx.reader as u32))
    }

    /// In a ring, the readers of its lane that have to be past a record before it takes it.
    pub fn after(self) -> &'s [u32] {
        match &self.0.work {
            Work::RingStage { depends_on, .. } => depends_on,
            _ => &[],
        }
    }

    /// The lanes that it writes. A ring's ingress writes all rings.
    pub fn writes(self) -> &'s [usize] {
        self.0.work.tx()
    }

    /// What it counted.
    pub fn counters(self) -> Counters {
        self.0.counters
    }

    /// The numbers of the records that it holds because a lane is full, in order.
    pub fn holds(self) -> Vec<u64> {
        self.0.held.iter().map(|(_, rec)| rec.origin).collect()
    }

    /// How many records it holds.
    pub fn held(self) -> usize {
        self.0.held.len()
    }

    /// Whether everything that it reads ended, and it is done with it.
    pub fn ended(self) -> bool {
        self.0.ended
    }

    /// Whether it was [killed](crate::Stepper::kill).
    pub fn dead(self) -> bool {
        self.0.dead
    }

    /// For a merge, which of its inputs the lane is.
    pub(crate) fn merge_input(self, lane: u32) -> Option<u32> {
        let Work::Merge { rx, .. } = &self.0.work else {
            return None;
        };
        let place = rx.iter().position(|rx| rx.lane == lane as usize)?;
        Some(place as u32)
    }
}
