//! The lines of a KV text by key, checked for form.

use std::collections::HashMap;
use std::fmt;

use byteor_json::Args;

use super::decode::LISTS;

/// The longest KV text that is decoded, in bytes.
pub const KV_MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a text is no spec, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KvError {
    /// Stable code, `E_KV_…`.
    pub code: &'static str,
    /// Line, from 1; the line after the last where something is missing.
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// What is wrong, for people.
    pub message: String,
    /// Named parts of the message.
    pub args: Args,
}

impl fmt::Display for KvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at line {}, column {}: {}",
            self.code, self.line, self.column, self.message
        )
    }
}

impl std::error::Error for KvError {}

#[derive(Clone, Copy)]
pub(super) struct Field<'t> {
    pub(super) value: &'t str,
    pub(super) line: u32,
    /// Column of the value, from 1.
    column: u32,
}

/// A list of a spec: the path of it, what its items have, and those of their fields that are lists.
pub(super) struct List {
    pub(super) path: &'static str,
    pub(super) fields: &'static [&'static str],
    pub(super) lists: &'static [&'static str],
}

impl List {
    /// The item that a key is about: its index and field, where it is one of this list.
    fn item<'k>(&self, key: &'k str) -> Option<(u32, &'k str)> {
        let tail = key.strip_prefix(self.path)?.strip_prefix('.')?;
        let (index, field) = tail.split_once('.')?;
        let known = self.fields.contains(&field)
            || field.split_once('.').is_some_and(|(list, place)| {
                self.lists.contains(&list) && decimal(place).is_some()
            });
        decimal(index).filter(|_| known).map(|index| (index, field))
    }
}

pub(super) struct Fields<'t> {
    by_key: HashMap<&'t str, Field<'t>>,
    /// The largest index of each list, by its path.
    last: HashMap<&'t str, u32>,
    lines: u32,
    /// The first lines of a ring and of a graph.
    pub(super) ring: Option<u32>,
    pub(super) graph: Option<u32>,
}

impl<'t> Fields<'t> {
    pub(super) fn read(text: &'t str) -> Result<Self, KvError> {
        if text.len() > KV_MAX_BYTES {
            return Err(error(
                "E_KV_TOO_LONG",
                1,
                1,
                format!(
                    "the text has {} bytes; the most is {KV_MAX_BYTES}",
                    text.len()
                ),
                [
                    ("bytes", text.len().to_string()),
                    ("limit", KV_MAX_BYTES.to_string()),
                ],
            ));
        }
        let mut fields = Self {
            by_key: HashMap::new(),
            last: HashMap::new(),
            lines: 0,
            ring: None,
            graph: None,
        };
        let body = text.strip_suffix('\n').unwrap_or(text);
        if !body.is_empty() || text.ends_with('\n') {
            for line in body.split('\n') {
                fields.lines += 1;
                let (key, field) = read_line(line, fields.lines)?;
                fields.add(key, field)?;
            }
        }
        Ok(fields)
    }

    fn add(&mut self, key: &'t str, field: Field<'t>) -> Result<(), KvError> {
        if let Some(first) = self.by_key.insert(key, field) {
            return Err(error(
                "E_KV_DUPLICATE",
                field.line,
                1,
                format!(
                    "`{}` is given twice, first in line {}",
                    excerpt(key),
                    first.line
                ),
                [
                    ("key", key.to_owned()),
                    ("first_line", first.line.to_string()),
                ],
            ));
        }
        if key.starts_with("single_ring.") {
            self.ring.get_or_insert(field.line);
        } else if key.starts_with("lane_graph.") {
            self.graph.get_or_insert(field.line);
        }
        for list in &LISTS {
            let Some((index, field)) = list.item(key) else {
                continue;
            };
            self.is_in(&key[..list.path.len()], index);
            if let Some((_, place)) = field.split_once('.')
                && let Some(index) = decimal(place)
            {
                self.is_in(&key[..key.len() - place.len() - 1], index);
            }
        }
        Ok(())
    }

    fn is_in(&mut self, list: &'t str, index: u32) {
        let last = self.last.entry(list).or_insert(index);
        *last = (*last).max(index);
    }

