//! The spec hash (docs/spec/spec-hash.md).

use sha2::{Digest, Sha256};

use crate::{PipelineSpecV1, encode_kv_v1};

/// `sha256:` and 64 lowercase hex digits of SHA-256 over `bytes`. No domain separation (PL-2).
pub fn sha256_hex(bytes: &[u8]) -> String {
    ["sha256:", &byteor_ascii::hex(&Sha256::digest(bytes))].concat()
}

/// The identity of a spec: the hash of its canonical KV bytes.
pub fn spec_hash(spec: &PipelineSpecV1) -> String {
    sha256_hex(encode_kv_v1(spec).as_bytes())
}
