//! From a key to a stage.

use std::fmt;

use byteor_pipeline_catalogue::{KeyProblem, ParsedKey, delimiter, field_name, parse_key};
use byteor_pipeline_kernel::Stage;

use crate::pattern::Pattern;
use crate::{flow, hash, json_stages, records};

/// Why a key gives no stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildError {
    /// Stable code: an `E_KEY_…` of the catalogue, `E_STAGE_UNSUPPORTED`, `E_STAGE_SECRET` or
    /// `E_STAGE_PATTERN`.
    pub code: &'static str,
    /// What is wrong, and what to do. Never a secret.
    pub message: String,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for BuildError {}

impl From<KeyProblem> for BuildError {
    fn from(problem: KeyProblem) -> Self {
        Self {
            code: problem.code,
            message: format!("{}. {}", problem.message, problem.help),
        }
    }
}

/// Where stages find the secrets that their keys name.
pub trait Secrets {
    /// The value of the secret `name`.
    fn secret(&self, name: &str) -> Option<&[u8]>;
}

/// No secrets at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoSecrets;

impl Secrets for NoSecrets {
    fn secret(&self, _: &str) -> Option<&[u8]> {
        None
    }
}

/// The stage of a key that needs no secret; see [`build_with`].
pub fn build(key: &str) -> Result<Box<dyn Stage>, BuildError> {
    build_with(key, &NoSecrets)
}

/// The stage of a key. Families that act on the outside are refused with `E_STAGE_UNSUPPORTED`, a
/// key whose secret isn't given with `E_STAGE_SECRET`.
pub fn build_with(key: &str, secrets: &dyn Secrets) -> Result<Box<dyn Stage>, BuildError> {
    let parsed = parse_key(key)?;
    Ok(match parsed.family.name {
        "identity" => Box::new(records::Identity),
        name @ ("keep" | "drop") => Box::new(records::Filter {
            pattern: Pattern::new(parsed.value(0))?,
            keep: name == "keep",
        }),
        "replace" => Box::new(records::Replace {
            pattern: Pattern::new(parsed.value(0))?,
            text: parsed.value(1).as_bytes().into(),
        }),
        "lower" => Box::new(records::Case { upper: false }),
        "upper" => Box::new(records::Case { upper: true }),
        "trim" => Box::new(records::Trim {
            start: parsed.value(0) != "end",
            end: parsed.value(0) != "start",
        }),
        "truncate" => Box::new(records::Truncate {
            most: number(&parsed, 0) as usize,
        }),
        "prefix" => Box::new(records::Prefix {
            text: parsed.value(0).as_bytes().into(),
        }),
        "json_require" => Box::new(json_stages::Require::new(parsed.value(0))?),
        "json_drop" => Box::new(json_stages::DropFields::new(parsed.value(0))?),
        "json_keep" => Box::new(json_stages::KeepFields::new(parsed.value(0))?),
        "json_rename" => Box::new(json_stages::Rename::new(
            parsed.value(0),
            field_name(parsed.value(1))?,
        )?),
        "json_mask" => Box::new(json_stages::Mask::new(parsed.value(0), parsed.value(1))?),
        "json_hash" => {
            let name = parsed.value(2);
            let secret = secrets.secret(name).ok_or_else(|| BuildError {
                code: "E_STAGE_SECRET",
                message: format!(
                    "the secret `{name}` isn't given; name where it is in the config bundle, as `secrets.{name}`"
                ),
            })?;
            let hasher = hash::Keyed::new(parsed.value(1), secret);
            Box::new(json_stages::Hash::new(parsed.value(0), hasher)?)
        }
        "json_extract" => Box::new(json_stages::Extract::new(parsed.value(0))?),
        "split" => Box::new(flow::Split::new(&delimiter(parsed.value(0))?)),
        "sample" => Box::new(flow::Sample::new(key, number(&parsed, 0))),
        "dedupe" => Box::new(flow::Dedupe::new(key, number(&parsed, 0), parsed.given(1))?),
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

/// A parameter that the catalogue accepted as a number of its range, none of which is 0.
fn number(parsed: &ParsedKey<'_>, index: usize) -> u32 {
    parsed.value(index).parse().unwrap_or(1)
}
