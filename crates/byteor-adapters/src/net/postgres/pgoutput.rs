//! What the plugin `pgoutput` says of a transaction, message by message (its protocol 1). No crate that
//! others rely on reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;

/// One message, as far as it is used.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// A transaction begins: where its commit is, when that was in microseconds since 2000, its number.
    Begin { commit: u64, at: i64, xid: u32 },
    /// It ends: what follows begins behind `end`.
    Commit { commit: u64, end: u64 },
    /// A table is so from here on.
    Relation(u32, Relation),
    /// A row came.
    Insert { table: u32, new: Tuple<'a> },
    /// A row is another one.
    Update {
        table: u32,
        old: Option<Old<'a>>,
        new: Tuple<'a>,
    },
    /// A row went.
    Delete { table: u32, old: Old<'a> },
    /// All rows of tables went.
    Truncate {
        tables: Vec<u32>,
        cascade: bool,
        restart: bool,
    },
    /// Nothing that becomes a record.
    Other,
}

/// A table, as it was when the change was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    pub schema: String,
    pub name: String,
    /// Whether changes carry the whole old row.
    pub full: bool,
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub name: String,
    pub key: bool,
    pub kind: u32,
}

/// Values, one for each column.
pub(super) type Tuple<'a> = Vec<Value<'a>>;

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Null,
    /// A large one that didn't change, and isn't said.
    Unchanged,
    Text(&'a [u8]),
}

/// What is said of a row as it was.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Old<'a> {
    /// Its key; other columns are null.
    Key(Tuple<'a>),
    /// All of it.
    Row(Tuple<'a>),
}

/// Takes a message apart; nothing where it isn't one.
pub(super) fn said(message: &[u8]) -> Option<Said<'_>> {
    let mut rest = Rest(message);
    let said = match rest.byte()? {
        b'B' => Said::Begin {
            commit: rest.u64()?,
            at: rest.u64()?.cast_signed(),
            xid: rest.u32()?,
        },
        b'C' => {
            rest.byte()?;
            let (commit, end) = (rest.u64()?, rest.u64()?);
            rest.u64()?;
            Said::Commit { commit, end }
        }
        b'R' => {
            let id = rest.u32()?;
            Said::Relation(id, rest.relation()?)
        }
        b'I' => {
            let table = rest.u32()?;
            match rest.byte()? {
                b'N' => Said::Insert {
                    table,
                    new: rest.tuple()?,
                },
                _ => return None,
            }
        }
        b'U' => {
            let table = rest.u32()?;
            let (old, next) = match rest.byte()? {
                b'N' => (None, b'N'),
                kind => (Some(rest.old(kind)?), rest.byte()?),
            };
            match next {
                b'N' => Said::Update {
                    table,
                    old,
                    new: rest.tuple()?,
                },
                _ => return None,
            }
        }
        b'D' => {
            let table = rest.u32()?;
            let kind = rest.byte()?;
            Said::Delete {
                table,
                old: rest.old(kind)?,
            }
        }
        b'T' => {
            let count = usize::try_from(rest.u32()?).ok()?;
            let options = rest.byte()?;
            if count > rest.0.len() / 4 {
                return None;
            }
            let tables = (0..count).map(|_| rest.u32());
            Said::Truncate {
                tables: tables.collect::<Option<_>>()?,
                cascade: options & 1 != 0,
                restart: options & 2 != 0,
            }
        }
        // Origins, types, messages of the application.
        b'O' | b'Y' | b'M' => return Some(Said::Other),
        _ => return None,
    };
    rest.0.is_empty().then_some(said)
}

