//! The form of every answer.

use serde::Serialize;

use crate::{Args, JsonError, Request, Value, malformed, parse, write};

/// Why an operation gave no value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct ApiError {
    /// Stable code.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// Named parts of the message.
    #[cfg_attr(feature = "ts", ts(type = "{ [name: string]: string }"))]
    pub args: Args,
}

impl ApiError {
    /// An error without arguments.
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self {
            code: code.to_owned(),
            message: message.into(),
            args: Args::new(),
        }
    }

    /// With a named part of the message.
    pub fn arg(
        mut self,
        name: impl Into<std::borrow::Cow<'static, str>>,
        value: impl Into<String>,
    ) -> Self {
        self.args.insert(name, value);
        self
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.code)?;
        f.write_str(": ")?;
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

impl From<JsonError> for ApiError {
    fn from(error: JsonError) -> Self {
        malformed(&[error.what, ", at byte ", &error.at.to_string()].concat())
    }
}

/// Reads the request, runs the operation, writes the envelope: `{"ok":true,"value":…}` or
/// `{"ok":false,"error":{code,message,args}}`.
pub fn answer<P, R: Request<P>, T: Serialize>(
    json: &str,
    operation: impl FnOnce(R) -> Result<T, ApiError>,
) -> String {
    envelope(&read(json).and_then(|value| operation(R::read(value, "request")?)))
}

fn read(json: &str) -> Result<Value<'_>, ApiError> {
    parse(json).map_err(ApiError::from)
}

/// Writes the envelope.
pub fn envelope<T: Serialize>(result: &Result<T, ApiError>) -> String {
    match result {
        Ok(value) => {
            let mut text = start(br#"{"ok":true,"value":"#);
            write(value, &mut text);
            end(text)
        }
        Err(error) => refusal(error),
    }
}

// What doesn't depend on the type of the value is compiled once.

fn refusal(error: &ApiError) -> String {
    let mut text = start(br#"{"ok":false,"error":"#);
    write(error, &mut text);
    end(text)
}

fn start(by: &[u8]) -> Vec<u8> {
    // Answers about large plans are large: the text starts with room for a small one.
    let mut text = Vec::with_capacity(4096);
    text.extend_from_slice(by);
    text
}

fn end(mut text: Vec<u8>) -> String {
    text.push(b'}');
    // SAFETY: the writer appends whole `str`s and ASCII bytes to an empty text, nothing else, so
    // this is UTF-8. Its tests check that; checking each answer anew would take a pass over it.
    unsafe { String::from_utf8_unchecked(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_value_or_an_error() {
        let double = |number: u32| match number.checked_mul(2) {
            Some(double) => Ok(double),
            None => Err(ApiError::new("E_LARGE", "Too large").arg("number", number.to_string())),
        };
        assert_eq!(
            answer::<(), _, _>("21", double),
            r#"{"ok":true,"value":42}"#
        );
        assert_eq!(
            answer::<(), _, _>("4294967295", double),
            r#"{"ok":false,"error":{"code":"E_LARGE","message":"Too large","args":{"number":"4294967295"}}}"#
        );
        assert_eq!(
            answer::<(), _, _>("[", double),
            r#"{"ok":false,"error":{"code":"E_REQUEST","message":"The request is malformed: there is no value, at byte 1","args":{}}}"#
        );
    }
}
