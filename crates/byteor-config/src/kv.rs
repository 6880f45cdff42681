//! Reading and writing canonical `key=value` text.
//!
//! One `key=value` a line, LF after each line, ASCII only. In a value, bytes outside printable
//! ASCII are written `\xNN` (two lowercase hex digits), a backslash is doubled, and a space at
//! the very end is written `\x20`, so that nothing invisible decides a digest.

/// What is wrong with a text, before its keys mean anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvError {
    /// 1-based line.
    pub line: u32,
    /// What is wrong, as a phrase.
    pub what: &'static str,
}

/// One decoded line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvLine {
    /// 1-based line.
    pub line: u32,
    /// The key as written.
    pub key: String,
    /// The value with its escapes resolved.
    pub value: String,
}

/// Appends `key=value` and a newline, escaping the value.
pub fn push(out: &mut String, key: &str, value: &str) {
    out.push_str(key);
    out.push('=');
    out.push_str(&escape(value));
    out.push('\n');
}

/// The written form of a value.
pub fn escape(value: &str) -> String {
    match value.strip_suffix(' ') {
        Some(before) => byteor_ascii::escape(before.as_bytes()) + "\\x20",
        None => byteor_ascii::escape(value.as_bytes()),
    }
}

/// The value that a written form stands for; `None` where an escape is broken or the bytes are
/// not UTF-8.
pub fn unescape(written: &str) -> Option<String> {
    String::from_utf8(byteor_ascii::unescape(written)?).ok()
}

/// Splits a text into its lines. Checks only what is needed to read it: callers encode what they
/// understood and compare the bytes.
pub fn read(text: &str) -> Result<Vec<KvLine>, KvError> {
    let body = text.strip_suffix('\n').ok_or(KvError {
        line: u32::try_from(text.split('\n').count()).unwrap_or(u32::MAX),
        what: "a last line without a newline",
    })?;
    let mut lines = Vec::new();
    for (raw, line) in body.split('\n').zip(1_u32..) {
        let error = |what| KvError { line, what };
        if raw.is_empty() {
            return Err(error("an empty line"));
        }
        if raw.bytes().any(|byte| !(0x20..=0x7e).contains(&byte)) {
            return Err(error("a byte outside printable ASCII"));
        }
        let (key, written) = raw
            .split_once('=')
            .ok_or(error("a line without an equals sign"))?;
        let value = unescape(written).ok_or(error("a broken escape"))?;
        lines.push(KvLine {
            line,
            key: key.to_owned(),
            value,
        });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_invisible_survives_in_a_written_value() {
        assert_eq!(escape("/data/a b.log"), "/data/a b.log");
        assert_eq!(escape("/data/a "), "/data/a\\x20");
        assert_eq!(escape("/d\\x\u{e9}\t"), "/d\\\\x\\xc3\\xa9\\x09");
    }

    #[test]
    fn broken_escapes_are_refused() {
        for written in ["\\", "\\x", "\\x1", "\\xZZ", "\\xC3", "\\n", "\\xff"] {
            assert_eq!(unescape(written), None, "{written}");
        }
    }

    #[test]
    fn each_broken_line_is_named_by_its_number() {
        let what = |text: &str| read(text).map_err(|error| (error.line, error.what));
        assert_eq!(
            what("a=1").unwrap_err(),
            (1, "a last line without a newline")
        );
        assert_eq!(what("a=1\n\nb=2\n").unwrap_err(), (2, "an empty line"));
        assert_eq!(
            what("a=1\r\n").unwrap_err(),
            (1, "a byte outside printable ASCII")
        );
        assert_eq!(
            what("a=1\nb\n").unwrap_err(),
            (2, "a line without an equals sign")
        );
        assert_eq!(what("").unwrap_err(), (1, "a last line without a newline"));
    }

    proptest! {
        #[test]
        fn every_value_survives_a_round_trip(value in any::<String>()) {
            let mut text = String::new();
            push(&mut text, "key", &value);
            prop_assert!(text.is_ascii());
            let lines = read(&text).unwrap();
            prop_assert_eq!(&lines[0].value, &value);
        }
    }
}
