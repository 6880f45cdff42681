//! Bytes as printable ASCII: hex digits and escapes; and patterns of names.
//!
//! Digests, KV values, checkpoints, keys and records all write bytes like this, and a config bundle is
//! held to the same patterns as those that are looked for, so it stands in one place, without
//! dependencies.

mod escape;
mod hex;
mod wildcard;

pub use escape::{escape, push_escaped, unescape};
pub use hex::{hex, hex_pair, hex_value};
pub use wildcard::{has_wildcard, wildcard_matches, wildcard_reaches};
