//! How numbers stand in JSON, so that every reader gets the number that was meant.

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Largest count that is written: 2^53 - 1, which JavaScript still holds exactly. A region is
/// hostile input; a count beyond this in it must not make a whole heartbeat unreadable.
pub const MAX_COUNT: u64 = (1 << 53) - 1;

/// Writes a count, cut to [`MAX_COUNT`].
pub(crate) fn count<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64((*value).min(MAX_COUNT))
}

/// The version of the JSON form: written as 2, read as 1 or 2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SnapshotVersion;

impl Serialize for SnapshotVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(2)
    }
}

impl<'de> Deserialize<'de> for SnapshotVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 | 2 => Ok(Self),
            other => Err(D::Error::invalid_value(
                Unexpected::Unsigned(other),
                &"a snapshot of version 1 or 2",
            )),
        }
    }
}

/// A generation: 64 random bits, as 16 hexadecimal digits. Version 1 wrote a number, most of which
/// JavaScript can't hold; it is read too.
pub(crate) mod generation {
    use super::{Deserializer, Error, Serializer, Unexpected, Visitor};

    pub(crate) fn serialize<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{value:016x}"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(Either)
    }

    struct Either;

    impl Visitor<'_> for Either {
        type Value = u64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("16 hexadecimal digits, or the number of version 1")
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<u64, E> {
            Ok(value)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
            let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits
                .then(|| u64::from_str_radix(text, 16).ok())
                .flatten()
                .ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
        }
    }
}
