//! The stepping executor: what each node does, laws over generated plans, and the same bytes as the
//! threaded executor.

mod graph_checkpoints;
mod lanes;
mod laws;
mod outputs;
mod roles;
mod same_as_graph;
mod same_as_threads;
mod states;
mod support;
mod walks;
