//! The folder of a graph's run: a file for each region.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use indexbus_transport_shm::Error;

/// The file of a run's folder that holds its counters.
pub const COUNTERS_FILE: &str = "counters";

/// Makes the folder of a run, which must not exist, with mode 0700.
pub fn create_run_folder(path: &Path) -> Result<(), Error> {
    let made = DirBuilder::new().mode(0o700).create(path);
    made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => Error::Exists {
            path: path.to_owned(),
        },
        _ => Error::Io {
            path: path.to_owned(),
            doing: "make the folder",
            source: rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO),
        },
    })
}
