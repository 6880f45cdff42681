//! Typed messages as [Simple Binary Encoding](https://www.fixtrading.org/standards/sbe-online/) 1.0
//! writes them: little-endian, fields at fixed offsets of a root block, groups and variable data
//! behind it.
//!
//! What a schema says of a message is an [`SbeMessage`]; this crate writes and checks what all have
//! alike, the message header, and the rules by which versions are extended: a longer block of a newer
//! sender is skipped beyond what is known, and a field that an older sender didn't have is absent.
//!
//! ```
//! use indexbus_codec::{CodecError, DecodeFrom, EncodeInto};
//! use indexbus_codec_sbe::{Block, Sbe, SbeMessage};
//!
//! #[derive(Debug, PartialEq)]
//! struct Quote {
//!     price: i64,
//!     size: u32,
//!     venue: Option<u16>, // since version 1
//! }
//!
//! impl SbeMessage for Quote {
//!     const SCHEMA_ID: u16 = 7;
//!     const TEMPLATE_ID: u16 = 1;
//!     const VERSION: u16 = 1;
//!     const BLOCK_LENGTH: u16 = 14;
//!
//!     fn write(&self, block: &mut [u8], _behind: &mut [u8]) -> Result<usize, CodecError> {
//!         block[..8].copy_from_slice(&self.price.to_le_bytes());
//!         block[8..12].copy_from_slice(&self.size.to_le_bytes());
//!         block[12..14].copy_from_slice(&self.venue.unwrap_or(u16::MAX).to_le_bytes());
//!         Ok(0)
//!     }
//!
//!     fn read(block: Block<'_>, _behind: &[u8]) -> Result<(Self, usize), CodecError> {
//!         let quote = Self {
//!             price: i64::from_le_bytes(block.field(0)?),
//!             size: u32::from_le_bytes(block.field(8)?),
//!             venue: block.since(1, 12)?.map(u16::from_le_bytes).filter(|v| *v != u16::MAX),
//!         };
//!         Ok((quote, 0))
//!     }
//! }
//!
//! let quote = Quote { price: -5, size: 100, venue: Some(3) };
//! let mut bytes = [0; 64];
//! let len = Sbe.encode_into(&quote, &mut bytes)?;
//! assert_eq!(len, 22);
//! assert_eq!(Sbe.decode_from(&bytes[..len]), Ok(quote));
//! # Ok::<(), CodecError>(())
//! ```
#![no_std]

use indexbus_codec::{CodecError, CodecId, DecodeFrom, EncodeInto};

/// Bytes of the message header: block length, template id, schema id and version, each a u16.
pub const HEADER_BYTES: usize = 8;

/// Codec 3: Simple Binary Encoding.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sbe;

impl CodecId for Sbe {
    const CODEC_ID: u8 = 3;
}

/// A message of an SBE schema.
pub trait SbeMessage: Sized {
    /// Id of the schema.
    const SCHEMA_ID: u16;
    /// Id of the message in the schema.
    const TEMPLATE_ID: u16;
    /// Version of the schema that is written, and the newest that is known.
    const VERSION: u16;
    /// Bytes of the root block that are written.
    const BLOCK_LENGTH: u16;

    /// Writes the root block, which has [`SbeMessage::BLOCK_LENGTH`] zero bytes, and groups and
    /// variable data to the start of `behind`. Returns how many bytes of that. For `BufferTooSmall`,
    /// both numbers are of `behind`.
    fn write(&self, block: &mut [u8], behind: &mut [u8]) -> Result<usize, CodecError>;

    /// Reads the root block, and groups and variable data from the start of `behind`. Returns how many
    /// bytes of that. `InvalidData` for what can't be.
    fn read(block: Block<'_>, behind: &[u8]) -> Result<(Self, usize), CodecError>;
}

/// The root block of a message, as its sender wrote it.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    bytes: &'a [u8],
    version: u16,
}

impl Block<'_> {
    /// The version of the schema that the sender has.
    pub const fn version(&self) -> u16 {
        self.version
    }

    /// The field of `N` bytes at `offset`, which every version has. `InvalidData` where the block ends
    /// before.
    pub fn field<const N: usize>(&self, offset: usize) -> Result<[u8; N], CodecError> {
        let field = self.bytes.get(offset..).and_then(<[u8]>::first_chunk);
        field.copied().ok_or(CodecError::InvalidData)
    }

    /// The field of `N` bytes at `offset`, which was added in `version`; `None` from a sender before
    /// it. `InvalidData` where the block ends before the field of a sender that has it.
    pub fn since<const N: usize>(
        &self,
        version: u16,
        offset: usize,
    ) -> Result<Option<[u8; N]>, CodecError> {
        if self.version < version {
            return Ok(None);
        }
        self.field(offset).map(Some)
    }
}

impl<T: SbeMessage> EncodeInto<T> for Sbe {
    fn encode_into(&self, value: &T, into: &mut [u8]) -> Result<usize, CodecError> {
        let block_bytes = usize::from(T::BLOCK_LENGTH);
        let (before, provided) = (HEADER_BYTES + block_bytes, into.len());
        let too_small = |required| CodecError::BufferTooSmall { required, provided };
        let Some((start, behind)) = into.split_at_mut_checked(before) else {
            return Err(too_small(before));
        };
        let (header, block) = start.split_at_mut(HEADER_BYTES);
        let words = [T::BLOCK_LENGTH, T::TEMPLATE_ID, T::SCHEMA_ID, T::VERSION];
        for (bytes, word) in header.chunks_exact_mut(2).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        block.fill(0);
        match value.write(block, behind) {
            Ok(written) => Ok(before + written),
            Err(CodecError::BufferTooSmall { required, .. }) => {
                Err(too_small(before.saturating_add(required)))
            }
            Err(error) => Err(error),
        }
    }
}

impl<T: SbeMessage> DecodeFrom<T> for Sbe {
    fn decode_from(&self, bytes: &[u8]) -> Result<T, CodecError> {
        let invalid = CodecError::InvalidData;
        let (header, body) = bytes.split_at_checked(HEADER_BYTES).ok_or(invalid)?;
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(header.as_chunks::<2>().0) {
            *word = u16::from_le_bytes(*bytes);
        }
        let [block_length, template, schema, version] = words;
        if (template, schema) != (T::TEMPLATE_ID, T::SCHEMA_ID) {
            return Err(invalid);
        }
        let (bytes, behind) = body
            .split_at_checked(usize::from(block_length))
            .ok_or(invalid)?;
        let (value, used) = T::read(Block { bytes, version }, behind)?;
        match behind.len().checked_sub(used) {
            Some(0) => Ok(value),
            // A newer sender may have groups and data that are not known here.
            Some(_) if version > T::VERSION => Ok(value),
            Some(left) => Err(CodecError::TrailingBytes { left }),
            None => Err(invalid),
        }
    }
}
