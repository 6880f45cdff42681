//! One binding for several boundaries: what of the other end is whose.
//!
//! A bundle has one ingress and one egress binding. Where the spec has several boundaries of a side,
//! keys of the binding say with [`BOUNDARY`] how each boundary's own file, topic, subject or table is
//! called. Which keys those are, each adapter declares.

use crate::adapters::{Key, KeyKind, Several, TOGETHER, Told};
use crate::model::{ConfigBundleV1, is_secret_name};
use crate::net::authority;
use crate::paths::path_problem;
use crate::validate::{ConfigIssue, collide};
use crate::values;

/// Stands in a key for the id of the boundary.
pub const BOUNDARY: &str = "{boundary}";

/// The boundaries of a spec, by id, in its order. A single ring has one of each.
#[derive(Clone, Copy, Debug)]
pub struct Boundaries<'a> {
    /// Where records come in.
    pub ingress: &'a [String],
    /// Where they leave.
    pub egress: &'a [String],
}

/// What stands for the boundary `id`: `path`, with the id in the place of [`BOUNDARY`].
pub fn boundary_path(path: &str, id: &str) -> String {
    path.replacen(BOUNDARY, id, 1)
}

/// Puts the id of a boundary in the place of [`BOUNDARY`] into the texts of the keys that tell boundaries
/// apart. Paths stay.
pub(crate) fn place(several: Several, keys: &[Key], texts: Vec<Option<&mut String>>, id: &str) {
    let Several::Told(told) = several else {
        return;
    };
    for (key, text) in keys.iter().zip(texts) {
        if let Some(text) = text
            && told.has(key.name)
            && !matches!(key.kind, KeyKind::Path)
        {
            *text = boundary_path(text, id);
        }
    }
}

impl ConfigBundleV1 {
    /// The bundle with the ingress of one of several boundaries.
    #[must_use]
    pub fn of_ingress(&self, id: &str) -> Self {
        self.of_boundaries(Some(id), None)
    }

    /// The bundle with the egress of one of several boundaries.
    #[must_use]
    pub fn of_egress(&self, id: &str) -> Self {
        self.of_boundaries(None, Some(id))
    }

    /// The bundle with the sides of one boundary each, where an id is given.
    #[must_use]
    pub(crate) fn of_boundaries(&self, ingress: Option<&str>, egress: Option<&str>) -> Self {
        let mut placed = self.clone();
        if let Some(id) = ingress {
            placed.ingress = self.ingress.of_boundary(id);
        }
        if let Some(id) = egress {
            placed.egress = self.egress.of_boundary(id);
        }
        placed
    }
}

/// One side of a bundle, and the boundaries that it is for.
struct SideOf<'a> {
    /// In front of the names of its keys.
    field: &'static str,
    /// What its boundaries are called.
    called: &'static str,
    keys: &'static [Key],
    written: Vec<Option<String>>,
    several: Several,
    ids: &'a [String],
}

