//! Ingress and egress adapters under one shared adapter loop.

pub mod checkpoint;
pub mod delivery;
pub mod egress;
pub mod error;
pub mod head;
pub mod ingress;
pub mod lines;
pub mod roots;

pub use error::AdapterError;
