//! How a ring runs, and what it goes on from.

use std::sync::Arc;

use byteor_abi::{RUN_WAIT_ADAPTIVE, RUN_WAIT_BACKOFF, RUN_WAIT_SPIN};
use byteor_pipeline_backings_shm::Counters;
use byteor_pipeline_kernel::{LaneError, Ordering, SlotsRegion, WaitKind};

use super::workers::Workers;

/// Counters of one stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageCounters {
    /// Records that it looked at; those marked by a stage before it are not among them.
    pub processed: u64,
    /// Records that it dropped.
    pub dropped: u64,
    /// Records whose result did not fit.
    pub rejected: u64,
}

/// How to run. Changes no byte of what comes out.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// What workers do while nothing is ready, and the producer while the ring is full. `adaptive`
    /// unless said otherwise; `spin` only where each has a core of its own.
    pub wait: WaitKind,
    /// Which threads run the stages; left to the number of cores where nothing is asked for.
    pub workers: Option<Workers>,
    /// How many cores to count on; otherwise as many as this process may use.
    pub cores: Option<usize>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            wait: WaitKind::Adaptive,
            workers: None,
            cores: None,
        }
    }
}

impl Tuning {
    pub(crate) fn cores(&self) -> usize {
        // A system that doesn't say is taken for one core: what runs then runs everywhere.
        let allowed = || std::thread::available_parallelism().map_or(1, usize::from);
        self.cores.unwrap_or_else(allowed)
    }
}

/// The word of a region for it.
pub(crate) const fn wait_word(wait: WaitKind) -> u32 {
    match wait {
        WaitKind::Spin => RUN_WAIT_SPIN,
        WaitKind::Backoff => RUN_WAIT_BACKOFF,
        WaitKind::Adaptive => RUN_WAIT_ADAPTIVE,
    }
}

/// What a ring goes on from, out of a checkpoint.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// Totals. Sequences start at 1 all the same.
    pub counters: Counters,
    /// Per stage, in the order of the spec, its counters; missing ones start at 0.
    pub stage_counters: Vec<StageCounters>,
    /// Per stage, in the order of the spec, its state, as a
    /// [`StateSnapshot`](crate::StateSnapshot) holds it; where there is none, a stage starts as one
    /// that has seen nothing.
    pub states: Vec<Option<Arc<[u8]>>>,
}

impl Base {
    /// Writes the counters into a region whose threads start later.
    pub(crate) fn seed(&self, slots: &SlotsRegion, stages: usize) -> Result<(), LaneError> {
        let base = &self.counters;
        let (ingress, egress) = (slots.ingress_counters(), slots.egress_counters());
        let order = Ordering::Relaxed;
        ingress.records_in.store(base.records_in, order);
        ingress.bytes_in.store(base.bytes_in, order);
        ingress.rejected.store(0, order);
        egress.records_out.store(base.records_out, order);
        egress.bytes_out.store(base.bytes_out, order);
        egress.dropped.store(base.dropped, order);
        // Who refused which of those before no longer matters for the total.
        egress.rejected.store(base.rejected, order);
        for (stage, base) in self.stage_counters.iter().take(stages).enumerate() {
            let words = slots.stage_counters(stage)?;
            words.processed.store(base.processed, order);
            words.dropped.store(base.dropped, order);
            words.rejected.store(base.rejected, order);
        }
        Ok(())
    }
}

/// How to run one ring, and what it goes on from.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How to run.
    pub tuning: Tuning,
    /// What to go on from.
    pub base: Base,
}
