//! The spec hash (docs/spec/spec-hash.md).

use sha2::{Digest, Sha256};

use crate::{PipelineSpecV1, encode_kv_v1};

/// `sha256:` and 64 lowercase hex digits of SHA-256 over `bytes`. No domain separation (PL-2).
pub fn sha256_hex(bytes: &[u8]) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(bytes);
    let mut text = String::with_capacity(7 + 64);
    text.push_str("sha256:");
    for byte in digest {
        text.push(HEX[usize::from(byte >> 4)] as char);
        text.push(HEX[usize::from(byte & 15)] as char);
    }
    text
}

/// The identity of a spec: the hash of its canonical KV bytes.
pub fn spec_hash(spec: &PipelineSpecV1) -> String {
    sha256_hex(encode_kv_v1(spec).as_bytes())
}
