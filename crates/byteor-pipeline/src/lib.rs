//! Facade: what a Rust author of pipelines needs.

pub mod api;
