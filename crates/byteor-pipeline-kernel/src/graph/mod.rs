//! What a lane graph's run needs beside its lanes: its counters, in one region for all.

mod region;
mod words;

pub use region::{GraphRegion, GraphShape};
pub use words::{EndpointWords, GraphLaneWords, ReaderWords, RoleWords};
