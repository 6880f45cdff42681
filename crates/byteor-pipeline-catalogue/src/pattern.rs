//! Regular expressions: what the catalogue accepts.
//!
//! The engine compiles a pattern natively, on the agent; the page and the server only read it. The
//! page must never accept what the agent refuses, and the engine's own size limit differs between
//! 32 and 64 bits. So the size is computed here, on the form that was read, with a limit far below the
//! engine's.

use crate::key::KeyProblem;
use crate::regex::{Refusal, Span, size_of};

/// The largest size of a pattern, in states of an automaton as [`pattern_size`] counts them.
pub const PATTERN_SIZE_LIMIT: u64 = 16_384;
/// How deep groups, classes and repetitions may nest.
pub const PATTERN_NESTING_LIMIT: u32 = 64;

/// The size of an accepted pattern: an upper bound on the states and transitions of its automaton.
/// Patterns are printable ASCII, as keys are.
pub fn pattern_size(regex: &str) -> Result<u64, KeyProblem> {
    check(regex, 0)
}

/// Checks a pattern that starts at byte `from` of its key.
///
/// Most patterns are plain: they need no parser to be known as good ones. The others take the long
/// way.
pub(crate) fn accept(regex: &str, from: usize) -> Result<(), KeyProblem> {
    if is_plain(regex) {
        return Ok(());
    }
    check(regex, from).map(|_| ())
}

/// Whether `regex` is made of ordinary characters, escapes, anchors, alternatives and simple
/// classes, each repeated at most once without numbers. Such a pattern is always valid, doesn't
/// nest, and its size is at most six for each byte: far below the limit. `false` says nothing.
fn is_plain(regex: &str) -> bool {
    let bytes = regex.as_bytes();
    if bytes.len() as u64 > PATTERN_SIZE_LIMIT / 8 {
        return false;
    }
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'^' | b'$' | b'|' => continue,
            b'[' => match plain_class(&bytes[at..]) {
                Some(length) => at += length,
                None => return false,
            },
            b'\\' => match bytes.get(at) {
                Some(
                    b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'\\' | b'.' | b'+' | b'*' | b'?'
                    | b'(' | b')' | b'|' | b'[' | b']' | b'{' | b'}' | b'^' | b'$' | b'-',
                ) => at += 1,
                _ => return false,
            },
            b'*' | b'+' | b'?' | b'(' | b')' | b'{' | b'}' | b']' => return false,
            b' '..=b'~' => {}
            _ => return false,
        }
        // What stands here can be repeated, once, greedily or not.
        if let Some(b'*' | b'+' | b'?') = bytes.get(at) {
            at += 1;
            if bytes.get(at) == Some(&b'?') {
                at += 1;
            }
        }
    }
    true
}

/// The length of the rest of a class, after its opening bracket, where it holds nothing but
/// characters without meaning and ranges of letters or of digits.
fn plain_class(bytes: &[u8]) -> Option<usize> {
    let start = usize::from(bytes.first() == Some(&b'^'));
    let mut at = start;
    loop {
        match *bytes.get(at)? {
            b']' if at > start => return Some(at + 1),
            first if first.is_ascii_alphanumeric() => {
                at += 1;
                if bytes.get(at) == Some(&b'-') {
                    let last = *bytes.get(at + 1)?;
                    if !last.is_ascii_alphanumeric() || last < first {
                        return None;
                    }
                    at += 2;
                }
            }
            b' ' | b'_' | b'@' | b'.' | b',' | b':' | b';' | b'/' | b'=' | b'+' | b'*' | b'?'
            | b'!' | b'%' | b'"' | b'\'' | b'<' | b'>' | b'|' | b'$' | b'(' | b')' | b'{'
            | b'}' => {
                at += 1;
            }
            _ => return None,
        }
    }
}

