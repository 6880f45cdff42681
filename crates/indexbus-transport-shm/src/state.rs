//! The state stream over a file.

use std::path::Path;

use indexbus::raw::View;
use indexbus::{
    StateLayoutCell, StatePublisher, StateReader, init_state_memory, split_state,
    validate_state_layout,
};
use indexbus_abi::StateLayout;

use crate::open::Kind;
use crate::{Error, Mapping, OpenOptions};

/// A state region of values up to `MAX` bytes: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct StateRegion<const MAX: usize = 256> {
    mapping: Mapping,
}

impl<const MAX: usize> StateRegion<MAX> {
    /// Opens the region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`StateRegion::open_path`], with options. Both ways of attaching look at the same: a value
    /// is checked by each sample.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let kind = Kind {
            bytes: size_of::<StateLayout<MAX>>(),
            header: None,
            queues: 0,
            init: init_state_memory::<MAX>,
            attach: |view| validate_state_layout::<MAX>(view).map(drop),
            validate: |view| validate_state_layout::<MAX>(view).map(drop),
        };
        let mapping = kind.open(path, options)?;
        Ok(Self { mapping })
    }

    /// The publisher, of which one process uses one, and a reader.
    pub fn split(&mut self) -> Result<(StatePublisher<'_, MAX>, StateReader<'_, MAX>), Error> {
        self.cell().map(split_state)
    }

    fn cell(&self) -> Result<StateLayoutCell<'_, MAX>, Error> {
        validate_state_layout(View::of(&self.mapping))
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
