//! An events chain in a file.

use std::path::Path;

use byteor_pipeline_kernel::{ChainQueue, ChainRegion, ChainRx, ChainTx, LaneError};
use byteor_transport_shm::{Error, EventsChainRegion, OpenOptions, Owners};

/// An events chain over one mapped file, split into queues.
#[derive(Debug)]
pub struct ShmEventsChainRegion {
    region: EventsChainRegion,
}

impl ShmEventsChainRegion {
    /// A fresh chain in a file that must not exist.
    pub fn create(path: &Path) -> Result<Self, Error> {
        Self::over(EventsChainRegion::create(path)?)
    }

    /// A fresh chain, in place of a file that may be there.
    pub fn recreate(path: &Path) -> Result<Self, Error> {
        Self::over(EventsChainRegion::recreate(path)?)
    }

    /// Attaches to a chain that another process created: one that nobody uses yet, or, with
    /// `Attach::Live`, one that is in use.
    pub fn attach(path: &Path, options: OpenOptions) -> Result<Self, Error> {
        Self::over(EventsChainRegion::open(path, options)?)
    }

    /// What its producers claim names this process from the first one on.
    fn over(region: EventsChainRegion) -> Result<Self, Error> {
        region.own_claims()?;
        Ok(Self { region })
    }

    /// Tells [`ChainRx::skip_dead`] which producers are dead.
    pub fn owners(&self) -> Owners {
        self.region.owners()
    }

    /// A producer's end of `queue`. `Taken` while this process has the only one, `Misused` for a queue
    /// that there is none of.
    pub fn tx(&self, queue: ChainQueue) -> Result<ChainTx, LaneError> {
        ChainTx::new(self.chain(), queue)
    }

    /// The consumer's end of `queue`, as [`ShmEventsChainRegion::tx`].
    pub fn rx(&self, queue: ChainQueue) -> Result<ChainRx, LaneError> {
        ChainRx::new(self.chain(), queue)
    }

    /// The region.
    pub fn chain(&self) -> &ChainRegion {
        self.region.chain()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.region.mapping().path()
    }
}
