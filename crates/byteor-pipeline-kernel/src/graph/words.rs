//! The words of one cell each; every cell has one writer.

use core::mem::offset_of;
use core::sync::atomic::Ordering;

use byteor_abi::{
    LANE_GRAPH_READERS, LaneGraphEndpointCell, LaneGraphLaneCell, LaneGraphReaderCell,
    LaneGraphRoleCell,
};
use indexbus::raw::{Row, View, Word32, Word64};

/// A lane's counters, which its writer writes.
#[derive(Clone, Copy, Debug)]
pub struct GraphLaneWords<'m> {
    /// Records that at least one reader was given.
    pub published: Word64<'m>,
    /// Records that at least one reader does not get because the lane was full.
    pub discarded: Word64<'m>,
    /// Records that each reader was given.
    pub given: Row<'m, u64, LANE_GRAPH_READERS>,
    pub(super) capacity: Word32<'m>,
    pub(super) readers: Word32<'m>,
}

/// A reader's counters, which it writes.
#[derive(Clone, Copy, Debug)]
pub struct ReaderWords<'m> {
    /// Records that it read, and whose places it freed.
    pub read: Word64<'m>,
    /// Records of a journal that were overwritten before it read them.
    pub lost: Word64<'m>,
}

/// A role's counters, which it writes.
#[derive(Clone, Copy, Debug)]
pub struct RoleWords<'m> {
    /// Records that it took.
    pub processed: Word64<'m>,
    /// Records that its stage dropped.
    pub dropped: Word64<'m>,
    /// Records that its stage rejected.
    pub rejected: Word64<'m>,
}

/// An endpoint's counters, which it writes.
#[derive(Clone, Copy, Debug)]
pub struct EndpointWords<'m> {
    /// Records that came in, refused ones included, or that left.
    pub records: Word64<'m>,
    /// Bytes of those.
    pub bytes: Word64<'m>,
    /// Records that an ingress refused, or the other end of an egress.
    pub rejected: Word64<'m>,
    pub(super) ingress: Word32<'m>,
}

impl<'m> GraphLaneWords<'m> {
    /// Records that the lane holds for each reader; 0 where only its bytes are bounded.
    pub fn capacity(&self) -> u32 {
        self.capacity.load(Ordering::Relaxed)
    }

    /// How many readers it has: at most as many as any lane has, whatever the region says.
    pub fn readers(&self) -> usize {
        (self.readers.load(Ordering::Relaxed) as usize).min(LANE_GRAPH_READERS)
    }

    pub(super) fn at(view: View<'m>, at: usize) -> Self {
        Self {
            published: view.word(at + offset_of!(LaneGraphLaneCell, published)),
            discarded: view.word(at + offset_of!(LaneGraphLaneCell, discarded)),
            given: view.row(at + offset_of!(LaneGraphLaneCell, given), 8),
            capacity: view.word(at + offset_of!(LaneGraphLaneCell, capacity)),
            readers: view.word(at + offset_of!(LaneGraphLaneCell, readers)),
        }
    }
}

impl<'m> ReaderWords<'m> {
    pub(super) fn at(view: View<'m>, at: usize) -> Self {
        Self {
            read: view.word(at + offset_of!(LaneGraphReaderCell, read)),
            lost: view.word(at + offset_of!(LaneGraphReaderCell, lost)),
        }
    }
}

impl<'m> RoleWords<'m> {
    pub(super) fn at(view: View<'m>, at: usize) -> Self {
        Self {
            processed: view.word(at + offset_of!(LaneGraphRoleCell, processed)),
            dropped: view.word(at + offset_of!(LaneGraphRoleCell, dropped)),
            rejected: view.word(at + offset_of!(LaneGraphRoleCell, rejected)),
        }
    }
}

impl<'m> EndpointWords<'m> {
    /// Whether it is an ingress.
    pub fn is_ingress(&self) -> bool {
        self.ingress.load(Ordering::Relaxed) == 1
    }

    pub(super) fn at(view: View<'m>, at: usize) -> Self {
        Self {
            records: view.word(at + offset_of!(LaneGraphEndpointCell, records)),
            bytes: view.word(at + offset_of!(LaneGraphEndpointCell, bytes)),
            rejected: view.word(at + offset_of!(LaneGraphEndpointCell, rejected)),
            ingress: view.word(at + offset_of!(LaneGraphEndpointCell, ingress)),
        }
    }
}
