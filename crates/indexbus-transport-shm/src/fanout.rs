//! The fanout lane over a file.

use std::path::Path;

use indexbus::raw::View;
use indexbus::{
    FanoutHandles, FanoutWatch, SharedFanoutLayoutCell, attach_fanout_layout, fanout_handles,
    init_fanout_memory, validate_fanout_layout,
};
use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_REGION_KIND_FANOUT, SharedFanoutLayout};

use crate::open::Kind;
use crate::{Error, Mapping, OpenOptions};

/// A fanout region of `N` consumers: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct FanoutRegion<const N: usize = 4> {
    mapping: Mapping,
}

impl<const N: usize> FanoutRegion<N> {
    /// Opens the region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`FanoutRegion::open_path`], with options. One that nobody uses yet is checked as a whole with
    /// [`Attach::Fresh`](crate::Attach::Fresh); one of another number of consumers is incompatible.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let kind = Kind {
            bytes: size_of::<SharedFanoutLayout<N>>(),
            header: Some((INDEXBUS_REGION_KIND_FANOUT, INDEXBUS_CAP_SUPPORTS_EVENTS)),
            queues: 2 + N,
            init: init_fanout_memory::<N>,
            attach: |view| attach_fanout_layout::<N>(view).map(drop),
            validate: |view| validate_fanout_layout::<N>(view).map(drop),
        };
        let mapping = kind.open(path, options)?;
        Ok(Self { mapping })
    }

    /// All ends of the region. A process uses those that are its part.
    pub fn handles(&mut self) -> Result<FanoutHandles<'_, N>, Error> {
        self.cell().map(fanout_handles)
    }

    /// Counters of its queues.
    pub fn watch(&self) -> Result<FanoutWatch<'_, N>, Error> {
        self.cell().map(|cell| cell.watch())
    }

    fn cell(&self) -> Result<SharedFanoutLayoutCell<'_, N>, Error> {
        attach_fanout_layout(View::of(&self.mapping))
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
