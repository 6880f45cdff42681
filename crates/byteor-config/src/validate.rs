//! Every rule of a config bundle, each with a stable code, a field and a way out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::boundaries::{self, Boundaries};
use crate::model::{ConfigBundleV1, Posture, SLOT_BYTES, is_secret_name};
use crate::paths::{is_rotated, is_under, matches, path_problem, reaches};

/// One problem of a config bundle or of its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConfigIssue {
    /// Stable code, `E_CONFIG_…`.
    pub code: String,
    /// Dotted path in the model (`ingress.path`); for a problem of the text, its key, or empty.
    pub field: String,
    /// 1-based line, where the problem is one of the text.
    pub line: Option<u32>,
    /// The values that the message was worded with.
    pub args: BTreeMap<String, String>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl ConfigIssue {
    pub(crate) fn new(code: &str, field: &str, message: String, help: &str) -> Self {
        Self {
            code: code.to_owned(),
            field: field.to_owned(),
            line: None,
            args: BTreeMap::new(),
            message,
            help: help.to_owned(),
        }
    }

    pub(crate) fn arg(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    pub(crate) fn at_line(mut self, line: u32) -> Self {
        self.line = Some(line);
        self
    }
}

impl std::fmt::Display for ConfigIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.code)?;
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{} ({})", self.message, self.help)
    }
}

impl std::error::Error for ConfigIssue {}

/// Where a config bundle is meant to run; what is `None` is not checked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// Posture of the environment.
    pub posture: Option<Posture>,
    /// The allowed roots of an agent that would run it.
    pub allowed_roots: Option<&'a [String]>,
    /// Names of the secrets that the spec's keys use.
    pub secrets: Option<&'a [String]>,
    /// The boundaries of the spec.
    pub boundaries: Option<Boundaries<'a>>,
}

/// Every problem that a config bundle has by itself; empty when it may be encoded.
pub fn validate(config: &ConfigBundleV1) -> Vec<ConfigIssue> {
    let mut issues = Vec::new();
    if config.v != 1 {
        issues.push(
            ConfigIssue::new(
                "E_CONFIG_VERSION",
                "v",
                format!("Config version {} is unknown.", config.v),
                "Use version 1.",
            )
            .arg("version", config.v),
        );
    }
    if !SLOT_BYTES.contains(&config.record.slot_bytes) {
        issues.push(
            ConfigIssue::new(
                "E_CONFIG_SLOT_BYTES",
                "record.slot_bytes",
                format!(
                    "There is no record-size class of {} bytes.",
                    config.record.slot_bytes
                ),
                "Choose 256, 1024, 4096 or 16384.",
            )
            .arg("slot_bytes", config.record.slot_bytes),
        );
    }
    let paths = config.paths();
    for (field, path) in &paths {
        if let Some(problem) = path_problem(path) {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_PATH",
                    field,
                    format!("The path '{}' {problem}.", crate::kv::escape(path)),
                    "Give the file's full path, such as /data/orders/in.log.",
                )
                .arg("path", path)
                .arg("problem", problem),
            );
        }
    }
    // What isn't the records of a side is only read: both may believe the same authorities.
    let only_read = |field: &str| {
        let side = field
            .strip_prefix("ingress.")
            .or(field.strip_prefix("egress."));
        side.is_some_and(|name| name != "path")
    };
    for (index, (field, path)) in paths.iter().enumerate() {
        let mut before = paths[..index].iter();
        let collides = |(other, before): &&(Cow<'_, str>, &str)| {
            collide(config, (other, before), (field, path))
        };
        let Some((other, before)) = before.find(collides) else {
            continue;
        };
        if path.is_empty() || (only_read(field) && only_read(other)) {
            continue;
        }
        let message = match before == path {
            true => format!("This path is already the one of {other}."),
            false => format!("This path stands for files that {other} stands for as well."),
        };
        issues.push(
            ConfigIssue::new(
                "E_CONFIG_SAME_PATH",
                field,
                message,
                "Give input, output, rejected records and each secret a file of its own.",
            )
            .arg("path", path)
            .arg("other", other),
        );
    }
    secret_names(config, &mut issues);
    crate::values::check(config, &mut issues);
    issues
}

