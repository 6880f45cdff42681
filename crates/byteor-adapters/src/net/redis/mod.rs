//! Redis Streams: entries that a consumer group reads, entries that are added.

mod server;
mod sink;
mod source;

pub use server::Server;
pub use sink::{Add, add};
pub use source::{Group, read};
