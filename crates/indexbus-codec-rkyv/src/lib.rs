//! Typed messages through [rkyv](https://rkyv.org): little-endian, without alignment, `no_std` and
//! without allocation. Bytes are checked before anything is read out of them.
#![no_std]

use indexbus_codec::{CodecError, CodecId, DecodeFrom, EncodeInto};
use rkyv::api::low::{
    LowDeserializer, LowSerializer, LowValidator, access, deserialize, to_bytes_in_with_alloc,
};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::Failure;
use rkyv::ser::allocator::SubAllocator;
use rkyv::ser::{Positional, Writer};
use rkyv::{Archive, Deserialize, Serialize};

/// Room for what rkyv puts aside while it writes nested values.
const SCRATCH_BYTES: usize = 256;

/// Codec 2: rkyv.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rkyv;

impl CodecId for Rkyv {
    const CODEC_ID: u8 = 2;
}

/// Writes what fits, and counts all of it.
#[derive(Debug)]
pub struct Room<'b> {
    into: &'b mut [u8],
    written: usize,
}

impl Positional for Room<'_> {
    fn pos(&self) -> usize {
        self.written
    }
}

impl Writer<Failure> for Room<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let end = self.written + bytes.len();
        if let Some(room) = self.into.get_mut(self.written..end) {
            room.copy_from_slice(bytes);
        }
        self.written = end;
        Ok(())
    }
}

impl<T> EncodeInto<T> for Rkyv
where
    T: for<'b> Serialize<LowSerializer<Room<'b>, SubAllocator<'b>, Failure>>,
{
    fn encode_into(&self, value: &T, into: &mut [u8]) -> Result<usize, CodecError> {
        let provided = into.len();
        let mut scratch = [core::mem::MaybeUninit::uninit(); SCRATCH_BYTES];
        let room = Room { into, written: 0 };
        let written = to_bytes_in_with_alloc(value, room, SubAllocator::new(&mut scratch));
        let required = written.map_err(|Failure| CodecError::Unsupported)?.written;
        if required > provided {
            return Err(CodecError::BufferTooSmall { required, provided });
        }
        Ok(required)
    }
}

impl<T> DecodeFrom<T> for Rkyv
where
    T: Archive,
    T::Archived:
        for<'b> CheckBytes<LowValidator<'b, Failure>> + Deserialize<T, LowDeserializer<Failure>>,
{
    fn decode_from(&self, bytes: &[u8]) -> Result<T, CodecError> {
        let archived = access::<T::Archived, Failure>(bytes);
        archived
            .and_then(|archived| deserialize(archived))
            .map_err(|Failure| CodecError::InvalidData)
    }
}
