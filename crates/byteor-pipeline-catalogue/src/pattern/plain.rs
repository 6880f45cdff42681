//! Patterns that need no parser to be known as good ones, as most are.

use super::PATTERN_SIZE_LIMIT;

/// Whether `regex` is made of ordinary characters, escapes, anchors, alternatives and simple
/// classes, each repeated at most once without numbers. Such a pattern is always valid, doesn't
/// nest, and its size is at most six for each byte: far below the limit. `false` says nothing.
pub(super) fn is_plain(regex: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::super::check;
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
