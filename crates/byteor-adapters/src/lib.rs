//! Ingress and egress adapters under one shared adapter loop.

pub mod checkpoint;
pub mod delivery;
pub mod disk;
pub mod egress;
pub mod error;
pub mod file_to_file;
pub mod head;
pub mod ingress;
pub mod lines;
pub mod roots;
mod saver;
pub mod states;

pub use error::AdapterError;