/// What of a message wasn't read yet.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let end = memchr::memchr(0, self.0)?;
        let text = self.take(end)?;
        self.take(1)?;
        String::from_utf8(text.to_vec()).ok()
    }

    fn relation(&mut self) -> Option<Relation> {
        let (schema, name) = (self.text()?, self.text()?);
        let identity = self.byte()?;
        let count = self.u16()?;
        let mut columns = Vec::new();
        for _ in 0..count {
            let flags = self.byte()?;
            let name = self.text()?;
            let kind = self.u32()?;
            self.u32()?;
            columns.push(Column {
                name,
                key: flags & 1 != 0,
                kind,
            });
        }
        Some(Relation {
            // Nothing stands there for the catalogue.
            schema: match schema.is_empty() {
                true => "pg_catalog".to_owned(),
                false => schema,
            },
            name,
            full: identity == b'f',
            columns,
        })
    }

    fn tuple(&mut self) -> Option<Tuple<'a>> {
        let count = self.u16()?;
        let mut values = Vec::new();
        for _ in 0..count {
            values.push(match self.byte()? {
                b'n' => Value::Null,
                b'u' => Value::Unchanged,
                b't' => {
                    let len = usize::try_from(self.u32()?).ok()?;
                    Value::Text(self.take(len)?)
                }
                _ => return None,
            });
        }
        Some(values)
    }

    fn old(&mut self, kind: u8) -> Option<Old<'a>> {
        match kind {
            b'K' => Some(Old::Key(self.tuple()?)),
            b'O' => Some(Old::Row(self.tuple()?)),
            _ => None,
        }
    }
}

/// The transaction that changes belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    pub commit: u64,
    pub at: i64,
    pub xid: u32,
}

/// The tables that were spoken of, and how changes of them become records.
#[derive(Default)]
pub(super) struct Tables(BTreeMap<u32, Relation>);

/// A change as a record; not quite as it was, where some text of it is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub json: String,
    pub whole: bool,
}

impl Tables {
    pub fn learn(&mut self, id: u32, relation: Relation) {
        self.0.insert(id, relation);
    }

    /// The records of a change, the first of which is the record `index` of its transaction. Nothing where
    /// it speaks of a table or of columns that nobody spoke of before.
    pub fn records(&self, of: Transaction, index: u64, change: &Said<'_>) -> Option<Vec<Record>> {
        let one = |table: &u32, op: &str, index: u64| {
            let relation = self.0.get(table)?;
            Some((Writing::begin(of, index, op, relation), relation))
        };
        let writing = match change {
            Said::Insert { table, new } => {
                let (mut writing, relation) = one(table, "insert", index)?;
                writing.key("key", relation, new)?;
                writing.row("new", relation, new)?;
                writing
            }
            Said::Update { table, old, new } => {
                let (mut writing, relation) = one(table, "update", index)?;
                writing.key("key", relation, new)?;
                match old {
                    Some(Old::Key(old)) => writing.key("old_key", relation, old)?,
                    Some(Old::Row(old)) => writing.row("old", relation, old)?,
                    None => {}
                }
                writing.row("new", relation, new)?;
                writing
            }
            Said::Delete { table, old } => {
                let (mut writing, relation) = one(table, "delete", index)?;
                match old {
                    Old::Key(old) => writing.key("key", relation, old)?,
                    Old::Row(old) => writing.row("old", relation, old)?,
                }
                writing
            }
            Said::Truncate {
                tables,
                cascade,
                restart,
            } => {
                let truncated = |(table, index): (&u32, u64)| {
                    let (mut writing, _) = one(table, "truncate", index)?;
                    let _ = write!(
                        writing.json,
                        ",\"cascade\":{cascade},\"restart_identity\":{restart}"
                    );
                    Some(writing.end())
                };
                return tables.iter().zip(index..).map(truncated).collect();
            }
            _ => return Some(Vec::new()),
        };
        Some(vec![writing.end()])
    }
}

/// A record that is written.
struct Writing {
    json: String,
    whole: bool,
}

impl Writing {
    fn begin(of: Transaction, index: u64, op: &str, relation: &Relation) -> Self {
        let mut writing = Self {
            json: format!("{{\"op\":\"{op}\",\"schema\":"),
            whole: true,
        };
        writing.text(&relation.schema);
        writing.json.push_str(",\"table\":");
        writing.text(&relation.name);
        let (lsn, at, xid) = (written_lsn(of.commit), written_time(of.at), of.xid);
        let _ = write!(
            writing.json,
            ",\"lsn\":\"{lsn}\",\"index\":{index},\"xid\":{xid},\"at\":\"{at}\""
        );
        writing
    }

    fn end(mut self) -> Record {
        self.json.push('}');
        Record {
            json: self.json,
            whole: self.whole,
        }
    }

