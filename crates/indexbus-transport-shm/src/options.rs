//! How to open a region.

use std::time::Duration;

/// How long to wait for the creator, and whether to create.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// How long an opener waits for a region that is being initialized before it fails with
    /// `NotInitialized`. 200 ms unless said otherwise.
    pub init_timeout: Duration,
    /// Whether to create and initialize the file if it is missing.
    pub create: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_millis(200),
            create: true,
        }
    }
}
