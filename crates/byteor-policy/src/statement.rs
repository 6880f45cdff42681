//! The deployment statement: everything that an approval is for, in one canonical text.

use byteor_config::{Posture, digest, kv};
use serde::{Deserialize, Serialize};

/// Name of the canonical text inside a deploy bundle.
pub const STATEMENT_FILE_NAME: &str = "deployment.kv";

const MAX_TEXT_BYTES: usize = 64 * 1024;

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
}

/// The rules that were in force when the deployment was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentPolicy {
    /// Who has to approve.
    pub approval: ApprovalKind,
    /// Whether who asks may also approve.
    pub self_approval: bool,
}

/// What a deployment is, without the row that it is kept in: an approval is for its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentStatementV1 {
    /// Format version, 1.
    #[cfg_attr(feature = "ts", ts(type = "1"))]
    pub v: u32,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub posture: Posture,
    /// The slot that it takes on each agent.
    pub slot: String,
    /// The version that is deployed.
    pub version_id: String,
    /// Spec hash of the version, `sha256:…`.
    pub spec_hash: String,
    /// Digest of the config bundle's text, `sha256:…`.
    pub config_digest: String,
    /// Side-effect capabilities that the spec needs. A set: sorted and without repeats in text.
    pub capabilities: Vec<String>,
    /// Agent ids. A set: sorted and without repeats in text.
    pub targets: Vec<String>,
    /// The rules in force.
    pub policy: DeploymentPolicy,
}

/// One problem of a statement or its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct StatementIssue {
    /// `E_DEPLOYMENT_FIELD` for a value, `E_DEPLOYMENT_TEXT` for the text.
    pub code: String,
    /// Dotted path in the model; for a problem of the text, its key, or empty.
    pub field: String,
    /// 1-based line, where the problem is one of the text.
    pub line: Option<u32>,
    /// What is wrong.
    pub message: String,
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
    is_word(text, |byte| matches!(byte, b'-' | b'_'))
}

fn is_capability(text: &str) -> bool {
    is_word(text, |byte| matches!(byte, b'-' | b'_' | b'.' | b':'))
}

fn is_word(text: &str, punctuation: impl Fn(u8) -> bool) -> bool {
    (1..=128).contains(&text.len())
        && !punctuation(text.as_bytes()[0])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || punctuation(byte))
}

fn field_issue(field: &str, message: impl Into<String>) -> StatementIssue {
    StatementIssue {
        code: "E_DEPLOYMENT_FIELD".to_owned(),
        field: field.to_owned(),
        line: None,
        message: message.into(),
    }
}

fn text_issue(line: Option<u32>, key: &str, message: impl Into<String>) -> StatementIssue {
    StatementIssue {
        code: "E_DEPLOYMENT_TEXT".to_owned(),
        field: key.to_owned(),
        line,
        message: message.into(),
    }
}

fn check(statement: &DeploymentStatementV1) -> Result<(), StatementIssue> {
    if statement.v != 1 {
        return Err(field_issue("v", "The statement's version is unknown."));
    }
    for (field, id) in [
        ("org_id", &statement.org_id),
        ("project_id", &statement.project_id),
        ("environment_id", &statement.environment_id),
        ("version_id", &statement.version_id),
    ] {
        if !is_id(id) {
            return Err(field_issue(
                field,
                format!("'{}' is no id.", kv::escape(id)),
            ));
        }
    }
    if !is_slot(&statement.slot) {
        return Err(field_issue(
            "slot",
            format!("'{}' can't name a slot.", kv::escape(&statement.slot)),
        ));
    }
    for (field, value) in [
        ("spec_hash", &statement.spec_hash),
        ("config_digest", &statement.config_digest),
    ] {
        if !is_digest(value) {
            return Err(field_issue(
                field,
                format!("'{}' is no digest.", kv::escape(value)),
            ));
        }
    }
    for capability in &statement.capabilities {
        if !is_capability(capability) {
            return Err(field_issue(
                "capabilities",
                format!("'{}' is no capability.", kv::escape(capability)),
            ));
        }
    }
    if statement.targets.is_empty() {
        return Err(field_issue("targets", "A deployment needs an agent."));
    }
    for target in &statement.targets {
        if !is_id(target) {
            return Err(field_issue(
                "targets",
                format!("'{}' is no agent id.", kv::escape(target)),
            ));
        }
    }
    if statement.posture == Posture::Prod && statement.policy.approval == ApprovalKind::Policy {
        return Err(field_issue(
            "policy.approval",
            "In a 'prod' environment a person approves.",
        ));
    }
    Ok(())
}

fn set(values: &[String]) -> Vec<&str> {
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    values
}

