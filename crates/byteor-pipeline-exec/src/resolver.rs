//! From a stage key to a behaviour.

use std::fmt;

use byteor_pipeline_kernel::Stage;

/// Why a key leads to no behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolveError {
    /// Stable code, for machines.
    pub code: String,
    /// What is wrong and what can be done, for people.
    pub message: String,
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ResolveError {}

/// Maps a stage key to behaviour, at startup, before anything runs.
///
/// Any `Fn(id, key) -> Result<Box<dyn Stage>, ResolveError>` is one.
pub trait StageResolver {
    /// A fresh stage for the stage `id` with the key `key`; a key that it can't build is an error,
    /// and the executor doesn't start.
    fn resolve(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError>;
}

impl<F> StageResolver for F
where
    F: Fn(&str, &str) -> Result<Box<dyn Stage>, ResolveError>,
{
    fn resolve(&self, id: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
        self(id, key)
    }
}

/// The pure stages that every build has: `identity`, `keep:`, `drop:`, `replace:`.
///
/// Families that act on the outside are refused, and so at startup.
#[derive(Clone, Copy, Debug, Default)]
pub struct PureStages;

impl StageResolver for PureStages {
    fn resolve(&self, _id: &str, key: &str) -> Result<Box<dyn Stage>, ResolveError> {
        byteor_pipeline_stages::build(key).map_err(|e| ResolveError {
            code: e.code.to_owned(),
            message: e.message,
        })
    }
}
