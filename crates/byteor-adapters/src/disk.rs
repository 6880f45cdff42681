//! What makes written bytes last.
//!
//! A sync that failed is never asked a second time: the kernel reports lost pages once, and the
//! next sync of the same file succeeds without them. So whoever syncs hands itself over and gets
//! itself back only when it went well (see [`crate::saver`]).

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Asks for `file`, known as `path`, to be on the disk.
type Sync = dyn Fn(&Path, &File) -> io::Result<()> + Send + std::marker::Sync;

/// The disk under a run's files. [`Disk::default`] is the real one; tests have some that fail.
#[derive(Clone)]
pub struct Disk(Arc<Sync>);

impl Disk {
    /// A disk whose syncs go through `sync`.
    pub fn with(
        sync: impl Fn(&Path, &File) -> io::Result<()> + Send + std::marker::Sync + 'static,
    ) -> Self {
        Self(Arc::new(sync))
    }

    /// Waits until everything that was written to `file` is on the disk.
    pub(crate) fn sync(&self, path: &Path, file: &File) -> io::Result<()> {
        (self.0)(path, file)
    }
}

impl Default for Disk {
    /// `fdatasync`: the bytes, and of the inode what is needed to read them.
    fn default() -> Self {
        Self::with(|_, file| file.sync_data())
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}
