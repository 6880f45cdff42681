//! The deployment statement: everything that an approval is for, in one canonical text.
//!
//! Version 2 is what is asked for today; version 1 stays readable, because what was approved and
//! activated with it goes on running.

mod check;
mod lines;
mod v1;
mod v2;

use byteor_config::{Posture, digest};
use serde::{Deserialize, Serialize};

use lines::Lines;
pub use v1::{DeploymentPolicy, DeploymentStatementV1};
pub use v2::{
    ApproverRole, Approvers, BreakGlass, DeploymentPolicyV2, DeploymentStatementV2, KeyRule,
    MAX_QUORUM, Proof, RequiredProof, Rollout,
};

/// Name of the canonical text inside a deploy bundle.
pub const STATEMENT_FILE_NAME: &str = "deployment.kv";

/// The versions that this code verifies; agents tell them to the control plane.
pub const STATEMENT_VERSIONS: &[u32] = &[1, 2];

const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Codes of a [`StatementIssue`].
pub mod issue_codes {
    /// A value that can't stand in a statement.
    pub const FIELD: &str = "E_DEPLOYMENT_FIELD";
    /// Text that isn't the canonical text of any statement.
    pub const TEXT: &str = "E_DEPLOYMENT_TEXT";
    /// A version that isn't known here.
    pub const VERSION: &str = "E_DEPLOYMENT_VERSION";
    /// A key rule that isn't known here.
    pub const KEY_RULE: &str = "E_DEPLOYMENT_KEY_RULE";
}

/// Who has to approve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum ApprovalKind {
    /// A person decides.
    Person,
    /// Policy decides by itself, and says so in the credential.
    Policy,
}

impl ApprovalKind {
    /// The written form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Policy => "policy",
        }
    }

    /// The kind that is written so.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Person, Self::Policy]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// A statement of any version that is known here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub enum DeploymentStatement {
    /// What is asked for today.
    V2(DeploymentStatementV2),
    /// What was asked for before.
    V1(DeploymentStatementV1),
}

impl From<DeploymentStatementV1> for DeploymentStatement {
    fn from(statement: DeploymentStatementV1) -> Self {
        Self::V1(statement)
    }
}

impl From<DeploymentStatementV2> for DeploymentStatement {
    fn from(statement: DeploymentStatementV2) -> Self {
        Self::V2(statement)
    }
}

/// What statements of every version say.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Format version.
    pub v: u32,
    /// Organization.
    pub org_id: &'a str,
    /// Project.
    pub project_id: &'a str,
    /// Environment.
    pub environment_id: &'a str,
    /// The environment's posture.
    pub posture: Posture,
    /// The slot that it takes on each agent.
    pub slot: &'a str,
    /// The version that is deployed.
    pub version_id: &'a str,
    /// Spec hash of the version.
    pub spec_hash: &'a str,
    /// Digest of the config bundle's text.
    pub config_digest: &'a str,
    /// Side-effect capabilities that the spec needs.
    pub capabilities: &'a [String],
    /// Agent ids.
    pub targets: &'a [String],
    /// Who has to approve.
    pub approval: ApprovalKind,
    /// Whether who asks may also approve.
    pub self_approval: bool,
}

impl DeploymentStatement {
    /// What statements of every version say.
    pub fn subject(&self) -> Subject<'_> {
        match self {
            Self::V1(statement) => statement.subject(),
            Self::V2(statement) => statement.subject(),
        }
    }
}

/// One problem of a statement or its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StatementIssue {
    /// One of [`issue_codes`].
    pub code: String,
    /// Dotted path in the model; for a problem of the text, its key, or empty.
    pub field: String,
    /// 1-based line, where the problem is one of the text.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
}

impl StatementIssue {
    fn field(field: &str, message: impl Into<String>) -> Self {
        Self {
            code: issue_codes::FIELD.to_owned(),
            field: field.to_owned(),
            line: None,
            message: message.into(),
        }
    }

    fn text(line: Option<u32>, key: &str, message: impl Into<String>) -> Self {
        Self {
            code: issue_codes::TEXT.to_owned(),
            field: key.to_owned(),
            line,
            message: message.into(),
        }
    }

    fn coded(self, code: &str) -> Self {
        Self {
            code: code.to_owned(),
            ..self
        }
    }
}

impl std::fmt::Display for StatementIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.code)?;
        if let Some(line) = self.line {
            write!(f, "{STATEMENT_FILE_NAME} line {line}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for StatementIssue {}

/// Whether `text` is a digest: `sha256:` and 64 lowercase hex digits.
pub fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// Whether `text` may be an id: 1 to 64 of letters, digits, `-` and `_`.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Whether `text` may name a slot: a lowercase letter or digit, then up to 127 more of those, `-`
/// and `_`. Slots become folder names on agents, so nothing else is.
pub fn is_slot(text: &str) -> bool {
    check::is_word(text, |byte| matches!(byte, b'-' | b'_'))
}

/// The canonical text of a statement.
///
/// # Errors
/// `E_DEPLOYMENT_FIELD` with the field that can't stand in a statement.
pub fn encode(statement: &DeploymentStatement) -> Result<String, StatementIssue> {
    match statement {
        DeploymentStatement::V1(statement) => v1::encode(statement),
        DeploymentStatement::V2(statement) => v2::encode(statement),
    }
}

/// `sha256:…` over the canonical text of a statement: what an approval is for.
///
/// # Errors
/// As [`encode`].
pub fn deployment_digest(statement: &DeploymentStatement) -> Result<String, StatementIssue> {
    Ok(digest(encode(statement)?))
}

/// Reads canonical text back; accepts exactly what [`encode`] gives for some statement.
///
/// # Errors
/// `E_DEPLOYMENT_VERSION` for a version that isn't known, `E_DEPLOYMENT_KEY_RULE` for such a key
/// rule, `E_DEPLOYMENT_FIELD` for a value that can't be, `E_DEPLOYMENT_TEXT` for anything else.
pub fn decode(text: &str) -> Result<DeploymentStatement, StatementIssue> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(StatementIssue::text(
            None,
            "",
            "The text is longer than 64 KiB.",
        ));
    }
    let mut lines = Lines::of(text)?;
    let version = lines.take("deployment.v")?;
    let statement = match version.value.as_str() {
        "1" => v1::decode(&mut lines)?.into(),
        "2" => v2::decode(&mut lines)?.into(),
        _ => return Err(lines::bad(&version).coded(issue_codes::VERSION)),
    };
    lines.end()?;
    if encode(&statement)? != text {
        return Err(StatementIssue::text(
            None,
            "",
            "The text isn't the canonical text of what it says.",
        ));
    }
    Ok(statement)
}
