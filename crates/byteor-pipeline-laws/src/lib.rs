//! What holds of every input to the compiler, whoever wrote it.
//!
//! Each module is a fuzz target: `check` panics where a law is broken, and `requests` gives the same
//! input as requests of the WebAssembly package, so that its answers can be held against the native
//! ones. `fuzz/` calls `check` with what libFuzzer makes up; `tests/corpora.rs` with the committed
//! corpora.

pub mod edits;
pub mod keys;
pub mod kv;
pub mod language;
pub mod merge;
pub mod plan_text;

mod texts;

pub use texts::{edits_fit, in_text};

use byteor_pipeline::ExecutionTarget;

/// Both execution targets.
pub const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

/// A call of the WebAssembly package: the exported name of the operation, and its JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The operation, as JavaScript calls it.
    pub operation: &'static str,
    /// The request.
    pub json: String,
}

impl Request {
    fn new(operation: &'static str, json: &serde_json::Value) -> Self {
        Self {
            operation,
            json: json.to_string(),
        }
    }
}

/// A fuzz target: its name, which is also its corpus folder's, and what it does with an input.
pub struct Target {
    /// The name.
    pub name: &'static str,
    /// Panics where a law is broken.
    pub check: fn(&[u8]),
    /// The input as requests; none where it isn't an input at all.
    pub requests: fn(&[u8]) -> Vec<Request>,
}

/// All fuzz targets.
pub const ALL: [Target; 6] = [
    Target {
        name: "plan_text",
        check: plan_text::check,
        requests: plan_text::requests,
    },
    Target {
        name: "kv",
        check: kv::check,
        requests: kv::requests,
    },
    Target {
        name: "edits",
        check: edits::check,
        requests: edits::requests,
    },
    Target {
        name: "keys",
        check: keys::check,
        requests: keys::requests,
    },
    Target {
        name: "merge",
        check: merge::check,
        requests: merge::requests,
    },
    Target {
        name: "language",
        check: language::check,
        requests: language::requests,
    },
];
