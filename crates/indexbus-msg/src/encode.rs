//! Writing envelopes.

use core::fmt;

use crate::{Header, MAGIC, SLOT_CAPACITY, V1_HEADER_LEN};

/// Why an envelope was not written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncodeError<E = core::convert::Infallible> {
    /// Header and payload don't fit into a slot.
    PayloadTooLarge {
        /// Most bytes of a payload.
        max: usize,
        /// Bytes that were offered.
        len: usize,
    },
    /// The caller's buffer is too short.
    BufferTooSmall {
        /// Bytes that are needed.
        required: usize,
        /// Bytes that the buffer has.
        provided: usize,
    },
    /// The payload could not be written.
    Payload(E),
}

impl<E> EncodeError<E> {
    /// Stable code, for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PayloadTooLarge { .. } => "E_MSG_PAYLOAD_TOO_LARGE",
            Self::BufferTooSmall { .. } => "E_BUFFER_TOO_SMALL",
            Self::Payload(_) => "E_MSG_PAYLOAD",
        }
    }
}

impl<E: fmt::Display> fmt::Display for EncodeError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PayloadTooLarge { max, len } => {
                write!(f, "the payload has {len} bytes, a message at most {max}")
            }
            Self::BufferTooSmall { required, provided } => {
                write!(f, "the message has {required} bytes, the buffer {provided}")
            }
            Self::Payload(source) => write!(f, "the payload can't be written: {source}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for EncodeError<E> {}

/// Writes `header` and `payload` into `into`, for a v1 slot. Returns the bytes of the message.
pub fn encode(header: &Header, payload: &[u8], into: &mut [u8]) -> Result<usize, EncodeError> {
    let max = SLOT_CAPACITY - V1_HEADER_LEN;
    if payload.len() > max {
        let len = payload.len();
        return Err(EncodeError::PayloadTooLarge { max, len });
    }
    let (required, provided) = (V1_HEADER_LEN + payload.len(), into.len());
    if provided < required {
        return Err(EncodeError::BufferTooSmall { required, provided });
    }
    encode_within(SLOT_CAPACITY, header, into, |room| {
        room[..payload.len()].copy_from_slice(payload);
        Ok(payload.len())
    })
}

/// Lets `write` write the payload in place, behind the header, into a message of at most `capacity`
/// bytes; then writes the header. `write` gets the room for the payload, and returns its bytes.
pub fn encode_within<E>(
    capacity: usize,
    header: &Header,
    into: &mut [u8],
    write: impl FnOnce(&mut [u8]) -> Result<usize, E>,
) -> Result<usize, EncodeError<E>> {
    let provided = into.len();
    let end = provided.min(capacity);
    let Some((head, room)) = into[..end].split_first_chunk_mut::<V1_HEADER_LEN>() else {
        let required = V1_HEADER_LEN;
        return Err(EncodeError::BufferTooSmall { required, provided });
    };
    let max = room.len().min(usize::from(u16::MAX));
    let len = write(&mut room[..max]).map_err(EncodeError::Payload)?;
    let payload_len = u16::try_from(len).ok().filter(|_| len <= max);
    let payload_len = payload_len.ok_or(EncodeError::PayloadTooLarge { max, len })?;
    head[0..4].copy_from_slice(&MAGIC);
    head[4..6].copy_from_slice(&0_u16.to_le_bytes());
    head[6] = header.codec_id;
    head[7] = V1_HEADER_LEN as u8;
    head[8..16].copy_from_slice(&header.schema_id.to_le_bytes());
    head[16..20].copy_from_slice(&header.msg_type.to_le_bytes());
    head[20..22].copy_from_slice(&header.msg_version.to_le_bytes());
    head[22..24].copy_from_slice(&payload_len.to_le_bytes());
    Ok(V1_HEADER_LEN + len)
}

/// As [`encode`], into memory of its own.
#[cfg(feature = "alloc")]
pub fn encode_to_vec(header: &Header, payload: &[u8]) -> Result<alloc::vec::Vec<u8>, EncodeError> {
    let mut message = alloc::vec![0; V1_HEADER_LEN + payload.len()];
    encode(header, payload, &mut message)?;
    Ok(message)
}
