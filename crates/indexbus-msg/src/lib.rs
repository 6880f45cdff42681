//! The message envelope v1, at the start of slot data (reference: IndexBus, section 8).
//!
//! Little-endian, whatever the host is:
//!
//! | offset | field | type |
//! | --- | --- | --- |
//! | 0 | magic | `USM1` |
//! | 4 | `flags` | u16, no bit is defined |
//! | 6 | `codec_id` | u8 |
//! | 7 | `header_len` | u8, at least 24 |
//! | 8 | `schema_id` | u64 |
//! | 16 | `msg_type` | u32 |
//! | 20 | `msg_version` | u16 |
//! | 22 | `payload_len` | u16 |
//!
//! A decoder skips what a later header has beyond 24 bytes. Nothing is authenticated, and the payload
//! isn't looked at.
#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;

mod decode;
mod encode;

pub use decode::{DecodeError, decode, decode_within};
#[cfg(feature = "alloc")]
pub use encode::encode_to_vec;
pub use encode::{EncodeError, encode, encode_within};

/// The first four bytes.
pub const MAGIC: [u8; 4] = *b"USM1";
/// Bytes of the header that the encoder writes (IB-5: the sum of its fields).
pub const V1_HEADER_LEN: usize = 24;
/// Bytes of a v1 slot, which header and payload share.
pub const SLOT_CAPACITY: usize = 256;
/// Most bytes of a payload in a v1 slot.
pub const MAX_PAYLOAD_BYTES: usize = SLOT_CAPACITY - V1_HEADER_LEN;

/// What an envelope says of its payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Who wrote the payload.
    pub codec_id: u8,
    /// Which schema it follows.
    pub schema_id: u64,
    /// Which message of the schema it is.
    pub msg_type: u32,
    /// Which version of the message.
    pub msg_version: u16,
}

/// A decoded envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope<'b> {
    /// What it says of the payload.
    pub header: Header,
    /// The payload.
    pub payload: &'b [u8],
}
