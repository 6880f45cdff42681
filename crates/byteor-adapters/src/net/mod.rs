//! Adapters that talk over the network.
//!
//! Their tasks run on one thread of their own, the [`reactor`]. A source's task gives what comes to an
//! [`intake`], and learns how far it is saved; a sink's task takes from an [`outlet`] what is to go,
//! and says how far it is there. Both are bounded, and neither side waits for the other but there.

pub mod connect;
pub mod cut;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "http")]
pub mod http;
pub mod intake;
pub mod join;
#[cfg(feature = "kafka")]
pub mod kafka;
pub mod listen;
#[cfg(feature = "nats")]
pub mod nats;
pub mod outlet;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;
pub mod reactor;
#[cfg(feature = "redis")]
pub mod redis;
pub mod retry;
#[cfg(feature = "s3")]
pub mod s3;
pub mod source;
#[cfg(feature = "stdio")]
pub mod stdio;
pub mod tls;
pub mod watch;
#[cfg(feature = "websocket")]
pub mod websocket;
