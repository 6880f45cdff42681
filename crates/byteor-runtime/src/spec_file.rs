//! Reading `spec.kv`.

use std::fs::File;
use std::io::{Read, stderr};
use std::path::{Path, PathBuf};

use byteor_pipeline::check_spec;
use byteor_pipeline_spec::{KV_MAX_BYTES, PipelineSpecV1, decode_kv_v1, encode_kv_v1, spec_hash};

use crate::checked;
use crate::excerpt::{colours, excerpt};
use crate::failure::{Exit, Failure};
use crate::source::name_of;

/// Names another default spec.
pub const ENV_SPEC: &str = "BYTEOR_SPEC";

/// The spec where neither `--spec` nor [`ENV_SPEC`] names one.
pub const DEFAULT_SPEC: &str = "/etc/byteor/spec.kv";

/// The spec's path: the flag, or the variable, or the default.
pub fn spec_path(flag: Option<PathBuf>) -> PathBuf {
    let variable = || std::env::var_os(ENV_SPEC).filter(|value| !value.is_empty());
    flag.or_else(|| variable().map(PathBuf::from))
        .unwrap_or_else(|| PathBuf::from(DEFAULT_SPEC))
}

/// A spec as it stands in a file.
#[derive(Clone, Debug)]
pub struct SpecFile {
    /// Where it was read.
    pub path: PathBuf,
    /// The very text of the file.
    pub text: String,
    /// What it says.
    pub spec: PipelineSpecV1,
    /// Its hash, over the canonical text.
    pub hash: String,
    /// Whether the file holds exactly the canonical text.
    pub canonical: bool,
}

impl SpecFile {
    /// Reads the spec at `path`. The form is checked, the rules are not: see
    /// [`SpecFile::require_valid`].
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = read_text(
            path,
            "the spec",
            KV_MAX_BYTES,
            "E_SPEC_READ",
            "name it with --spec=PATH or in the variable BYTEOR_SPEC",
        )?;
        let spec = decode_kv_v1(&text).map_err(|error| {
            let failure = Failure::new(
                Exit::No,
                error.code,
                format!(
                    "{}:{}:{}: {}",
                    path.display(),
                    error.line,
                    error.column,
                    error.message
                ),
                "lower the plan again with `lower`, rather than editing the spec",
            );
            with_excerpts(failure, path, &text)
        })?;
        Ok(Self {
            path: path.to_path_buf(),
            hash: spec_hash(&spec),
            canonical: encode_kv_v1(&spec) == text,
            text,
            spec,
        })
    }

    /// The first broken rule of the spec, as a failure; all of them are in the message.
    pub fn require_valid(&self) -> Result<(), Failure> {
        let problems = check_spec(&self.spec);
        let Some(first) = problems.first() else {
            return Ok(());
        };
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let failure = Failure::new(
            Exit::No,
            first.code,
            format!(
                "{} breaks the rules: {}",
                self.path.display(),
                lines.join("; ")
            ),
            "lower the plan again with `lower`, which only gives valid specs",
        );
        Err(with_excerpts(failure, &self.path, &self.text))
    }

    /// Refuses a text that another reader could understand differently.
    pub fn require_canonical(&self) -> Result<(), Failure> {
        if self.canonical {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Refused,
            "E_SPEC_NOT_CANONICAL",
            format!(
                "{} is not the canonical text of what it says, so what runs would not be the \
                 bytes that were reviewed",
                self.path.display()
            ),
            "lower the plan again, or copy the spec without changing a byte",
        ))
    }
}

/// A failure that shows people what `validate` says of the spec, place by place.
fn with_excerpts(mut failure: Failure, path: &Path, text: &str) -> Failure {
    let name = name_of(path);
    let colour = colours(&stderr());
    let diagnostics = checked::spec(text).diagnostics;
    let shown: String = diagnostics
        .iter()
        .map(|diagnostic| excerpt(&name, text, diagnostic, colour))
        .collect();
    failure.excerpt = (!shown.is_empty()).then(|| shown.into());
    failure
}

/// Reads a whole text file of at most `limit` bytes.
pub fn read_text(
    path: &Path,
    what: &str,
    limit: usize,
    code: &'static str,
    help: &str,
) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::unreadable(code, what, path, &error, help))?;
    let wrong = |why: String| {
        let message = format!("{what} {} {why}", path.display());
        Failure::new(Exit::Input, code, message, help)
    };
    if bytes.len() > limit {
        return Err(wrong(format!("is longer than {limit} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        wrong(format!("is not text: byte {at} is not UTF-8"))
    })
}
