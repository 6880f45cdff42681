//! Checking and reading the values of parameters.

use crate::key::KeyProblem;
use crate::model::ParameterKind;
use crate::nearest::nearest;
use crate::rules::ParameterRules;
use crate::{pattern, url};

/// The longest name of a secret, in bytes.
const SECRET_MAX: usize = 64;

/// Checks the value of a parameter that starts at byte `from` of its key.
pub(crate) fn check(parameter: &ParameterRules, text: &str, from: usize) -> Result<(), KeyProblem> {
    match parameter.kind {
        ParameterKind::Regex => pattern::accept(text, from),
        ParameterKind::Text => Ok(()),
        ParameterKind::Url => url::check(text, from),
        ParameterKind::Field => {
            let path = path(text, from)?;
            if path.1 == text.len() {
                Ok(())
            } else {
                Err(path_problem(
                    from + path.1,
                    from + text.len(),
                    "only one field can stand here",
                ))
            }
        }
        ParameterKind::Fields => paths(text, from).map(|_| ()),
        ParameterKind::FieldName => name(text, from).map(|_| ()),
        ParameterKind::Integer => integer(parameter, text, from),
        ParameterKind::Choice => choice(parameter, text, from),
        ParameterKind::Secret => secret(text, from),
        ParameterKind::Delimiter => bytes(text, from).map(|_| ()),
    }
}

/// The path of a field: the names that lead to it from the object.
pub type FieldPath = Vec<String>;

/// The fields that a parameter of the kind [`Field`](ParameterKind::Field) or
/// [`Fields`](ParameterKind::Fields) names.
pub fn field_paths(text: &str) -> Result<Vec<FieldPath>, KeyProblem> {
    paths(text, 0)
}

/// The name that a parameter of the kind [`FieldName`](ParameterKind::FieldName) gives.
pub fn field_name(text: &str) -> Result<String, KeyProblem> {
    name(text, 0)
}

/// The bytes that a parameter of the kind [`Delimiter`](ParameterKind::Delimiter) gives.
pub fn delimiter(text: &str) -> Result<Vec<u8>, KeyProblem> {
    bytes(text, 0)
}

/// A record as text: printable ASCII stands for itself, but for the backslash; tab, line feed and
/// carriage return are `\\t`, `\\n` and `\\r`; all other bytes are `\\xNN`.
pub fn escape_record(record: &[u8]) -> String {
    let mut text = String::with_capacity(record.len());
    for &byte in record {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b' '..=b'~' => text.push(byte as char),
            _ => byteor_ascii::push_escaped(&mut text, byte),
        }
    }
    text
}

/// The record that [`escape_record`] wrote; other characters stand for their UTF-8.
pub fn unescape_record(text: &str) -> Result<Vec<u8>, KeyProblem> {
    bytes(text, 0)
}

fn paths(text: &str, from: usize) -> Result<Vec<FieldPath>, KeyProblem> {
    let mut all = Vec::new();
    let mut at = 0;
    loop {
        let left = &text[at..];
        if !text.is_empty() && matches!(left.as_bytes().first(), None | Some(b',')) {
            let end = from + at + left.len().min(1);
            return Err(path_problem(
                from + at,
                end,
                "nothing stands beside the comma",
            ));
        }
        let (one, end) = path(left, from + at)?;
        all.push(one);
        at += end;
        if at == text.len() {
            return Ok(all);
        }
        at += 1;
    }
}

/// The fields of a list as they stand in it, bad ones too.
pub(crate) fn cut_fields(text: &str) -> Vec<&str> {
    let mut escaped = false;
    text.split(|c| {
        let ends = c == ',' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })
    .collect()
}

/// The path at the start of `text`, and where it ends: at a comma, or with the text.
fn path(text: &str, from: usize) -> Result<(FieldPath, usize), KeyProblem> {
    let mut names = Vec::new();
    let mut at = 0;
    loop {
        let (name, end) = segment(&text[at..], b".,", from + at)?;
        names.push(name);
        at += end;
        if text.as_bytes().get(at) != Some(&b'.') {
            return Ok((names, at));
        }
        at += 1;
    }
}

fn name(text: &str, from: usize) -> Result<String, KeyProblem> {
    let (name, end) = segment(text, b".,", from)?;
    if end < text.len() {
        return Err(path_problem(
            from + end,
            from + end + 1,
            "the new name is one name, no path; write `\\.` or `\\,` for a dot or a comma in it",
        ));
    }
    Ok(name)
}

