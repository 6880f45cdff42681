//! How to open a region.

use std::time::Duration;

/// How much of a region is looked at when it is attached to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Attach {
    /// All of it, which takes that nobody uses it yet.
    Fresh,
    /// The header and the bounds: others may be using it. Each access checks what it finds.
    #[default]
    Live,
}

/// Who may use a region file. Never everyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone: created with mode 0600; one that another user owns is refused.
    #[default]
    Owner,
    /// Its owner and its group, which is that of the process, or of a folder with the set-group-id
    /// bit: created with mode 0660.
    Group,
}

impl Access {
    /// Mode of a file that is created.
    pub(crate) const fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o660,
        }
    }
}

/// How long to wait for the creator, whether to create, who may use it, and how to attach.
#[derive(Clone, Copy, Debug)]
pub struct OpenOptions {
    /// How long an opener waits for a region that is being initialized before it fails with
    /// `NotInitialized`. 200 ms unless said otherwise.
    pub init_timeout: Duration,
    /// Whether to create and initialize the file if it is missing.
    pub create: bool,
    /// How to attach to a file that is there; as to a lane in use unless said otherwise.
    pub attach: Attach,
    /// Who may use it: its owner unless said otherwise.
    pub access: Access,
    /// Whether a region that is created gets words to sleep on (`INDEXBUS_CAP_SUPPORTS_BLOCKING`). One
    /// that is there has them or not, whatever is said here.
    pub blocking: bool,
}

impl OpenOptions {
    /// What [`Default`] gives.
    pub const DEFAULT: Self = Self {
        init_timeout: Duration::from_millis(200),
        create: true,
        attach: Attach::Live,
        access: Access::Owner,
        blocking: false,
    };
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::DEFAULT
    }
}
