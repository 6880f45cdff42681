//! What every statement has to be.

use byteor_config::{Posture, kv};

use super::{ApprovalKind, StatementIssue, Subject, is_digest, is_id, is_slot};

fn is_capability(text: &str) -> bool {
    is_word(text, |byte| matches!(byte, b'-' | b'_' | b'.' | b':'))
}

pub(super) fn is_word(text: &str, punctuation: impl Fn(u8) -> bool) -> bool {
    (1..=128).contains(&text.len())
        && !punctuation(text.as_bytes()[0])
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || punctuation(byte))
}

/// All values of a field fit; the first that doesn't is named.
pub(super) fn each<'a>(
    field: &str,
    values: impl IntoIterator<Item = &'a str>,
    fits: impl Fn(&str) -> bool,
    noun: &str,
) -> Result<(), StatementIssue> {
    match values.into_iter().find(|value| !fits(value)) {
        None => Ok(()),
        Some(value) => Err(StatementIssue::field(
            field,
            format!("'{}' is no {noun}.", kv::escape(value)),
        )),
    }
}

pub(super) fn subject(subject: &Subject<'_>, version: u32) -> Result<(), StatementIssue> {
    if subject.v != version {
        return Err(StatementIssue::field(
            "v",
            "The statement's version is unknown.",
        ));
    }
    for (field, id) in [
        ("org_id", subject.org_id),
        ("project_id", subject.project_id),
        ("environment_id", subject.environment_id),
        ("version_id", subject.version_id),
    ] {
        each(field, [id], is_id, "id")?;
    }
    if !is_slot(subject.slot) {
        return Err(StatementIssue::field(
            "slot",
            format!("'{}' can't name a slot.", kv::escape(subject.slot)),
        ));
    }
    each("spec_hash", [subject.spec_hash], is_digest, "digest")?;
    each(
        "config_digest",
        [subject.config_digest],
        is_digest,
        "digest",
    )?;
    each(
        "capabilities",
        subject.capabilities.iter().map(String::as_str),
        is_capability,
        "capability",
    )?;
    if subject.targets.is_empty() {
        return Err(StatementIssue::field(
            "targets",
            "A deployment needs an agent.",
        ));
    }
    each(
        "targets",
        subject.targets.iter().map(String::as_str),
        is_id,
        "agent id",
    )?;
    if subject.posture == Posture::Prod && subject.approval == ApprovalKind::Policy {
        return Err(StatementIssue::field(
            "policy.approval",
            "In a 'prod' environment a person approves.",
        ));
    }
    Ok(())
}
