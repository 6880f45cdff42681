//! Reading a stage key.

use crate::{StageFamily, families, family, pattern};

/// The longest key, in bytes. The spec crate has the same limit.
pub(crate) const KEY_MAX: usize = 1024;

/// A key that the catalogue accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParsedKey<'k> {
    /// Its family.
    pub family: &'static StageFamily,
    /// Its parameters.
    pub parameters: KeyParameters<'k>,
}

/// The parameters of a key, as they stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyParameters<'k> {
    /// `identity`
    Identity,
    /// `keep:REGEX`
    Keep {
        /// The pattern.
        regex: &'k str,
    },
    /// `drop:REGEX`
    Drop {
        /// The pattern.
        regex: &'k str,
    },
    /// `replace:REGEX=TEXT`
    Replace {
        /// The pattern.
        regex: &'k str,
        /// The literal text.
        text: &'k str,
    },
    /// `http_post:URL`
    HttpPost {
        /// The address.
        url: &'k str,
    },
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
    /// A family name that the author may have meant.
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
    let (name, rest) = match key.split_once(':') {
        Some((name, rest)) => (name, Some(rest)),
        None => (key, None),
    };
    let Some(family) = family(name) else {
        let suggestion = suggest(name);
        let names: Vec<&str> = families().iter().map(|family| family.name).collect();
        let mut problem = KeyProblem::new(
            "E_KEY_FAMILY",
            format!("There is no stage family `{name}`"),
            match suggestion {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("The families are {}", names.join(", ")),
            },
            0,
            name.len(),
        )
        .arg("family", name);
        problem.suggestion = suggestion;
        return Err(problem);
    };
    let from = name.len() + 1;
    let parameter = |rest: Option<&'_ str>| match rest {
        Some("") | None => Err(KeyProblem::new(
            "E_KEY_PARAMETER",
            format!("`{}` needs {}", family.name, family.parameters[0].name),
            format!(
                "Write `{}`, for example `{}`",
                family.key_grammar, family.examples[0].key
            ),
            0,
            key.len(),
        )
        .arg("family", family.name)
        .arg("parameter", family.parameters[0].name)),
        Some(_) => Ok(()),
    };
    let parameters = match family.name {
        "identity" => {
            if rest.is_some() {
                return Err(KeyProblem::new(
                    "E_KEY_PARAMETER",
                    "`identity` takes no parameter",
                    "Write `identity` alone",
                    name.len(),
                    key.len(),
                )
                .arg("family", "identity"));
            }
            KeyParameters::Identity
        }
        "keep" | "drop" => {
            parameter(rest)?;
            let regex = &key[from..];
            pattern::accept(regex, from)?;
            if family.name == "keep" {
                KeyParameters::Keep { regex }
            } else {
                KeyParameters::Drop { regex }
            }
        }
        "replace" => {
            parameter(rest)?;
            let (regex, text) = split_replace(&key[from..]).ok_or_else(|| {
                KeyProblem::new(
                    "E_KEY_REPLACE",
                    "No `=` separates the pattern from the text",
                    "Write `replace:REGEX=TEXT`; a backslash before `=` makes it part of the pattern",
                    from,
                    key.len(),
                )
            })?;
            if regex.is_empty() {
                return Err(KeyProblem::new(
                    "E_KEY_PARAMETER",
                    "`replace` needs REGEX before the `=`",
                    "Write `replace:REGEX=TEXT`, for example `replace:[0-9]+=0`",
                    from,
                    from + 1,
                )
                .arg("family", "replace")
                .arg("parameter", "REGEX"));
            }
            pattern::accept(regex, from)?;
            KeyParameters::Replace { regex, text }
        }
        _ => {
            parameter(rest)?;
            let url = &key[from..];
            check_url(url, from)?;
            KeyParameters::HttpPost { url }
        }
    };
    Ok(ParsedKey { family, parameters })
}

/// Splits at the first `=` that no backslash precedes.
fn split_replace(rest: &str) -> Option<(&str, &str)> {
    let bytes = rest.as_bytes();
    let at =
        (0..bytes.len()).find(|&at| bytes[at] == b'=' && (at == 0 || bytes[at - 1] != b'\\'))?;
    Some((&rest[..at], &rest[at + 1..]))
}

fn check_url(url: &str, from: usize) -> Result<(), KeyProblem> {
    let problem = |why: &str| {
        KeyProblem::new(
            "E_KEY_URL",
            format!("The address is not usable: {why}"),
            "Write an absolute address, for example `https://example.com/records`",
            from,
            from + url.len(),
        )
        .arg("reason", why)
    };
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .ok_or_else(|| problem("it must start with http:// or https://"))?;
    if let Some(bad) = url.chars().find(|c| " \"<>\\^`{|}#".contains(*c)) {
        return Err(problem(&format!("`{bad}` can't stand in it")));
    }
    let authority = rest.split(['/', '?']).next().unwrap_or("");
    if authority.contains('@') {
        return Err(problem("user information doesn't belong into a plan"));
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, tail) = rest
                .split_once(']')
                .ok_or_else(|| problem("the bracket is not closed"))?;
            if inside.parse::<core::net::Ipv6Addr>().is_err() {
                return Err(problem("the host is no IPv6 address"));
            }
            let port = match tail.strip_prefix(':') {
                Some(port) => Some(port),
                None if tail.is_empty() => None,
                None => return Err(problem("only a port can follow the host")),
            };
            ("", port)
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if !authority.starts_with('[') {
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if host.len() > 253 || !host.strip_suffix('.').unwrap_or(host).split('.').all(label) {
            return Err(problem("the host is no name and no address"));
        }
    }
    if let Some(port) = port
        && !(port.parse::<u16>().is_ok_and(|port| port > 0)
            && port.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(problem("the port is no number from 1 to 65535"));
    }
    Ok(())
}

/// The family name nearest to `name`, if one is near.
fn suggest(name: &str) -> Option<&'static str> {
    families()
        .iter()
        .map(|family| (distance(name, family.name), family.name))
        .filter(|(distance, near)| *distance <= 1 + near.len() / 4)
        .min()
        .map(|(_, near)| near)
}

/// Edit distance of two short ASCII words, with long ones cut.
fn distance(a: &str, b: &str) -> usize {
    let a = &a.as_bytes()[..a.len().min(24)];
    let b = &b.as_bytes()[..b.len().min(24)];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = corner + usize::from(x != y);
            corner = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(corner + 1);
        }
    }
    row[b.len()]
}

/// What a key does to records, as a phrase in the third person, and the capability it needs.
pub fn effect(key: &str) -> Option<(String, Option<&'static str>)> {
    let parsed = parse_key(key).ok()?;
    let does = match parsed.parameters {
        KeyParameters::Identity => "passes every record on unchanged".to_owned(),
        KeyParameters::Keep { regex } => format!("keeps only the records that match `{regex}`"),
        KeyParameters::Drop { regex } => format!("drops the records that match `{regex}`"),
        KeyParameters::Replace { regex, text: "" } => {
            format!("removes what matches `{regex}`")
        }
        KeyParameters::Replace { regex, text } => {
            format!("replaces what matches `{regex}` by `{text}`")
        }
        KeyParameters::HttpPost { url } => format!("posts each record to {url}"),
    };
    Some((does, parsed.family.capability))
}
