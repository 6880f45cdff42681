//! Sequenced slots in a file.

use std::path::Path;

use byteor_abi::SlotClass;
use byteor_pipeline_kernel::{SlotsBacking, SlotsRegion};
use byteor_transport_shm::{Error, OpenOptions, SequencedSlotsRegion};

/// Sequenced slots over a mapped file.
#[derive(Debug)]
pub struct ShmSequencedSlots {
    region: SequencedSlotsRegion,
}

impl ShmSequencedSlots {
    /// A fresh region in a file that must not exist.
    pub fn create(path: &Path, class: SlotClass) -> Result<Self, Error> {
        Ok(Self {
            region: SequencedSlotsRegion::create(path, class)?,
        })
    }

    /// A fresh region, in place of a file that may be there. This is what a run starts from:
    /// regions are recreated, not reused.
    pub fn recreate(path: &Path, class: SlotClass) -> Result<Self, Error> {
        Ok(Self {
            region: SequencedSlotsRegion::recreate(path, class)?,
        })
    }

    /// Attaches to a region that another process created: one that nobody runs over yet, or, with
    /// `Attach::Live`, one that is in use.
    pub fn attach(path: &Path, class: SlotClass, options: OpenOptions) -> Result<Self, Error> {
        Ok(Self {
            region: SequencedSlotsRegion::open(path, class, options)?,
        })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.region.mapping().path()
    }
}

impl SlotsBacking for ShmSequencedSlots {
    fn slots(&self) -> &SlotsRegion {
        self.region.slots()
    }
}
