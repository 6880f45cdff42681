//! From a record to a row, as the text form of `COPY` has it.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// What a record becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Columns, from the fields of a JSON object.
    Json {
        /// Whether a field without a column refuses the record.
        strict: bool,
    },
    /// The one column, as it is.
    Line,
}

/// How rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each record is a row.
    Append,
    /// One row for each key of these columns.
    Upsert(Vec<String>),
}

/// How values stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As text.
    Text,
    /// As JSON.
    Json,
    /// As an array.
    Array,
    /// As bytes.
    Bytes,
}

/// A column that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    /// A record without it can't be told from others.
    pub key: bool,
}

/// The most dimensions of an array.
const DIMENSIONS: usize = 6;

/// The row of `record`, without its end; or why there is none.
pub(super) fn row(record: &[u8], columns: &[Column], format: Format) -> Result<Vec<u8>, String> {
    let text = std::str::from_utf8(record);
    let Format::Json { strict } = format else {
        let mut row = Vec::with_capacity(record.len() + 8);
        match columns.first().map(|column| column.kind) {
            Some(Kind::Bytes) => {
                row.extend_from_slice(b"\\\\x");
                for byte in record {
                    row.extend_from_slice(format!("{byte:02x}").as_bytes());
                }
            }
            _ => escape(text.map_err(|_| "the record is no UTF-8")?, &mut row),
        }
        return Ok(row);
    };
    let text = text.map_err(|_| "the record is no UTF-8")?;
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)
        .map_err(|error| format!("the record is no JSON object: {error}"))?;
    let mut row = Vec::with_capacity(record.len());
    let mut used = 0;
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            row.push(b'\t');
        }
        let value = fields.get(&column.name).map(|value| value.get());
        used += usize::from(value.is_some());
        match value.filter(|value| *value != "null") {
            Some(value) => put(value, column.kind, &mut row)?,
            None if column.key => return Err(format!("the key {} has no value", column.name)),
            None => row.extend_from_slice(b"\\N"),
        }
    }
    if strict && used < fields.len() {
        let known = |name: &&String| !columns.iter().any(|column| column.name == **name);
        let other = fields.keys().find(known).map_or("", String::as_str);
        return Err(format!("the field {other} has no column"));
    }
    Ok(row)
}

/// Puts a value that is JSON, and not null.
fn put(value: &str, kind: Kind, row: &mut Vec<u8>) -> Result<(), String> {
    match (kind, value.as_bytes().first()) {
        (Kind::Json, _) => escape(value, row),
        (Kind::Array, Some(b'[')) => {
            let mut literal = String::new();
            array(value, 1, &mut literal)?;
            escape(&literal, row);
        }
        (_, Some(b'"')) => escape(&string(value)?, row),
        _ => escape(value, row),
    }
    Ok(())
}

fn string(value: &str) -> Result<String, String> {
    serde_json::from_str(value).map_err(|error| format!("a text can't be read: {error}"))
}

/// An array as PostgreSQL writes it: `{1,"a b",NULL,{…}}`.
fn array(value: &str, depth: usize, literal: &mut String) -> Result<(), String> {
    if depth > DIMENSIONS {
        return Err(format!("an array has more than {DIMENSIONS} dimensions"));
    }
    let elements: Vec<&RawValue> =
        serde_json::from_str(value).map_err(|error| format!("an array can't be read: {error}"))?;
    literal.push('{');
    for (at, element) in elements.iter().map(|element| element.get()).enumerate() {
        if at > 0 {
            literal.push(',');
        }
        match element.as_bytes().first() {
            Some(b'[') => array(element, depth + 1, literal)?,
            Some(b'n') => literal.push_str("NULL"),
            Some(b'"') => quote(&string(element)?, literal),
            Some(b'{') => quote(element, literal),
            _ => literal.push_str(element),
        }
    }
    literal.push('}');
    Ok(())
}

fn quote(text: &str, literal: &mut String) {
    literal.push('"');
    for char in text.chars() {
        if matches!(char, '"' | '\\') {
            literal.push('\\');
        }
        literal.push(char);
    }
    literal.push('"');
}

