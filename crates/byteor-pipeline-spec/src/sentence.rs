//! Sentences in which values stand apart from the words around them.

use serde::Serialize;

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct SentencePart {
    /// The text.
    pub text: String,
    /// Whether it is a value, such as an id or a part of a key; the rest are words.
    pub value: bool,
}

impl SentencePart {
    /// Appends to the last part, or as one of its own: values stand apart.
    pub fn push(parts: &mut Vec<Self>, text: &str, value: bool) {
        match parts.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if !last.value && !value => last.text.push_str(text),
            _ => parts.push(Self {
                text: text.to_owned(),
                value,
            }),
        }
    }
}
