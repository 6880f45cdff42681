//! The node agent: enrolment, fetch, verify, stage, supervise, report.
//!
//! One process for each enrolled node. Its main thread owns the [`slots`], each with at most one
//! child process; a second one, the [`link`], talks to the control plane at its [`pace`],
//! one [`wait`]s to hear that it should talk sooner, and a few more [`download`] bundles. All of them only ever call out. When the control plane is away, what was
//! verified goes on running. The protocol is in `docs/spec/agent-protocol.md`.
//!
//! - [`enroll`]: one token for one identity, kept in the [`state`] folder.
//! - [`run`]: the loop; [`host`] is what all slots share.
//! - [`slot`]: a pure machine, and what carries out what it wants.
//! - [`api`], [`protocol`], [`reach`]: HTTP, its messages, and whom plain http may reach.
//! - [`clock`]: the latest time that was seen.
//! - [`staging`]: verified bundles on disk; [`roots`]: where their paths may lead.
//! - [`trial`]: connections that somebody wants tried.
//! - [`process`]: a supervised runtime; [`quote`] cleans what it says.

pub mod api;
pub mod cli;
pub mod clock;
pub mod download;
pub mod enroll;
pub mod failure;
pub mod host;
pub mod instant;
pub mod link;
pub mod pace;
pub mod process;
pub mod protocol;
pub mod quote;
pub mod reach;
pub mod roots;
pub mod run;
pub mod slot;
pub mod slots;
pub mod staging;
pub mod state;
pub mod trial;
pub mod wait;

/// Version that is told at enrolment and with heartbeats.
pub const AGENT_VERSION: &str = env!("CARGO_PKG_VERSION");
