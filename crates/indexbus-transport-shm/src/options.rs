//! How to open a region.

use std::time::Duration;

/// How much of a region is looked at when it is attached to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attach {
    /// All of it, which takes that nobody uses it yet.
    #[default]
    Fresh,
    /// The header and the bounds: others may be using it. Each access checks what it finds.
    Live,
}

/// How long to wait for the creator, whether to create, and how to attach.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// How long an opener waits for a region that is being initialized before it fails with
    /// `NotInitialized`. 200 ms unless said otherwise.
    pub init_timeout: Duration,
    /// Whether to create and initialize the file if it is missing.
    pub create: bool,
    /// How to attach to a file that is there.
    pub attach: Attach,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_millis(200),
            create: true,
            attach: Attach::Fresh,
        }
    }
}
