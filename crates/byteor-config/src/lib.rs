//! Config bundles: runtime posture, tuning and adapter wiring, their canonical text and digest.
//!
//! A config bundle says how one environment runs a version: where records come from, where they
//! go, how large they may be, which tuning profile is asked for. It never says what a record
//! becomes; that stands in the stage keys, and so in the spec hash.
//!
//! The canonical text (`runtime_config.txt` in a deploy bundle, grammar in
//! `docs/spec/config-bundle.md`) is what a person reviews, what is hashed, and what the runtime
//! reads. [`decode`] accepts nothing but that canonical text, so two readers can't understand it
//! differently.
//!
//! ```
//! # let config = byteor_config::ConfigBundleV1::file_to_file(
//! #     byteor_config::Posture::Dev, "/data/in.log", "/data/out.log", "/data/rejected.log");
//! let text = byteor_config::encode(&config).unwrap();
//! assert_eq!(byteor_config::decode(&text).unwrap(), config);
//! assert!(byteor_config::digest(&text).starts_with("sha256:"));
//! ```
//!
//! No I/O, no clock, no threads: the same code runs in the page, on the server and on the agent.

pub mod adapters;
mod boundaries;
mod codec;
mod diff;
pub mod kv;

mod model;
mod net;
mod paths;
mod proof;
mod validate;
mod values;

pub use adapters::file::{FileEgress, FileIngress, Framing, ReadMode, StartAt, TooLarge};
pub use adapters::{Egress, Ingress};
pub use boundaries::{BOUNDARY, Boundaries, boundary_path};
pub use codec::{decode, digest, encode, render};
pub use diff::{ConfigChange, ConfigDiff, diff};
pub use model::{
    ConfigBundleV1, Posture, Record, Reject, SLOT_BYTES, SecretKind, SecretReference, Tuning,
    TuningProfile, Wait, Workers, is_secret_name,
};
pub use net::{address, authority, split_authority, stays_on_the_host, target};
pub use paths::{is_under, path_problem, root_problem};
pub use proof::{Direction, Proof};
pub use validate::{ConfigIssue, Surroundings, validate, validate_in};

/// Name of the canonical text inside a deploy bundle.
pub const FILE_NAME: &str = "runtime_config.txt";

/// Largest canonical text that [`decode`] looks at, in bytes.
pub const MAX_TEXT_BYTES: usize = 64 * 1024;
