//! The lines of a statement's text, in their order.

use std::iter::Peekable;

use byteor_config::{Posture, kv, kv::KvLine};

use super::{ApprovalKind, StatementIssue, Subject};

/// What is left of a text.
pub(super) struct Lines(Peekable<std::vec::IntoIter<KvLine>>);

/// The line's value is none of its key's.
pub(super) fn bad(line: &KvLine) -> StatementIssue {
    StatementIssue::text(
        Some(line.line),
        &line.key,
        format!(
            "'{}' is no value of '{}'.",
            kv::escape(&line.value),
            line.key
        ),
    )
}

impl Lines {
    pub fn of(text: &str) -> Result<Self, StatementIssue> {
        let lines = kv::read(text).map_err(|error| {
            StatementIssue::text(
                Some(error.line),
                "",
                format!("The text holds {}.", error.what),
            )
        })?;
        Ok(Self(lines.into_iter().peekable()))
    }

    /// The next line, which has to have this key.
    pub fn take(&mut self, key: &str) -> Result<KvLine, StatementIssue> {
        match self.0.next_if(|line| line.key == key) {
            Some(line) => Ok(line),
            None => Err(StatementIssue::text(
                self.0.peek().map(|line| line.line),
                key,
                format!("The key '{key}' belongs here."),
            )),
        }
    }

    pub fn text(&mut self, key: &str) -> Result<String, StatementIssue> {
        Ok(self.take(key)?.value)
    }

    pub fn word<T>(
        &mut self,
        key: &str,
        from: impl Fn(&str) -> Option<T>,
    ) -> Result<T, StatementIssue> {
        let line = self.take(key)?;
        from(&line.value).ok_or_else(|| bad(&line))
    }

    pub fn boolean(&mut self, key: &str) -> Result<bool, StatementIssue> {
        self.word(key, |word| match word {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        })
    }

    pub fn number(&mut self, key: &str) -> Result<u32, StatementIssue> {
        self.word(key, |word| word.parse().ok())
    }

    /// `KEY.0`, `KEY.1` and so on, as many as there are.
    pub fn list(&mut self, key: &str) -> Vec<String> {
        let mut values = Vec::new();
        while let Ok(line) = self.take(&format!("{key}.{}", values.len())) {
            values.push(line.value);
        }
        values
    }

    /// Nothing may be left.
    pub fn end(&mut self) -> Result<(), StatementIssue> {
        match self.0.next() {
            None => Ok(()),
            Some(line) => Err(StatementIssue::text(
                Some(line.line),
                &line.key,
                format!("The key '{}' doesn't belong here.", line.key),
            )),
        }
    }

    /// What statements of every version say, behind their version.
    pub fn subject(&mut self) -> Result<Owned, StatementIssue> {
        Ok(Owned {
            org_id: self.text("deployment.org_id")?,
            project_id: self.text("deployment.project_id")?,
            environment_id: self.text("deployment.environment_id")?,
            posture: self.word("deployment.posture", Posture::from_word)?,
            slot: self.text("deployment.slot")?,
            version_id: self.text("deployment.version_id")?,
            spec_hash: self.text("deployment.spec_hash")?,
            config_digest: self.text("deployment.config_digest")?,
            capabilities: self.list("deployment.capabilities"),
            targets: self.list("deployment.targets"),
            approval: self.word("deployment.policy.approval", ApprovalKind::from_word)?,
            self_approval: self.boolean("deployment.policy.self_approval")?,
        })
    }
}

/// A [`Subject`] as it was read.
pub(super) struct Owned {
    pub org_id: String,
    pub project_id: String,
    pub environment_id: String,
    pub posture: Posture,
    pub slot: String,
    pub version_id: String,
    pub spec_hash: String,
    pub config_digest: String,
    pub capabilities: Vec<String>,
    pub targets: Vec<String>,
    pub approval: ApprovalKind,
    pub self_approval: bool,
}

/// A set in its one order.
pub(super) fn set(values: &[String]) -> Vec<&str> {
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.sort_unstable();
    values.dedup();
    values
}

pub(super) fn push_list(text: &mut String, key: &str, values: Vec<&str>) {
    for (index, value) in values.into_iter().enumerate() {
        kv::push(text, &format!("{key}.{index}"), value);
    }
}

pub(super) const fn boolean(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// The text of what statements of every version say, from `deployment.v` on.
pub(super) fn push_subject(text: &mut String, subject: &Subject<'_>) {
    kv::push(text, "deployment.v", &subject.v.to_string());
    for (key, value) in [
        ("deployment.org_id", subject.org_id),
        ("deployment.project_id", subject.project_id),
        ("deployment.environment_id", subject.environment_id),
        ("deployment.posture", subject.posture.as_str()),
        ("deployment.slot", subject.slot),
        ("deployment.version_id", subject.version_id),
        ("deployment.spec_hash", subject.spec_hash),
        ("deployment.config_digest", subject.config_digest),
    ] {
        kv::push(text, key, value);
    }
    push_list(text, "deployment.capabilities", set(subject.capabilities));
    push_list(text, "deployment.targets", set(subject.targets));
    kv::push(
        text,
        "deployment.policy.approval",
        subject.approval.as_str(),
    );
    kv::push(
        text,
        "deployment.policy.self_approval",
        boolean(subject.self_approval),
    );
}
