//! Escapes: printable ASCII as it is, a backslash doubled, any other byte as `\xNN` with two
//! lowercase digits.

use crate::{hex_pair, hex_value};

/// The escaped form of any bytes.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            _ => push_escaped(&mut text, byte),
        }
    }
    text
}

/// Adds a byte as `\xNN`, whatever it is.
pub fn push_escaped(text: &mut String, byte: u8) {
    text.push_str("\\x");
    text.extend(hex_pair(byte).map(char::from));
}

/// The bytes that a text of this form stands for; `None` where an escape is none that [`escape`]
/// writes. Other bytes stand for themselves, and so does a printable one that is written as `\xNN`:
/// who needs one form for one value compares with what [`escape`] gives.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let lowercase = |digit: u8| hex_value(digit).filter(|_| !digit.is_ascii_uppercase());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest {
            [b'\\', tail @ ..] => {
                bytes.push(b'\\');
                rest = tail;
            }
            [b'x', high, low, tail @ ..] => {
                bytes.push(lowercase(*high)? << 4 | lowercase(*low)?);
                rest = tail;
            }
            _ => return None,
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>) {
            let text = escape(&bytes);
            prop_assert!(text.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(unescape(&text), Some(bytes));
        }
    }

    #[test]
    fn broken_escapes_are_none() {
        for text in ["\\", "\\x", "\\x4", "\\xg0", "\\x+f", "\\xFF", "\\n", "a\\"] {
            assert_eq!(unescape(text), None, "{text}");
        }
        assert_eq!(unescape("\\x20\u{e9}"), Some(" \u{e9}".as_bytes().to_vec()));
    }
}
