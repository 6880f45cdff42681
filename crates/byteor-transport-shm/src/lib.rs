//! Open, create and validate ByteOr regions in shared memory.
//!
//! The file side comes from `indexbus-transport-shm`, the layouts from `byteor-abi`, the checks of
//! the content from `byteor-pipeline-kernel`. Everything found in a file is hostile input until it
//! was validated; what fails is refused with a code, never repaired: recreate it.

mod chain_region;
mod slots_region;
mod snapshot_words;

pub use chain_region::EventsChainRegion;
pub use indexbus_transport_shm::{Attach, Error};
pub use slots_region::{OpenOptions, SequencedSlotsRegion};
pub use snapshot_words::{SnapshotWords, read_snapshot_words};
