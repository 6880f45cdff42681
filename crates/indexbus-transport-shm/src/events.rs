//! The events lane over a file.

use std::path::Path;
use std::time::Instant;

use indexbus::raw::View;
use indexbus::{
    MpscReceiver, MpscSender, SharedLayoutCell, SpscReceiver, SpscSender, WakeSection,
    attach_shared_layout, init_shared_memory, split_mpsc, split_spsc, validate_shared_layout,
};
use indexbus_abi::{
    INDEXBUS_CAP_SLOT_SEQUENCES, INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_REGION_KIND_EVENTS,
    SharedLayout,
};

use crate::{Attach, Error, Mapping, OpenOptions};

/// Queues of an events region: one producer, many producers.
const QUEUES: usize = 2;

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
    /// Another opener may create the file at the same time: one creates, the other waits. Others may
    /// be using the lane; with [`Attach::Fresh`] nobody does yet, and all of it is checked.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let bytes = size_of::<SharedLayout>();
        if options.create {
            let wake = if options.blocking {
                WakeSection::bytes_of(QUEUES)
            } else {
                0
            };
            match Mapping::create_for(path, bytes + wake, options.access) {
                Ok(mapping) => {
                    init_shared_memory(View::of(&mapping)).map_err(|e| Error::layout(path, e))?;
                    return Ok(Self { mapping });
                }
                Err(Error::Exists { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        let deadline = Instant::now() + options.init_timeout;
        let mapping = Mapping::open_for(path, bytes, deadline, options.access)?;
        mapping.wait_initialized(
            INDEXBUS_REGION_KIND_EVENTS,
            INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_SLOT_SEQUENCES,
            bytes,
            deadline,
        )?;
        let region = Self { mapping };
        match options.attach {
            Attach::Fresh => validate_shared_layout(View::of(&region.mapping)).map(drop),
            Attach::Live => attach_shared_layout(View::of(&region.mapping)).map(drop),
        }
        .map_err(|e| Error::layout(path, e))?;
        Ok(region)
    }

    /// The two ends of the single-producer queue, alone as long as they live. A process uses one of
    /// them, or both.
    pub fn split_spsc(&mut self) -> Result<(SpscSender<'_>, SpscReceiver<'_>), Error> {
        self.cell().map(split_spsc)
    }

    /// The two ends of the many-producers queue, alone as long as they live.
    pub fn split_mpsc(&mut self) -> Result<(MpscSender<'_>, MpscReceiver<'_>), Error> {
        self.cell().map(split_mpsc)
    }

    fn cell(&self) -> Result<SharedLayoutCell<'_>, Error> {
        attach_shared_layout(View::of(&self.mapping))
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// As [`EventsRegion::split_spsc`], with the words that the ends sleep on
    /// ([how](indexbus::wait)). `IncompatibleLayout` where the region was created without
    /// ([`OpenOptions::blocking`]).
    pub fn split_spsc_waking(
        &mut self,
    ) -> Result<(SpscSender<'_>, SpscReceiver<'_>, WakeSection<'_>), Error> {
        let wake = self.wake(0)?;
        let (sender, receiver) = split_spsc(self.cell()?);
        Ok((sender, receiver, wake))
    }

    /// As [`EventsRegion::split_mpsc`], with the words that the ends sleep on.
    pub fn split_mpsc_waking(
        &mut self,
    ) -> Result<(MpscSender<'_>, MpscReceiver<'_>, WakeSection<'_>), Error> {
        let wake = self.wake(1)?;
        let (sender, receiver) = split_mpsc(self.cell()?);
        Ok((sender, receiver, wake))
    }

    fn wake(&self, queue: usize) -> Result<WakeSection<'_>, Error> {
        WakeSection::attach(View::of(&self.mapping), size_of::<SharedLayout>(), queue)
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