/// The name at the start of `text`, up to one of `ends` that no backslash makes ordinary.
fn segment(text: &str, ends: &[u8], from: usize) -> Result<(String, usize), KeyProblem> {
    let source = text.as_bytes();
    let mut name = Vec::new();
    let mut at = 0;
    while at < source.len() && !ends.contains(&source[at]) {
        let (byte, length) = escaped(&source[at..], b".,=:\\").ok_or_else(|| {
            path_problem(
                from + at,
                from + (at + 2).min(source.len()),
                "a backslash stands before `.`, `,`, `=`, `:`, `\\` or `xNN`",
            )
        })?;
        name.push(byte);
        at += length;
    }
    if name.is_empty() {
        // At the end of the key there is nothing left to point at: the place between is empty.
        let end = from + source.len().min(1);
        return Err(path_problem(from, end, "a name between the dots is empty"));
    }
    match String::from_utf8(name) {
        Ok(name) => Ok((name, at)),
        Err(_) => Err(path_problem(
            from,
            from + at,
            "its bytes are no UTF-8, so no field has that name",
        )),
    }
}

fn bytes(text: &str, from: usize) -> Result<Vec<u8>, KeyProblem> {
    let source = text.as_bytes();
    let mut all = Vec::new();
    let mut at = 0;
    while at < source.len() {
        let (byte, length) = match (source[at], source.get(at + 1)) {
            (b'\\', Some(b't')) => (b'\t', 2),
            (b'\\', Some(b'n')) => (b'\n', 2),
            (b'\\', Some(b'r')) => (b'\r', 2),
            _ => escaped(&source[at..], b"\\").ok_or_else(|| {
                KeyProblem::new(
                    "E_KEY_ESCAPE",
                    "The backslash starts no escape",
                    "Write `\\\\` for a backslash; the escapes are \\t, \\n, \\r and \\xNN",
                    from + at,
                    from + (at + 2).min(source.len()),
                )
            })?,
        };
        all.push(byte);
        at += length;
    }
    Ok(all)
}

/// The byte at the start of `source`, which isn't empty, and how much of it stands for it. A
/// backslash makes those of `special` ordinary, and `xNN` any byte; otherwise there is none.
fn escaped(source: &[u8], special: &[u8]) -> Option<(u8, usize)> {
    let hex = |at: usize| source.get(at).copied().and_then(byteor_ascii::hex_value);
    match (source[0], source.get(1)) {
        (b'\\', Some(b'x')) => Some((hex(2)? << 4 | hex(3)?, 4)),
        (b'\\', Some(next)) if special.contains(next) => Some((*next, 2)),
        (b'\\', _) => None,
        (byte, _) => Some((byte, 1)),
    }
}

fn path_problem(start: usize, end: usize, why: &str) -> KeyProblem {
    KeyProblem::new(
        "E_KEY_FIELD",
        format!("This names no field: {why}"),
        "Write names with dots between them, for example `user.email`",
        start,
        end,
    )
    .arg("reason", why)
}

fn integer(parameter: &ParameterRules, text: &str, from: usize) -> Result<(), KeyProblem> {
    let fits = text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
        && text
            .parse::<u32>()
            .is_ok_and(|number| (parameter.min..=parameter.max).contains(&number));
    if fits || text == "0" && parameter.min == 0 {
        return Ok(());
    }
    Err(KeyProblem::new(
        "E_KEY_NUMBER",
        format!(
            "`{text}` is no number from {} to {}",
            parameter.min, parameter.max
        ),
        format!(
            "{} is a decimal number without sign and leading zeros, for example `{}`",
            parameter.name, parameter.example
        ),
        from,
        from + text.len(),
    )
    .arg("parameter", parameter.name)
    .arg("min", parameter.min.to_string())
    .arg("max", parameter.max.to_string()))
}

fn choice(parameter: &ParameterRules, text: &str, from: usize) -> Result<(), KeyProblem> {
    if parameter.choices.contains(&text) {
        return Ok(());
    }
    let suggestion = nearest(text, parameter.choices.iter().copied());
    let mut problem = KeyProblem::new(
        "E_KEY_CHOICE",
        format!("{} can't be `{text}`", parameter.name),
        match suggestion {
            Some(near) => format!("Did you mean `{near}`?"),
            None => format!("It is one of {}", parameter.choices.join(", ")),
        },
        from,
        from + text.len(),
    )
    .arg("parameter", parameter.name)
    .arg("value", text);
    problem.suggestion = suggestion;
    Err(problem)
}

fn secret(text: &str, from: usize) -> Result<(), KeyProblem> {
    if is_secret_name(text) {
        return Ok(());
    }
    Err(KeyProblem::new(
        "E_KEY_SECRET",
        format!("`{text}` is no name of a secret"),
        format!(
            "A name is a small letter, then small letters, digits and underscores, at most {SECRET_MAX} characters; the secret itself never stands in a plan"
        ),
        from,
        from + text.len(),
    )
    .arg("name", text))
}

/// Whether `name` can be the name of a secret.
pub fn is_secret_name(name: &str) -> bool {
    name.len() <= SECRET_MAX
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
