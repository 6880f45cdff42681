//! The events lane over a file.

use std::path::Path;
use std::time::Instant;

use indexbus::raw::View;
use indexbus::{
    MpscReceiver, MpscSender, SharedLayoutCell, SpscReceiver, SpscSender, attach_events,
    init_events, split_mpsc, split_spsc, validate_events,
};
use indexbus_abi::EventsClass;

use crate::owners::OwnerLock;
use crate::{Attach, Error, Mapping, OpenOptions, Owners};

/// An events region: owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct EventsRegion {
    mapping: Mapping,
    class: EventsClass,
    /// The lock of the many-producers senders that this value lends; held until it is dropped.
    owner: Option<OwnerLock>,
}

impl EventsRegion {
    /// Opens the v1 region at `path`, and creates it if it is missing.
    pub fn open_path(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_with(path.as_ref(), OpenOptions::default())
    }

    /// As [`EventsRegion::open_path`], with options.
    ///
    /// Another opener may create the file at the same time: one creates, the other waits.
    /// A lane that is in use is joined with [`Attach::Live`].
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
            match Mapping::create_exclusive(path, bytes) {
                Ok(mapping) => {
                    init_events(View::of(&mapping), class).map_err(|e| Error::layout(path, e))?;
                    return Ok(Self::over(mapping, class));
                }
                Err(Error::Exists { .. }) => {}
                Err(e) => return Err(e),
            }
        }
        let deadline = Instant::now() + options.init_timeout;
        let mapping = Mapping::open(path, bytes, deadline)?;
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
        }
    }

    /// The two ends of the single-producer queue, alone as long as they live. A process uses one of
    /// them, or both.
    pub fn split_spsc(&mut self) -> Result<(SpscSender<'_>, SpscReceiver<'_>), Error> {
        self.cell().map(split_spsc)
    }

    /// The two ends of the many-producers queue, alone as long as they live; clone the sender for
    /// each producer. What a sender claims names a lock beside the file, which this value holds from
    /// now on: so a receiver that knows the [`Owners`] can tell whether this process is dead.
    pub fn split_mpsc(&mut self) -> Result<(MpscSender<'_>, MpscReceiver<'_>), Error> {
        let number = match &self.owner {
            Some(lock) => lock.number(),
            None => {
                let lock = self.owners().take()?;
                self.owner.insert(lock).number()
            }
        };
        let (sender, receiver) = self.cell().map(split_mpsc)?;
        let sender = sender.owned_by(number);
        let sender = sender.map_err(|e| Error::layout(self.mapping.path(), e))?;
        Ok((sender, receiver))
    }

    /// The receiver of the many-producers queue, alone as long as it lives.
    pub fn mpsc_receiver(&mut self) -> Result<MpscReceiver<'_>, Error> {
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

    /// The class.
    pub fn class(&self) -> EventsClass {
        self.class
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