    /// The columns that tell rows apart, where that isn't all of them.
    fn key(&mut self, name: &str, relation: &Relation, row: &Tuple<'_>) -> Option<()> {
        let has = !relation.full && relation.columns.iter().any(|column| column.key);
        match has {
            true => self.object(name, relation, row, |column| column.key),
            false => Some(()),
        }
    }

    fn row(&mut self, name: &str, relation: &Relation, row: &Tuple<'_>) -> Option<()> {
        self.object(name, relation, row, |_| true)?;
        let columns = std::iter::zip(&relation.columns, row);
        let unchanged = columns.filter(|(_, value)| **value == Value::Unchanged);
        let unchanged: Vec<_> = unchanged.map(|(column, _)| column.name.as_str()).collect();
        if !unchanged.is_empty() {
            let _ = write!(self.json, ",\"unchanged\":{}", serde_json::json!(unchanged));
        }
        Some(())
    }

    fn object(
        &mut self,
        name: &str,
        relation: &Relation,
        row: &Tuple<'_>,
        of: impl Fn(&Column) -> bool,
    ) -> Option<()> {
        if row.len() != relation.columns.len() {
            return None;
        }
        let _ = write!(self.json, ",\"{name}\":{{");
        let mut first = true;
        for (column, value) in std::iter::zip(&relation.columns, row) {
            if !of(column) || *value == Value::Unchanged {
                continue;
            }
            if !first {
                self.json.push(',');
            }
            first = false;
            self.text(&column.name);
            self.json.push(':');
            match value {
                Value::Text(text) => self.value(column.kind, text),
                Value::Null | Value::Unchanged => self.json.push_str("null"),
            }
        }
        self.json.push('}');
        Some(())
    }

    /// A value as `row_to_json` has it: numbers, truth and JSON as themselves, the rest as text.
    fn value(&mut self, kind: u32, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        self.whole &= matches!(text, std::borrow::Cow::Borrowed(_));
        match kind {
            BOOL if *text == *"t" => self.json.push_str("true"),
            BOOL if *text == *"f" => self.json.push_str("false"),
            kind if NUMBERS.contains(&kind) && is_json(&text) => self.json.push_str(&text),
            kind if JSON.contains(&kind) && is_json(&text) => {
                // Where a line ends is space in JSON; in a text there is none.
                self.json.extend(text.chars().map(|char| match char {
                    '\n' | '\r' | '\t' => ' ',
                    char => char,
                }));
            }
            _ => self.text(&text),
        }
    }

    fn text(&mut self, text: &str) {
        self.json.push_str(&serde_json::json!(text).to_string());
    }
}

const BOOL: u32 = 16;
/// `int8`, `int2`, `int4`, `oid`, `float4`, `float8`, `numeric`.
const NUMBERS: [u32; 7] = [20, 21, 23, 26, 700, 701, 1700];
/// `json`, `jsonb`.
const JSON: [u32; 2] = [114, 3802];

fn is_json(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok()
}

/// A place in the write-ahead log, as PostgreSQL writes it.
pub(super) fn written_lsn(lsn: u64) -> String {
    format!("{:X}/{:X}", lsn >> 32, lsn & 0xffff_ffff)
}

/// The same read.
pub(super) fn read_lsn(text: &str) -> Option<u64> {
    let (high, low) = text.split_once('/')?;
    let part = |text| u32::from_str_radix(text, 16).ok().map(u64::from);
    Some(part(high)? << 32 | part(low)?)
}

/// Microseconds between 1970 and 2000.
pub(super) const SINCE_2000: i64 = 946_684_800_000_000;

