//! HTTP: a server that records come to, a client that sends them.

mod client;
mod server;

pub use client::{HttpClient, send};
pub use server::{Door, Doors, HttpServer, serve};
