//! Reading envelopes: each rule has an error of its own.

use core::fmt;

use crate::{Envelope, Header, MAGIC, SLOT_CAPACITY, V1_HEADER_LEN};

/// Which rule a message breaks. In the order in which they are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Fewer bytes than a header.
    HeaderTruncated {
        /// Bytes that there are.
        len: usize,
    },
    /// It doesn't begin with `USM1`.
    BadMagic {
        /// What it begins with.
        found: [u8; 4],
    },
    /// A flag that v1 doesn't define.
    UnknownFlags {
        /// All flags.
        flags: u16,
    },
    /// `header_len` is below 24.
    HeaderTooShort {
        /// What it says.
        header_len: u8,
    },
    /// Header and payload are more than a slot holds.
    BeyondSlot {
        /// What they are together.
        len: usize,
        /// What a slot holds.
        capacity: usize,
    },
    /// Header and payload are more than there is.
    PayloadTruncated {
        /// What they are together.
        required: usize,
        /// Bytes that there are.
        len: usize,
    },
}

impl DecodeError {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::HeaderTruncated { .. } => "E_MSG_HEADER_TRUNCATED",
            Self::BadMagic { .. } => "E_MSG_BAD_MAGIC",
            Self::UnknownFlags { .. } => "E_MSG_UNKNOWN_FLAGS",
            Self::HeaderTooShort { .. } => "E_MSG_HEADER_TOO_SHORT",
            Self::BeyondSlot { .. } => "E_MSG_BEYOND_SLOT",
            Self::PayloadTruncated { .. } => "E_MSG_PAYLOAD_TRUNCATED",
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderTruncated { len } => {
                write!(f, "the message has {len} bytes, its header {V1_HEADER_LEN}")
            }
            Self::BadMagic { found } => {
                write!(f, "the message begins with {found:?}, not with USM1")
            }
            Self::UnknownFlags { flags } => {
                write!(f, "the message has flags {flags:#06x}; v1 defines none")
            }
            Self::HeaderTooShort { header_len } => write!(
                f,
                "the header says it has {header_len} bytes, at least {V1_HEADER_LEN} are needed"
            ),
            Self::BeyondSlot { len, capacity } => {
                write!(f, "header and payload have {len} bytes, a slot {capacity}")
            }
            Self::PayloadTruncated { required, len } => {
                write!(
                    f,
                    "header and payload have {required} bytes, there are {len}"
                )
            }
        }
    }
}

impl core::error::Error for DecodeError {}

/// Reads the message that `bytes` begins with, from a v1 slot.
pub fn decode(bytes: &[u8]) -> Result<Envelope<'_>, DecodeError> {
    decode_within(SLOT_CAPACITY, bytes)
}

/// As [`decode`], from a slot of `capacity` bytes.
pub fn decode_within(capacity: usize, bytes: &[u8]) -> Result<Envelope<'_>, DecodeError> {
    let len = bytes.len();
    let head = bytes.first_chunk::<V1_HEADER_LEN>();
    let head = head.ok_or(DecodeError::HeaderTruncated { len })?;
    let found = [head[0], head[1], head[2], head[3]];
    if found != MAGIC {
        return Err(DecodeError::BadMagic { found });
    }
    let flags = u16::from_le_bytes([head[4], head[5]]);
    if flags != 0 {
        return Err(DecodeError::UnknownFlags { flags });
    }
    let header_len = head[7];
    let begin = usize::from(header_len);
    if begin < V1_HEADER_LEN {
        return Err(DecodeError::HeaderTooShort { header_len });
    }
    let end = begin + usize::from(u16::from_le_bytes([head[22], head[23]]));
    if end > capacity {
        return Err(DecodeError::BeyondSlot { len: end, capacity });
    }
    let payload = bytes.get(begin..end);
    let payload = payload.ok_or(DecodeError::PayloadTruncated { required: end, len })?;
    let [
        _,
        _,
        _,
        _,
        _,
        _,
        codec_id,
        _,
        s0,
        s1,
        s2,
        s3,
        s4,
        s5,
        s6,
        s7,
        rest @ ..,
    ] = *head;
    let [t0, t1, t2, t3, v0, v1, _, _] = rest;
    Ok(Envelope {
        header: Header {
            codec_id,
            schema_id: u64::from_le_bytes([s0, s1, s2, s3, s4, s5, s6, s7]),
            msg_type: u32::from_le_bytes([t0, t1, t2, t3]),
            msg_version: u16::from_le_bytes([v0, v1]),
        },
        payload,
    })
}