    pub(super) fn get(&self, key: &str) -> Option<Field<'t>> {
        self.by_key.get(key).copied()
    }

    /// A field of the spec that stands in no list.
    pub(super) fn at(&self, path: &str) -> Item<'_, 't> {
        Item {
            fields: self,
            base: path.len(),
            key: path.to_owned(),
        }
    }

    /// How many items a list has. Their indices must be 0, 1, 2 and so on.
    pub(super) fn count(&self, list: &List) -> Result<u32, KvError> {
        let Some(&last) = self.last.get(list.path) else {
            return Ok(0);
        };
        let mut item = self.at("");
        let missing = (0..=last).find(|&index| {
            item.go_to(list.path, index);
            let is_there = list.fields.iter().any(|field| item.get(field).is_some())
                || (list.lists.iter()).any(|field| self.last.contains_key(item.key(field)));
            !is_there
        });
        match missing {
            None => Ok(last + 1),
            Some(expected) => {
                let items = self.by_key.iter().filter_map(|(key, field)| {
                    let (index, _) = list.item(key)?;
                    (index > expected).then_some((index, field.line))
                });
                Err(gap(list.path, expected, items.min()))
            }
        }
    }
}

/// The fields of one thing: their keys go on from its path. One buffer serves all keys.
pub(super) struct Item<'f, 't> {
    fields: &'f Fields<'t>,
    key: String,
    base: usize,
}

impl<'t> Item<'_, 't> {
    /// Goes on with the item of a list.
    pub(super) fn go_to(&mut self, list: &str, index: u32) {
        self.key.clear();
        self.key.push_str(list);
        self.key.push('.');
        super::push_number(&mut self.key, u64::from(index));
        self.key.push('.');
        self.base = self.key.len();
    }

    pub(super) fn key(&mut self, field: &str) -> &str {
        self.key.truncate(self.base);
        self.key.push_str(field);
        &self.key
    }

    pub(super) fn get(&mut self, field: &str) -> Option<Field<'t>> {
        let fields = self.fields;
        fields.get(self.key(field))
    }

    pub(super) fn need(&mut self, field: &str) -> Result<Field<'t>, KvError> {
        self.get(field)
            .ok_or_else(|| missing(&self.key, self.fields.lines))
    }

    pub(super) fn text(&mut self, field: &str) -> Result<String, KvError> {
        self.need(field).map(|field| field.value.to_owned())
    }

    pub(super) fn number(&mut self, field: &str) -> Result<u32, KvError> {
        let found = self.need(field)?;
        number(&self.key, found)
    }

    pub(super) fn name<T>(
        &mut self,
        field: &str,
        names: &[&str],
        from: impl Fn(&str) -> Option<T>,
    ) -> Result<T, KvError> {
        let found = self.need(field)?;
        from(found.value)
            .ok_or_else(|| value_error(&self.key, found, &format!("one of {}", names.join(", "))))
    }

    /// A field that is a list, with what `read` makes of each of its values.
    fn list<T>(
        &mut self,
        field: &str,
        read: impl Fn(&str, Field<'t>) -> Result<T, KvError>,
    ) -> Result<Vec<T>, KvError> {
        let fields = self.fields;
        let Some(&last) = fields.last.get(self.key(field)) else {
            return Ok(Vec::new());
        };
        let mut key = self.key.clone();
        let path = key.len();
        // Whatever index the text names, there are at most as many values as lines.
        let mut values = Vec::new();
        for index in 0..=last {
            key.truncate(path);
            key.push('.');
            super::push_number(&mut key, u64::from(index));
            let Some(value) = fields.get(&key) else {
                let list = &key[..path];
                let items = fields.by_key.iter().filter_map(|(key, field)| {
                    let place = key.strip_prefix(list)?.strip_prefix('.')?;
                    let other = decimal(place).filter(|&other| other > index)?;
                    Some((other, field.line))
                });
                return Err(gap(list, index, items.min()));
            };
            values.push(read(&key, value)?);
        }
        Ok(values)
    }

    pub(super) fn texts(&mut self, field: &str) -> Result<Vec<String>, KvError> {
        self.list(field, |_, value| Ok(value.value.to_owned()))
    }

    pub(super) fn numbers(&mut self, field: &str) -> Result<Vec<u32>, KvError> {
        self.list(field, number)
    }

    /// An error about the value of a field.
    pub(super) fn wrong(&mut self, field: &str, found: Field<'_>, expected: &str) -> KvError {
        value_error(self.key(field), found, expected)
    }
}