/// Checks a pattern that starts at byte `from` of its key, and gives its size.
pub(crate) fn check(regex: &str, from: usize) -> Result<u64, KeyProblem> {
    if let Some((at, c)) = regex.char_indices().find(|(_, c)| !(' '..='~').contains(c)) {
        return Err(unicode((at, at + c.len_utf8()), from));
    }
    let size = size_of(regex).map_err(|refusal| match refusal {
        Refusal::Syntax(why, span) => syntax("E_KEY_REGEX", why, span, from),
        Refusal::Nesting(span) => {
            let why = format!(
                "exceed the maximum number of nested parentheses/brackets ({PATTERN_NESTING_LIMIT})"
            );
            syntax("E_KEY_REGEX_NESTING", &why, span, from)
        }
        Refusal::Unicode(span) => unicode(span, from),
    })?;
    if size > PATTERN_SIZE_LIMIT {
        return Err(KeyProblem::new(
            "E_KEY_REGEX_SIZE",
            format!(
                "The pattern is too large: its size is {size}, the most is {PATTERN_SIZE_LIMIT}"
            ),
            "Use smaller counted repetitions",
            from,
            from + regex.len(),
        )
        .arg("size", size.to_string())
        .arg("limit", PATTERN_SIZE_LIMIT.to_string()));
    }
    Ok(size)
}

fn syntax(code: &'static str, why: &str, span: Span, from: usize) -> KeyProblem {
    KeyProblem::new(
        code,
        format!("The pattern is no regular expression: {why}"),
        "The syntax is that of the regex crate; a backslash makes a special character ordinary",
        from + span.0,
        from + span.1,
    )
    .arg("reason", why)
}

fn unicode(span: Span, from: usize) -> KeyProblem {
    KeyProblem::new(
        "E_KEY_REGEX_UNICODE",
        "Patterns match bytes, so Unicode classes and characters have no meaning in them",
        "Use ASCII classes such as `[a-z]` or `\\w`, and `\\xNN` for single bytes",
        from + span.0,
        from + span.1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pattern of up to three parts out of these that counts as plain is a valid one, and its
    /// size stays within the bound that the long way would hold it to.
    #[test]
    fn plain_patterns_are_valid_ones_of_a_small_size() {
        const PARTS: [&str; 22] = [
            "a",
            "-",
            "&&",
            "~",
            "#",
            " ",
            ".",
            "\\d",
            "\\W",
            "\\.",
            "\\b",
            "^",
            "$",
            "|",
            "*",
            "+?",
            "??",
            "[a-z.]",
            "[^0-9a-z ]",
            "[",
            "]",
            "(",
        ];
        let mut plain = 0u32;
        let mut check_all = |count: usize| {
            for number in 0..PARTS.len().pow(count as u32) {
                let mut rest = number;
                let mut regex = String::new();
                for _ in 0..count {
                    regex.push_str(PARTS[rest % PARTS.len()]);
                    rest /= PARTS.len();
                }
                if is_plain(&regex) {
                    plain += 1;
                    let size = check(&regex, 0);
                    assert!(
                        size.as_ref()
                            .is_ok_and(|size| *size <= 6 * regex.len() as u64 + 6),
                        "{regex}: {size:?}"
                    );
                }
            }
        };
        for count in 1..=3 {
            check_all(count);
        }
        assert!(plain > 1000, "{plain} plain patterns");
    }

    #[test]
    fn plain_classes_are_valid_ones() {
        let bytes: Vec<char> = (' '..='~').collect();
        for a in &bytes {
            for b in &bytes {
                for rest in ["]", "z]", "-z]", "^]", "]]"] {
                    let regex = format!("[{a}{b}{rest}");
                    if is_plain(&regex) {
                        assert!(check(&regex, 0).is_ok(), "{regex}");
                    }
                }
                let regex = format!("x{a}{b}y");
                if is_plain(&regex) {
                    assert!(check(&regex, 0).is_ok(), "{regex}");
                }
                let regex = format!("x\\{a}{b}y");
                if is_plain(&regex) {
                    assert!(check(&regex, 0).is_ok(), "{regex}");
                }
            }
        }
    }

    #[test]
    fn the_common_patterns_are_plain() {
        for regex in [
            "[a-z]+0@[a-z.]+",
            "^$",
            "[^ ]+@[^ ]+",
            "level=debug",
            " +$",
            "\\d+",
            "a|b",
        ] {
            assert!(is_plain(regex), "{regex}");
        }
    }
}
