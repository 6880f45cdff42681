//! Reading JSON (RFC 8259), strictly: one value, no comments, no trailing commas, whole surrogates.

use std::borrow::Cow;

use crate::write::plain;

/// How deep arrays and objects may nest; no request comes near it.
pub const DEPTH_MAX: u32 = 64;

/// A JSON value. Texts without escapes are parts of what was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value<'j> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number from 0 to `u64::MAX`, without fraction and exponent.
    Number(u64),
    /// Any other number. No request has one, so its value isn't worked out.
    OtherNumber,
    /// A text.
    Text(Cow<'j, str>),
    /// A list.
    List(Vec<Value<'j>>),
    /// An object: its fields in their order, also those whose name stands twice.
    Object(Vec<(Cow<'j, str>, Value<'j>)>),
}

/// Why a text isn't JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// What is wrong.
    pub what: &'static str,
    /// The byte where.
    pub at: usize,
}

impl<'j> Value<'j> {
    /// The last field of a name, of an object.
    pub fn get(&self, name: &str) -> Option<&Value<'j>> {
        match self {
            Value::Object(fields) => fields
                .iter()
                .rev()
                .find(|(there, _)| there == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, of a text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads the one value of `json`. Takes time and memory linear in its length, on any text.
pub fn parse(json: &str) -> Result<Value<'_>, JsonError> {
    let mut reader = Reader { json, at: 0 };
    reader.spaces();
    let value = reader.value(0)?;
    reader.spaces();
    if reader.at < json.len() {
        return Err(reader.error("something stands after the value"));
    }
    Ok(value)
}

struct Reader<'j> {
    json: &'j str,
    at: usize,
}

impl<'j> Reader<'j> {
    fn error(&self, what: &'static str) -> JsonError {
        JsonError { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes `byte` and the spaces behind it, if it stands here.
    fn took(&mut self, byte: u8) -> bool {
        if self.peek() != Some(byte) {
            return false;
        }
        self.at += 1;
        self.spaces();
        true
    }

    fn word(&mut self, word: &str, value: Value<'j>) -> Result<Value<'j>, JsonError> {
        if !self.json[self.at..].starts_with(word) {
            return Err(self.error("there is no value"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn value(&mut self, depth: u32) -> Result<Value<'j>, JsonError> {
        match self.peek() {
            Some(b'"') => self.text().map(Value::Text),
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.error("there is no value")),
        }
    }

    /// Steps over an opening bracket and what follows it.
    fn open(&mut self, depth: u32) -> Result<(), JsonError> {
        if depth >= DEPTH_MAX {
            return Err(self.error("it nests too deep"));
        }
        self.at += 1;
        self.spaces();
        Ok(())
    }

    fn list(&mut self, depth: u32) -> Result<Value<'j>, JsonError> {
        self.open(depth)?;
        let mut list = Vec::new();
        if !self.close(b']') {
            loop {
                list.push(self.value(depth + 1)?);
                self.spaces();
                if !self.took(b',') {
                    break;
                }
            }
            if !self.close(b']') {
                return Err(self.error("a list goes on with `,` or ends with `]`"));
            }
        }
        Ok(Value::List(list))
    }

    fn object(&mut self, depth: u32) -> Result<Value<'j>, JsonError> {
        self.open(depth)?;
        let mut fields = Vec::new();
        if !self.close(b'}') {
            loop {
                if self.peek() != Some(b'"') {
                    return Err(self.error("a field starts with its name in quotes"));
                }
                let name = self.text()?;
                self.spaces();
                if !self.took(b':') {
                    return Err(self.error("a `:` stands after a field's name"));
                }
                fields.push((name, self.value(depth + 1)?));
                self.spaces();
                if !self.took(b',') {
                    break;
                }
            }
            if !self.close(b'}') {
                return Err(self.error("an object goes on with `,` or ends with `}`"));
            }
        }
        Ok(Value::Object(fields))
    }

    /// Takes a closing bracket, if it stands here.
    fn close(&mut self, bracket: u8) -> bool {
        let there = self.peek() == Some(bracket);
        self.at += usize::from(there);
        there
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.error("a number lacks a digit"));
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value<'j>, JsonError> {
        let start = self.at;
        let mut whole = !self.close(b'-');
        let first = self.at;
        self.digits()?;
        if self.json.as_bytes()[first] == b'0' && self.at > first + 1 {
            self.at = first;
            return Err(self.error("a number starts with a zero"));
        }
        if self.close(b'.') {
            whole = false;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let number = self.json[start..self.at].parse().ok().filter(|_| whole);
        Ok(number.map_or(Value::OtherNumber, Value::Number))
    }

    /// The text whose opening quote stands here.
    fn text(&mut self) -> Result<Cow<'j, str>, JsonError> {
        self.at += 1;
        let start = self.at;
        let bytes = self.json.as_bytes();
        let mut run = start;
        let mut unescaped = String::new();
        loop {
            match bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    if unescaped.is_empty() {
                        // Escapes make a text shorter. This one may be all that there is.
                        unescaped.reserve(closing(&bytes[self.at..]) + self.at - start);
                    }
                    unescaped.push_str(&self.json[run..self.at]);
                    self.at += 1;
                    unescaped.push(self.escape()?);
                    run = self.at;
                }
                Some(0x20..) => self.at += plain(&bytes[self.at..]),
                Some(_) => return Err(self.error("a control character stands in a text")),
                None => return Err(self.error("a text has no end")),
            }
        }
        let rest = &self.json[run..self.at];
        self.at += 1;
        if run == start {
            return Ok(Cow::Borrowed(rest));
        }
        unescaped.push_str(rest);
        Ok(Cow::Owned(unescaped))
    }

