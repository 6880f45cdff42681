//! PostgreSQL: rows that are written together with how far the pipeline is, and rows that are read.

mod positions;
mod row;
mod server;
mod sink;
mod source;
mod table;

pub use row::{Format, Mode};
pub use server::Server;
pub use sink::{Write, write};
pub use source::{Read, read};
pub use table::Target;
