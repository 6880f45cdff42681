//! A sequenced-slots region in a file.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use byteor_abi::SlotClass;
use byteor_pipeline_kernel::{LaneError, SlotsRegion};
use indexbus_transport_shm::{Attach, Error, Mapping};

/// How to open a region that another process created.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// How long to wait for a region that is being initialized before failing with
    /// `NotInitialized`. 200 ms unless said otherwise.
    pub init_timeout: Duration,
    /// How much of it to look at: [`Attach::Fresh`] unless others run over it.
    pub attach: Attach,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_millis(200),
            attach: Attach::Fresh,
        }
    }
}

/// A sequenced-slots region in a file. The region keeps the mapping.
#[derive(Debug)]
pub struct SequencedSlotsRegion {
    mapping: Arc<Mapping>,
    slots: SlotsRegion,
}

impl SequencedSlotsRegion {
    /// Creates a region in a file that must not exist (mode 0600, all blocks allocated).
    pub fn create(path: &Path, class: SlotClass) -> Result<Self, Error> {
        Self::init(
            Mapping::create_exclusive(path, class.region_bytes())?,
            class,
        )
    }

    /// Creates a region, in place of a file that may be there. A process that still maps the old
    /// one keeps it, apart from this one.
    pub fn recreate(path: &Path, class: SlotClass) -> Result<Self, Error> {
        Self::init(Mapping::recreate(path, class.region_bytes())?, class)
    }

    fn init(mapping: Mapping, class: SlotClass) -> Result<Self, Error> {
        Self::over(mapping, |mapping| {
            SlotsRegion::init(mapping, class, fresh_generation())
        })
    }

    /// Maps a region that another process created.
    pub fn open(path: &Path, class: SlotClass, options: OpenOptions) -> Result<Self, Error> {
        let deadline = Instant::now() + options.init_timeout;
        let (kind, bytes) = (class.region_kind(), class.region_bytes());
        let mapping = Mapping::open(path, bytes, deadline)?;
        mapping.wait_initialized(kind, SlotClass::CAPABILITIES, bytes, deadline)?;
        Self::over(mapping, |mapping| match options.attach {
            Attach::Fresh => SlotsRegion::attach_fresh(mapping, class),
            Attach::Live => SlotsRegion::attach_live(mapping, class),
        })
    }

    fn over(
        mapping: Mapping,
        attach: impl FnOnce(Arc<Mapping>) -> Result<SlotsRegion, LaneError>,
    ) -> Result<Self, Error> {
        let mapping = Arc::new(mapping);
        match attach(Arc::clone(&mapping)) {
            Ok(slots) => Ok(Self { mapping, slots }),
            Err(e) => Err(Error::layout(mapping.path(), e)),
        }
    }

    /// The region.
    pub fn slots(&self) -> &SlotsRegion {
        &self.slots
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}

/// A number for a new region that differs from the last one with near certainty; no secret.
pub fn fresh_generation() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos()),
    );
    hasher.finish()
}
