//! The two ends of a lane as roles use them: room and discards, reads and the end of input, numbers.

mod rx;
mod tx;

use std::sync::Arc;

use byteor_pipeline_kernel::GraphRegion;

use super::barriers::Barriers;
use super::ends::Ended;
use crate::single_ring::wakes::Wakes;

pub(super) use rx::{LaneRx, RxEnd};
pub(super) use tx::{LaneTx, Rules, TxEnd, Wrote};

/// What all ends of all lanes of a graph share.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    pub graph: GraphRegion,
    pub ended: Arc<Ended>,
    pub barriers: Arc<Barriers>,
    /// A word for each thread, and behind them for each ingress. Nothing where waits don't sleep until
    /// they are woken.
    pub wakes: Option<Arc<Wakes>>,
}

impl Lanes {
    /// Wakes whoever sleeps on one of these words.
    #[inline]
    fn wake(&self, words: &[usize]) {
        if let Some(wakes) = &self.wakes {
            words.iter().for_each(|word| wakes.worker(*word).wake());
        }
    }
}

/// Which lane and readers an end belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub lane: usize,
    pub first_reader: usize,
    pub readers: usize,
}

/// Who reads a lane whose records are handed over directly: a node by its place in the group, and which
/// of its inputs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub node: usize,
    pub input: usize,
}
