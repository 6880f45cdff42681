//! Canonical text: one writing for each config bundle, and nothing else is read.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::kv;
use crate::model::{
    ConfigBundleV1, Egress, FileEgress, FileIngress, Framing, Ingress, Posture, ReadMode, Record,
    Reject, SecretKind, SecretReference, StartAt, TooLarge, Tuning, TuningProfile, Wait, Workers,
};
use crate::validate::{ConfigIssue, validate};

const CANONICAL_HELP: &str = "Use the text exactly as it was encoded.";

/// The written fields: (model path, key, value), in the order of the text.
pub(crate) fn fields(config: &ConfigBundleV1) -> Vec<Field> {
    let Ingress::File(ingress) = &config.ingress;
    let Egress::File(egress) = &config.egress;
    let word = str::to_owned;
    let tuning = &config.tuning;
    let first: [(&str, &str, String); 3] = [
        ("v", "config.v", config.v.to_string()),
        ("posture", "config.posture", word(config.posture.as_str())),
        (
            "tuning.profile",
            "config.tuning.profile",
            word(tuning.profile.as_str()),
        ),
    ];
    let workers = tuning.workers.map(|workers| workers.as_str());
    let wait = tuning.wait.map(|wait| wait.as_str());
    let asked = [
        ("tuning.workers", "config.tuning.workers", workers),
        ("tuning.wait", "config.tuning.wait", wait),
    ];
    let asked = asked
        .into_iter()
        .filter_map(|(field, key, value)| Some((field, key, word(value?))));
    let rest: [(&str, &str, String); 11] = [
        (
            "record.slot_bytes",
            "config.record.slot_bytes",
            config.record.slot_bytes.to_string(),
        ),
        ("ingress.kind", "adapter.ingress.kind", word("file")),
        (
            "ingress.path",
            "adapter.ingress.file.path",
            word(&ingress.path),
        ),
        (
            "ingress.framing",
            "adapter.ingress.file.framing",
            word(ingress.framing.as_str()),
        ),
        (
            "ingress.mode",
            "adapter.ingress.file.mode",
            word(ingress.mode.as_str()),
        ),
        (
            "ingress.start",
            "adapter.ingress.file.start",
            word(ingress.start.as_str()),
        ),
        (
            "ingress.too_large",
            "adapter.ingress.file.too_large",
            word(ingress.too_large.as_str()),
        ),
        ("egress.kind", "adapter.egress.kind", word("file")),
        (
            "egress.path",
            "adapter.egress.file.path",
            word(&egress.path),
        ),
        (
            "egress.framing",
            "adapter.egress.file.framing",
            word(egress.framing.as_str()),
        ),
        (
            "reject.path",
            "adapter.reject.path",
            word(&config.reject.path),
        ),
    ];
    let mut fields: Vec<Field> = first
        .into_iter()
        .chain(asked)
        .chain(rest)
        .map(|(field, key, value)| (field.into(), key.into(), value))
        .collect();
    for secret in &config.secrets {
        for (part, value) in [("kind", secret.kind.as_str()), ("path", &secret.path)] {
            let field = ["secrets.", &secret.name, ".", part].concat();
            fields.push((field.clone().into(), field.into(), value.to_owned()));
        }
    }
    fields
}

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
        let ingress_kind = self.word("adapter.ingress.kind", |word| {
            (word == "file").then_some(())
        });
        let input = self.value("adapter.ingress.file.path");
        let framing = self.word("adapter.ingress.file.framing", Framing::from_word);
        let mode = self.word("adapter.ingress.file.mode", ReadMode::from_word);
        let start = self.word("adapter.ingress.file.start", StartAt::from_word);
        let too_large = self.word("adapter.ingress.file.too_large", TooLarge::from_word);
        let egress_kind = self.word("adapter.egress.kind", |word| (word == "file").then_some(()));
        let output = self.value("adapter.egress.file.path");
        let joined = self.word("adapter.egress.file.framing", Framing::from_word);
        let reject = self.value("adapter.reject.path");
        let secrets = self.secrets();
        ingress_kind.and(egress_kind)?;
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
            ingress: Ingress::File(FileIngress {
                path: input?.1,
                framing: framing?,
                mode: mode?,
                start: start?,
                too_large: too_large?,
            }),
            egress: Egress::File(FileEgress {
                path: output?.1,
                framing: joined?,
            }),
            reject: Reject { path: reject?.1 },
            secrets: secrets?,
        })
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

    /// A decimal number in its one writing: no sign, no leading zero.
    fn number(&mut self, key: &str) -> Option<u32> {
        self.word(key, |word| {
            word.parse()
                .ok()
                .filter(|number: &u32| number.to_string() == word)
        })
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
