//! PostgreSQL: rows that are written together with how far the pipeline is, rows that are read, and
//! changes that are followed.

mod changes;
mod pgoutput;
mod positions;
mod row;
mod server;
mod sink;
mod source;
mod table;
mod wire;

pub use changes::{Changes, follow};
pub use row::{Format, Mode};
pub use server::Server;
pub use sink::{Write, write};
pub use source::{Read, read};
pub use table::Target;
