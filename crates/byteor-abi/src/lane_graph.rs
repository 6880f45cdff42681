//! The counters of a lane graph's run: what `snapshot` reads, also after a crash.
//!
//! The region is one [`LaneGraphLayout`], then a [`LaneGraphLaneCell`] for each lane, a
//! [`LaneGraphReaderCell`] for each reader of each lane, a [`LaneGraphRoleCell`] for each role and a
//! [`LaneGraphEndpointCell`] for each endpoint: all in the order of the spec, readers by lane and
//! then in the order in which roles and endpoints name the lane. Each cell has a line of its own, and
//! one writer.

use core::mem::{offset_of, size_of};

use indexbus_abi::{IndexbusAtomicU32, IndexbusAtomicU64, LayoutHeader};

/// The most readers of a lane of any kind.
pub const LANE_GRAPH_READERS: usize = 4;
/// The most lanes, and the most roles, of a run whose counters have a region.
pub const LANE_GRAPH_PARTS_MAX: usize = 1024;

/// What the region begins with.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct LaneGraphLayout {
    /// Kind `BYTEOR_REGION_KIND_LANE_GRAPH`, capability `BYTEOR_CAP_COUNTERS`.
    pub header: LayoutHeader,
    /// 0 uninitialized, 1 initializing, 2 initialized.
    pub initialized: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 40],
    /// Drawn at random when the region is created, so that readers notice a new one.
    pub generation: IndexbusAtomicU64,
    /// Most bytes of a record.
    pub slot_bytes: IndexbusAtomicU32,
    /// Lane cells that follow.
    pub lanes: IndexbusAtomicU32,
    /// Reader cells behind those.
    pub readers: IndexbusAtomicU32,
    /// Role cells behind those.
    pub roles: IndexbusAtomicU32,
    /// Endpoint cells behind those.
    pub endpoints: IndexbusAtomicU32,
    /// Which threads run the roles and egresses: one of `RUN_WORKERS_…`, 0 where nobody said.
    pub workers: IndexbusAtomicU32,
    /// What they do while nothing is ready: one of `RUN_WAIT_…`, 0 where nobody said.
    pub wait: IndexbusAtomicU32,
    /// Padding to a cache line.
    pub pad2: [u8; 28],
}

/// One lane; written by its writer only, but for the numbers of the spec.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct LaneGraphLaneCell {
    /// Records that at least one reader was given.
    pub published: IndexbusAtomicU64,
    /// Records that at least one reader does not get because the lane was full.
    pub discarded: IndexbusAtomicU64,
    /// Records that each reader was given.
    pub given: [IndexbusAtomicU64; LANE_GRAPH_READERS],
    /// Records that the lane holds for each reader; 0 where only its bytes are bounded.
    pub capacity: IndexbusAtomicU32,
    /// How many readers it has.
    pub readers: IndexbusAtomicU32,
    /// Padding to a cache line.
    pub pad: [u8; 8],
}

/// One reader of a lane; written by it only.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct LaneGraphReaderCell {
    /// Records that it read, and whose places it freed.
    pub read: IndexbusAtomicU64,
    /// Records of a journal that were overwritten before it read them.
    pub lost: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 48],
}

/// One role; written by it only.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct LaneGraphRoleCell {
    /// Records that it took.
    pub processed: IndexbusAtomicU64,
    /// Records that its stage dropped.
    pub dropped: IndexbusAtomicU64,
    /// Records that its stage rejected.
    pub rejected: IndexbusAtomicU64,
    /// Padding to a cache line.
    pub pad: [u8; 40],
}

/// One endpoint; written by it only, but for which edge it is.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
pub struct LaneGraphEndpointCell {
    /// Records that came in, refused ones included, or that left.
    pub records: IndexbusAtomicU64,
    /// Bytes of those.
    pub bytes: IndexbusAtomicU64,
    /// Records that an ingress refused.
    pub rejected: IndexbusAtomicU64,
    /// 1 for an ingress, 0 for an egress.
    pub ingress: IndexbusAtomicU32,
    /// Padding, 0.
    pub pad0: u32,
    /// Padding to a cache line.
    pub pad1: [u8; 32],
}

/// How many cells of each kind a region has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneGraphCells {
    /// Lanes.
    pub lanes: usize,
    /// Readers of all lanes.
    pub readers: usize,
    /// Roles.
    pub roles: usize,
    /// Endpoints.
    pub endpoints: usize,
}

impl LaneGraphCells {
    /// Whether a region may have so many: what a file says is held against this.
    pub const fn is_bounded(self) -> bool {
        self.lanes <= LANE_GRAPH_PARTS_MAX
            && self.roles <= LANE_GRAPH_PARTS_MAX
            && self.readers <= LANE_GRAPH_READERS * LANE_GRAPH_PARTS_MAX
            && self.endpoints <= 2 * LANE_GRAPH_PARTS_MAX
    }

    /// Offset of a lane's cell.
    pub const fn lane_at(self, lane: usize) -> usize {
        size_of::<LaneGraphLayout>() + 64 * lane
    }

    /// Offset of a reader's cell.
    pub const fn reader_at(self, reader: usize) -> usize {
        self.lane_at(self.lanes) + 64 * reader
    }

    /// Offset of a role's cell.
    pub const fn role_at(self, role: usize) -> usize {
        self.reader_at(self.readers) + 64 * role
    }

    /// Offset of an endpoint's cell.
    pub const fn endpoint_at(self, endpoint: usize) -> usize {
        self.role_at(self.roles) + 64 * endpoint
    }

    /// Bytes of the whole region.
    pub const fn region_bytes(self) -> usize {
        self.endpoint_at(self.endpoints)
    }
}

const _: () = {
    assert!(offset_of!(LaneGraphLayout, initialized) == 16);
    assert!(offset_of!(LaneGraphLayout, generation) == 64);
    assert!(offset_of!(LaneGraphLayout, workers) == 92);
    assert!(offset_of!(LaneGraphLayout, wait) == 96);
    assert!(size_of::<LaneGraphLayout>() == 128);
    assert!(size_of::<LaneGraphLaneCell>() == 64);
    assert!(size_of::<LaneGraphReaderCell>() == 64);
    assert!(size_of::<LaneGraphRoleCell>() == 64);
    assert!(size_of::<LaneGraphEndpointCell>() == 64);
};
