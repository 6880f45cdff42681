//! The region of a lane graph's counters and who owns it.

extern crate alloc;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::offset_of;
use core::sync::atomic::Ordering;

use byteor_abi::{
    BYTEOR_CAP_COUNTERS, BYTEOR_REGION_KIND_LANE_GRAPH, LANE_GRAPH_READERS, LaneGraphCells,
    LaneGraphLayout,
};
use indexbus::raw::{RegionMemory, View, Word32};
use indexbus::{Error, initialized, write_header};
use indexbus_abi::{INDEXBUS_INITIALIZED, INDEXBUS_INITIALIZING, LayoutHeader};

use super::words::{EndpointWords, GraphLaneWords, ReaderWords, RoleWords};

/// What a graph has: the numbers that its counters begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GraphShape {
    /// Most bytes of a record.
    pub slot_bytes: u32,
    /// For each lane, how many records it holds for each reader, 0 where only its bytes are
    /// bounded, and how many readers it has.
    pub lanes: Vec<(u32, usize)>,
    /// How many roles there are.
    pub roles: usize,
    /// For each endpoint, whether it is an ingress.
    pub endpoints: Vec<bool>,
    /// Which workers run and how they wait, for whoever looks from outside: words of
    /// [`LaneGraphLayout`].
    pub tuning: [u32; 2],
}

impl GraphShape {
    /// How many cells of each kind its region has. `Misused` for more than a region may have.
    pub fn cells(&self) -> Result<LaneGraphCells, Error> {
        let cells = LaneGraphCells {
            lanes: self.lanes.len(),
            readers: self.lanes.iter().map(|(_, readers)| readers).sum(),
            roles: self.roles,
            endpoints: self.endpoints.len(),
        };
        let few_readers = |(_, readers): &(u32, usize)| *readers <= LANE_GRAPH_READERS;
        if cells.is_bounded() && self.lanes.iter().all(few_readers) {
            Ok(cells)
        } else {
            Err(Error::Misused)
        }
    }
}

/// The counters of a run that is alive. A clone is the same region; the memory goes with the last.
///
/// How many cells there are is kept beside the memory, so what others write into the region can make
/// numbers wrong and nothing else.
#[derive(Clone, Debug)]
pub struct GraphRegion {
    memory: Arc<dyn RegionMemory>,
    cells: LaneGraphCells,
    generation: u64,
    tuning: [u32; 2],
}

impl GraphRegion {
    /// Initializes zeroed memory that nobody else uses yet. `generation` should be drawn at random.
    ///
    /// `IncompatibleLayout` if the memory is too small for the shape, `Misused` for a shape that no
    /// region has.
    pub fn init(
        memory: Arc<dyn RegionMemory>,
        shape: &GraphShape,
        generation: u64,
    ) -> Result<Self, Error> {
        let cells = shape.cells()?;
        let view = View::of(&*memory);
        let word = initialized(view).filter(|_| view.bytes() >= cells.region_bytes());
        let word = word.ok_or(Error::IncompatibleLayout)?;
        word.store(INDEXBUS_INITIALIZING, Ordering::Release);
        let header = LayoutHeader::new_v1_with_layout_bytes(
            BYTEOR_CAP_COUNTERS,
            BYTEOR_REGION_KIND_LANE_GRAPH,
            cells.region_bytes() as u32,
        );
        write_header(view, header);
        let order = Ordering::Relaxed;
        let generation_at = offset_of!(LaneGraphLayout, generation);
        view.word::<u64>(generation_at).store(generation, order);
        let number = |at, value: usize| {
            let word: Word32<'_> = view.word(at);
            word.store(value as u32, order);
        };
        number(
            offset_of!(LaneGraphLayout, slot_bytes),
            shape.slot_bytes as usize,
        );
        number(offset_of!(LaneGraphLayout, lanes), cells.lanes);
        number(offset_of!(LaneGraphLayout, readers), cells.readers);
        number(offset_of!(LaneGraphLayout, roles), cells.roles);
        number(offset_of!(LaneGraphLayout, endpoints), cells.endpoints);
        let [workers, wait] = shape.tuning;
        number(offset_of!(LaneGraphLayout, workers), workers as usize);
        number(offset_of!(LaneGraphLayout, wait), wait as usize);
        for (at, (capacity, readers)) in shape.lanes.iter().enumerate() {
            let lane = GraphLaneWords::at(view, cells.lane_at(at));
            lane.capacity.store(*capacity, order);
            lane.readers.store(*readers as u32, order);
        }
        for (at, ingress) in shape.endpoints.iter().enumerate() {
            let endpoint = EndpointWords::at(view, cells.endpoint_at(at));
            endpoint.ingress.store(u32::from(*ingress), order);
        }
        word.store(INDEXBUS_INITIALIZED, Ordering::Release);
        Ok(Self {
            memory,
            cells,
            generation,
            tuning: shape.tuning,
        })
    }

    fn view(&self) -> View<'_> {
        View::of(&*self.memory)
    }

    /// Random number of this creation of the region.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Which workers run and how they wait, as its shape said.
    pub fn tuning(&self) -> [u32; 2] {
        self.tuning
    }

    /// How many cells of each kind there are.
    pub fn cells(&self) -> LaneGraphCells {
        self.cells
    }

    /// A lane's counters.
    ///
    /// # Panics
    /// If there is no such lane.
    pub fn lane(&self, lane: usize) -> GraphLaneWords<'_> {
        assert!(lane < self.cells.lanes);
        GraphLaneWords::at(self.view(), self.cells.lane_at(lane))
    }

    /// A reader's counters, by its number among the readers of all lanes.
    ///
    /// # Panics
    /// If there is no such reader.
    pub fn reader(&self, reader: usize) -> ReaderWords<'_> {
        assert!(reader < self.cells.readers);
        ReaderWords::at(self.view(), self.cells.reader_at(reader))
    }

    /// A role's counters.
    ///
    /// # Panics
    /// If there is no such role.
    pub fn role(&self, role: usize) -> RoleWords<'_> {
        assert!(role < self.cells.roles);
        RoleWords::at(self.view(), self.cells.role_at(role))
    }

    /// An endpoint's counters.
    ///
    /// # Panics
    /// If there is no such endpoint.
    pub fn endpoint(&self, endpoint: usize) -> EndpointWords<'_> {
        assert!(endpoint < self.cells.endpoints);
        EndpointWords::at(self.view(), self.cells.endpoint_at(endpoint))
    }
}
