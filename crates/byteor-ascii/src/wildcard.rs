//! Names with wildcards: a `*` stands for any bytes, none among them.
//!
//! A name that begins with a dot is matched only by a pattern that does: what writers put beside their
//! files until those are whole has such names.

const ANY: u8 = b'*';

/// Whether `name` is a pattern.
pub fn has_wildcard(name: &[u8]) -> bool {
    name.contains(&ANY)
}

/// Whether `pattern` matches `name`. Without a wildcard it matches itself.
pub fn wildcard_matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    let mut parts = pattern.split(|byte| *byte == ANY);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    // Each part where it is found first leaves the most for those behind it.
    for part in parts {
        let found = match part {
            [] => Some(0),
            _ => rest.windows(part.len()).position(|bytes| bytes == part),
        };
        let Some(at) = found else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether `pattern`, which has a wildcard, matches some name that begins with `begin`.
pub fn wildcard_reaches(pattern: &[u8], begin: &[u8]) -> bool {
    let dotted = |name: &[u8]| name.first() == Some(&b'.');
    let first = pattern.split(|byte| *byte == ANY).next();
    let first = first.unwrap_or_default();
    let both = begin.starts_with(first) || first.starts_with(begin);
    both && (!dotted(begin) || dotted(pattern))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every name of at most `most` of these bytes.
    fn names(alphabet: &[u8], most: usize) -> Vec<Vec<u8>> {
        let mut all = vec![Vec::new()];
        let mut from = 0;
        for _ in 0..most {
            let to = all.len();
            for at in from..to {
                for byte in alphabet {
                    let mut longer = all[at].clone();
                    longer.push(*byte);
                    all.push(longer);
                }
            }
            from = to;
        }
        all
    }

    /// The meaning, byte by byte.
    fn means(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern.split_first(), name.split_first()) {
            (None, None) => true,
            (Some((b'*', behind)), _) if means(behind, name) => true,
            (Some((b'*', _)), Some((_, rest))) => means(pattern, rest),
            (Some((wanted, behind)), Some((byte, rest))) => wanted == byte && means(behind, rest),
            _ => false,
        }
    }

    #[test]
    fn all_short_patterns_match_the_short_names_that_they_mean() {
        let (patterns, names) = (names(b"ab*.", 5), names(b"ab.", 5));
        let mut matched = 0;
        for pattern in &patterns {
            for name in &names {
                let hidden = name.starts_with(b".") && !pattern.starts_with(b".");
                let meant = means(pattern, name) && !hidden;
                let (p, n) = (pattern.escape_ascii(), name.escape_ascii());
                assert_eq!(wildcard_matches(pattern, name), meant, "{p} {n}");
                matched += u32::from(meant);
            }
        }
        assert!(matched > 1_000, "{matched}");
    }

    #[test]
    fn a_pattern_reaches_what_some_longer_name_begins_with() {
        let patterns = names(b"ab*.", 3);
        let (begins, names) = (names(b"ab.", 2), names(b"ab.", 5));
        for pattern in patterns.iter().filter(|pattern| has_wildcard(pattern)) {
            for begin in &begins {
                let mut longer = names.iter().filter(|name| name.starts_with(begin));
                let some = longer.any(|name| wildcard_matches(pattern, name));
                let (p, b) = (pattern.escape_ascii(), begin.escape_ascii());
                assert_eq!(wildcard_reaches(pattern, begin), some, "{p} {b}");
            }
        }
    }

    #[test]
    fn names_as_people_have_them() {
        for (pattern, name, matches) in [
            ("*.log", "app.log", true),
            ("*.log", ".log", false),
            ("*.log", "app.log.1", false),
            ("app-*.log", "app-2026-12-01.log", true),
            ("app-*.log", "app-.log", true),
            ("a*a", "a", false),
            (".*.part", ".x.part", true),
            ("*", "", true),
            ("é*", "été", true),
            ("é*", "école", true),
        ] {
            let found = wildcard_matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, matches, "{pattern} {name}");
        }
        assert!(wildcard_reaches(b"out*", b"out.log."));
        assert!(!wildcard_reaches(b"in-*", b"out.log."));
    }
}
