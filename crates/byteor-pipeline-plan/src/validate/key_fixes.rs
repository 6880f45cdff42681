//! Ways out of a stage key that the catalogue refuses.

use byteor_pipeline_catalogue::{KeyProblem, KeyRules, ParameterKind, parse_key, rules};

use crate::words::id_from;

/// Most problems of one key that are mended at once: one after the other, each behind the last.
const MOST_PROBLEMS: usize = 4;

/// Keys to offer instead of `key`, best first; each is one that the catalogue accepts.
pub(super) fn key_fixes(key: &str, problem: &KeyProblem) -> Vec<String> {
    let ways = ways_out(key, problem);
    let mut accepted: Vec<String> = Vec::new();
    for way in &ways {
        if parse_key(way).is_ok() && !accepted.contains(way) {
            accepted.push(way.clone());
        }
    }
    // What was meant for another family may have more that is wrong: the family that was meant comes
    // before one that does nothing.
    if accepted.is_empty() || problem.code == "E_KEY_FAMILY" {
        let nearest = ways.into_iter().find_map(mended);
        accepted.splice(0..0, nearest);
    }
    // The first that is accepted is the nearest; only where words of a set are offered, or a
    // pattern can be meant in two ways, is there a choice.
    accepted.truncate(match problem.code {
        "E_KEY_CHOICE" => 4,
        "E_KEY_REGEX" => 2,
        _ => 1,
    });
    accepted
}

/// The key with everything mended that the catalogue refuses about it; nothing where that leads
/// nowhere.
fn mended(mut key: String) -> Option<String> {
    for _ in 0..MOST_PROBLEMS {
        let Err(problem) = parse_key(&key) else {
            return Some(key);
        };
        let mut ways = ways_out(&key, &problem);
        ways.retain(|way| *way != key);
        let accepted = ways.iter().position(|way| parse_key(way).is_ok());
        if ways.is_empty() {
            return None;
        }
        key = ways.swap_remove(accepted.unwrap_or(0));
    }
    parse_key(&key).is_ok().then_some(key)
}

/// What may have been meant in the place of a problem, best first. The catalogue may refuse it, for
/// this problem or another.
fn ways_out(key: &str, problem: &KeyProblem) -> Vec<String> {
    let (before, part, after) = match (
        key.get(..problem.start),
        key.get(problem.start..problem.end),
        key.get(problem.end..),
    ) {
        (Some(before), Some(part), Some(after)) => (before, part, after),
        _ => return Vec::new(),
    };
    let put = |text: &str| [before, text, after].concat();
    let known = key.split(':').next().and_then(rules);
    let mut keys = Vec::new();
    match problem.code {
        "E_KEY_EMPTY" => keys.push("identity".to_owned()),
        "E_KEY_FAMILY" => {
            keys.extend(problem.suggestion.map(put));
            keys.push("identity".to_owned());
        }
        "E_KEY_BYTES" => keys.push(ascii(key)),
        "E_KEY_PARAMETER" => match known {
            Some(family) if family.parameters().is_empty() => keys.push(family.name.to_owned()),
            Some(family) => keys.push(family.example.to_owned()),
            None => {}
        },
        "E_KEY_SEPARATOR" => {
            if let Some((_, separator)) = problem.args.iter().find(|(name, _)| *name == "separator")
            {
                keys.push([key, separator].concat());
                let rest = known.into_iter().flat_map(examples);
                keys.extend(rest.map(|example| [key, separator, example].concat()));
            }
        }
        "E_KEY_REGEX" => {
            keys.push(put(&["\\", part].concat()));
            keys.push(literal(before, key, after));
        }
        "E_KEY_REGEX_UNICODE" => {
            keys.push(put(if part.starts_with("\\P") {
                "[^A-Za-z]"
            } else {
                "[A-Za-z]"
            }));
            keys.push(put(""));
        }
        "E_KEY_URL" => {
            keys.push(put(&["https://", part].concat()));
            if let Some((scheme, rest)) = part.split_once("://") {
                keys.push(put(&["https://", rest].concat()));
                if let Some((_, host)) = rest.split_once('@') {
                    keys.push(put(&[scheme, "://", host].concat()));
                }
            }
        }
        "E_KEY_NUMBER" => {
            let argument = |name: &str| {
                let found = problem.args.iter().find(|(other, _)| *other == name);
                found.map(|(_, value)| value.as_str())
            };
            keys.extend(known.and_then(|family| rearranged(family, key)));
            let digits = part.trim_start_matches('0');
            let large = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
            // A number out of its range becomes the nearest one that is in it.
            keys.extend(large.then(|| put(digits)));
            keys.extend(argument(if large { "max" } else { "min" }).map(put));
            keys.extend(argument("min").map(put));
            keys.truncate(3);
        }
        "E_KEY_CHOICE" => {
            keys.extend(problem.suggestion.map(put));
            if problem.suggestion.is_none()
                && let Some(family) = known
            {
                let choice = family
                    .parameters()
                    .iter()
                    .find(|parameter| parameter.kind == ParameterKind::Choice);
                keys.extend(
                    choice
                        .iter()
                        .flat_map(|one| one.choices)
                        .map(|word| put(word)),
                );
            }
        }
        "E_KEY_FIELD" => {
            keys.push(put(part.trim_matches(['.', ','])));
            // What stands at the end of a list goes with the comma before it.
            keys.push([before.trim_end_matches(['.', ',']), after].concat());
        }
        "E_KEY_SECRET" => keys.push(put(&id_from(part))),
        "E_KEY_ESCAPE" => keys.push(put(&["\\", part].concat())),
        _ => {}
    }
    keys
}

/// The same parameters in the order of the family and with its separators, where words of the key
/// can be them: `dedupe:order_id,1000` means `dedupe:1000:order_id`. A number that nothing was said of
/// is the one of the family's example.
fn rearranged(family: &KeyRules, key: &str) -> Option<String> {
    let (_, rest) = key.split_once(':')?;
    let parameters = family.parameters();
    let mut words: Vec<&str> = rest
        .split([',', ':', ';', '=', ' '])
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() || words.len() > parameters.len() {
        return None;
    }
    let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut out = family.name.to_owned();
    for parameter in parameters {
        let number = parameter.kind == ParameterKind::Integer;
        let value = match words.iter().position(|word| is_number(word) == number) {
            Some(at) => words.remove(at),
            None if parameter.optional => continue,
            None if number => parameter.example,
            None => return None,
        };
        out.push(parameter.separator);
        out.push_str(value);
    }
    words.is_empty().then_some(out)
}

fn examples(family: &'static KeyRules) -> impl Iterator<Item = &'static str> {
    family
        .parameters()
        .iter()
        .map(|parameter| parameter.example)
}

/// The key with each byte outside printable ASCII as `\xNN`.
fn ascii(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for byte in key.bytes() {
        if (b' '..=b'~').contains(&byte) {
            out.push(byte as char);
        } else {
            byteor_ascii::push_escaped(&mut out, byte);
        }
    }
    out
}

/// The key with everything from its colon to the end of the problem's parameter taken literally.
fn literal(before: &str, key: &str, after: &str) -> String {
    let Some((name, pattern)) = key.split_once(':') else {
        return String::new();
    };
    // Only keys of one pattern and nothing else: where it ends isn't known otherwise.
    if before.len() <= name.len() || (name == "replace" && after.contains('=')) {
        return String::new();
    }
    let mut out = [name, ":"].concat();
    for c in pattern.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '_' | '"' | '/' | ',' | ':' | ';' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
