//! Why the agent itself can't go on.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

/// A failure of the agent, for the person at the terminal or in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Stable code.
    pub code: String,
    /// What happened, and where.
    pub message: String,
    /// What to do next; may be empty.
    pub help: String,
    /// Whether it was the control plane that said no.
    pub refused: bool,
}

impl Failure {
    /// A failure of this host.
    pub fn new(code: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            help: help.into(),
            refused: false,
        }
    }

    /// A state file or folder that can't be used.
    pub fn state(what: &str, path: &Path, error: impl fmt::Display) -> Self {
        Self::new(
            "E_STATE",
            format!("could not {what} {}: {error}", path.display()),
            "check the state folder's owner, rights and free space",
        )
    }

    /// 3 where the control plane refused, else 1.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.refused { 3 } else { 1 })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line: whoever started us shows the last one.
        write!(f, "error[{}]: {}", self.code, self.message)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
