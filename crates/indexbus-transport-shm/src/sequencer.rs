//! The sequencer over a file.

use std::path::Path;

use indexbus::SequencerCell;
use indexbus::raw::View;
use indexbus_abi::{
    INDEXBUS_CAP_SUPPORTS_SEQUENCER, INDEXBUS_REGION_KIND_SEQUENCER, SequencerLayout4,
};

use crate::open::Kind;
use crate::{Error, Mapping, OpenOptions};

/// A sequencer region of four consumers: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct SequencerRegion {
    mapping: Mapping,
}

impl SequencerRegion {
    /// Opens the region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`SequencerRegion::open_path`], with options. Both ways of attaching look at the same.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let kind = Kind {
            bytes: size_of::<SequencerLayout4>(),
            header: Some((
                INDEXBUS_REGION_KIND_SEQUENCER,
                INDEXBUS_CAP_SUPPORTS_SEQUENCER,
            )),
            queues: 0,
            init: |view| SequencerCell::init(view).map(drop),
            attach: |view| SequencerCell::attach(view).map(drop),
            validate: |view| SequencerCell::attach(view).map(drop),
        };
        let mapping = kind.open(path, options)?;
        Ok(Self { mapping })
    }

    /// The cursor and the gating cells. The producer and each consumer have one owner, in this
    /// process or another.
    pub fn cell(&self) -> Result<SequencerCell<'_>, Error> {
        SequencerCell::attach(View::of(&self.mapping))
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
