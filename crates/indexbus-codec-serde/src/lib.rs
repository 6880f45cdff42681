//! Typed messages through serde, as [postcard](https://postcard.jamesmunns.com/wire-format) writes
//! them: compact, without names, `no_std` and without allocation. Sender and receiver need the same
//! type; `msg_version` in the envelope tells them apart.
#![no_std]

use indexbus_codec::{CodecError, CodecId, DecodeFrom, EncodeInto};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Codec 1: postcard.
#[derive(Clone, Copy, Debug, Default)]
pub struct Postcard;

impl CodecId for Postcard {
    const CODEC_ID: u8 = 1;
}

impl<T: Serialize + ?Sized> EncodeInto<T> for Postcard {
    fn encode_into(&self, value: &T, into: &mut [u8]) -> Result<usize, CodecError> {
        let provided = into.len();
        match postcard::to_slice(value, into) {
            Ok(written) => Ok(written.len()),
            Err(postcard::Error::SerializeBufferFull) => {
                let required = size_of_encoded(value)?;
                Err(CodecError::BufferTooSmall { required, provided })
            }
            Err(_) => Err(CodecError::Unsupported),
        }
    }
}

fn size_of_encoded<T: Serialize + ?Sized>(value: &T) -> Result<usize, CodecError> {
    let size = postcard::ser_flavors::Size::default();
    postcard::serialize_with_flavor(value, size).map_err(|_| CodecError::Unsupported)
}

impl<T: DeserializeOwned> DecodeFrom<T> for Postcard {
    fn decode_from(&self, bytes: &[u8]) -> Result<T, CodecError> {
        match postcard::take_from_bytes(bytes) {
            Ok((value, [])) => Ok(value),
            Ok((_, rest)) => Err(CodecError::TrailingBytes { left: rest.len() }),
            Err(_) => Err(CodecError::InvalidData),
        }
    }
}
