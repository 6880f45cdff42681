//! Why stepping doesn't begin, or doesn't go on.

use std::fmt;

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepError {
    /// Stable code: an `E_SPEC_…`, one of a stage or its key, `E_EXEC_UNORDERED_CHANGE`, or an
    /// `E_STEP_…`.
    pub code: &'static str,
    /// What happened and what to do. Never a secret, and no record.
    pub message: String,
    /// The id of the node that it is about.
    pub node: Option<String>,
    /// The number of the record that it is about.
    pub record: Option<u64>,
}

impl StepError {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            node: None,
            record: None,
        }
    }

    pub(crate) fn at(mut self, node: &str) -> Self {
        self.node = Some(node.to_owned());
        self
    }

    pub(crate) fn of(mut self, record: u64) -> Self {
        self.record = Some(record);
        self
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)?;
        if let Some(node) = &self.node {
            write!(f, " (at `{node}`)")?;
        }
        if let Some(record) = self.record {
            write!(f, " (record {record})")?;
        }
        Ok(())
    }
}

impl std::error::Error for StepError {}
