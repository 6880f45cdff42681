//! Requests, read by hand.
//!
//! Derived readers cost the page 200 kB: serde makes one for each type, and for each way in which a
//! tagged enum can be read. Here JSON becomes a value once, and a few short functions take it apart.

use std::borrow::Cow;
use std::marker::PhantomData;

use crate::{ApiError, Value};

/// What reading gives.
pub type Read<T> = Result<T, ApiError>;

/// A request that isn't what the operation takes.
pub fn malformed(why: &str) -> ApiError {
    ApiError::new("E_REQUEST", ["The request is malformed: ", why].concat())
}

fn expected(what: &str, name: &str) -> ApiError {
    malformed(&["`", name, "` must be ", what].concat())
}

/// What can be read of a request. `P` is a type of the package that reads, so that it can say how
/// types of other crates are read.
pub trait Request<P>: Sized {
    /// Reads it; `name` is for messages.
    fn read(value: Value<'_>, name: &str) -> Read<Self>;
}

/// The fields of an object that are still to be read.
pub struct Fields<'j, P>(Vec<(Cow<'j, str>, Value<'j>)>, PhantomData<P>);

impl<'j, P> Fields<'j, P> {
    /// The fields of `value`.
    pub fn of(value: Value<'j>, name: &str) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self(fields, PhantomData)),
            _ => Err(expected("an object", name)),
        }
    }

    /// Takes a field out; the last one of its name.
    pub fn remove(&mut self, name: &str) -> Option<Value<'j>> {
        let at = self.0.iter().rposition(|(there, _)| there == name)?;
        Some(self.0.remove(at).1)
    }

    fn value(&mut self, name: &str) -> Read<Value<'j>> {
        self.remove(name)
            .ok_or_else(|| malformed(&["`", name, "` is missing"].concat()))
    }

    /// A field that must be there.
    pub fn take<T: Request<P>>(&mut self, name: &str) -> Read<T> {
        T::read(self.value(name)?, name)
    }

    /// A field that may be missing or null.
    pub fn optional<T: Request<P>>(&mut self, name: &str) -> Read<Option<T>> {
        match self.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::read(value, name).map(Some),
        }
    }

    /// A field with a text.
    pub fn text(&mut self, name: &str) -> Read<String> {
        self.take(name)
    }

    /// A word out of a list.
    pub fn word<T>(&mut self, name: &str, from: impl Fn(&str) -> Option<T>) -> Read<T> {
        let word = self.text(name)?;
        from(&word).ok_or_else(|| Self::no_word(name, &word))
    }

    /// A word out of a list, or none.
    pub fn optional_word<T>(
        &mut self,
        name: &str,
        from: impl Fn(&str) -> Option<T>,
    ) -> Read<Option<T>> {
        let Some(word) = self.optional::<String>(name)? else {
            return Ok(None);
        };
        from(&word)
            .map(Some)
            .ok_or_else(|| Self::no_word(name, &word))
    }

    /// The error of a word that `name` can't have.
    pub fn no_word(name: &str, word: &str) -> ApiError {
        malformed(
            &[
                "`",
                name,
                "` can't be `",
                &word.escape_default().to_string(),
                "`",
            ]
            .concat(),
        )
    }

    /// Drops what wasn't read.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Refuses fields that nobody has read.
    pub fn end(self) -> Read<()> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(malformed(
                &[
                    "there is no field `",
                    &name.escape_default().to_string(),
                    "`",
                ]
                .concat(),
            )),
        }
    }
}

impl<P> Request<P> for String {
    fn read(value: Value<'_>, name: &str) -> Read<Self> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            _ => Err(expected("a text", name)),
        }
    }
}

impl<P> Request<P> for u32 {
    fn read(value: Value<'_>, name: &str) -> Read<Self> {
        match value {
            Value::Number(number) => Self::try_from(number).ok(),
            _ => None,
        }
        .ok_or_else(|| expected("a number from 0 to 4294967295", name))
    }
}

impl<P> Request<P> for bool {
    fn read(value: Value<'_>, name: &str) -> Read<Self> {
        match value {
            Value::Bool(value) => Ok(value),
            _ => Err(expected("true or false", name)),
        }
    }
}

impl<P, T: Request<P>> Request<P> for Vec<T> {
    fn read(value: Value<'_>, name: &str) -> Read<Self> {
        let Value::List(values) = value else {
            return Err(expected("a list", name));
        };
        let mut list = Self::with_capacity(values.len());
        for value in values {
            list.push(T::read(value, name)?);
        }
        Ok(list)
    }
}

/// In a list, null is no value. (A field that may be missing is read with [`Fields::optional`].)
impl<P, T: Request<P>> Request<P> for Option<T> {
    fn read(value: Value<'_>, name: &str) -> Read<Self> {
        match value {
            Value::Null => Ok(None),
            value => T::read(value, name).map(Some),
        }
    }
}

/// Readers of objects: `open Type(f) { … }` builds a value out of the fields `f`. Open ones pass
/// over fields they don't know, closed ones refuse them, as serde's `deny_unknown_fields` does. The
/// package's own type, for [`Request`], is called `Here`.
#[macro_export]
macro_rules! objects {
    ($($form:ident $name:ident($fields:ident) $build:block)+) => { $(
        impl $crate::Request<Here> for $name {
            fn read(value: $crate::Value<'_>, name: &str) -> $crate::Read<Self> {
                #[allow(unused_mut)]
                let mut $fields = $crate::Fields::<Here>::of(value, name)?;
                let built = $build;
                $crate::objects!(@$form $fields);
                Ok(built)
            }
        }
    )+ };
    (@closed $fields:ident) => { $fields.end()? };
    (@open $fields:ident) => {};
}