impl SideOf<'_> {
    fn issue(&self, code: &str, key: &str, message: String, help: &str) -> ConfigIssue {
        ConfigIssue::new(code, &[self.field, key].concat(), message, help)
            .arg("count", self.ids.len())
            .arg("boundaries", self.ids.join(", "))
    }

    fn has_several(&self) -> bool {
        self.ids.len() > 1
    }

    fn spec_has(&self) -> String {
        format!(
            "The spec has {} {} ({})",
            self.ids.len(),
            self.called,
            self.ids.join(", ")
        )
    }

    /// There can be only one boundary, because of what `key` says.
    fn only_one(&self, key: &str, because: &str) -> ConfigIssue {
        let message = format!("{}, and here there can be one: {because}.", self.spec_has());
        let help = "Use another adapter or setting, or a plan with one boundary of this side.";
        self.issue("E_CONFIG_BOUNDARY_ONE", key, message, help)
    }

    /// What stands against the placeholders of the side.
    fn check(&self, issues: &mut Vec<ConfigIssue>) {
        let told = match self.several {
            Several::Told(told) => told,
            Several::Refused { because } => {
                if self.has_several() {
                    issues.push(self.only_one("kind", because));
                }
                return;
            }
        };
        for (key, written) in self.keys.iter().zip(&self.written) {
            let written = written.as_deref();
            let words = told.not_with.iter();
            let mut words = words.filter(|(name, ..)| *name == key.name && self.has_several());
            if let Some((.., because)) = words.find(|(_, word, _)| written == Some(word)) {
                issues.push(self.only_one(key.name, because));
            }
            issues.extend(self.key(&told, key, written));
        }
    }

    fn key(&self, told: &Told, key: &Key, written: Option<&str>) -> Option<ConfigIssue> {
        let text = written.unwrap_or_default();
        let word = match key.kind {
            KeyKind::Url { .. } => "URL".to_owned(),
            _ => key.name.replace('_', " "),
        };
        let places = text.matches(BOUNDARY).count();
        if !self.has_several() {
            let unused = told.has(key.name) && places > 0;
            return unused.then(|| {
                let called = self.called;
                let message = format!(
                    "The {word} has {{boundary}}, and the spec doesn't have several {called}."
                );
                let help = match key.kind {
                    KeyKind::Path => "Name the one file.",
                    _ => "Name the one that is meant.",
                };
                ConfigIssue::new(
                    "E_CONFIG_BOUNDARY_UNUSED",
                    &[self.field, key.name].concat(),
                    message,
                    help,
                )
            });
        }
        if told.needs(key.name) && places != 1 {
            let message = format!(
                "{}, and the {word} says {places} times which it is for.",
                self.spec_has()
            );
            let own = match key.kind {
                KeyKind::Path => "a file",
                _ => "one",
            };
            let help = format!(
                "Put {{boundary}} into the {word} once: each boundary gets {own} of its own, named by its id."
            );
            return Some(self.issue("E_CONFIG_BOUNDARY_MISSING", key.name, message, &help));
        }
        let is_text = matches!(
            key.kind,
            KeyKind::Path | KeyKind::UrlPath | KeyKind::Url { .. } | KeyKind::Text
        );
        let allowed = usize::from(told.has(key.name));
        if is_text && places > allowed || authority(text).contains(BOUNDARY) {
            let message = format!("The {word} can't say there which boundary it is for.");
            let help = match key.kind {
                KeyKind::Url { .. } => "Put {boundary} into the path of the URL, once.".to_owned(),
                _ => format!("Put {{boundary}} into `{}`.", told.address),
            };
            return Some(self.issue("E_CONFIG_BOUNDARY_KEY", key.name, message, &help));
        }
        if told.begins && told.address == key.name {
            let behind = text.split_once(BOUNDARY).map_or("", |(_, behind)| behind);
            let in_ids = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if behind.bytes().next().is_none_or(in_ids) {
                let message = format!(
                    "What begins with the {word} of one boundary could begin with that of another as well."
                );
                let help = "Put a slash behind {boundary}, such as orders/{boundary}/.";
                return Some(self.issue("E_CONFIG_BOUNDARY_OPEN", key.name, message, help));
            }
        }
        None
    }

    /// What stands against the ids, and against what the side becomes with each of them.
    fn each(&self, config: &ConfigBundleV1, issues: &mut Vec<ConfigIssue>) {
        let known: Vec<_> = issues
            .iter()
            .map(|issue| (issue.code.clone(), issue.field.clone()))
            .collect();
        let Several::Told(told) = self.several else {
            return;
        };
        for id in self.ids {
            // Ids of specs have this form too; what isn't one never becomes part of a name.
            if !is_secret_name(id) {
                let message = format!("'{}' is no id of a boundary.", crate::kv::escape(id));
                let help = "Use small letters, digits and underscores.";
                let field = [self.field, told.address].concat();
                let issue = ConfigIssue::new("E_CONFIG_BOUNDARY_ID", &field, message, help);
                issues.push(issue.arg("boundary", id));
                continue;
            }
            let placed = match self.field {
                "ingress." => config.of_ingress(id),
                _ => config.of_egress(id),
            };
            for mut issue in values::of_side(&placed, self.field) {
                if !known.contains(&(issue.code.clone(), issue.field.clone())) {
                    issue.message = format!("For the boundary '{id}': {}", issue.message);
                    issues.push(issue.arg("boundary", id));
                }
            }
        }
    }
}

/// Both sides of a bundle, with their boundaries.
fn sides<'a>(config: &ConfigBundleV1, boundaries: &Boundaries<'a>) -> [SideOf<'a>; 2] {
    [
        SideOf {
            field: "ingress.",
            called: "ingresses",
            keys: config.ingress.keys(),
            written: config.ingress.written(),
            several: config.ingress.several(),
            ids: boundaries.ingress,
        },
        SideOf {
            field: "egress.",
            called: "egresses",
            keys: config.egress.keys(),
            written: config.egress.written(),
            several: config.egress.several(),
            ids: boundaries.egress,
        },
    ]
}

/// A path that the runtime would open, the field that it comes of, and the boundary that it is for.
pub(crate) struct Opened {
    pub field: &'static str,
    pub boundary: String,
    pub path: String,
}

/// Every file of the two bindings. What a binding can't be was said, and gives none.
fn opened(config: &ConfigBundleV1, boundaries: &Boundaries<'_>) -> Vec<Opened> {
    let (input, output) = bindings(config);
    let sides = [
        ("ingress.path", input, boundaries.ingress),
        ("egress.path", output, boundaries.egress),
    ];
    let mut opened = Vec::new();
    for (field, path, ids) in sides {
        let Some(path) = path else { continue };
        let several = usize::from(ids.len() > 1);
        if path.matches(BOUNDARY).count() != several {
            continue;
        }
        for id in ids.iter().filter(|id| is_secret_name(id)) {
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

/// What is wrong with the boundaries: how they are told apart, and what each of them is then; of files,
/// that each is a path, and no other file's.
pub(crate) fn check(
    config: &ConfigBundleV1,
    boundaries: &Boundaries<'_>,
    issues: &mut Vec<ConfigIssue>,
) {
    let sides = sides(config, boundaries);
    for side in &sides {
        let before = issues.len();
        side.check(issues);
        if issues.len() == before {
            side.each(config, issues);
        }
    }
    let [ingresses, _] = &sides;
    let pair = TOGETHER
        .iter()
        .find(|pair| pair.holds(&config.ingress, &config.egress));
    if let Some(pair) = pair.filter(|_| ingresses.has_several()) {
        let because = "the transactions of the sink commit how far one group has read, and not how far several have";
        let mut issue = ingresses.only_one(pair.sink.0, because);
        issue.field = ["egress.", pair.sink.0].concat();
        issues.push(issue);
    }
    let opened = opened(config, boundaries);
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
