//! What changed between two config bundles, field by field.

use serde::{Deserialize, Serialize};

use crate::codec::{digest, fields, render};
use crate::model::ConfigBundleV1;

/// The difference of two config bundles, in the order of the canonical text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConfigDiff {
    /// Digest of the text before.
    pub before_digest: String,
    /// Digest of the text after.
    pub after_digest: String,
    /// Whether nothing changed.
    pub equal: bool,
    /// Each field whose value differs.
    pub changes: Vec<ConfigChange>,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ConfigChange {
    /// Dotted path in the model, such as `ingress.path`.
    pub field: String,
    /// Key in the canonical text.
    pub key: String,
    /// Value before; `null` where the field did not exist.
    pub before: Option<String>,
    /// Value after; `null` where the field no longer exists.
    pub after: Option<String>,
    /// One sentence for people and screen readers.
    pub text: String,
}

/// Compares two config bundles.
pub fn diff(before: &ConfigBundleV1, after: &ConfigBundleV1) -> ConfigDiff {
    let old = fields(before);
    let new = fields(after);
    let mut changes = Vec::new();
    for (field, key, value) in &new {
        let previous = old.iter().find(|(_, other, _)| other == key);
        match previous {
            Some((_, _, earlier)) if earlier == value => {}
            Some((_, _, earlier)) => {
                changes.push(change(field, key, Some(earlier), Some(value)));
            }
            None => changes.push(change(field, key, None, Some(value))),
        }
    }
    for (field, key, value) in &old {
        if !new.iter().any(|(_, other, _)| other == key) {
            changes.push(change(field, key, Some(value), None));
        }
    }
    ConfigDiff {
        before_digest: digest(render(before)),
        after_digest: digest(render(after)),
        equal: changes.is_empty(),
        changes,
    }
}

fn change(field: &str, key: &str, before: Option<&String>, after: Option<&String>) -> ConfigChange {
    let text = match (before, after) {
        (Some(before), Some(after)) => format!("{field} changes from '{before}' to '{after}'."),
        (None, Some(after)) => format!("{field} is new, with '{after}'."),
        (Some(before), None) => format!("{field} goes away; it was '{before}'."),
        (None, None) => format!("{field} is unchanged."),
    };
    ConfigChange {
        field: field.to_owned(),
        key: key.to_owned(),
        before: before.cloned(),
        after: after.cloned(),
        text,
    }
}
