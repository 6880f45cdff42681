//! The events lane over a file.

use std::path::Path;
use std::time::Instant;

use indexbus::{
    SharedLayoutCell, SpscReceiver, SpscSender, init_shared_memory, split_spsc,
    validate_shared_layout,
};
use indexbus_abi::{INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_REGION_KIND_EVENTS, SharedLayout};

use crate::{Access, Error, Mapping, OpenOptions};

/// An events region: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct EventsRegion {
    mapping: Mapping,
}

impl EventsRegion {
    /// Opens the region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`EventsRegion::open_path`], with options.
    ///
    /// Another opener may create the file at the same time: one creates, the other waits.
    /// Validating walks queues and free list, so it is for the time before the lane is in use.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let bytes = size_of::<SharedLayout>();
        if options.create {
            match Mapping::create_exclusive(path, bytes) {
                Ok(mapping) => {
                    // SAFETY: just created, so nobody else writes before it is initialized.
                    unsafe { init_shared_memory(mapping.base()) };
                    return Ok(Self { mapping });
                }
                Err(Error::Exists { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        let deadline = Instant::now() + options.init_timeout;
        let mapping = Mapping::open(path, bytes, Access::ReadWrite, deadline)?;
        mapping.wait_initialized(
            INDEXBUS_REGION_KIND_EVENTS,
            INDEXBUS_CAP_SUPPORTS_EVENTS,
            bytes,
            deadline,
        )?;
        // SAFETY: mapped for as long as `mapping` lives, and touched by atomics only.
        unsafe { validate_shared_layout(mapping.base(), mapping.bytes()) }
            .map_err(|e| Error::layout(path, e))?;
        Ok(Self { mapping })
    }

    /// The two ends of the single-producer queue. A process uses one of them, or both.
    pub fn split_spsc(&self) -> (SpscSender<'_>, SpscReceiver<'_>) {
        // SAFETY: a validated layout, mapped while `self` is borrowed.
        split_spsc(unsafe { SharedLayoutCell::from_ptr(self.mapping.base()) })
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
