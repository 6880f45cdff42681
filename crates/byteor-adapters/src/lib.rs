//! Ingress and egress adapters under one shared adapter loop.

#![cfg_attr(
    not(all(
        feature = "grpc",
        feature = "http",
        feature = "kafka-tls",
        feature = "nats",
        feature = "postgres",
        feature = "rabbitmq",
        feature = "redis",
        feature = "s3",
        feature = "stdio",
        feature = "websocket",
    )),
    allow(
        dead_code,
        reason = "what adapters share, fewer of them don't use whole"
    )
)]

pub mod account;
pub mod allow_net;
pub mod checkpoint;
pub mod delivery;
pub mod disk;
pub mod egress;
pub mod error;
mod feed;
pub mod file_sink;
pub mod file_source;
pub mod file_to_file;
mod folder;
pub mod framing;
pub mod graph;
pub mod head;
pub mod held;
mod in_flight;
pub mod ingress;
pub mod join;
#[cfg(feature = "net")]
pub mod net;
pub mod prepared;
mod rejoin;
mod ring_sink;
pub mod roots;
pub mod rotated;
mod saver;
pub mod sink;
pub mod source;
pub mod states;
pub mod trial;

pub use error::AdapterError;
