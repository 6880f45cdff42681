//! NATS: messages that a durable consumer of a stream reads, or that are taken as they come; messages
//! that are published, with a stream's acknowledgement or without.

mod pull;
mod server;
mod sink;
mod subscribe;
mod tally;

pub use pull::{Pull, pull};
pub use server::{Looked, Proof, Server};
pub use sink::{Publish, publish};
pub use subscribe::{Subscribe, subscribe};
