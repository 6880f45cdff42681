//! Conformance: the envelope (reference: IndexBus, section 8, and IB-5 of section 13).

use indexbus_msg::{
    DecodeError, EncodeError, Header, MAX_PAYLOAD_BYTES, SLOT_CAPACITY, V1_HEADER_LEN, decode,
    decode_within, encode, encode_to_vec,
};
use proptest::prelude::*;

const HEADER: Header = Header {
    codec_id: 3,
    schema_id: 0x0102_0304_0506_0708,
    msg_type: 0x1112_1314,
    msg_version: 0x2122,
};

#[test]
fn the_header_is_24_bytes_little_endian_in_the_order_of_the_reference() {
    let message = encode_to_vec(&HEADER, b"ab").unwrap();
    let expected = b"USM1\x00\x00\x03\x18\
        \x08\x07\x06\x05\x04\x03\x02\x01\x14\x13\x12\x11\x22\x21\x02\x00ab";
    assert_eq!(message, expected);
    assert_eq!((V1_HEADER_LEN, MAX_PAYLOAD_BYTES), (24, 232));
}

#[test]
fn each_rule_has_an_error_of_its_own() {
    let message = encode_to_vec(&HEADER, b"payload").unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = message.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        decode(&changed).map(|_| ()).unwrap_err()
    };
    let truncated = decode(&message[..23]);
    assert_eq!(truncated, Err(DecodeError::HeaderTruncated { len: 23 }));
    assert_eq!(with(0, b"USM2"), DecodeError::BadMagic { found: *b"USM2" });
    for bit in 0..16 {
        let flags = 1_u16 << bit;
        assert_eq!(
            with(4, &flags.to_le_bytes()),
            DecodeError::UnknownFlags { flags }
        );
    }
    assert_eq!(
        with(7, &[23]),
        DecodeError::HeaderTooShort { header_len: 23 }
    );
    let beyond = DecodeError::BeyondSlot {
        len: 257,
        capacity: SLOT_CAPACITY,
    };
    assert_eq!(with(22, &233_u16.to_le_bytes()), beyond);
    let short = DecodeError::PayloadTruncated {
        required: 32,
        len: 31,
    };
    assert_eq!(with(22, &8_u16.to_le_bytes()), short);
}

#[test]
fn a_longer_header_of_a_later_version_is_skipped() {
    let mut message = encode_to_vec(&HEADER, b"").unwrap();
    message[7] = 30;
    message[22] = 2;
    message.extend_from_slice(b"later!ab");
    let envelope = decode(&message).unwrap();
    assert_eq!((envelope.header, envelope.payload), (HEADER, &b"ab"[..]));
}

#[test]
fn what_does_not_fit_is_refused_by_the_encoder() {
    let large = encode(&HEADER, &[0; 233], &mut [0; 400]);
    assert_eq!(
        large,
        Err(EncodeError::PayloadTooLarge { max: 232, len: 233 })
    );
    let small = encode(&HEADER, &[0; 10], &mut [0; 33]);
    assert_eq!(
        small,
        Err(EncodeError::BufferTooSmall {
            required: 34,
            provided: 33
        })
    );
    assert_eq!(encode(&HEADER, &[0; 232], &mut [0; 256]), Ok(256));
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        codec_id: u8, schema_id: u64, msg_type: u32, msg_version: u16,
        payload in proptest::collection::vec(any::<u8>(), 0..=232),
        behind in proptest::collection::vec(any::<u8>(), 0..9),
    ) {
        let header = Header { codec_id, schema_id, msg_type, msg_version };
        let mut message = encode_to_vec(&header, &payload).unwrap();
        message.extend_from_slice(&behind);
        let envelope = decode(&message).unwrap();
        prop_assert_eq!(envelope.header, header);
        prop_assert_eq!(envelope.payload, payload);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused_and_what_is_decoded_lies_within(
        mut bytes in proptest::collection::vec(any::<u8>(), 0..300),
        valid_magic: bool,
        capacity in 0_usize..600,
    ) {
        if valid_magic && bytes.len() >= 8 {
            bytes[..8].copy_from_slice(b"USM1\0\0\x01\x18");
        }
        if let Ok(envelope) = decode_within(capacity, &bytes) {
            prop_assert!(envelope.payload.len() + V1_HEADER_LEN <= capacity.min(bytes.len()));
            prop_assert_eq!(&bytes[..4], b"USM1");
        }
    }
}
