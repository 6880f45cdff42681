//! WebSocket, both ways, whichever side connects.
//!
//! In the subprotocol [`SUBPROTOCOL`] records have numbers and are acknowledged
//! (`docs/spec/adapters/websocket.md` says how, to the byte); without it nobody says what arrived.

mod link;
mod receive;
mod send;

pub use link::{Dial, Link, Settings, Way};
pub use receive::receive;
pub use send::{Sender, send};

/// Numbers and acknowledgements.
pub const SUBPROTOCOL: &str = "byteor.numbered.v1";

/// How records stand in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// Each is a message of text.
    Text,
    /// Each is a message of bytes.
    Binary,
    /// A message has several, one a line.
    Lines,
    /// Behind the number of the first, each behind its length; acknowledged.
    Numbered,
}
