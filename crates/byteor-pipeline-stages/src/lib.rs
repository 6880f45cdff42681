//! The pure stages that every build runs (docs/spec/stage-contract.md).
//!
//! [`build`] turns a stage key into a [`Stage`]. The same catalogue that the page validates with
//! reads the key here, so a key that was accepted there builds here.

use std::fmt;

use byteor_pipeline_catalogue::parse_key;
use byteor_pipeline_kernel::{Outcome, Output, Stage, StageFailure};
use regex::bytes::{Regex, RegexBuilder};

/// Why a key gives no stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// Stable code: an `E_KEY_…` of the catalogue, `E_STAGE_UNSUPPORTED` or `E_STAGE_PATTERN`.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for BuildError {}

/// The stage of a key. Families that act on the outside are refused with `E_STAGE_UNSUPPORTED`.
pub fn build(key: &str) -> Result<Box<dyn Stage>, BuildError> {
    let parsed = parse_key(key).map_err(|problem| BuildError {
        code: problem.code,
        message: format!("{}. {}", problem.message, problem.help),
    })?;
    Ok(match parsed.family.name {
        "identity" => Box::new(Identity),
        name @ ("keep" | "drop") => Box::new(Filter {
            regex: pattern(parsed.value(0))?,
            keep: name == "keep",
        }),
        "replace" => Box::new(Replace {
            regex: pattern(parsed.value(0))?,
            text: parsed.value(1).as_bytes().into(),
        }),
        name => {
            return Err(BuildError {
                code: "E_STAGE_UNSUPPORTED",
                message: format!(
                    "this build can't run stages of the family `{name}`; take the stage out, or use a build that has it"
                ),
            });
        }
    })
}

fn pattern(regex: &str) -> Result<Regex, BuildError> {
    RegexBuilder::new(regex)
        .unicode(false)
        .build()
        .map_err(|error| BuildError {
            // The catalogue's own limit is far below the engine's, so this doesn't happen for a key
            // that it accepted: property-tested.
            code: "E_STAGE_PATTERN",
            message: format!("the pattern doesn't compile: {error}"),
        })
}

struct Identity;

impl Stage for Identity {
    fn process(&mut self, _: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        Ok(Outcome::Forward)
    }
}

struct Filter {
    regex: Regex,
    keep: bool,
}

impl Stage for Filter {
    fn process(&mut self, record: &[u8], _: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        let forward = self.regex.is_match(record) == self.keep;
        Ok(if forward {
            Outcome::Forward
        } else {
            Outcome::Drop
        })
    }
}

struct Replace {
    regex: Regex,
    text: Box<[u8]>,
}

impl Stage for Replace {
    fn process(&mut self, record: &[u8], out: &mut Output<'_>) -> Result<Outcome, StageFailure> {
        let mut copied = 0;
        let mut found = false;
        for matched in self.regex.find_iter(record) {
            found = true;
            out.push(&record[copied..matched.start()]);
            out.push(&self.text);
            copied = matched.end();
        }
        if !found {
            return Ok(Outcome::Forward);
        }
        out.push(&record[copied..]);
        Ok(out.outcome())
    }
}