/// The canonical text of a statement.
///
/// # Errors
/// `E_DEPLOYMENT_FIELD` with the field that can't stand in a statement.
pub fn encode(statement: &DeploymentStatementV1) -> Result<String, StatementIssue> {
    check(statement)?;
    let mut text = String::new();
    kv::push(&mut text, "deployment.v", "1");
    kv::push(&mut text, "deployment.org_id", &statement.org_id);
    kv::push(&mut text, "deployment.project_id", &statement.project_id);
    kv::push(
        &mut text,
        "deployment.environment_id",
        &statement.environment_id,
    );
    kv::push(&mut text, "deployment.posture", statement.posture.as_str());
    kv::push(&mut text, "deployment.slot", &statement.slot);
    kv::push(&mut text, "deployment.version_id", &statement.version_id);
    kv::push(&mut text, "deployment.spec_hash", &statement.spec_hash);
    kv::push(
        &mut text,
        "deployment.config_digest",
        &statement.config_digest,
    );
    for (index, capability) in set(&statement.capabilities).into_iter().enumerate() {
        kv::push(
            &mut text,
            &format!("deployment.capabilities.{index}"),
            capability,
        );
    }
    for (index, target) in set(&statement.targets).into_iter().enumerate() {
        kv::push(&mut text, &format!("deployment.targets.{index}"), target);
    }
    kv::push(
        &mut text,
        "deployment.policy.approval",
        statement.policy.approval.as_str(),
    );
    let self_approval = if statement.policy.self_approval {
        "true"
    } else {
        "false"
    };
    kv::push(&mut text, "deployment.policy.self_approval", self_approval);
    Ok(text)
}

/// `sha256:…` over the canonical text of a statement: what an approval is for.
///
/// # Errors
/// As [`encode`].
pub fn deployment_digest(statement: &DeploymentStatementV1) -> Result<String, StatementIssue> {
    Ok(digest(encode(statement)?))
}

/// Reads canonical text back; accepts exactly what [`encode`] gives for some statement.
///
/// # Errors
/// `E_DEPLOYMENT_TEXT` for anything else, `E_DEPLOYMENT_FIELD` for a value that can't be.
pub fn decode(text: &str) -> Result<DeploymentStatementV1, StatementIssue> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(text_issue(None, "", "The text is longer than 64 KiB."));
    }
    let lines = kv::read(text).map_err(|error| {
        text_issue(
            Some(error.line),
            "",
            format!("The text holds {}.", error.what),
        )
    })?;
    let mut lines = lines.into_iter().peekable();
    let mut take = |key: &str| match lines.next_if(|line| line.key == key) {
        Some(line) => Ok(line),
        None => Err(text_issue(
            lines.peek().map(|line| line.line),
            key,
            format!("The key '{key}' belongs here."),
        )),
    };
    let bad = |line: &kv::KvLine| {
        text_issue(
            Some(line.line),
            &line.key,
            format!(
                "'{}' is no value of '{}'.",
                kv::escape(&line.value),
                line.key
            ),
        )
    };
    let version = take("deployment.v")?;
    if version.value != "1" {
        return Err(bad(&version));
    }
    let org_id = take("deployment.org_id")?.value;
    let project_id = take("deployment.project_id")?.value;
    let environment_id = take("deployment.environment_id")?.value;
    let posture = take("deployment.posture")?;
    let slot = take("deployment.slot")?.value;
    let version_id = take("deployment.version_id")?.value;
    let spec_hash = take("deployment.spec_hash")?.value;
    let config_digest = take("deployment.config_digest")?.value;
    let mut list = |name: &str| {
        let mut values = Vec::new();
        while let Ok(line) = take(&format!("deployment.{name}.{}", values.len())) {
            values.push(line.value);
        }
        values
    };
    let capabilities = list("capabilities");
    let targets = list("targets");
    let approval = take("deployment.policy.approval")?;
    let self_approval = take("deployment.policy.self_approval")?;
    if let Some(line) = lines.next() {
        return Err(text_issue(
            Some(line.line),
            &line.key,
            format!("The key '{}' doesn't belong here.", line.key),
        ));
    }
    let statement = DeploymentStatementV1 {
        v: 1,
        org_id,
        project_id,
        environment_id,
        posture: Posture::from_word(&posture.value).ok_or_else(|| bad(&posture))?,
        slot,
        version_id,
        spec_hash,
        config_digest,
        capabilities,
        targets,
        policy: DeploymentPolicy {
            approval: match approval.value.as_str() {
                "person" => ApprovalKind::Person,
                "policy" => ApprovalKind::Policy,
                _ => return Err(bad(&approval)),
            },
            self_approval: match self_approval.value.as_str() {
                "true" => true,
                "false" => false,
                _ => return Err(bad(&self_approval)),
            },
        },
    };
    if encode(&statement)? != text {
        return Err(text_issue(
            None,
            "",
            "The text isn't the canonical text of what it says.",
        ));
    }
    Ok(statement)
}