    /// What stands after a backslash.
    fn escape(&mut self) -> Result<char, JsonError> {
        let byte = self.peek();
        let character = match byte {
            Some(b'n') => '\n',
            Some(b'"' | b'\\' | b'/') => char::from(byte.unwrap_or_default()),
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("there is no such escape")),
        };
        self.at += 1;
        Ok(character)
    }

    /// `uXXXX`, or a pair of them for one character.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let first = self.unit()?;
        let code = match first {
            0xd800..0xdc00 => {
                if !self.json[self.at..].starts_with("\\u") {
                    return Err(self.error("half of a surrogate pair stands alone"));
                }
                self.at += 1;
                let second = self.unit()?;
                if !(0xdc00..0xe000).contains(&second) {
                    return Err(self.error("half of a surrogate pair stands alone"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair stands alone"))
    }

    /// The number of `uXXXX`.
    fn unit(&mut self) -> Result<u32, JsonError> {
        self.at += 1;
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(byteor_ascii::hex_value).map(u32::from);
            let Some(digit) = digit else {
                return Err(self.error("an escape lacks a hexadecimal digit"));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        Ok(unit)
    }
}

/// How far a text goes on: to its closing quote, or to the end.
fn closing(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => break,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What serde_json reads, in our form.
    fn form(value: &serde_json::Value) -> Value<'static> {
        match value {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(*value),
            serde_json::Value::Number(number) => {
                number.as_u64().map_or(Value::OtherNumber, Value::Number)
            }
            serde_json::Value::String(text) => Value::Text(text.clone().into()),
            serde_json::Value::Array(list) => Value::List(list.iter().map(form).collect()),
            serde_json::Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone().into(), form(value)))
                    .collect(),
            ),
        }
    }

    /// The fields of each object by name; of two of a name, the last.
    fn sorted(value: Value<'_>) -> Value<'_> {
        match value {
            Value::List(list) => Value::List(list.into_iter().map(sorted).collect()),
            Value::Object(fields) => {
                let map: std::collections::BTreeMap<_, _> = fields
                    .into_iter()
                    .map(|(name, value)| (name, sorted(value)))
                    .collect();
                Value::Object(map.into_iter().collect())
            }
            other => other,
        }
    }

    fn same(json: &str) {
        let theirs = serde_json::from_str::<serde_json::Value>(json);
        let ours = parse(json);
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => assert_eq!(sorted(ours), form(&theirs), "{json}"),
            (Err(_), Err(_)) => {}
            // Numbers too large for a float, which serde_json refuses.
            (Ok(_), Err(error)) if error.to_string().contains("out of range") => {}
            (ours, theirs) => panic!("{json}: {ours:?} and {theirs:?}"),
        }
    }

    #[test]
    fn it_reads_what_serde_json_reads_and_refuses_what_that_refuses() {
        for json in [
            "",
            " ",
            "null",
            "nul",
            "nulll",
            "true",
            "fals",
            " [ ] ",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1",
            "{}",
            "{\"a\":1,}",
            "{\"a\" : 1 , \"a\":2}",
            "{a:1}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1",
            "{\"a\":1]",
            "0",
            "00",
            "01",
            "-0",
            "-",
            "1.",
            ".5",
            "1.5e+3",
            "1e",
            "1E5",
            "-1",
            "18446744073709551615",
            "18446744073709551616",
            "\"a",
            "\"\\\"",
            "\"a\\",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u+123\"",
            "\"\\ud83d\\ude00\\u00e9\"",
            "\"\\ud83d\"",
            "\"\\ud83dx\"",
            "\"\\ud83d\\n\"",
            "\"\\ud83d\\u0041\"",
            "\"\\ude00\"",
            "\"\t\"",
            "\"\\b\\f\\n\\r\\t\\/\\\\\"",
            "1 2",
            "\u{feff}1",
            "[1]//",
        ] {
            same(json);
        }
    }

    #[test]
    fn texts_without_escapes_are_not_copied() {
        assert!(matches!(
            parse("\"abc\""),
            Ok(Value::Text(Cow::Borrowed("abc")))
        ));
        assert!(matches!(parse("\"\\u0061\""), Ok(Value::Text(Cow::Owned(text))) if text == "a"));
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |depth: u32| {
            let depth = depth as usize;
            ["[".repeat(depth), "]".repeat(depth)].concat()
        };
        assert!(parse(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(
            parse(&nested(DEPTH_MAX + 1)),
            Err(JsonError {
                what: "it nests too deep",
                at: DEPTH_MAX as usize
            })
        );
        assert!(parse(&"[".repeat(1_000_000)).is_err());
        assert!(parse(&"{\"a\":".repeat(1_000_000)).is_err());
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(serde_json::Value::from),
            any::<u64>().prop_map(serde_json::Value::from),
            any::<i64>().prop_map(serde_json::Value::from),
            any::<f64>().prop_map(serde_json::Value::from),
            any::<String>().prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|fields| serde_json::Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {

        #[test]
        fn any_value_is_read(value in json(), pretty in any::<bool>()) {
            let json = if pretty {
                serde_json::to_string_pretty(&value)
            } else {
                serde_json::to_string(&value)
            };
            same(&json.expect("a value can be written"));
        }

        #[test]
        fn any_text_is_read_or_refused(json in "[\\[\\]{}:,\"\\\\ntrue0-9.eEu+\\- \u{1}é]{0,24}") {
            same(&json);
        }

        #[test]
        fn a_broken_value_is_refused_as_serde_json_refuses_it(
            value in json(), at in any::<prop::sample::Index>(), by in "[\\[\\]{}:,\"\\\\a0 ]?"
        ) {
            let mut json: Vec<char> =
                serde_json::to_string(&value).expect("a value can be written").chars().collect();
            let at = at.index(json.len());
            json.splice(at..=at, by.chars());
            same(&json.into_iter().collect::<String>());
        }
    }
}
