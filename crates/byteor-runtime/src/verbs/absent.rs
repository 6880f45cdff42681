//! The verbs of the family that no binary has yet: known by name, so that whoever asks is told.

use std::ffi::OsString;

use clap::{Args, Subcommand};

use crate::binary::Binary;
use crate::failure::{Exit, Failure};

/// The code of a verb that a build doesn't have.
pub const E_VERB_NOT_IN_BUILD: &str = "E_VERB_NOT_IN_BUILD";

/// A known verb that isn't in this build.
#[derive(Debug, Subcommand)]
pub enum Absent {
    /// Not in this build: can the host honour the posture?
    ///
    /// Exit 2.
    Doctor(AnyArgs),
    /// Not in this build: write a folder for triage.
    ///
    /// Exit 2.
    IncidentBundle(AnyArgs),
    /// Not in this build: run input again under policy.
    ///
    /// Exit 2.
    Replay(AnyArgs),
}

/// Whatever stands behind the verb.
#[derive(Debug, Args)]
pub struct AnyArgs {
    /// Flags of a build that has the verb; `--json` is understood.
    #[arg(
        value_name = "WORDS",
        trailing_var_arg = true,
        allow_hyphen_values = true
    )]
    words: Vec<OsString>,
}

impl Absent {
    fn parts(&self) -> (&'static str, &AnyArgs) {
        match self {
            Self::Doctor(args) => ("doctor", args),
            Self::IncidentBundle(args) => ("incident-bundle", args),
            Self::Replay(args) => ("replay", args),
        }
    }

    /// Whether to answer in JSON.
    pub fn json(&self) -> bool {
        self.parts().1.words.iter().any(|word| word == "--json")
    }

    /// The only answer.
    pub fn failure<B: Binary>(&self) -> Failure {
        let (name, binary) = (self.parts().0, B::NAME);
        Failure::new(
            Exit::Usage,
            E_VERB_NOT_IN_BUILD,
            format!(
                "`{name}` is a verb of this family of binaries, and this build of {binary} doesn't have it"
            ),
            format!("use a build that has it; `{binary} capabilities` lists what this one can do"),
        )
    }
}
