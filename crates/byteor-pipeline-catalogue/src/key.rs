//! Reading a stage key, by what the catalogue says of its family.

use byteor_pipeline_spec::SentencePart;

use crate::model::{PARAMETERS_MAX, ParameterKind};
use crate::nearest::nearest;
use crate::rules::{KeyRules, ParameterRules};
use crate::{all_rules, family, rules, sentence, url, value};

/// The longest key, in bytes. The spec crate has the same limit.
pub(crate) const KEY_MAX: usize = 1024;

/// A key that the catalogue accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsedKey<'k> {
    /// The rules of its family's keys.
    pub family: &'static KeyRules,
    given: [Option<&'k str>; PARAMETERS_MAX],
}

impl<'k> ParsedKey<'k> {
    /// The parameter at `index` as it stands in the key; nothing where it was left out.
    pub fn given(&self, index: usize) -> Option<&'k str> {
        self.given.get(index).copied().flatten()
    }

    /// The parameter at `index` as it stands in the key, or its default; empty without one.
    pub fn value(&self, index: usize) -> &'k str {
        self.given(index)
            .or_else(|| self.family.parameters().get(index)?.default)
            .unwrap_or("")
    }

    /// What it does to records, as a phrase in the third person.
    pub fn does(&self) -> String {
        match family(self.family.name) {
            Some(family) => sentence::phrase(family, &sentence::Values::of(self)),
            None => String::new(),
        }
    }

    /// The same, in which values stand apart.
    pub fn does_parts(&self) -> Vec<SentencePart> {
        match family(self.family.name) {
            Some(family) => sentence::phrase_parts(family, &sentence::Values::of(self)),
            None => Vec::new(),
        }
    }

    /// What it asks of whoever runs it.
    pub fn requirements(&self) -> Requirements<'k> {
        let parameters = self.family.parameters();
        let of = |kind| {
            let index = parameters
                .iter()
                .position(|parameter| parameter.kind == kind)?;
            Some(self.value(index))
        };
        Requirements {
            capability: self.family.capability,
            secret: of(ParameterKind::Secret),
            host: of(ParameterKind::Url).and_then(url::host),
        }
    }
}

/// Why a key is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyProblem {
    /// Stable code, `E_KEY_…`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Where in the key: first byte.
    pub start: usize,
    /// Where in the key: the byte after the last.
    pub end: usize,
    /// Named parts of the message.
    pub args: Vec<(&'static str, String)>,
    /// What the author may have meant in the place from `start` to `end`.
    pub suggestion: Option<&'static str>,
}

impl KeyProblem {
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        help: impl Into<String>,
        start: usize,
        end: usize,
    ) -> Self {
        Self {
            code,
            message: message.into(),
            help: help.into(),
            start,
            end,
            args: Vec::new(),
            suggestion: None,
        }
    }

    pub(crate) fn arg(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.args.push((name, value.into()));
        self
    }
}

impl std::fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for KeyProblem {}

/// Reads a key, or says what is wrong with it.
pub fn parse_key(key: &str) -> Result<ParsedKey<'_>, KeyProblem> {
    check_text(key)?;
    let (name, rest) = name_of(key);
    let family = rules(name).ok_or_else(|| unknown_family(name))?;
    let parts = cut(family, key, rest.is_some())?;
    let mut given = [None; PARAMETERS_MAX];
    for ((parameter, part), given) in family.parameters().iter().zip(parts).zip(&mut given) {
        if let Some((start, end)) = part {
            let text = &key[start..end];
            if text.is_empty() && !parameter.may_be_empty {
                // A first parameter that is empty is one that is missing.
                return Err(if parameter.separator == ':' && start == name.len() + 1 {
                    missing(family, parameter, 0, key.len())
                } else {
                    missing(family, parameter, start, (start + 1).min(key.len()))
                });
            }
            value::check(parameter, text, start)?;
            *given = Some(text);
        }
    }
    Ok(ParsedKey { family, given })
}

/// The family name of a key, and what follows its colon.
pub(crate) fn name_of(key: &str) -> (&str, Option<&str>) {
    match key.split_once(':') {
        Some((name, rest)) => (name, Some(rest)),
        None => (key, None),
    }
}

/// Where the parameters of a key stand, as its family's data says.
pub(crate) type Parts = [Option<(usize, usize)>; PARAMETERS_MAX];

