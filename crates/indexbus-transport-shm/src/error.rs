//! The errors of the file side of regions.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a region file could not be created, opened or used. Always names the file.
#[derive(Debug)]
pub enum Error {
    /// A system call failed.
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: rustix::io::Errno,
    },
    /// The file is there already.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The path names no regular file.
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Users outside the file's group may write it.
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The file is another user's, and was to be opened for its owner alone.
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// The number of the user who owns it.
        owner: u32,
    },
    /// The file is shorter than its layout.
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes that the layout needs.
        expected: u64,
        /// Bytes that the file has.
        actual: u64,
    },
    /// The file's content was refused.
    Layout {
        /// The file.
        path: PathBuf,
        /// Why.
        source: indexbus::Error,
    },
}

impl Error {
    pub(crate) fn io(path: &Path, doing: &'static str, source: rustix::io::Errno) -> Self {
        if source == rustix::io::Errno::EXIST {
            return Self::Exists {
                path: path.to_owned(),
            };
        }
        Self::Io {
            path: path.to_owned(),
            doing,
            source,
        }
    }

    /// Content of `path` that was refused.
    pub fn layout(path: &Path, source: indexbus::Error) -> Self {
        Self::Layout {
            path: path.to_owned(),
            source,
        }
    }

    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "E_REGION_IO",
            Self::Exists { .. } => "E_REGION_EXISTS",
            Self::NotAFile { .. } => "E_REGION_NOT_A_FILE",
            Self::Permissions { .. } | Self::ForeignOwner { .. } => "E_REGION_PERMISSIONS",
            Self::Truncated { .. } => "E_REGION_TRUNCATED",
            Self::Layout { source, .. } => source.code(),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        match self {
            Self::Io { path, .. }
            | Self::Exists { path }
            | Self::NotAFile { path }
            | Self::Permissions { path, .. }
            | Self::ForeignOwner { path, .. }
            | Self::Truncated { path, .. }
            | Self::Layout { path, .. } => path,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path().display();
        match self {
            Self::Io { doing, source, .. } => {
                write!(f, "region {path}: can't {doing}: {source}")
            }
            Self::Exists { .. } => {
                write!(
                    f,
                    "region {path} exists; remove it if nothing uses it, then retry"
                )
            }
            Self::NotAFile { .. } => write!(f, "region {path} is not a regular file"),
            Self::Permissions { mode, .. } => write!(
                f,
                "region {path} may be written by everyone (mode {mode:o}); remove and recreate it"
            ),
            Self::ForeignOwner { owner, .. } => write!(
                f,
                "region {path} belongs to the user {owner}; remove it, or open it for its group"
            ),
            Self::Truncated {
                expected, actual, ..
            } => write!(
                f,
                "region {path} has {actual} bytes, its layout needs {expected}; recreate it"
            ),
            Self::Layout { source, .. } => write!(f, "region {path}: {source}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Layout { source, .. } => Some(source),
            _ => None,
        }
    }
}