/// Microseconds since 2000, in the form of RFC 3339.
fn written_time(at: i64) -> String {
    let at = at.saturating_add(SINCE_2000);
    let (days, rest) = (at.div_euclid(DAY), at.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let (seconds, micros) = (rest / 1_000_000, rest % 1_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
}

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The date of a day since 1970, in the calendar that goes on for ever: years begin in March, so that the
/// odd day is the last one.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        bytes.push(0);
        bytes
    }

    fn relation(full: bool) -> Vec<u8> {
        let columns = [
            ("id", 20_u32, 1_u8),
            ("ok", 16, 0),
            ("more", 114, 0),
            ("t", 25, 0),
        ];
        let mut bytes = [&b"R\0\0\0\x07"[..], &text("public"), &text("a \"b\"")].concat();
        bytes.push(if full { b'f' } else { b'd' });
        bytes.extend_from_slice(&(columns.len() as u16).to_be_bytes());
        for (name, kind, key) in columns {
            bytes.push(key);
            bytes.extend(text(name));
            bytes.extend(kind.to_be_bytes());
            bytes.extend((-1_i32).to_be_bytes());
        }
        bytes
    }

    fn tuple(values: &[Option<&str>]) -> Vec<u8> {
        let mut bytes = (values.len() as u16).to_be_bytes().to_vec();
        for value in values {
            match value {
                None => bytes.push(b'n'),
                Some("…") => bytes.push(b'u'),
                Some(value) => {
                    bytes.push(b't');
                    bytes.extend((value.len() as u32).to_be_bytes());
                    bytes.extend_from_slice(value.as_bytes());
                }
            }
        }
        bytes
    }

    fn tables(full: bool) -> Tables {
        let mut tables = Tables::default();
        let bytes = relation(full);
        let Some(Said::Relation(id, relation)) = said(&bytes) else {
            panic!("it is one");
        };
        tables.learn(id, relation);
        tables
    }

    fn record(tables: &Tables, message: &[u8]) -> String {
        let of = Transaction {
            commit: 0x1_0000_002a,
            at: 0,
            xid: 9,
        };
        let records = tables.records(of, 3, &said(message).unwrap()).unwrap();
        let [record] = &records[..] else {
            panic!("{records:?}");
        };
        assert!(record.whole);
        let value: serde_json::Value = serde_json::from_str(&record.json).unwrap();
        assert!(value.is_object() && !record.json.contains('\n'));
        let begin = r#"{"op":""#;
        let head = r#"","schema":"public","table":"a \"b\"","lsn":"1/2A","index":3,"xid":9,"at":"2000-01-01T00:00:00.000000Z""#;
        record.json.replace(begin, "").replace(head, "")
    }

    #[test]
    fn changes_become_objects_with_what_is_known_of_the_row() {
        let (keyed, full) = (tables(false), tables(true));
        let row = tuple(&[Some("7"), Some("t"), Some("{\"x\":\n1}"), Some("a\"b")]);
        let key = tuple(&[Some("6"), None, None, None]);
        let toast = tuple(&[Some("7"), None, Some("…"), Some("…")]);
        let change = |head: &[u8], parts: &[&[u8]]| [&[head], parts].concat().concat();
        let insert = change(b"I\0\0\0\x07N", &[&row]);
        assert_eq!(
            record(&keyed, &insert),
            r#"insert,"key":{"id":7},"new":{"id":7,"ok":true,"more":{"x": 1},"t":"a\"b"}}"#
        );
        let update = change(b"U\0\0\0\x07N", &[&toast]);
        assert_eq!(
            record(&keyed, &update),
            r#"update,"key":{"id":7},"new":{"id":7,"ok":null},"unchanged":["more","t"]}"#
        );
        let other_key = change(b"U\0\0\0\x07K", &[&key, b"N", &toast]);
        assert_eq!(
            record(&keyed, &other_key),
            r#"update,"key":{"id":7},"old_key":{"id":6},"new":{"id":7,"ok":null},"unchanged":["more","t"]}"#
        );
        let delete = change(b"D\0\0\0\x07K", &[&key]);
        assert_eq!(record(&keyed, &delete), r#"delete,"key":{"id":6}}"#);
        let delete = change(b"D\0\0\0\x07O", &[&row]);
        assert_eq!(
            record(&full, &delete),
            r#"delete,"old":{"id":7,"ok":true,"more":{"x": 1},"t":"a\"b"}}"#
        );
        let truncate = b"T\0\0\0\x01\x01\0\0\0\x07";
        assert_eq!(
            record(&keyed, truncate),
            r#"truncate,"cascade":true,"restart_identity":false}"#
        );
    }

    #[test]
    fn numbers_and_json_are_themselves_only_where_they_are_json() {
        for (kind, value, expected) in [
            (20, "9007199254740993", "9007199254740993"),
            (1700, "1.50", "1.50"),
            (1700, "NaN", "\"NaN\""),
            (701, "-Infinity", "\"-Infinity\""),
            (701, "1e+300", "1e+300"),
            (16, "t", "true"),
            (16, "x", "\"x\""),
            (114, "{broken", "\"{broken\""),
            (3802, "[1, \"\\n\"]", "[1, \"\\n\"]"),
            (25, "1", "\"1\""),
            (1007, "{1,2}", "\"{1,2}\""),
        ] {
            let mut writing = Writing {
                json: String::new(),
                whole: true,
            };
            writing.value(kind, value.as_bytes());
            assert_eq!(writing.json, expected, "{kind} {value}");
        }
    }

    #[test]
    fn text_that_is_none_is_told() {
        let (tables, mut message) = (tables(false), b"I\0\0\0\x07N".to_vec());
        message.extend(tuple(&[Some("7"), None, None, Some("?")]));
        *message.last_mut().unwrap() = 0xff;
        let of = Transaction {
            commit: 1,
            at: 0,
            xid: 1,
        };
        let records = tables.records(of, 0, &said(&message).unwrap()).unwrap();
        assert!(!records[0].whole && records[0].json.contains('\u{fffd}'));
    }

    #[test]
    fn what_is_no_message_is_none() {
        let row = [&b"I\0\0\0\x07N"[..], &tuple(&[Some("7")])].concat();
        for odd in [
            &b""[..],
            b"x",
            b"B\0",
            b"I\0\0\0\x07X",
            b"T\xff\xff\xff\xff\0",
            &row[..row.len() - 1],
            &[&row[..], b"x"].concat(),
            b"I\0\0\0\x07N\0\x01t\xff\xff\xff\xffabc",
            b"R\0\0\0\x07name",
        ] {
            assert_eq!(said(odd), None, "{odd:?}");
        }
        let of = Transaction {
            commit: 1,
            at: 0,
            xid: 1,
        };
        // Another table, and another number of columns, than what was spoken of.
        let unknown = [&b"I\0\0\0\x08N"[..], &tuple(&[Some("7")])].concat();
        for odd in [&row, &unknown] {
            assert_eq!(tables(false).records(of, 0, &said(odd).unwrap()), None);
        }
    }

    #[test]
    fn times_and_places_are_written_as_elsewhere() {
        for (at, expected) in [
            (0, "2000-01-01T00:00:00.000000Z"),
            (-1, "1999-12-31T23:59:59.999999Z"),
            (825_509_106_123_456, "2026-02-27T12:05:06.123456Z"),
            (5_097_600_000_000, "2000-02-29T00:00:00.000000Z"),
        ] {
            assert_eq!(written_time(at), expected);
        }
        for lsn in [0, 1, 0xffff_ffff, 0x1_0000_0000, u64::MAX] {
            assert_eq!(read_lsn(&written_lsn(lsn)), Some(lsn));
        }
        for odd in ["", "1", "1/", "g/1", "1/100000000"] {
            assert_eq!(read_lsn(odd), None, "{odd}");
        }
        assert!(!written_time(i64::MAX).is_empty() && !written_time(i64::MIN).is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..80), kind in 0_usize..8) {
            let mut message = vec![b"BCRIUDTO"[kind]];
            message.extend(bytes);
            if let Some(said) = said(&message) {
                let of = Transaction { commit: 1, at: i64::MAX, xid: 1 };
                let _ = tables(false).records(of, 0, &said);
            }
        }

        #[test]
        fn any_text_of_any_type_is_json(value in any::<String>(), kind in proptest::sample::select(vec![16_u32, 20, 25, 114, 701, 1700, 3802])) {
            let mut writing = Writing { json: String::new(), whole: true };
            writing.value(kind, value.as_bytes());
            prop_assert!(serde_json::from_str::<serde_json::Value>(&writing.json).is_ok(), "{}", writing.json);
            prop_assert!(!writing.json.contains('\n'));
        }
    }
}
