//! The key of a record: what stands in it where a pointer points.

/// The text or the number there, as bytes. Nothing where there is something else, or nothing, or the
/// record isn't JSON.
pub(super) fn key(record: &[u8], pointer: &str) -> Option<Vec<u8>> {
    let record: serde_json::Value = serde_json::from_slice(record).ok()?;
    match record.pointer(pointer)? {
        serde_json::Value::String(text) => Some(text.clone().into_bytes()),
        serde_json::Value::Number(number) => Some(number.to_string().into_bytes()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_keys_and_nothing_else_is() {
        let record = br#"{"a":{"b":["x","\u00e9"]},"n":-7,"o":{},"t":true,"z":null,"c/d":"y"}"#;
        for (pointer, expected) in [
            ("/a/b/1", Some("é")),
            ("/n", Some("-7")),
            ("/c~1d", Some("y")),
            ("/o", None),
            ("/t", None),
            ("/z", None),
            ("/missing", None),
        ] {
            let expected = expected.map(|text| text.as_bytes().to_vec());
            assert_eq!(key(record, pointer), expected, "{pointer}");
        }
        for odd in [&b""[..], b"x", b"{\"n\":", b"\xff", &[b'['; 10_000]] {
            assert_eq!(key(odd, "/n"), None);
        }
    }
}
