//! What a codec of typed messages is (reference: IndexBus, section 8).
//!
//! A codec writes a value into bytes and reads it back out of bytes that it does not believe. Its
//! [`CodecId`] stands in the envelope of each message, so that a receiver never reads the bytes of
//! another codec. Ids in use: 1 postcard, 2 rkyv, 3 SBE; 0 is none.
#![no_std]

use core::fmt;

/// The number of a codec in an envelope.
pub trait CodecId {
    /// Between 1 and 255.
    const CODEC_ID: u8;
}

/// Writes values of `T`.
pub trait EncodeInto<T: ?Sized> {
    /// Writes `value` at the start of `into`. Returns its bytes.
    fn encode_into(&self, value: &T, into: &mut [u8]) -> Result<usize, CodecError>;
}

/// Reads values of `T`.
pub trait DecodeFrom<T> {
    /// Reads the value that all of `bytes` hold.
    fn decode_from(&self, bytes: &[u8]) -> Result<T, CodecError>;
}

/// Why a value was not written or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodecError {
    /// The value doesn't fit.
    BufferTooSmall {
        /// Bytes that it needs.
        required: usize,
        /// Bytes that there are.
        provided: usize,
    },
    /// The bytes hold no such value.
    InvalidData,
    /// Bytes follow the value.
    TrailingBytes {
        /// How many.
        left: usize,
    },
    /// The codec can't write this value.
    Unsupported,
}

impl CodecError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BufferTooSmall { .. } => "E_BUFFER_TOO_SMALL",
            Self::InvalidData => "E_CODEC_INVALID_DATA",
            Self::TrailingBytes { .. } => "E_CODEC_TRAILING_BYTES",
            Self::Unsupported => "E_CODEC_UNSUPPORTED",
        }
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BufferTooSmall { required, provided } => {
                write!(f, "the value needs {required} bytes, there are {provided}")
            }
            Self::InvalidData => f.write_str("the bytes hold no value of this type"),
            Self::TrailingBytes { left } => write!(f, "{left} bytes follow the value"),
            Self::Unsupported => f.write_str("the codec can't write a value of this type"),
        }
    }
}

impl core::error::Error for CodecError {}
