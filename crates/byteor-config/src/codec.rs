//! Canonical text: one writing for each config bundle, and nothing else is read.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::adapters::{Egress, Entry, Ingress, Key, Values};
use crate::kv;
use crate::model::{
    ConfigBundleV1, Posture, Record, Reject, SecretKind, SecretReference, Tuning, TuningProfile,
    Wait, Workers,
};
use crate::validate::{ConfigIssue, validate};

const CANONICAL_HELP: &str = "Use the text exactly as it was encoded.";

/// The written fields: (model path, key, value), in the order of the text.
pub(crate) fn fields(config: &ConfigBundleV1) -> Vec<Field> {
    let tuning = &config.tuning;
    let mut fields: Vec<Field> = Vec::new();
    let mut put = |field: &str, prefix: &str, value: &str| {
        let key = [prefix, field].concat();
        fields.push((field.to_owned().into(), key.into(), value.to_owned()));
    };
    put("v", CONFIG, &config.v.to_string());
    put("posture", CONFIG, config.posture.as_str());
    put("tuning.profile", CONFIG, tuning.profile.as_str());
    if let Some(workers) = tuning.workers {
        put("tuning.workers", CONFIG, workers.as_str());
    }
    if let Some(wait) = tuning.wait {
        put("tuning.wait", CONFIG, wait.as_str());
    }
    let slot_bytes = config.record.slot_bytes.to_string();
    put("record.slot_bytes", CONFIG, &slot_bytes);
    for (side, kind, keys, written) in [
        (
            "ingress",
            config.ingress.kind(),
            config.ingress.keys(),
            config.ingress.written(),
        ),
        (
            "egress",
            config.egress.kind(),
            config.egress.keys(),
            config.egress.written(),
        ),
    ] {
        let mut put = |name: &str, middle: &str, value: String| {
            let field = [side, ".", name].concat();
            let key = [ADAPTER, side, ".", middle, name].concat();
            fields.push((field.into(), key.into(), value));
        };
        put("kind", "", kind.to_owned());
        let middle = [kind, "."].concat();
        for (key, written) in std::iter::zip(keys, written) {
            if let Some(written) = written {
                put(key.name, &middle, written);
            }
        }
    }
    let path = config.reject.path.clone();
    fields.push((REJECT.into(), [ADAPTER, REJECT].concat().into(), path));
    for secret in &config.secrets {
        for (part, value) in [("kind", secret.kind.as_str()), ("path", &secret.path)] {
            let field = ["secrets.", &secret.name, ".", part].concat();
            fields.push((field.clone().into(), field.into(), value.to_owned()));
        }
    }
    fields
}

const CONFIG: &str = "config.";
const ADAPTER: &str = "adapter.";
const REJECT: &str = "reject.path";

/// A written field: model path, key, value. Those of a secret are written the same way.
pub(crate) type Field = (Cow<'static, str>, Cow<'static, str>, String);

/// The text of a config bundle, valid or not: what a form shows while it is being filled in.
/// Ship only what [`encode`] gives.
pub fn render(config: &ConfigBundleV1) -> String {
    let mut text = String::new();
    for (_, key, value) in fields(config) {
        kv::push(&mut text, &key, &value);
    }
    text
}

/// The canonical text of a valid config bundle.
///
/// # Errors
/// Every problem that [`validate`] finds.
pub fn encode(config: &ConfigBundleV1) -> Result<String, Vec<ConfigIssue>> {
    let issues = validate(config);
    if issues.is_empty() {
        Ok(render(config))
    } else {
        Err(issues)
    }
}

/// `sha256:` and the lowercase hex of SHA-256 over the bytes of a text.
pub fn digest(text: impl AsRef<[u8]>) -> String {
    [
        "sha256:",
        &byteor_ascii::hex(&Sha256::digest(text.as_ref())),
    ]
    .concat()
}

/// Reads canonical text back. Accepts exactly what [`encode`] gives for some config bundle.
///
/// # Errors
/// `E_CONFIG_TEXT`, `E_CONFIG_DUPLICATE_KEY`, `E_CONFIG_UNKNOWN_KEY`, `E_CONFIG_MISSING_KEY`,
/// `E_CONFIG_VALUE`, `E_CONFIG_NOT_CANONICAL`, and the codes of [`validate`].
pub fn decode(text: &str) -> Result<ConfigBundleV1, Vec<ConfigIssue>> {
    if text.len() > crate::MAX_TEXT_BYTES {
        return Err(vec![ConfigIssue::new(
            "E_CONFIG_TEXT",
            "",
            format!("The text is longer than {} bytes.", crate::MAX_TEXT_BYTES),
            CANONICAL_HELP,
        )]);
    }
    let lines = kv::read(text).map_err(|error| {
        vec![
            ConfigIssue::new(
                "E_CONFIG_TEXT",
                "",
                format!("The text holds {}.", error.what),
                CANONICAL_HELP,
            )
            .at_line(error.line),
        ]
    })?;
    let mut reader = Reader {
        taken: vec![false; lines.len()],
        lines,
        issues: Vec::new(),
    };
    let config = reader.config();
    reader.finish();
    let Some(config) = config.filter(|_| reader.issues.is_empty()) else {
        return Err(reader.issues);
    };
    let canonical = encode(&config)?;
    if canonical != text {
        let line = canonical
            .split('\n')
            .zip(text.split('\n'))
            .position(|(ours, theirs)| ours != theirs)
            .unwrap_or_default();
        return Err(vec![
            ConfigIssue::new(
                "E_CONFIG_NOT_CANONICAL",
                "",
                "The text isn't the canonical text of what it says.".to_owned(),
                CANONICAL_HELP,
            )
            .at_line(u32::try_from(line + 1).unwrap_or(u32::MAX)),
        ]);
    }
    Ok(config)
}

