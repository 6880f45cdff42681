//! The errors of the substrate.

use core::fmt;

/// Why an operation on a region or lane did not happen (reference: IndexBus, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// The layout is not, or not yet, initialized. Wait, or reinitialize.
    NotInitialized,
    /// Version, kind, capability or size is not what was asked for. Fix the configuration, or
    /// delete and recreate the region.
    IncompatibleLayout,
    /// What the region holds can't be: somebody else wrote into it, or cut it. Find out who, and
    /// recreate it.
    Corrupted,
    /// The endpoint has an owner. There is one for each: let it go first.
    Taken,
    /// The caller asked for what no region has: a fifth consumer, a stage that waits for itself.
    Misused,
    /// The place that this producer claimed was skipped before it was filled: somebody held its owner
    /// for dead. The payload went nowhere. Find out who let the owner's lock go, then send again.
    ClaimLost,
    /// Backpressure. Retry after consumers progressed.
    Full,
    /// Nothing to read. Poll again.
    Empty,
    /// The payload is larger than a slot.
    TooLarge {
        /// Most bytes a slot holds.
        max: usize,
        /// Bytes that were offered.
        len: usize,
    },
    /// The caller's buffer is too short. Retry with a bigger one.
    BufferTooSmall {
        /// Bytes that the payload needs.
        required: usize,
        /// Bytes that the buffer has.
        provided: usize,
    },
}

impl Error {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInitialized => "E_REGION_NOT_INITIALIZED",
            Self::IncompatibleLayout => "E_REGION_INCOMPATIBLE",
            Self::Corrupted => "E_REGION_CORRUPTED",
            Self::Taken => "E_LANE_TAKEN",
            Self::Misused => "E_LANE_MISUSED",
            Self::ClaimLost => "E_LANE_CLAIM_LOST",
            Self::Full => "E_LANE_FULL",
            Self::Empty => "E_LANE_EMPTY",
            Self::TooLarge { .. } => "E_RECORD_TOO_LARGE",
            Self::BufferTooSmall { .. } => "E_BUFFER_TOO_SMALL",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInitialized => {
                f.write_str("the region is not initialized; wait for its creator, or recreate it")
            }
            Self::IncompatibleLayout => {
                f.write_str("the region has another version, kind, capability or size; recreate it")
            }
            Self::Corrupted => f.write_str(
                "the region holds what can't be; find out who else wrote into it, and recreate it",
            ),
            Self::Taken => f.write_str("the end of the lane has an owner; let it go first"),
            Self::Misused => f.write_str("no region has such an end; fix the call"),
            Self::ClaimLost => f.write_str(
                "the claimed place was skipped, as its owner's lock was free; hold the lock, send again",
            ),
            Self::Full => f.write_str("the lane is full; retry after consumers progressed"),
            Self::Empty => f.write_str("the lane is empty; poll again"),
            Self::TooLarge { max, len } => {
                write!(f, "the payload has {len} bytes, a slot holds at most {max}")
            }
            Self::BufferTooSmall { required, provided } => {
                write!(
                    f,
                    "the payload has {required} bytes, the buffer only {provided}"
                )
            }
        }
    }
}

impl core::error::Error for Error {}
