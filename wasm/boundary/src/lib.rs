//! What the WebAssembly packages of the compiler share: how requests are read and answers written,
//! and the allocator.
//!
//! Linked into each of them; the linker keeps the readers that a package's operations use.

use byteor_json::{ApiError, Request};
use serde::Serialize;

#[cfg(any(test, target_arch = "wasm32"))]
mod allocator;
mod request;

pub use request::Here;

/// Reads the request of an operation, runs it, and writes its answer:
/// `{"ok":true,"value":…}` or `{"ok":false,"error":{"code","message","args"}}`.
pub fn answer<R: Request<Here>, Value: Serialize>(
    json: &str,
    operation: impl FnOnce(R) -> Result<Value, ApiError>,
) -> String {
    byteor_json::answer(json, operation)
}
