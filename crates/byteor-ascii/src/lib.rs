//! Bytes as printable ASCII: hex digits and escapes.
//!
//! Digests, KV values, checkpoints, keys and records all write bytes like this, so it stands in one
//! place, without dependencies.

mod escape;
mod hex;

pub use escape::{escape, push_escaped, unescape};
pub use hex::{hex, hex_pair, hex_value};
