//! The events lane over a file.

use std::path::Path;
use std::time::Instant;

use indexbus::raw::View;
use indexbus::{
    MpscReceiver, MpscSender, SharedLayoutCell, SpscReceiver, SpscSender, WakeSection,
    attach_events, init_events, split_mpsc, split_spsc, validate_events,
};
use indexbus_abi::EventsClass;

use crate::owners::{End, Ends, OwnerLock};
use crate::{Attach, Error, Mapping, OpenOptions, Owners};

/// Queues of an events region: one producer, many producers.
const QUEUES: usize = 2;

/// An events region: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct EventsRegion {
    mapping: Mapping,
    class: EventsClass,
    /// The lock of the many-producers senders that this value lends; held until it is dropped.
    owner: Option<OwnerLock>,
    /// The ends of which there is one each that this value lent; held until it is dropped.
    ends: Ends,
}

impl EventsRegion {
    /// Opens the v1 region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`EventsRegion::open_path`], with options.
    ///
    /// Another opener may create the file at the same time: one creates, the other waits. Others may
    /// be using the lane; with [`Attach::Fresh`] nobody does yet, and all of it is checked.
    pub fn open_with(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        Self::open_class(path, EventsClass::V1, options)
    }

    /// As [`EventsRegion::open_with`], of another class. A file of another one is
    /// `IncompatibleLayout`.
    pub fn open_class(
        path: &Path,
        class: EventsClass,
        options: OpenOptions,
    ) -> Result<Self, Error> {
        let bytes = class.region_bytes();
        if options.create {
            let wake = if options.blocking {
                WakeSection::bytes_of(QUEUES)
            } else {
                0
            };
            match Mapping::create_for(path, bytes + wake, options.access) {
                Ok(mapping) => {
                    init_events(View::of(&mapping), class).map_err(|e| Error::layout(path, e))?;
                    return Ok(Self::over(mapping, class));
                }
                Err(Error::Exists { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        let deadline = Instant::now() + options.init_timeout;
        let mapping = Mapping::open_for(path, bytes, deadline, options.access)?;
        let kind = class.region_kind();
        mapping.wait_initialized(kind, EventsClass::CAPABILITIES, bytes, deadline)?;
        let region = Self::over(mapping, class);
        let view = View::of(&region.mapping);
        match options.attach {
            Attach::Fresh => validate_events(view, class).map(drop),
            Attach::Live => attach_events(view, class).map(drop),
        }
        .map_err(|e| Error::layout(path, e))?;
        Ok(region)
    }

    fn over(mapping: Mapping, class: EventsClass) -> Self {
        Self {
            mapping,
            class,
            owner: None,
            ends: Ends::default(),
        }
    }

    /// The producer of the single-producer queue, which this value holds from now on: as long as it
    /// lives nobody else gets it this way, in no process (`Taken`). A crash lets it go.
    pub fn spsc_sender(&mut self) -> Result<SpscSender<'_>, Error> {
        self.ends.take(self.mapping.path(), End::SpscSender)?;
        self.split_spsc().map(|(sender, _)| sender)
    }

    /// The receiver of the single-producer queue, held as [`EventsRegion::spsc_sender`] is.
    pub fn spsc_receiver(&mut self) -> Result<SpscReceiver<'_>, Error> {
        self.ends.take(self.mapping.path(), End::SpscReceiver)?;
        self.split_spsc().map(|(_, receiver)| receiver)
    }

    /// The two ends of the single-producer queue, alone as long as they live. A process uses one of
    /// them, or both; that no other process uses the same one is the caller's to see to, or that of
    /// [`EventsRegion::spsc_sender`] and [`EventsRegion::spsc_receiver`].
    pub fn split_spsc(&mut self) -> Result<(SpscSender<'_>, SpscReceiver<'_>), Error> {
        self.cell().map(split_spsc)
    }

    /// The two ends of the many-producers queue, alone as long as they live; clone the sender for
    /// each producer. What a sender claims names a lock beside the file, which this value holds from
    /// now on: so a receiver that knows the [`Owners`] can tell whether this process is dead.
    pub fn split_mpsc(&mut self) -> Result<(MpscSender<'_>, MpscReceiver<'_>), Error> {
        let owner = self.owner()?;
        self.ends_owned_by(owner)
    }

    /// The receiver of the many-producers queue, held as [`EventsRegion::spsc_sender`] is.
    pub fn mpsc_receiver(&mut self) -> Result<MpscReceiver<'_>, Error> {
        self.ends.take(self.mapping.path(), End::MpscReceiver)?;
        self.cell().map(split_mpsc).map(|(_, receiver)| receiver)
    }

    /// Tells a receiver which producers are dead.
    pub fn owners(&self) -> Owners {
        Owners::of(self.mapping.path())
    }

    fn cell(&self) -> Result<SharedLayoutCell<'_>, Error> {
        attach_events(View::of(&self.mapping), self.class)
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The number of this value's lock, which it takes at the first call.
    fn owner(&mut self) -> Result<u32, Error> {
        if let Some(lock) = &self.owner {
            return Ok(lock.number());
        }
        let lock = self.owners().take()?;
        Ok(self.owner.insert(lock).number())
    }

    fn ends_owned_by(&self, owner: u32) -> Result<(MpscSender<'_>, MpscReceiver<'_>), Error> {
        let (sender, receiver) = split_mpsc(self.cell()?);
        let sender = sender.owned_by(owner);
        let sender = sender.map_err(|e| Error::layout(self.mapping.path(), e))?;
        Ok((sender, receiver))
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
        let owner = self.owner()?;
        let wake = self.wake(1)?;
        let (sender, receiver) = self.ends_owned_by(owner)?;
        Ok((sender, receiver, wake))
    }

    fn wake(&self, queue: usize) -> Result<WakeSection<'_>, Error> {
        WakeSection::attach(View::of(&self.mapping), self.class.region_bytes(), queue)
            .map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// The class.
    pub fn class(&self) -> EventsClass {
        self.class
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
