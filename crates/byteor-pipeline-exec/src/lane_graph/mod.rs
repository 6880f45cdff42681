//! The LaneGraph executor: every role and egress of a graph in one process.
//!
//! [`LaneGraph::start`] makes the lanes in memory or in a folder of files, by the same code, and gives
//! the roles to threads as [`Workers`] says. A role goes on as far as there is something to take and
//! room to write, and never waits in the middle of a record, so every division into threads comes to
//! the same end. What a run chooses can be recorded, and the stepping executor gives the same bytes
//! with it (docs/spec/execution.md).

mod barriers;
mod build;
mod choices;
mod counts;
mod ends;
mod give;
mod group;
mod ingress;
mod lanes;
mod node;
mod options;
mod parts;
mod plan;
mod regions;
mod running;
#[cfg(test)]
mod schedules;
mod shared;
mod sink;
mod startable;
mod store;
mod wire;
mod worker;

pub use barriers::GraphCheckpoint;
pub use byteor_pipeline_step::{Choices, Discard};
pub use counts::{EndpointCounts, GraphCounts, LaneCounts, RoleCounts};
pub use ingress::Ingress;
pub use options::{LanesIn, Options, Workers};
pub use running::{LaneGraph, RunningGraph};
pub use sink::{EgressSink, RejectSink};

pub use byteor_pipeline_backings_shm::COUNTERS_FILE;
