//! An events chain in a file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use byteor_abi::{BYTEOR_REGION_KIND_EVENTS_CHAIN, EventsChainRegion4};
use byteor_pipeline_kernel::{ChainRegion, LaneError};
use indexbus_transport_shm::{Attach, Error, Mapping, OwnerLock, Owners};

use crate::OpenOptions;

/// An events chain in a file. The region keeps the mapping.
#[derive(Debug)]
pub struct EventsChainRegion {
    mapping: Arc<Mapping>,
    chain: ChainRegion,
    /// The lock that claims of this process name; held until this value goes.
    owner: Mutex<Option<OwnerLock>>,
}

impl EventsChainRegion {
    const BYTES: usize = size_of::<EventsChainRegion4>();

    /// Creates a chain in a file that must not exist (mode 0600, all blocks allocated).
    pub fn create(path: &Path) -> Result<Self, Error> {
        let mapping = Mapping::create_exclusive(path, Self::BYTES)?;
        Self::over(mapping, |mapping| ChainRegion::init(mapping))
    }

    /// Creates a chain, in place of a file that may be there. A process that still maps the old one
    /// keeps it, apart from this one.
    pub fn recreate(path: &Path) -> Result<Self, Error> {
        let mapping = Mapping::recreate(path, Self::BYTES)?;
        Self::over(mapping, |mapping| ChainRegion::init(mapping))
    }

    /// Maps a chain that another process created.
    pub fn open(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        let deadline = Instant::now() + options.init_timeout;
        let (kind, bytes) = (BYTEOR_REGION_KIND_EVENTS_CHAIN, Self::BYTES);
        let mapping = Mapping::open(path, bytes, deadline)?;
        mapping.wait_initialized(kind, EventsChainRegion4::CAPABILITIES, bytes, deadline)?;
        Self::over(mapping, |mapping| match options.attach {
            Attach::Fresh => ChainRegion::attach_fresh(mapping),
            Attach::Live => ChainRegion::attach_live(mapping),
        })
    }

    fn over(
        mapping: Mapping,
        attach: impl FnOnce(Arc<Mapping>) -> Result<ChainRegion, LaneError>,
    ) -> Result<Self, Error> {
        let mapping = Arc::new(mapping);
        match attach(Arc::clone(&mapping)) {
            Ok(chain) => Ok(Self {
                mapping,
                chain,
                owner: Mutex::new(None),
            }),
            Err(e) => Err(Error::layout(mapping.path(), e)),
        }
    }

    /// Lets the claims of producers that are made from now on name a lock beside the file, so that a
    /// receiver that knows the [`Owners`] can tell whether this process is dead. It is taken once.
    pub fn own_claims(&self) -> Result<(), Error> {
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        if owner.is_none() {
            let lock = self.owners().take()?;
            let owned = self.chain.own_claims(lock.number());
            owned.map_err(|e| Error::layout(self.mapping.path(), e))?;
            *owner = Some(lock);
        }
        Ok(())
    }

    /// Tells a receiver which producers are dead.
    pub fn owners(&self) -> Owners {
        Owners::of(self.mapping.path())
    }

    /// The region.
    pub fn chain(&self) -> &ChainRegion {
        &self.chain
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}
