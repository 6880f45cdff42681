//! Reading the counters of a lane graph's run from outside, without mapping them.

use std::mem::offset_of;
use std::path::Path;

use byteor_abi::{
    BYTEOR_CAP_COUNTERS, BYTEOR_REGION_KIND_LANE_GRAPH, LANE_GRAPH_READERS, LaneGraphCells,
    LaneGraphEndpointCell, LaneGraphLaneCell, LaneGraphLayout, LaneGraphReaderCell,
    LaneGraphRoleCell,
};
use indexbus_transport_shm::Error;

use crate::region_file::{RegionFile, u32_at, u64_at};

/// A lane's numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneNumbers {
    /// Records that it holds for each reader; 0 where only its bytes are bounded.
    pub capacity: u32,
    /// Records that at least one reader was given.
    pub published: u64,
    /// Records that at least one reader does not get because the lane was full.
    pub discarded: u64,
    /// For each reader: records that it was given, read, and lost.
    pub readers: Vec<[u64; 3]>,
}

/// An endpoint's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndpointNumbers {
    /// Whether it is an ingress.
    pub ingress: bool,
    /// Records, bytes, and refused records.
    pub counts: [u64; 3],
}

/// The numbers of a run at about one moment; each is exact, together they may be a few records
/// apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphWords {
    /// Random number of this creation of the region.
    pub generation: u64,
    /// Which workers run and how they wait: words of [`LaneGraphLayout`], 0 where nobody said.
    pub tuning: [u32; 2],
    /// The lanes, in the order of the spec.
    pub lanes: Vec<LaneNumbers>,
    /// Per role: processed, dropped, rejected.
    pub roles: Vec<[u64; 3]>,
    /// The endpoints, in the order of the spec.
    pub endpoints: Vec<EndpointNumbers>,
}

/// Reads the counters in the file at `path`. Doesn't wait: a region that isn't initialized is
/// `NotInitialized`, try again later.
pub fn read_graph_words(path: &Path) -> Result<GraphWords, Error> {
    let refuse = |why| Error::layout(path, why);
    let file = RegionFile::open(path)?;
    let header = file.header()?;
    let kind = header.region_kind() == BYTEOR_REGION_KIND_LANE_GRAPH;
    if !kind || !header.is_compatible_v1() || header.capabilities & BYTEOR_CAP_COUNTERS == 0 {
        return Err(refuse(indexbus::Error::IncompatibleLayout));
    }
    let mut layout = [0; size_of::<LaneGraphLayout>()];
    file.read(&mut layout, 0)?;
    let number = |at| u32_at(&layout, at) as usize;
    let cells = LaneGraphCells {
        lanes: number(offset_of!(LaneGraphLayout, lanes)),
        readers: number(offset_of!(LaneGraphLayout, readers)),
        roles: number(offset_of!(LaneGraphLayout, roles)),
        endpoints: number(offset_of!(LaneGraphLayout, endpoints)),
    };
    if !cells.is_bounded() || cells.region_bytes() != header.layout_bytes as usize {
        return Err(refuse(indexbus::Error::Corrupted));
    }
    // Whoever comes later in the flow first, so that a reader is never ahead of its lane: egresses
    // and roles, then readers, then lanes.
    let mut behind = vec![0; cells.region_bytes() - cells.role_at(0)];
    file.read(&mut behind, cells.role_at(0))?;
    let mut readers = vec![0; 64 * cells.readers];
    file.read(&mut readers, cells.reader_at(0))?;
    let mut lanes = vec![0; 64 * cells.lanes];
    file.read(&mut lanes, cells.lane_at(0))?;

    let role = |at: usize| {
        let word = |field| u64_at(&behind, 64 * at + field);
        [
            word(offset_of!(LaneGraphRoleCell, processed)),
            word(offset_of!(LaneGraphRoleCell, dropped)),
            word(offset_of!(LaneGraphRoleCell, rejected)),
        ]
    };
    let endpoint = |at: usize| {
        let cell = 64 * (cells.roles + at);
        let word = |field| u64_at(&behind, cell + field);
        EndpointNumbers {
            ingress: u32_at(&behind, cell + offset_of!(LaneGraphEndpointCell, ingress)) == 1,
            counts: [
                word(offset_of!(LaneGraphEndpointCell, records)),
                word(offset_of!(LaneGraphEndpointCell, bytes)),
                word(offset_of!(LaneGraphEndpointCell, rejected)),
            ],
        }
    };
    let mut first = 0;
    let mut all = Vec::with_capacity(cells.lanes);
    for at in 0..cells.lanes {
        let word = |field| u64_at(&lanes, 64 * at + field);
        let count = u32_at(&lanes, 64 * at + offset_of!(LaneGraphLaneCell, readers)) as usize;
        if count > LANE_GRAPH_READERS || first + count > cells.readers {
            return Err(refuse(indexbus::Error::Corrupted));
        }
        let reader = |reader: usize| {
            let word_of = |field| u64_at(&readers, 64 * (first + reader) + field);
            [
                word(offset_of!(LaneGraphLaneCell, given) + 8 * reader),
                word_of(offset_of!(LaneGraphReaderCell, read)),
                word_of(offset_of!(LaneGraphReaderCell, lost)),
            ]
        };
        all.push(LaneNumbers {
            capacity: u32_at(&lanes, 64 * at + offset_of!(LaneGraphLaneCell, capacity)),
            published: word(offset_of!(LaneGraphLaneCell, published)),
            discarded: word(offset_of!(LaneGraphLaneCell, discarded)),
            readers: (0..count).map(reader).collect(),
        });
        first += count;
    }
    Ok(GraphWords {
        generation: u64_at(&layout, offset_of!(LaneGraphLayout, generation)),
        tuning: [
            u32_at(&layout, offset_of!(LaneGraphLayout, workers)),
            u32_at(&layout, offset_of!(LaneGraphLayout, wait)),
        ],
        lanes: all,
        roles: (0..cells.roles).map(role).collect(),
        endpoints: (0..cells.endpoints).map(endpoint).collect(),
    })
}