/// Whether two fields with their paths stand for a file in common.
pub(crate) fn collide(config: &ConfigBundleV1, one: (&str, &str), two: (&str, &str)) -> bool {
    let stands_for = |(field, path): (&str, &str), (other, it): (&str, &str)| match field {
        "ingress.path" => {
            let several = other == "egress.path" && config.rotates();
            matches(path, it) || (several && reaches(path, it))
        }
        "egress.path" => config.rotates() && is_rotated(path, it),
        _ => false,
    };
    one.1 == two.1 || stands_for(one, two) || stands_for(two, one)
}

/// Names of secrets: each one that stage keys can say, once, in their order.
fn secret_names(config: &ConfigBundleV1, issues: &mut Vec<ConfigIssue>) {
    for (index, secret) in config.secrets.iter().enumerate() {
        let name = secret.name.as_str();
        let field = ["secrets.", name].concat();
        if !is_secret_name(name) {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_SECRET_NAME",
                    &field,
                    format!("'{}' is no name of a secret.", crate::kv::escape(name)),
                    "Start with a small letter; use small letters, digits and underscores, at most 64 characters.",
                )
                .arg("name", name),
            );
        }
        let before = index.checked_sub(1).map(|before| &config.secrets[before]);
        if before.is_some_and(|before| before.name == secret.name) {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_SECRET_TWICE",
                    &field,
                    format!("The secret '{}' is there twice.", crate::kv::escape(name)),
                    "Keep one of the two.",
                )
                .arg("name", name),
            );
        } else if before.is_some_and(|before| before.name > secret.name) {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_SECRET_ORDER",
                    &field,
                    format!(
                        "The secret '{}' isn't where its name belongs.",
                        crate::kv::escape(name)
                    ),
                    "Sort the secrets by their names.",
                )
                .arg("name", name),
            );
        }
    }
}

/// Secrets that the spec's keys use and the bundle lacks, and the other way round.
fn secrets_used(config: &ConfigBundleV1, used: &[String], issues: &mut Vec<ConfigIssue>) {
    let adapters: Vec<String> = config
        .adapter_secrets()
        .into_iter()
        .map(|used| used.1)
        .collect();
    for name in used {
        if !config.secrets.iter().any(|secret| secret.name == *name) {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_SECRET_MISSING",
                    &["secrets.", name].concat(),
                    format!("The spec uses the secret '{name}', and nothing says where it is."),
                    "Give the path of the file on the agent's host that holds it.",
                )
                .arg("name", name),
            );
        }
    }
    for secret in &config.secrets {
        if !used.contains(&secret.name) && !adapters.contains(&secret.name) {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_SECRET_UNUSED",
                    &["secrets.", &secret.name].concat(),
                    format!(
                        "No key of the spec and no adapter uses the secret '{}'.",
                        crate::kv::escape(&secret.name)
                    ),
                    "Take it out: a bundle gives a pipeline what it needs, and no more.",
                )
                .arg("name", &secret.name),
            );
        }
    }
}

/// [`validate`], and what its environment and agents say against it.
pub fn validate_in(config: &ConfigBundleV1, surroundings: &Surroundings<'_>) -> Vec<ConfigIssue> {
    let mut issues = validate(config);
    if let Some(posture) = surroundings.posture
        && posture != config.posture
    {
        issues.push(
            ConfigIssue::new(
                "E_CONFIG_POSTURE",
                "posture",
                format!(
                    "The posture is '{}', but the environment's is '{posture}'.",
                    config.posture
                ),
                "Set the environment's posture.",
            )
            .arg("posture", config.posture)
            .arg("environment", posture),
        );
    }
    if let Some(used) = surroundings.secrets {
        secrets_used(config, used, &mut issues);
    }
    if let Some(boundaries) = &surroundings.boundaries {
        boundaries::check(config, boundaries, &mut issues);
    }
    if let Some(roots) = surroundings.allowed_roots {
        for (field, path) in config.paths() {
            if path_problem(path).is_none() && !roots.iter().any(|root| is_under(path, root)) {
                let allowed = roots.join(", ");
                issues.push(
                    ConfigIssue::new(
                        "E_PATH_OUTSIDE_ROOTS",
                        &field,
                        format!(
                            "The path '{}' is outside what the agent allows ({allowed}).",
                            crate::kv::escape(path)
                        ),
                        "Choose a path under an allowed root, or have the host's owner allow another.",
                    )
                    .arg("path", path)
                    .arg("roots", allowed),
                );
            }
        }
    }
    issues
}
