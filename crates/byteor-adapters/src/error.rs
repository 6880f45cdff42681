//! What an adapter can't do: a stable code, what happened and where, and what to do next.

use std::fmt;
use std::io;
use std::path::Path;

/// A failed adapter operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterError {
    /// Stable code, for machines. `docs/spec/file-adapter.md` lists them.
    pub code: &'static str,
    /// What happened, and on which path.
    pub message: String,
    /// What a person can do about it.
    pub help: String,
    /// The stage that failed first, where a stage did.
    pub stage: Option<String>,
}

impl AdapterError {
    /// An error of `code`.
    pub fn new(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            help: help.into(),
            stage: None,
        }
    }

    /// A failed system call on `path`. `doing` reads like "open the input file".
    pub fn io(
        code: &'static str,
        doing: &str,
        path: &Path,
        error: &io::Error,
        help: impl Into<String>,
    ) -> Self {
        Self::new(
            code,
            format!("could not {doing} {}: {error}", path.display()),
            help,
        )
    }

    /// The same error, naming the boundary of a graph that it came to be at, where there are several.
    pub fn at_boundary(mut self, boundary: Option<&str>) -> Self {
        if let Some(boundary) = boundary {
            self.message = format!("boundary `{boundary}`: {}", self.message);
        }
        self
    }

    /// The same error, naming the stage that failed first.
    pub fn at_stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for AdapterError {}
