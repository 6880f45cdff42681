//! One binding for several boundaries: which file is whose.
//!
//! A bundle has one ingress and one egress binding. Where the spec has several boundaries of a side,
//! the binding's path says with [`BOUNDARY`] how each boundary's own file is called.

use crate::adapters::{Key, KeyKind};
use crate::model::{ConfigBundleV1, is_secret_name};
use crate::paths::path_problem;
use crate::validate::{ConfigIssue, collide};

/// Stands in a path for the id of the boundary.
pub const BOUNDARY: &str = "{boundary}";

/// The boundaries of a spec, by id, in its order. A single ring has one of each.
#[derive(Clone, Copy, Debug)]
pub struct Boundaries<'a> {
    /// Where records come in.
    pub ingress: &'a [String],
    /// Where they leave.
    pub egress: &'a [String],
}

/// The path of the boundary `id`: the binding's, with the id in the place of [`BOUNDARY`].
pub fn boundary_path(path: &str, id: &str) -> String {
    path.replacen(BOUNDARY, id, 1)
}

/// A path that the runtime would open, the field that it comes of, and the boundary that it is for.
pub(crate) struct Opened {
    pub field: &'static str,
    pub boundary: String,
    pub path: String,
}

/// Every file of the two bindings. What a binding can't be is said in `issues`, and gives none.
pub(crate) fn opened(
    config: &ConfigBundleV1,
    boundaries: &Boundaries<'_>,
    issues: &mut Vec<ConfigIssue>,
) -> Vec<Opened> {
    let (input, output) = bindings(config);
    let sides = [
        ("ingress.path", "ingresses", input, boundaries.ingress),
        ("egress.path", "egresses", output, boundaries.egress),
    ];
    let mut opened = Vec::new();
    for (field, side, path, ids) in sides {
        let Some(path) = path else {
            if let [_, _, ..] = ids {
                let kind = field.replace("path", "kind");
                let message = format!(
                    "The spec has {} {side} ({}), and this adapter has no place for more than one.",
                    ids.len(),
                    ids.join(", ")
                );
                let help = "Use files, or a plan with one boundary of this side.";
                issues.push(ConfigIssue::new(
                    "E_CONFIG_BOUNDARY_MISSING",
                    &kind,
                    message,
                    help,
                ));
            }
            continue;
        };
        let places = path.matches(BOUNDARY).count();
        match (ids.len(), places) {
            (2.., 1) | (0..=1, 0) => {}
            (2.., _) => {
                issues.push(
                    ConfigIssue::new(
                        "E_CONFIG_BOUNDARY_MISSING",
                        field,
                        format!(
                            "The spec has {} {side} ({}), and the path says {places} times which it is for.",
                            ids.len(),
                            ids.join(", ")
                        ),
                        "Put {boundary} into the path once: each boundary gets a file of its own, named by its id.",
                    )
                    .arg("count", ids.len())
                    .arg("boundaries", ids.join(", ")),
                );
                continue;
            }
            _ => {
                issues.push(ConfigIssue::new(
                    "E_CONFIG_BOUNDARY_UNUSED",
                    field,
                    format!("The path has {{boundary}}, and the spec doesn't have several {side}."),
                    "Name the one file.",
                ));
                continue;
            }
        }
        for id in ids {
            // Ids of specs have this form too; what isn't one never becomes part of a path.
            if !is_secret_name(id) {
                issues.push(
                    ConfigIssue::new(
                        "E_CONFIG_BOUNDARY_ID",
                        field,
                        format!("'{}' is no id of a boundary.", crate::kv::escape(id)),
                        "Use small letters, digits and underscores.",
                    )
                    .arg("boundary", id),
                );
                continue;
            }
            opened.push(Opened {
                field,
                boundary: id.clone(),
                path: boundary_path(path, id),
            });
        }
    }
    opened
}

/// The paths of the two bindings, where they are files.
fn bindings(config: &ConfigBundleV1) -> (Option<&str>, Option<&str>) {
    fn path<'a>(keys: &[Key], texts: Vec<Option<&'a str>>) -> Option<&'a str> {
        let path = |key: &Key| key.name == "path" && matches!(key.kind, KeyKind::Path);
        texts.into_iter().nth(keys.iter().position(path)?)?
    }
    (
        path(config.ingress.keys(), config.ingress.texts()),
        path(config.egress.keys(), config.egress.texts()),
    )
}

/// What is wrong with the files of the boundaries: each is a path, and no other file's.
pub(crate) fn check(
    config: &ConfigBundleV1,
    boundaries: &Boundaries<'_>,
    issues: &mut Vec<ConfigIssue>,
) {
    let opened = opened(config, boundaries, issues);
    let (input, output) = bindings(config);
    let mut others: Vec<(String, &str)> = Vec::new();
    for (field, path) in config.paths() {
        if !["ingress.path", "egress.path"].contains(&&*field) {
            others.push((field.into_owned(), path));
        }
    }
    for (at, one) in opened.iter().enumerate() {
        if let Some(problem) = path_problem(&one.path) {
            // One that is wrong whatever the boundary is said by `validate`.
            let template = if one.field == "ingress.path" {
                input
            } else {
                output
            };
            if template.is_some_and(|path| path_problem(path).is_none()) {
                issues.push(
                    ConfigIssue::new(
                        "E_CONFIG_PATH",
                        one.field,
                        format!("The path of the boundary '{}' {problem}.", one.boundary),
                        "Give a shorter path.",
                    )
                    .arg("path", &one.path)
                    .arg("problem", problem),
                );
            }
            continue;
        }
        let before = opened[..at]
            .iter()
            .map(|one| (one.field, one.path.as_str()));
        let before = before.chain(others.iter().map(|(field, path)| (field.as_str(), *path)));
        let several = boundaries.ingress.len() > 1 || boundaries.egress.len() > 1;
        let collides = |(field, path): &(&str, &str)| {
            several && collide(config, (field, path), (one.field, &one.path))
        };
        let other = before.filter(collides);
        if let Some((other, _)) = other.into_iter().next() {
            issues.push(
                ConfigIssue::new(
                    "E_CONFIG_SAME_PATH",
                    one.field,
                    format!(
                        "The path of the boundary '{}' is already one of {other}.",
                        one.boundary
                    ),
                    "Give input, output, rejected records and each secret a file of its own.",
                )
                .arg("path", &one.path)
                .arg("other", other),
            );
        }
    }
}
