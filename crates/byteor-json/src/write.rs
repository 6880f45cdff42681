//! Writing JSON.

use std::fmt;

use serde::Serialize;
use serde::ser;

/// The error of a writer that can't fail: there is none.
#[derive(Debug)]
pub enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

impl ser::Error for Never {
    /// Only `Serialize` implementations written by hand can call this. Those of types that cross a
    /// WebAssembly boundary are derived, or don't.
    fn custom<T: fmt::Display>(message: T) -> Self {
        panic!("a type that can't be written as JSON crossed the boundary: {message}")
    }
}

/// Appends `value` to `out`, byte for byte as `serde_json::to_vec` writes it. Maps have text keys.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    match value.serialize(Writer(out)) {
        Ok(()) => {}
        Err(never) => match never {},
    }
}

/// Writes one value.
struct Writer<'o>(&'o mut Vec<u8>);

/// Writes the parts of a value, each with a comma behind; the end puts its bracket in the place of
/// the last comma. So there is nothing to remember.
struct Parts<'o> {
    out: &'o mut Vec<u8>,
    end: &'static [u8],
}

impl Parts<'_> {
    fn close(self) -> Result<(), Never> {
        // A part ends with a quote, a digit, a letter or a bracket: a comma is ours.
        if self.out.last() == Some(&b',') {
            self.out.pop();
        }
        self.out.extend_from_slice(self.end);
        Ok(())
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        value.serialize(Writer(self.out))?;
        self.out.push(b',');
        Ok(())
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Never> {
        name_of(self.out, name);
        self.item(value)
    }
}

