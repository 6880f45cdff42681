//! The two ends of a lane as roles use them: room and discards, reads and the end of input, numbers.

mod rx;
mod tx;

use std::sync::Arc;

use byteor_pipeline_kernel::GraphRegion;

use super::barriers::Barriers;
use super::ends::Ended;

pub(super) use rx::{LaneRx, RxEnd};
pub(super) use tx::{LaneTx, Rules, TxEnd, Wrote};

/// What all ends of all lanes of a graph share.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    pub graph: GraphRegion,
    pub ended: Arc<Ended>,
    pub barriers: Arc<Barriers>,
}

/// Which lane and readers an end belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub lane: usize,
    pub first_reader: usize,
    pub readers: usize,
}
