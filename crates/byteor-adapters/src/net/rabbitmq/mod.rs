//! RabbitMQ Streams: records of a stream that are read by their offsets, records that are published.

mod kit;
mod position;
mod server;
mod sink;
mod source;

pub use server::{Looked, Server};
pub use sink::{Publish, publish};
pub use source::{Read, read};
