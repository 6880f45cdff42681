//! gRPC: a server that streams of records come to, a client that sends one.
//!
//! `spec/byteor_v1.proto` is the interface, `docs/spec/adapters/grpc.md` says what both sides do. The
//! types of the former are generated; HTTP/2 is hyper's, over connections of ours.

mod batch;
mod client;
#[rustfmt::skip]
#[allow(missing_docs, clippy::all, reason = "generated")]
mod generated;
mod server;
mod streams;

pub use batch::Batch;
pub use client::{GrpcClient, send};
pub use server::{GrpcServer, serve};

/// The most bytes of the headers of a call.
const HEADERS: u32 = 16 * 1024;
/// The most bytes that a peer may have on their way in one call, and in one connection, before they are
/// read.
const WINDOW: u32 = 256 * 1024;
const WINDOW_OF_ALL: u32 = 1024 * 1024;
/// The most bytes that wait in a connection to be written.
const UNWRITTEN: usize = 64 * 1024;
