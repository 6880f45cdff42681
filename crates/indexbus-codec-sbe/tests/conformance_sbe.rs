//! The rules of SBE 1.0 that all messages have alike, by name.

use indexbus_codec::{CodecError, DecodeFrom, EncodeInto};
use indexbus_codec_sbe::{Block, HEADER_BYTES, Sbe, SbeMessage};

/// Two fields, and variable data with its length as a u16 before it.
#[derive(Clone, Debug, PartialEq)]
struct Order<const VERSION: u16> {
    id: u64,
    /// Since version 2.
    flags: Option<u32>,
    note: Vec<u8>,
}

impl<const VERSION: u16> SbeMessage for Order<VERSION> {
    const SCHEMA_ID: u16 = 0x1234;
    const TEMPLATE_ID: u16 = 9;
    const VERSION: u16 = VERSION;
    const BLOCK_LENGTH: u16 = if VERSION < 2 { 8 } else { 12 };

    fn write(&self, block: &mut [u8], behind: &mut [u8]) -> Result<usize, CodecError> {
        block[..8].copy_from_slice(&self.id.to_le_bytes());
        if VERSION >= 2 {
            block[8..].copy_from_slice(&self.flags.unwrap_or(0).to_le_bytes());
        }
        let (required, provided) = (2 + self.note.len(), behind.len());
        let place = behind.get_mut(..required);
        let place = place.ok_or(CodecError::BufferTooSmall { required, provided })?;
        place[..2].copy_from_slice(&(self.note.len() as u16).to_le_bytes());
        place[2..].copy_from_slice(&self.note);
        Ok(required)
    }

    fn read(block: Block<'_>, behind: &[u8]) -> Result<(Self, usize), CodecError> {
        let len = behind.first_chunk().ok_or(CodecError::InvalidData)?;
        let end = 2 + usize::from(u16::from_le_bytes(*len));
        let note = behind.get(2..end).ok_or(CodecError::InvalidData)?;
        let order = Self {
            id: u64::from_le_bytes(block.field(0)?),
            // A reader of an older version doesn't know the field.
            flags: match VERSION {
                ..2 => None,
                _ => block.since(2, 8)?.map(u32::from_le_bytes),
            },
            note: note.to_vec(),
        };
        Ok((order, end))
    }
}

fn order<const VERSION: u16>(flags: Option<u32>) -> Order<VERSION> {
    Order {
        id: 77,
        flags,
        note: b"note".to_vec(),
    }
}

fn encoded<T: SbeMessage>(value: &T) -> Vec<u8> {
    let mut bytes = [0xff; 64];
    let len = Sbe.encode_into(value, &mut bytes).unwrap();
    bytes[..len].to_vec()
}

#[test]
fn the_header_says_block_length_template_schema_and_version_little_endian() {
    let bytes = encoded(&order::<2>(Some(5)));
    assert_eq!(bytes[..HEADER_BYTES], [12, 0, 9, 0, 0x34, 0x12, 2, 0]);
    assert_eq!(bytes[8..20], [77, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(bytes[20..], *b"\x04\0note");
    assert_eq!(Sbe.decode_from(&bytes), Ok(order::<2>(Some(5))));
}

#[test]
fn a_field_that_an_older_sender_did_not_have_is_absent() {
    let old = encoded(&order::<1>(None));
    assert_eq!(Sbe.decode_from(&old), Ok(order::<2>(None)));
}

#[test]
fn what_a_newer_sender_added_to_the_block_is_skipped() {
    let new = encoded(&order::<2>(Some(5)));
    assert_eq!(Sbe.decode_from(&new), Ok(order::<1>(None)));
}

#[test]
fn what_a_newer_sender_added_behind_is_skipped_and_other_bytes_are_told() {
    let mut bytes = encoded(&order::<2>(Some(5)));
    bytes.extend(*b"more");
    let told: Result<Order<2>, _> = Sbe.decode_from(&bytes);
    assert_eq!(told, Err(CodecError::TrailingBytes { left: 4 }));
    assert_eq!(Sbe.decode_from(&bytes), Ok(order::<1>(None)));
}

#[test]
fn another_message_or_a_cut_one_is_refused() {
    let bytes = encoded(&order::<2>(Some(5)));
    for len in 0..bytes.len() {
        let cut: Result<Order<2>, _> = Sbe.decode_from(&bytes[..len]);
        assert_eq!(cut, Err(CodecError::InvalidData), "{len} bytes");
    }
    for at in [2, 4] {
        let mut other = bytes.clone();
        other[at] ^= 1;
        let other: Result<Order<2>, _> = Sbe.decode_from(&other);
        assert_eq!(other, Err(CodecError::InvalidData));
    }
    // A block that is shorter than what its version has.
    let mut short = bytes;
    short[0] = 8;
    let short: Result<Order<2>, _> = Sbe.decode_from(&short);
    assert!(short.is_err());
}

#[test]
fn a_buffer_that_is_too_small_is_told_with_what_is_needed() {
    let value = order::<2>(Some(5));
    let needs = encoded(&value).len();
    for provided in [0, 7, 12, needs - 1] {
        let mut into = vec![0; provided];
        match Sbe.encode_into(&value, &mut into) {
            Err(CodecError::BufferTooSmall {
                required,
                provided: said,
            }) => assert!(required > provided && required <= needs && said == provided),
            other => panic!("{other:?}"),
        }
    }
}
