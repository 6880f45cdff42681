//! The node agent: enrolment, fetch, verify, stage, supervise, report.
//!
//! One process for each enrolled node. Its main thread owns the [`slot`]s, each with at most one
//! child process; its second thread, the [`link`], is the only one that talks to the control
//! plane, and only ever calls out. When the control plane is away, what was verified goes on
//! running. The protocol is in `docs/spec/agent-protocol.md`.
//!
//! - [`enroll`]: one token for one identity, kept in the [`state`] folder.
//! - [`run`]: the loop.
//! - [`api`], [`protocol`]: HTTP and its messages.
//! - [`staging`]: verified bundles on disk.
//! - [`process`]: a supervised runtime.

pub mod api;
pub mod cli;
pub mod enroll;
pub mod failure;
pub mod instant;
pub mod link;
pub mod process;
pub mod protocol;
pub mod roots;
pub mod run;
pub mod slot;
pub mod staging;
pub mod state;

/// Version that is told at enrolment and with heartbeats.
pub const AGENT_VERSION: &str = env!("CARGO_PKG_VERSION");
