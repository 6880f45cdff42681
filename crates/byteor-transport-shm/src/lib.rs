//! Open, create and validate ByteOr regions in shared memory.
//!
//! The file side comes from `indexbus-transport-shm`, the layouts from `byteor-abi`, the checks of
//! the content from `byteor-pipeline-kernel`. Everything found in a file is hostile input until it
//! was validated; what fails is refused with a code, never repaired: recreate it.

mod chain_region;
mod graph_words;
mod region_file;
mod run_folder;
mod slots_region;
mod snapshot_words;

pub use chain_region::EventsChainRegion;
pub use graph_words::{EndpointNumbers, GraphWords, LaneNumbers, read_graph_words};
pub use indexbus_transport_shm::{Attach, Error, Mapping, Owners};
pub use run_folder::{COUNTERS_FILE, create_run_folder};
pub use slots_region::{OpenOptions, SequencedSlotsRegion, fresh_generation};
pub use snapshot_words::{SnapshotWords, read_snapshot_words};
