//! The fanout lane over a file.

use std::path::Path;

use indexbus::raw::View;
use indexbus::{
    FanoutConsumer, FanoutHandles, FanoutMpscSender, FanoutRouter, FanoutSender, FanoutWatch,
    SharedFanoutLayoutCell, attach_fanout_layout, fanout_handles, init_fanout_memory,
    validate_fanout_layout,
};
use indexbus_abi::{
    INDEXBUS_CAP_OWNED_CLAIMS, INDEXBUS_CAP_SUPPORTS_EVENTS, INDEXBUS_REGION_KIND_FANOUT,
    SharedFanoutLayout,
};

use crate::open::Kind;
use crate::owners::{End, Ends, OwnerLock, UnlessUnknown};
use crate::{Error, Mapping, OpenOptions, Owners};

/// A fanout region of `N` consumers: owns the mapping, holds no references into it.
///
/// ```
/// use indexbus::{RouterLoopConfig, RouterMode, WaitKind, route_until};
/// use indexbus_transport_shm::FanoutRegion;
///
/// # let dir = tempfile::tempdir()?;
/// let mut region = FanoutRegion::<2>::open_path(dir.path().join("fanout"))?;
/// let mut ends = region.handles()?;
/// ends.sender.publish(b"to all")?;
/// // In a process of its own: `indexbus-router --file PATH`.
/// let config = RouterLoopConfig {
///     mode: RouterMode::Broadcast,
///     ..RouterLoopConfig::default()
/// };
/// let mut looks = 0;
/// let counters = route_until(&mut ends.router, config, &mut WaitKind::Backoff.strategy(), || {
///     looks += 1;
///     looks > 2
/// })?;
/// assert_eq!(counters.delivered, 2);
/// let mut into = [0; 256];
/// for consumer in &mut ends.consumers {
///     assert_eq!(consumer.try_recv_into(&mut into)?, Some(6));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FanoutRegion<const N: usize = 4> {
    mapping: Mapping,
    /// Whom its router asks about producers that it waits for.
    owners: UnlessUnknown,
    /// The lock of the many-producers senders that this value lends; held until it is dropped.
    owner: Option<OwnerLock>,
    /// The ends of which there is one each that this value lent; held until it is dropped.
    ends: Ends,
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
            header: Some((
                INDEXBUS_REGION_KIND_FANOUT,
                INDEXBUS_CAP_SUPPORTS_EVENTS | INDEXBUS_CAP_OWNED_CLAIMS,
            )),
            queues: 2 + N,
            init: init_fanout_memory::<N>,
            attach: |view| attach_fanout_layout::<N>(view).map(drop),
            validate: |view| validate_fanout_layout::<N>(view).map(drop),
        };
        let mapping = kind.open(path, options)?;
        let owners = UnlessUnknown(Owners::of(mapping.path()));
        Ok(Self {
            mapping,
            owners,
            owner: None,
            ends: Ends::default(),
        })
    }

    /// All ends of the region. A process uses those that are its part; that no other process uses the
    /// same one is the caller's to see to, or that of the calls that lend one of them. What its
    /// many-producers senders claim names a lock beside the file, which this value holds from now on;
    /// the router passes over the claims of those whose lock is free.
    pub fn handles(&mut self) -> Result<FanoutHandles<'_, N>, Error> {
        let owner = self.owner()?;
        let ends = self.cell().map(fanout_handles)?;
        Ok(FanoutHandles {
            mpsc_sender: self.owned(ends.mpsc_sender, owner)?,
            router: ends.router.passing_over(&self.owners),
            ..ends
        })
    }

    /// The single producer of the source, which this value holds from now on: as long as it lives
    /// nobody else gets it this way, in no process (`Taken`). A crash lets it go.
    pub fn sender(&mut self) -> Result<FanoutSender<'_>, Error> {
        self.ends.take(self.mapping.path(), End::SpscSender)?;
        self.cell().map(|cell| fanout_handles(cell).sender)
    }

    /// A sender of the source with many producers; clone it for each. What it claims names a lock
    /// beside the file, which this value holds from now on.
    pub fn mpsc_sender(&mut self) -> Result<FanoutMpscSender<'_>, Error> {
        let owner = self.owner()?;
        let sender = self.cell().map(fanout_handles)?.mpsc_sender;
        self.owned(sender, owner)
    }

    /// The router, held as [`FanoutRegion::sender`] is. It passes over the claims of producers whose
    /// lock is free.
    pub fn router(&mut self) -> Result<FanoutRouter<'_, N>, Error> {
        self.ends.take(self.mapping.path(), End::Router)?;
        let router = self.cell().map(fanout_handles)?.router;
        Ok(router.passing_over(&self.owners))
    }

    /// Consumer `n`, 0 to `N - 1`, held as [`FanoutRegion::sender`] is. `Misused` where there is none
    /// of that number.
    pub fn consumer(&mut self, n: usize) -> Result<FanoutConsumer<'_>, Error> {
        if n < N {
            self.ends.take(self.mapping.path(), End::Consumer(n))?;
        }
        let consumers = self.cell().map(fanout_handles)?.consumers;
        let consumer = consumers.into_iter().nth(n);
        consumer.ok_or_else(|| Error::layout(self.mapping.path(), indexbus::Error::Misused))
    }

    /// The number of this value's lock, which it takes at the first call.
    fn owner(&mut self) -> Result<u32, Error> {
        match &self.owner {
            Some(lock) => Ok(lock.number()),
            None => Ok(self.owner.insert(self.owners.0.take()?).number()),
        }
    }

    fn owned<'m>(
        &self,
        sender: FanoutMpscSender<'m>,
        owner: u32,
    ) -> Result<FanoutMpscSender<'m>, Error> {
        let owned = sender.owned_by(owner);
        owned.map_err(|e| Error::layout(self.mapping.path(), e))
    }

    /// Tells a router that goes in single steps which producers are dead.
    pub fn owners(&self) -> &Owners {
        &self.owners.0
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