/// A field's name and the colon. Names in Rust need no escapes.
fn name_of(out: &mut Vec<u8>, name: &str) {
    debug_assert_eq!(plain(name.as_bytes()), name.len());
    out.reserve(name.len() + 3);
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// A decimal number.
fn digits(out: &mut Vec<u8>, mut number: u64) {
    if number < 10 {
        out.push(b'0' + number as u8);
        return;
    }
    let mut text = [0u8; 20];
    let mut at = text.len();
    while number > 0 {
        at -= 1;
        text[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&text[at..]);
}

/// How many bytes from the start need no escape: neither quote nor backslash nor control character.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES * 0x80;
    let mut at = 0;
    // Eight at a time: a byte's high bit in the mask says that it needs one. Bits above the first
    // may be wrong, so only the first counts.
    while let Some(chunk) = bytes[at..].first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        let quote = word ^ (ONES * b'"' as u64);
        let backslash = word ^ (ONES * b'\\' as u64);
        let mask = ((word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash))
            & HIGH;
        if mask != 0 {
            return at + mask.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes[at..]
        .iter()
        .position(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'))
        .map_or(bytes.len(), |rest| at + rest)
}

/// A text in quotes.
fn text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    out.reserve(rest.len() + 2);
    out.push(b'"');
    loop {
        let run = plain(rest);
        out.extend_from_slice(&rest[..run]);
        let Some(&byte) = rest.get(run) else { break };
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            0x08 => b'b',
            0x0c => b'f',
            _ => 0,
        };
        if short == 0 {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&byteor_ascii::hex_pair(byte));
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
        rest = &rest[run + 1..];
    }
    out.push(b'"');
}

impl<'o> Writer<'o> {
    fn parts(self, start: u8, end: &'static [u8]) -> Parts<'o> {
        self.0.push(start);
        Parts { out: self.0, end }
    }

    /// The start of an object whose one field is a variant's name.
    fn variant(self, name: &str) -> Self {
        self.0.push(b'{');
        name_of(self.0, name);
        self
    }
}

macro_rules! unsigned {
    ($($name:ident $type:ty)+) => { $(
        fn $name(self, value: $type) -> Result<(), Never> {
            digits(self.0, u64::from(value));
            Ok(())
        }
    )+ };
}

macro_rules! signed {
    ($($name:ident $type:ty)+) => { $(
        fn $name(self, value: $type) -> Result<(), Never> {
            if value < 0 {
                self.0.push(b'-');
            }
            digits(self.0, i64::from(value).unsigned_abs());
            Ok(())
        }
    )+ };
}

impl<'o> ser::Serializer for Writer<'o> {
    type Ok = ();
    type Error = Never;
    type SerializeSeq = Parts<'o>;
    type SerializeTuple = Parts<'o>;
    type SerializeTupleStruct = Parts<'o>;
    type SerializeTupleVariant = Parts<'o>;
    type SerializeMap = Parts<'o>;
    type SerializeStruct = Parts<'o>;
    type SerializeStructVariant = Parts<'o>;

    unsigned! { serialize_u8 u8 serialize_u16 u16 serialize_u32 u32 serialize_u64 u64 }
    signed! { serialize_i8 i8 serialize_i16 i16 serialize_i32 i32 serialize_i64 i64 }

    fn serialize_bool(self, value: bool) -> Result<(), Never> {
        self.0
            .extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Never> {
        self.serialize_f64(f64::from(value))
    }

    /// No type of ours has floats; what serde_json writes differs in the form of whole ones.
    fn serialize_f64(self, value: f64) -> Result<(), Never> {
        if !value.is_finite() {
            return self.serialize_unit();
        }
        self.0.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Never> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Never> {
        text(self.0, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Never> {
        let mut parts = self.parts(b'[', b"]");
        for byte in value {
            parts.item(byte)?;
        }
        parts.close()
    }

    fn serialize_none(self) -> Result<(), Never> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Never> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Never> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Never> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Never> {
        let Writer(out) = self.variant(variant);
        value.serialize(Writer(out))?;
        out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'o>, Never> {
        Ok(self.parts(b'[', b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'o>, Never> {
        Ok(self.parts(b'[', b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<'o>, Never> {
        Ok(self.parts(b'[', b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'o>, Never> {
        Ok(self.variant(variant).parts(b'[', b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'o>, Never> {
        Ok(self.parts(b'{', b"}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Parts<'o>, Never> {
        Ok(self.parts(b'{', b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'o>, Never> {
        Ok(self.variant(variant).parts(b'{', b"}}"))
    }
}

macro_rules! items {
    ($($name:ident $method:ident)+) => { $(
        impl ser::$name for Parts<'_> {
            type Ok = ();
            type Error = Never;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
                self.item(value)
            }

            fn end(self) -> Result<(), Never> {
                self.close()
            }
        }
    )+ };
}

items! {
    SerializeSeq serialize_element
    SerializeTuple serialize_element
    SerializeTupleStruct serialize_field
    SerializeTupleVariant serialize_field
}

macro_rules! fields {
    ($($name:ident)+) => { $(
        impl ser::$name for Parts<'_> {
            type Ok = ();
            type Error = Never;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Never> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Never> {
                self.close()
            }
        }
    )+ };
}

fields! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts<'_> {
    type Ok = ();
    type Error = Never;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Never> {
        key.serialize(Writer(self.out))?;
        self.out.push(b':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Never> {
        self.item(value)
    }

    fn end(self) -> Result<(), Never> {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn ours<T: Serialize + ?Sized>(value: &T) -> String {
        let mut out = Vec::new();
        write(value, &mut out);
        String::from_utf8(out).expect("JSON is UTF-8")
    }

    fn same<T: Serialize + ?Sized>(value: &T) {
        let theirs = serde_json::to_string(value).expect("the sample can be written");
        assert_eq!(ours(value), theirs);
    }

    #[derive(Serialize)]
    struct Everything {
        text: &'static str,
        number: u64,
        least: i64,
        letter: char,
        some: Option<bool>,
        none: Option<u8>,
        unit: (),
        pair: (u8, &'static str),
        list: Vec<Forms>,
        empty: Vec<u8>,
        map: BTreeMap<&'static str, Nothing>,
        no_map: BTreeMap<&'static str, u8>,
        wrapped: Wrapped,
        point: Point,
        #[serde(flatten)]
        rest: Tagged,
        #[serde(skip_serializing_if = "Option::is_none")]
        absent: Option<u8>,
    }

    #[derive(Serialize)]
    enum Forms {
        Unit,
        New(u8),
        Tuple(u8, u16),
        NoTuple(),
        Struct { a: u32 },
        NoStruct {},
    }

    #[derive(Serialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Inside { a: i8, b: i16 },
    }

    #[derive(Serialize)]
    struct Nothing;

    #[derive(Serialize)]
    struct Wrapped(i32);

    #[derive(Serialize)]
    struct Point(i32, i64);

    #[test]
    fn every_form_is_written_as_serde_json_writes_it() {
        same(&Everything {
            text: "a\"\\\u{8}\u{c}\n\r\t\u{1f}\u{7f}é🦀",
            number: u64::MAX,
            least: i64::MIN,
            letter: '"',
            some: Some(true),
            none: None,
            unit: (),
            pair: (0, ","),
            list: vec![
                Forms::Unit,
                Forms::New(10),
                Forms::Tuple(9, 100),
                Forms::NoTuple(),
                Forms::Struct { a: u32::MAX },
                Forms::NoStruct {},
            ],
            empty: Vec::new(),
            map: BTreeMap::from([("a\n", Nothing), ("b", Nothing)]),
            no_map: BTreeMap::new(),
            wrapped: Wrapped(-1),
            point: Point(0, -10),
            rest: Tagged::Inside { a: -128, b: 7 },
            absent: None,
        });
    }

    #[test]
    fn a_float_is_a_json_number_or_null() {
        assert_eq!(ours(&[0.5, -1e300, f64::NAN])[..5], *"[0.5,");
        assert!(serde_json::from_str::<Vec<Option<f64>>>(&ours(&[0.5, -1e300, f64::NAN])).is_ok());
    }

    proptest! {

        #[test]
        fn every_text_is_written_as_serde_json_writes_it(text in any::<String>(), key in "\\PC*") {
            same(&text);
            same(&BTreeMap::from([(key, text)]));
        }

        #[test]
        fn escapes_are_found_wherever_they_stand(text in "[a-z\\\\\"\n\u{0}\u{7f}é]{0,40}") {
            same(&text);
        }

        #[test]
        fn every_number_is_written_as_serde_json_writes_it(a in any::<u64>(), b in any::<i64>()) {
            same(&(a, b, a as u32, b as i32));
        }
    }
}
