//! Any bytes, read as a message.

use indexbus_msg::{SLOT_CAPACITY, V1_HEADER_LEN, decode, decode_within, encode_to_vec};

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let answer = decode(data);
    assert_eq!(
        answer,
        decode_within(SLOT_CAPACITY, data),
        "two answers differ"
    );
    let Ok(envelope) = answer else {
        return;
    };
    let bytes = V1_HEADER_LEN + envelope.payload.len();
    assert!(bytes <= SLOT_CAPACITY && bytes <= data.len());
    let again = encode_to_vec(&envelope.header, envelope.payload);
    let again = again.expect("what was in a slot fits into one");
    assert_eq!(decode(&again), Ok(envelope), "another message");
    if data[7] == V1_HEADER_LEN as u8 {
        assert_eq!(again, data[..again.len()], "its bytes aren't canonical");
    }
}
