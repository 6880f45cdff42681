//! Base64 and canonical JSON, strictly: one writing for each value.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Decodes base64url without padding; refuses any other writing of the same bytes.
pub(crate) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Decodes standard base64 with padding; refuses any other writing of the same bytes.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(feature = "test-sign")]
pub(crate) fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(feature = "test-sign")]
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// JSON with sorted keys and without spaces. `T` declares its fields in alphabetical order; a
/// test holds every such type to it.
pub(crate) fn to_canonical_json<T: Serialize>(value: &T) -> Option<Vec<u8>> {
    serde_json::to_vec(value).ok()
}

/// Reads JSON that is canonical for `T`: sorted keys, no spaces, no unknown or repeated fields.
pub(crate) fn from_canonical_json<T: Serialize + DeserializeOwned>(
    bytes: &[u8],
) -> Result<T, String> {
    let value: T = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if to_canonical_json(&value).as_deref() == Some(bytes) {
        Ok(value)
    } else {
        Err("it isn't canonical JSON (sorted keys, no spaces)".to_owned())
    }
}
