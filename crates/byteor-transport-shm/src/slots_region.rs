//! A sequenced-slots region in a file.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use byteor_abi::SlotClass;
use byteor_pipeline_kernel::SlotsPtr;
use indexbus_transport_shm::{Access, Error, Mapping};

/// How to open a region that another process created.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// How long to wait for a region that is being initialized before failing with
    /// `NotInitialized`. 200 ms unless said otherwise.
    pub init_timeout: Duration,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_millis(200),
        }
    }
}

/// A mapped sequenced-slots region. Owns the mapping, holds no references into it.
#[derive(Debug)]
pub struct SequencedSlotsRegion {
    mapping: Mapping,
    slots: SlotsPtr,
}

impl SequencedSlotsRegion {
    /// Creates a region in a file that must not exist (mode 0600, all blocks allocated).
    pub fn create(path: &Path, class: SlotClass) -> Result<Self, Error> {
        Ok(Self::init(
            Mapping::create_exclusive(path, class.region_bytes())?,
            class,
        ))
    }

    /// Creates a region, in place of a file that may be there. A process that still maps the old
    /// one keeps it, apart from this one.
    pub fn recreate(path: &Path, class: SlotClass) -> Result<Self, Error> {
        Ok(Self::init(
            Mapping::recreate(path, class.region_bytes())?,
            class,
        ))
    }

    fn init(mapping: Mapping, class: SlotClass) -> Self {
        // SAFETY: a new file of zeroes, mapped whole and page-aligned, that only this process
        // writes before it is initialized; `slots` stays beside its mapping.
        let slots = unsafe { SlotsPtr::init(mapping.base(), class, random_u64()) };
        Self { mapping, slots }
    }

    /// Maps and validates a region that nobody runs over.
    pub fn open(path: &Path, class: SlotClass, options: OpenOptions) -> Result<Self, Error> {
        let deadline = Instant::now() + options.init_timeout;
        let mapping = Mapping::open(path, class.region_bytes(), Access::ReadWrite, deadline)?;
        let (kind, bytes) = (class.region_kind(), class.region_bytes());
        mapping.wait_initialized(kind, SlotClass::CAPABILITIES, bytes, deadline)?;
        // SAFETY: mapped for `region_bytes`, as long as `mapping` lives beside `slots`.
        let slots = unsafe { SlotsPtr::attach(mapping.base(), mapping.bytes(), class) }
            .map_err(|e| Error::layout(path, e))?;
        Ok(Self { mapping, slots })
    }

    /// The region. Use it only while `self` lives.
    pub fn slots(&self) -> SlotsPtr {
        self.slots
    }

    /// The mapping.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }
}

/// A number that differs from the last one with near certainty; no secret.
fn random_u64() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.write_u128(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos()),
    );
    hasher.finish()
}