/// Puts text as a field of `COPY`.
fn escape(text: &str, row: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => row.extend_from_slice(b"\\\\"),
            b'\n' => row.extend_from_slice(b"\\n"),
            b'\r' => row.extend_from_slice(b"\\r"),
            b'\t' => row.extend_from_slice(b"\\t"),
            _ => row.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn column(name: &str, kind: Kind) -> Column {
        Column {
            name: name.to_owned(),
            kind,
            key: name == "key",
        }
    }

    fn columns() -> Vec<Column> {
        vec![
            column("key", Kind::Text),
            column("text", Kind::Text),
            column("list", Kind::Array),
            column("more", Kind::Json),
        ]
    }

    fn of(record: &str, strict: bool) -> Result<String, String> {
        let made = row(record.as_bytes(), &columns(), Format::Json { strict })?;
        Ok(String::from_utf8(made).unwrap())
    }

    #[test]
    fn fields_become_columns_by_their_names() {
        for (record, expected) in [
            (r#"{"key":1}"#, r"1	\N	\N	\N"),
            (r#"{"text":"a\tb\\c\nd","key":"k"}"#, r"k	a\tb\\c\nd	\N	\N"),
            (
                r#" {"key":1.50e2,"text":true,"list":[1,"a \"b\\",null,["x"]],"more":{"a": [1]}} "#,
                r#"1.50e2	true	{1,"a \\"b\\\\",NULL,{"x"}}	{"a": [1]}"#,
            ),
            (
                r#"{"key":1,"more":"text","list":"{1,2}"}"#,
                r#"1	\N	{1,2}	"text""#,
            ),
            (
                r#"{"key":1,"text":{"a":"\\"},"more":null}"#,
                r#"1	{"a":"\\\\"}	\N	\N"#,
            ),
            (
                r#"{"key":1,"key":2,"list":[{"a":1}]}"#,
                r#"2	\N	{"{\\"a\\":1}"}	\N"#,
            ),
        ] {
            assert_eq!(of(record, true).as_deref(), Ok(expected), "{record}");
        }
    }

    #[test]
    fn what_is_no_row_is_refused_with_its_reason() {
        for (record, why) in [
            ("", "the record is no JSON object"),
            ("[1]", "the record is no JSON object"),
            (r#"{"key":1}x"#, "the record is no JSON object"),
            (r#"{"text":"a"}"#, "the key key has no value"),
            (r#"{"key":null}"#, "the key key has no value"),
            (r#"{"key":1,"other":2}"#, "the field other has no column"),
            (
                r#"{"key":1,"list":[[[[[[[1]]]]]]]}"#,
                "an array has more than 6 dimensions",
            ),
            (r#"{"key":"\ud800"}"#, "a text can't be read"),
        ] {
            let told = of(record, true).unwrap_err();
            assert!(told.starts_with(why), "{record}: {told}");
        }
        assert_eq!(
            of(r#"{"key":1,"other":2}"#, false).as_deref(),
            Ok(r"1	\N	\N	\N")
        );
        let odd = row(&[0xff], &columns(), Format::Json { strict: true });
        assert_eq!(odd, Err("the record is no UTF-8".to_owned()));
    }

    #[test]
    fn a_whole_record_goes_into_one_column() {
        let of = |record: &[u8], kind| row(record, &[column("it", kind)], Format::Line);
        assert_eq!(of(b"a\tb\\", Kind::Text).unwrap(), b"a\\tb\\\\");
        assert_eq!(of(b"\xff\x00", Kind::Bytes).unwrap(), b"\\\\xff00");
        assert!(of(b"\xff", Kind::Text).is_err());
    }

    /// What the server reads of a field.
    fn unescape(field: &str) -> String {
        let mut chars = field.chars();
        let mut text = String::new();
        while let Some(char) = chars.next() {
            text.push(match char {
                '\\' => match chars.next().unwrap() {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                },
                plain => plain,
            });
        }
        text
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(text in any::<String>(), key in any::<String>()) {
            let record = serde_json::json!({ "key": key, "text": text, "list": [text] }).to_string();
            let row = of(&record, true).unwrap();
            let fields: Vec<&str> = row.split('\t').collect();
            prop_assert!(!row.contains('\n'));
            prop_assert_eq!(fields.len(), 4);
            prop_assert_eq!(unescape(fields[0]), key);
            prop_assert_eq!(unescape(fields[1]), &text[..]);
            let list = unescape(fields[2]);
            let inside = list.strip_prefix("{\"").unwrap().strip_suffix("\"}").unwrap();
            let mut chars = inside.chars();
            let mut read = String::new();
            while let Some(char) = chars.next() {
                read.push(if char == '\\' { chars.next().unwrap() } else { char });
            }
            prop_assert_eq!(read, text);
        }

        #[test]
        fn any_bytes_are_a_row_or_refused(record in proptest::collection::vec(any::<u8>(), 0..64)) {
            for format in [Format::Line, Format::Json { strict: true }] {
                if let Ok(row) = row(&record, &columns(), format) {
                    prop_assert!(!row.contains(&b'\n'));
                }
            }
        }
    }
}