/// Cuts a key into its parameters. Each ends at the first separator of the next one that no
/// backslash precedes.
pub(crate) fn cut(family: &KeyRules, key: &str, colon: bool) -> Result<Parts, KeyProblem> {
    let mut parts = Parts::default();
    let mut start = family.name.len() + 1;
    if !colon {
        return match family.parameters().first() {
            Some(first) if !first.optional => Err(missing(family, first, 0, key.len())),
            _ => Ok(parts),
        };
    }
    if family.parameters().is_empty() {
        return Err(KeyProblem::new(
            "E_KEY_PARAMETER",
            format!("`{}` takes no parameter", family.name),
            format!("Write `{}` alone", family.name),
            family.name.len(),
            key.len(),
        )
        .arg("family", family.name));
    }
    for (index, parameter) in family.parameters().iter().enumerate() {
        let next = family.parameters().get(index + 1);
        let end = next.and_then(|next| separator(key.as_bytes(), start, next.separator as u8));
        parts[index] = Some((start, end.unwrap_or(key.len())));
        match (next, end) {
            (_, Some(end)) => start = end + 1,
            (Some(next), None) if !next.optional => {
                if start == key.len() {
                    return Err(missing(family, parameter, 0, key.len()));
                }
                return Err(KeyProblem::new(
                    "E_KEY_SEPARATOR",
                    format!(
                        "No `{}` separates {} from {}",
                        next.separator, parameter.name, next.name
                    ),
                    format!(
                        "Write `{}`; a backslash before `{}` makes it part of {}",
                        family.key_grammar, next.separator, parameter.name
                    ),
                    start,
                    key.len(),
                )
                .arg("separator", next.separator.to_string()));
            }
            _ => break,
        }
    }
    Ok(parts)
}

/// The first `separator` at or after `from` that no backslash precedes.
pub(crate) fn separator(key: &[u8], from: usize, separator: u8) -> Option<usize> {
    (from..key.len()).find(|&at| key[at] == separator && (at == from || key[at - 1] != b'\\'))
}

fn missing(family: &KeyRules, parameter: &ParameterRules, start: usize, end: usize) -> KeyProblem {
    KeyProblem::new(
        "E_KEY_PARAMETER",
        format!("`{}` needs {}", family.name, parameter.name),
        format!(
            "Write `{}`, for example `{}`",
            family.key_grammar, family.example
        ),
        start,
        end,
    )
    .arg("family", family.name)
    .arg("parameter", parameter.name)
}

fn check_text(key: &str) -> Result<(), KeyProblem> {
    if key.is_empty() {
        return Err(KeyProblem::new(
            "E_KEY_EMPTY",
            "The stage key is empty",
            "Name what the stage does, for example `identity`",
            0,
            0,
        ));
    }
    if key.len() > KEY_MAX {
        return Err(KeyProblem::new(
            "E_KEY_LONG",
            format!(
                "The stage key has {} characters; the most is {KEY_MAX}",
                key.len()
            ),
            "Split the work over several stages",
            0,
            key.len(),
        )
        .arg("length", key.len().to_string())
        .arg("limit", KEY_MAX.to_string()));
    }
    if let Some((at, c)) = key.char_indices().find(|(_, c)| !(' '..='~').contains(c)) {
        return Err(KeyProblem::new(
            "E_KEY_BYTES",
            format!("`{}` can't stand in a stage key", c.escape_default()),
            "A key is printable ASCII; in a regular expression, write other bytes as \\xNN",
            at,
            at + c.len_utf8(),
        )
        .arg("character", c.escape_default().to_string()));
    }
    Ok(())
}

fn unknown_family(name: &str) -> KeyProblem {
    let suggestion = nearest(name, all_rules().iter().map(|family| family.name));
    let mut names = String::new();
    for family in all_rules() {
        names.push_str(if names.is_empty() { "" } else { ", " });
        names.push_str(family.name);
    }
    let mut problem = KeyProblem::new(
        "E_KEY_FAMILY",
        format!("There is no stage family `{name}`"),
        match suggestion {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("The families are {names}"),
        },
        0,
        name.len(),
    )
    .arg("family", name);
    problem.suggestion = suggestion;
    problem
}

/// The most bytes that a stage of this key remembers of records before, in the form in which they
/// are saved; 0 where it remembers nothing.
pub fn state_bytes(key: &ParsedKey<'_>) -> u32 {
    // A version, a check, and what is remembered; see `state.rs` of `byteor-pipeline-stages`.
    const FORM: u32 = 9;
    match key.family.name {
        "sample" => FORM + 8,
        "dedupe" => FORM + 16 * key.value(0).parse::<u32>().unwrap_or(0),
        _ => 0,
    }
}

/// What a stage asks of whoever runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requirements<'k> {
    /// The capability that a credential must grant.
    pub capability: Option<&'static str>,
    /// The name of the secret that the config bundle must refer to, as `secrets.NAME`.
    pub secret: Option<&'k str>,
    /// The host that records are sent to.
    pub host: Option<&'k str>,
}

/// What a key asks of whoever runs it; nothing for a key that the catalogue doesn't accept.
pub fn requirements(key: &str) -> Option<Requirements<'_>> {
    Some(parse_key(key).ok()?.requirements())
}
