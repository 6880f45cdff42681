//! Why a verb did not do what was asked: exit code, stable code, what happened, what to do.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use byteor_adapters::AdapterError;
use serde::Serialize;

/// What a process says with its exit code. The same for every verb and binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// It was done; for a check, the answer is yes.
    Done = 0,
    /// The check was made, and the answer is no: invalid, or different.
    No = 1,
    /// The command line can't be understood.
    Usage = 2,
    /// A file that the verb needs can't be read or is not what it should be.
    Input = 3,
    /// Policy refused: approval, posture, or a path that the host's owner doesn't allow.
    Refused = 4,
    /// A run started, or tried to, and failed.
    Failed = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A verb's failure.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The exit code that it ends in.
    #[serde(skip)]
    pub exit: Exit,
    /// Stable code, for machines.
    pub code: String,
    /// What happened, and where.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
    /// The stage that failed first, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// For people, in the place of all of it: excerpts of the text that is wrong.
    #[serde(skip)]
    pub excerpt: Option<Box<str>>,
}

impl Failure {
    /// A failure that ends in `exit`.
    pub fn new(
        exit: Exit,
        code: impl Into<String>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self {
            exit,
            code: code.into(),
            message: message.into(),
            help: help.into(),
            stage: None,
            excerpt: None,
        }
    }

    /// A file that can't be read. `what` reads like "the spec".
    pub fn unreadable(
        code: &'static str,
        what: &str,
        path: &Path,
        error: &std::io::Error,
        help: impl Into<String>,
    ) -> Self {
        let message = format!("could not read {what} {}: {error}", path.display());
        Self::new(Exit::Input, code, message, help)
    }
}

impl From<AdapterError> for Failure {
    fn from(error: AdapterError) -> Self {
        let exit = match error.code {
            byteor_adapters::roots::E_PATH_OUTSIDE_ROOTS => Exit::Refused,
            "E_ALLOW_ROOT" => Exit::Usage,
            _ => Exit::Failed,
        };
        Self {
            stage: error.stage,
            ..Self::new(exit, error.code, error.message, error.help)
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(excerpt) = &self.excerpt {
            return f.write_str(excerpt.trim_end());
        }
        write!(f, "error[{}]: {}", self.code, self.message)?;
        if let Some(stage) = &self.stage {
            write!(f, "\n  stage: {stage}")?;
        }
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}
