//! What one binary has of its own; all else the binaries of the family share.

use std::process::ExitCode;

use byteor_pipeline_exec::ResolveError;
use clap::Args;
use serde::Serialize;

use crate::single_process;
use crate::stages::{Stage, pure_stages};

/// A binary that has the shared verbs, and a `run` of its own.
pub trait Binary {
    /// The name, as people call it.
    const NAME: &'static str;
    /// What it is for: the first paragraph of `--help`.
    const ABOUT: &'static str;
    /// What `--help` says behind the verbs.
    const AFTER: &'static str;
    /// The spec models that its `run` executes, by the names that agents tell the control plane.
    const FEATURES: &'static [&'static str];
    /// Kinds of adapters that records come from.
    const INGRESS: &'static [&'static str];
    /// Kinds of adapters that records go to.
    const EGRESS: &'static [&'static str];
    /// Parts of adapters that a build may be without, and that this one has.
    const OPTIONS: &'static [&'static str];
    /// The formats that it knows beside [`FORMATS`].
    const FORMATS: &'static [Format];
    /// Flags of its `run`; what they are documented with is what `--help` says of the verb.
    type Run: Args;

    /// The stage of a key, as `run` would build it were all secrets there.
    fn stage(id: &str, key: &str) -> Result<Stage, ResolveError>;

    /// Carries `run` out and says how it ended.
    fn run(args: Self::Run) -> ExitCode;
}

/// A written format, and the versions that a binary knows.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Format {
    /// Its name in the documentation.
    pub name: &'static str,
    /// Versions that are understood.
    pub reads: &'static [u32],
    /// Versions that are written.
    pub writes: &'static [u32],
}

/// The formats that every binary knows.
pub const FORMATS: &[Format] = &[
    Format {
        name: "plan",
        reads: &[2],
        writes: &[2],
    },
    Format {
        name: "spec",
        reads: &[1],
        writes: &[1],
    },
    Format {
        name: "region",
        reads: &[indexbus_abi::INDEXBUS_ABI_VERSION_V1 as u32],
        writes: &[indexbus_abi::INDEXBUS_ABI_VERSION_V1 as u32],
    },
];

/// `byteor-runtime`: no adapters, no secrets.
#[derive(Clone, Copy, Debug)]
pub struct Runtime;

impl Binary for Runtime {
    const NAME: &'static str = "byteor-runtime";
    const ABOUT: &'static str = "Check, describe, compare, lower and format plans and specs, look \
         at running pipelines, and bring a spec up once on test input.";
    const AFTER: &'static str = crate::cli::AFTER;
    const FEATURES: &'static [&'static str] = &["single_ring", "lane_graph"];
    const INGRESS: &'static [&'static str] = &[];
    const EGRESS: &'static [&'static str] = &[];
    const OPTIONS: &'static [&'static str] = &[];
    const FORMATS: &'static [Format] = &[];
    type Run = single_process::RunArgs;

    fn stage(id: &str, key: &str) -> Result<Stage, ResolveError> {
        pure_stages(id, key)
    }

    fn run(args: Self::Run) -> ExitCode {
        let json = args.json;
        crate::output::finish(single_process::run(args), json)
    }
}
