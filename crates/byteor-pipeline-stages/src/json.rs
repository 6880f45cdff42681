//! Reading JSON objects where they stand: members with their place in the record, nothing copied.
//!
//! `serde_json` reads; what it gives are slices of the record, so bytes that no stage touches stay
//! as they are. Values that nobody asks for are skipped, without recursion, so nesting costs at most
//! a byte of memory for each level.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The record is no JSON object: other JSON, no JSON, no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAnObject;

/// A member of an object.
#[derive(Clone, Copy)]
pub(crate) struct Member<'r> {
    /// Its name, with quotes and escapes.
    pub(crate) name: &'r str,
    /// Its value, as it stands.
    pub(crate) value: &'r str,
}

impl Member<'_> {
    /// Whether its name, escapes read, is `name`.
    pub(crate) fn is(&self, name: &str) -> bool {
        let inside = &self.name[1..self.name.len() - 1];
        if inside.contains('\\') {
            // A name that is no text (half a surrogate pair) is none that a path can say.
            serde_json::from_str::<Cow<'_, str>>(self.name).is_ok_and(|text| text == name)
        } else {
            inside == name
        }
    }

    /// Whether its value is an object.
    pub(crate) fn is_object(&self) -> bool {
        self.value.starts_with('{')
    }
}

/// Where `part`, a slice of `record`, starts in it.
pub(crate) fn place(record: &[u8], part: &str) -> usize {
    part.as_ptr() as usize - record.as_ptr() as usize
}

/// Shows each member of the object that `text` is, in order.
///
/// Members are shown before the end of the text was seen: an answer of [`NotAnObject`] may come
/// after some of them.
pub(crate) fn members<'r>(
    text: &'r [u8],
    show: &mut dyn FnMut(Member<'r>),
) -> Result<(), NotAnObject> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    Members { show }
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|_| NotAnObject)
}

struct Members<'v, 'r> {
    show: &'v mut dyn FnMut(Member<'r>),
}

impl<'r> DeserializeSeed<'r> for Members<'_, 'r> {
    type Value = ();

    fn deserialize<D: Deserializer<'r>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'r> Visitor<'r> for Members<'_, 'r> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'r>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry::<&'r RawValue, &'r RawValue>()? {
            (self.show)(Member {
                name: name.get(),
                value: value.get(),
            });
        }
        Ok(())
    }
}

/// The value of the field at `path`, the last one where a name stands twice.
pub(crate) fn find<'r>(record: &'r [u8], path: &[String]) -> Result<Option<&'r str>, NotAnObject> {
    let mut object = record;
    for (depth, name) in path.iter().enumerate() {
        let mut found = None;
        members(object, &mut |member| {
            if member.is(name) {
                found = Some(member);
            }
        })?;
        match found {
            Some(member) if depth + 1 == path.len() => return Ok(Some(member.value)),
            Some(member) if member.is_object() => object = member.value.as_bytes(),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// What a value says: the characters of a string, the text of any other. Nothing for a string that
/// is no text, because it has half a surrogate pair.
pub(crate) fn said(value: &str) -> Option<Cow<'_, str>> {
    match value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inside) if !inside.contains('\\') => Some(Cow::Borrowed(inside)),
        Some(_) => serde_json::from_str::<String>(value).ok().map(Cow::Owned),
        None => Some(Cow::Borrowed(value)),
    }
}

/// `text` as a JSON string.
pub(crate) fn quoted(text: &str) -> Box<[u8]> {
    serde_json::Value::String(text.to_owned())
        .to_string()
        .into_bytes()
        .into()
}
