//! Records as text.

use byteor_json::ApiError;
use byteor_pipeline_catalogue::unescape_record;
use byteor_pipeline_step::StepError;

/// A record as people read and write it: text as it is, but for backslashes, control characters and
/// bytes that are no UTF-8. `unescape_record` gives the record again.
pub(crate) fn readable(record: &[u8]) -> String {
    let mut text = String::with_capacity(record.len());
    for chunk in record.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' => text.push_str("\\\\"),
                '\t' => text.push_str("\\t"),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                control if control.is_control() => {
                    let mut bytes = [0; 4];
                    for byte in control.encode_utf8(&mut bytes).bytes() {
                        byteor_ascii::push_escaped(&mut text, byte);
                    }
                }
                character => text.push(character),
            }
        }
        for byte in chunk.invalid() {
            byteor_ascii::push_escaped(&mut text, *byte);
        }
    }
    text
}

/// The record that a text stands for; `number` says in the error which it is.
pub(crate) fn record_of(text: &str, number: u64) -> Result<Vec<u8>, ApiError> {
    unescape_record(text).map_err(|problem| {
        ApiError::new("E_TRY_RECORDS", problem.message).arg("record", number.to_string())
    })
}

/// An error of the stepper, with its place in the arguments `node` and `record`.
pub(crate) fn refused(error: &StepError) -> ApiError {
    let mut refused = ApiError::new(error.code, error.message.clone());
    if let Some(node) = &error.node {
        refused = refused.arg("node", node.clone());
    }
    if let Some(record) = error.record {
        refused = refused.arg("record", record.to_string());
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_readable_is_the_record_again() {
        let records: [&[u8]; 6] = [
            b"",
            b"plain \\ \"text\"",
            "gr\u{fc}n \u{1f33f}".as_bytes(),
            b"a\tb\nc\r\0\x7f",
            b"\xff\xc3(\x80",
            "\u{85}".as_bytes(),
        ];
        for record in records {
            let text = readable(record);
            assert_eq!(record_of(&text, 1).unwrap(), record, "{text}");
            assert!(!text.chars().any(char::is_control), "{text}");
        }
        assert_eq!(readable("gr\u{fc}n".as_bytes()), "gr\u{fc}n");
    }
}