struct Reader {
    lines: Vec<kv::KvLine>,
    taken: Vec<bool>,
    issues: Vec<ConfigIssue>,
}

impl Reader {
    /// The model, as far as every key is there and has a value of its kind.
    fn config(&mut self) -> Option<ConfigBundleV1> {
        let v = self.number("config.v");
        let posture = self.word("config.posture", Posture::from_word);
        let profile = self.word("config.tuning.profile", TuningProfile::from_word);
        let workers = self.word_if_there("config.tuning.workers", Workers::from_word);
        let wait = self.word_if_there("config.tuning.wait", Wait::from_word);
        let slot_bytes = self.number("config.record.slot_bytes");
        let ingress = self.side("adapter.ingress.", Ingress::KINDS, |kind, values| {
            Ingress::read(kind, values)
        });
        let egress = self.side("adapter.egress.", Egress::KINDS, |kind, values| {
            Egress::read(kind, values)
        });
        let reject = self.value("adapter.reject.path");
        let secrets = self.secrets();
        Some(ConfigBundleV1 {
            v: v?,
            posture: posture?,
            tuning: Tuning {
                profile: profile?,
                workers,
                wait,
            },
            record: Record {
                slot_bytes: slot_bytes?,
            },
            ingress: ingress?,
            egress: egress?,
            reject: Reject { path: reject?.1 },
            secrets: secrets?,
        })
    }

    /// The side whose keys begin with `prefix`.
    fn side<T>(
        &mut self,
        prefix: &str,
        kinds: &[(&str, &[Key])],
        read: impl FnOnce(&str, &mut SideValues<'_>) -> Option<T>,
    ) -> Option<T> {
        let kind = self.word(&[prefix, "kind"].concat(), |word| {
            kinds
                .iter()
                .any(|(kind, _)| *kind == word)
                .then(|| word.to_owned())
        })?;
        let prefix = [prefix, &kind, "."].concat();
        read(
            &kind,
            &mut SideValues {
                reader: self,
                prefix,
            },
        )
    }

    /// The secrets, by the names in the keys `secrets.NAME.…`, in the order of the text.
    fn secrets(&mut self) -> Option<Vec<SecretReference>> {
        let mut names: Vec<String> = Vec::new();
        for line in &self.lines {
            if let Some(rest) = line.key.strip_prefix("secrets.")
                && let Some((name, _)) = rest.split_once('.')
                && !names.iter().any(|known| known == name)
            {
                names.push(name.to_owned());
            }
        }
        let mut secrets = Vec::new();
        for name in &names {
            let kind = self.word(&format!("secrets.{name}.kind"), SecretKind::from_word);
            let path = self.value(&format!("secrets.{name}.path"));
            if let (Some(kind), Some((_, path))) = (kind, path) {
                secrets.push(SecretReference {
                    name: name.clone(),
                    kind,
                    path,
                });
            }
        }
        (secrets.len() == names.len()).then_some(secrets)
    }

    fn value(&mut self, key: &str) -> Option<(u32, String)> {
        let mut found: Option<(u32, String)> = None;
        for (line, taken) in self.lines.iter().zip(&mut self.taken) {
            if line.key != key {
                continue;
            }
            *taken = true;
            if let Some((first, _)) = &found {
                self.issues.push(
                    ConfigIssue::new(
                        "E_CONFIG_DUPLICATE_KEY",
                        key,
                        format!("The key '{key}' is already in line {first}."),
                        CANONICAL_HELP,
                    )
                    .arg("key", key)
                    .at_line(line.line),
                );
            } else {
                found = Some((line.line, line.value.clone()));
            }
        }
        if found.is_none() {
            self.issues.push(
                ConfigIssue::new(
                    "E_CONFIG_MISSING_KEY",
                    key,
                    format!("The key '{key}' is missing."),
                    CANONICAL_HELP,
                )
                .arg("key", key),
            );
        }
        found
    }

    fn word<T>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let (line, value) = self.value(key)?;
        let parsed = parse(&value);
        if parsed.is_none() {
            self.issues.push(
                ConfigIssue::new(
                    "E_CONFIG_VALUE",
                    key,
                    format!("'{}' is no value of '{key}'.", kv::escape(&value)),
                    CANONICAL_HELP,
                )
                .arg("key", key)
                .arg("value", value)
                .at_line(line),
            );
        }
        parsed
    }

    /// The word of a key that may be left out.
    fn word_if_there<T>(&mut self, key: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
        let there = self.lines.iter().any(|line| line.key == key);
        there.then(|| self.word(key, parse)).flatten()
    }

    fn number(&mut self, key: &str) -> Option<u32> {
        self.word(key, |word| u32::read(Some(word)))
    }

    fn finish(&mut self) {
        for (line, taken) in self.lines.iter().zip(&self.taken) {
            if !taken {
                self.issues.push(
                    ConfigIssue::new(
                        "E_CONFIG_UNKNOWN_KEY",
                        &line.key,
                        format!("The key '{}' is unknown.", line.key),
                        CANONICAL_HELP,
                    )
                    .arg("key", &line.key)
                    .at_line(line.line),
                );
            }
        }
        self.issues.sort_by_key(|issue| issue.line.unwrap_or(0));
    }
}

/// The values of one side of the text.
struct SideValues<'a> {
    reader: &'a mut Reader,
    /// What stands before the name of each key.
    prefix: String,
}

impl Values for SideValues<'_> {
    fn take<T: Entry>(&mut self, key: &'static Key) -> Option<T> {
        let written = [&self.prefix, key.name].concat();
        if key.optional && !self.reader.lines.iter().any(|line| line.key == written) {
            return T::read(None);
        }
        self.reader.word(&written, |word| T::read(Some(word)))
    }
}