fn number(key: &str, field: Field<'_>) -> Result<u32, KvError> {
    decimal(field.value).ok_or_else(|| {
        value_error(
            key,
            field,
            "a decimal integer from 0 to 4294967295 without leading zeros",
        )
    })
}

fn missing(key: &str, lines: u32) -> KvError {
    error(
        "E_KV_MISSING",
        lines + 1,
        1,
        format!("`{}` is missing", excerpt(key)),
        [("key", key.to_owned())],
    )
}

/// A list that leaves out the index `expected`, and goes on with another one in some line.
fn gap(list: &str, expected: u32, next: Option<(u32, u32)>) -> KvError {
    let (index, line) = next.unwrap_or_default();
    error(
        "E_KV_GAP",
        line,
        1,
        format!("`{list}` goes on with index {index}, but {expected} is missing"),
        [
            ("key", list.to_owned()),
            ("index", index.to_string()),
            ("expected", expected.to_string()),
        ],
    )
}

pub(super) fn error<const N: usize>(
    code: &'static str,
    line: u32,
    column: u32,
    message: String,
    args: [(&'static str, String); N],
) -> KvError {
    let mut named = Args::new();
    for (name, value) in args {
        named.insert(name, value);
    }
    KvError {
        code,
        line,
        column,
        message,
        args: named,
    }
}

/// At most this much of a foreign text is repeated in a message.
fn excerpt(text: &str) -> String {
    const MOST: usize = 60;
    if text.len() <= MOST {
        text.to_owned()
    } else {
        format!("{}…", &text[..MOST])
    }
}

fn value_error(key: &str, field: Field<'_>, expected: &str) -> KvError {
    error(
        "E_KV_VALUE",
        field.line,
        field.column,
        format!(
            "`{}` is `{}`, but must be {expected}",
            excerpt(key),
            excerpt(field.value)
        ),
        [
            ("key", key.to_owned()),
            ("value", excerpt(field.value)),
            ("expected", expected.to_owned()),
        ],
    )
}

fn read_line(line: &str, number: u32) -> Result<(&str, Field<'_>), KvError> {
    if let Some(at) = line.bytes().position(|b| !(0x20..0x7f).contains(&b)) {
        let byte = line.as_bytes()[at];
        return Err(error(
            "E_KV_ENCODING",
            number,
            at as u32 + 1,
            format!("byte 0x{byte:02x} is not printable ASCII"),
            [("byte", format!("0x{byte:02x}"))],
        ));
    }
    let Some((key, value)) = line.split_once('=') else {
        return Err(error(
            "E_KV_LINE",
            number,
            1,
            format!("`{}` has no `=`: each line is `key=value`", excerpt(line)),
            [],
        ));
    };
    let bad = key.split('.').scan(1u32, |column, segment| {
        let at = *column;
        *column += segment.len() as u32 + 1;
        Some((at, segment))
    });
    for (at, segment) in bad {
        let form = !segment.is_empty()
            && segment
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let index = segment.starts_with(|c: char| c.is_ascii_digit());
        if !form || (index && decimal(segment).is_none()) {
            return Err(error(
                "E_KV_KEY",
                number,
                at,
                format!(
                    "`{}` is no key: it is made of parts from a to z, 0 to 9 and _ with dots between, and an index has no leading zeros",
                    excerpt(key)
                ),
                [("key", excerpt(key))],
            ));
        }
    }
    Ok((
        key,
        Field {
            value,
            line: number,
            column: key.len() as u32 + 2,
        },
    ))
}

/// A decimal integer without sign or leading zeros.
fn decimal(text: &str) -> Option<u32> {
    let plain = !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_digit())
        && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}
