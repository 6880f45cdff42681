//! How to run a graph.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use byteor_abi::SlotClass;
use byteor_pipeline_kernel::WaitKind;
use byteor_pipeline_spec::{Endpoint, EndpointKind, LaneGraphSpec};

/// Which threads the roles and egresses have. It changes no byte that leaves, beyond what the spec
/// leaves open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workers {
    /// A thread for each role and each egress.
    #[default]
    Dedicated,
    /// So many threads, each with the next part of the roles and egresses in the order that records
    /// flow; at most one for each.
    Segments(NonZeroUsize),
    /// One thread for all.
    One,
}

impl Workers {
    /// A thread for each role and egress where this machine has a core for each, otherwise as many
    /// as it has cores.
    pub fn for_cores(spec: &LaneGraphSpec) -> Self {
        let egress = |endpoint: &&Endpoint| endpoint.kind == EndpointKind::Egress;
        let nodes = spec.roles.len() + spec.endpoints.iter().filter(egress).count();
        match std::thread::available_parallelism() {
            Ok(cores) if cores.get() >= nodes => Self::Dedicated,
            Ok(cores) => Self::Segments(cores),
            // How many there are is not known here: one is what every machine has.
            Err(_) => Self::One,
        }
    }
}

/// Where the lanes lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LanesIn {
    /// In memory of this process.
    #[default]
    Memory,
    /// In a folder of this run, which must not exist and is made: a file for each region, and
    /// [`COUNTERS_FILE`](super::COUNTERS_FILE), which other processes read numbers from. It stays
    /// when the run is over.
    Folder(PathBuf),
}

/// How to run.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What workers do while nothing is ready. `backoff` unless each thread has a core of its own.
    pub wait: WaitKind,
    /// Which threads there are.
    pub workers: Workers,
    /// Most bytes of a record.
    pub slots: SlotClass,
    /// Where the lanes lie.
    pub lanes: LanesIn,
    /// Lanes hold at most so many records, where their own capacity is larger: to see what a full
    /// lane does without a thousand records. Not 0.
    pub capacity: Option<NonZeroUsize>,
    /// Whether choices are recorded: see [`RunningGraph::choices`](super::RunningGraph::choices).
    /// What they take grows with the run.
    pub record_choices: bool,
    /// For each role that remembers, by id, the state to go on from, as a
    /// [`GraphCheckpoint`](super::GraphCheckpoint) holds it; without one, it starts as one that has
    /// seen nothing.
    pub base_states: BTreeMap<String, Arc<[u8]>>,
}
