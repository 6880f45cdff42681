//! The adapter loop of a lane graph: a source for each ingress, a sink for each egress, one account.
//!
//! One thread reads all sources. Now and then it asks the graph for a barrier, puts it into every
//! ingress at once, and keeps the places; each sink says how far it is when the barrier comes there.
//! When it came to all, that is a checkpoint (docs/decisions/0136).

mod feed;
mod files;
mod joined;
mod kept;
mod rejects;
mod run;
mod sinks;

pub use files::{FilesOfGraph, PreparedFiles};
pub use joined::BoundariesOfGraph;
pub use kept::{EgressAt, GraphInput, GraphOutput, IngressAt};
pub use run::{Prepared, Ready};
