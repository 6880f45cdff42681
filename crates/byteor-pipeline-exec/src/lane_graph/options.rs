//! How to run a graph.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use byteor_abi::SlotClass;
use byteor_pipeline_kernel::WaitKind;
use byteor_pipeline_spec::{Endpoint, EndpointKind, LaneGraphSpec};

use super::counts::GraphCounts;
use super::sink::RejectSink;

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
    /// A thread for each role and egress where this machine has a core for each, beside one for each
    /// ingress; otherwise as many as are left of its cores beside those of the ingresses.
    pub fn for_cores(spec: &LaneGraphSpec) -> Self {
        // How many there are is not always known: one is what every machine has.
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self::for_so_many(spec, cores)
    }

    fn for_so_many(spec: &LaneGraphSpec, cores: usize) -> Self {
        let ingress = |endpoint: &&Endpoint| endpoint.kind == EndpointKind::Ingress;
        let ingresses = spec.endpoints.iter().filter(ingress).count();
        let nodes = spec.roles.len() + spec.endpoints.len() - ingresses;
        match cores.saturating_sub(ingresses) {
            0 | 1 => Self::One,
            beside if beside >= nodes => Self::Dedicated,
            beside => NonZeroUsize::new(beside).map_or(Self::One, Self::Segments),
        }
    }

    /// How many roles and egresses of `spec` each thread has, in the order that records flow.
    pub fn sizes(self, spec: &LaneGraphSpec) -> Vec<usize> {
        let egress = |endpoint: &&Endpoint| endpoint.kind == EndpointKind::Egress;
        let nodes = spec.roles.len() + spec.endpoints.iter().filter(egress).count();
        let mut sizes = vec![0; self.threads(nodes).clamp(1, nodes.max(1))];
        let threads = sizes.len();
        (0..nodes).for_each(|node| sizes[node * threads / nodes] += 1);
        sizes
    }

    /// The same without their number, as tuning is reported.
    pub const fn kind(self) -> crate::single_ring::Workers {
        match self {
            Self::Dedicated => crate::single_ring::Workers::Dedicated,
            Self::Segments(_) => crate::single_ring::Workers::Segments,
            Self::One => crate::single_ring::Workers::One,
        }
    }

    /// How many threads that is for so many roles and egresses.
    pub(super) fn threads(self, nodes: usize) -> usize {
        match self {
            Self::Dedicated => nodes,
            Self::Segments(threads) => threads.get(),
            Self::One => 1,
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
    /// What they take grows until a checkpoint takes them.
    pub record_choices: bool,
    /// For each role that remembers, by id, the state to go on from, as a
    /// [`GraphCheckpoint`](super::GraphCheckpoint) holds it; without one, it starts as one that has
    /// seen nothing.
    pub base_states: BTreeMap<String, Arc<[u8]>>,
    /// What to count on from, as a [`GraphCheckpoint`](super::GraphCheckpoint) holds it.
    pub base_counts: GraphCounts,
    /// Takes the records that stages reject; without one they are counted and gone.
    pub rejects: Option<Arc<dyn RejectSink>>,
}

#[cfg(test)]
mod tests {
    use byteor_pipeline_spec::{LaneGraphBuilder, PipelineSpecV1};

    use super::*;

    #[test]
    fn cores_that_ingresses_leave_decide() {
        let spec = LaneGraphBuilder::new()
            .events("in.a")
            .events("a.b")
            .events("b.out")
            .ingress("in", "in.a")
            .stage("a", "upper", "in.a", "a.b")
            .stage("b", "trim", "a.b", "b.out")
            .egress("out", "b.out")
            .build();
        let Ok(PipelineSpecV1::LaneGraph(spec)) = spec else {
            unreachable!("built as a graph");
        };
        let two = NonZeroUsize::new(2).map_or(Workers::One, Workers::Segments);
        let chosen = [Workers::One, Workers::One, two, Workers::Dedicated];
        for (cores, workers) in (1..).zip(chosen) {
            assert_eq!(Workers::for_so_many(&spec, cores), workers, "{cores} cores");
        }
    }
}
