//! JSON at the WebAssembly boundary: a small writer, a strict reader, the answer's envelope.
//!
//! The page downloads this code and runs it on every keystroke, so it is small and direct. Why it
//! isn't `serde_json`: `docs/decisions/0030-small-json.md`.

mod args;
mod envelope;
mod read;
mod request;
mod write;

pub use args::Args;
pub use envelope::{ApiError, answer, envelope};
pub use read::{DEPTH_MAX, JsonError, Value, parse};
pub use request::{Fields, Read, Request, malformed};
pub use write::{Never, write};
