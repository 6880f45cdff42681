//! The verbs that every binary shares, one file each.

mod diff;
mod dot_describe;
mod lower;
mod plans;
mod snapshot;
mod validate;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::failure::Failure;

/// The verbs that only look at specs, plans and regions.
#[derive(Debug, Subcommand)]
pub enum Check {
    /// Check a spec: its form and every rule.
    ///
    /// Exit 0: valid. 1: not valid. 3: the file can't be read.
    Validate(SpecArgs),
    /// Say in words what a spec does.
    ///
    /// Exit 0, 1 when it is no spec, 3 when the file can't be read.
    Describe(SpecArgs),
    /// Draw a spec's topology for Graphviz.
    ///
    /// Exit 0, 1 when it is no spec, 3 when the file can't be read.
    Dot(SpecArgs),
    /// Compare two specs, or two plans, by meaning.
    ///
    /// Exit 0: no difference. 1: different. 3: a file is no spec or can't be read.
    Diff(diff::DiffArgs),
    /// Lower a plan to the canonical text of its spec, on standard output.
    ///
    /// Exit 0: lowered. 1: the plan has errors, which are listed. 3: the file can't be read.
    Lower(lower::LowerArgs),
    /// Format plans in place; with --check, say which ones aren't formatted.
    ///
    /// Exit 0: done. 1: with --check, one isn't formatted. 3: a file can't be read or written.
    Fmt(plans::FmtArgs),
    /// Compile plans, and show what is wrong with them.
    ///
    /// Exit 0: all are valid. 1: one has errors. 3: a file can't be read.
    Check(plans::CheckArgs),
    /// Read the live state of a running ring from its region.
    ///
    /// Exit 0, 3 when the region is missing, half-made, or not one.
    Snapshot(snapshot::SnapshotArgs),
}

/// A spec, and how to answer.
#[derive(Debug, Args)]
pub struct SpecArgs {
    /// The spec. Otherwise the variable BYTEOR_SPEC, otherwise /etc/byteor/spec.kv.
    #[arg(long, value_name = "PATH")]
    pub spec: Option<PathBuf>,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

impl Check {
    /// Whether to answer in JSON.
    pub fn json(&self) -> bool {
        match self {
            Self::Validate(args) | Self::Describe(args) | Self::Dot(args) => args.json,
            Self::Diff(args) => args.json,
            Self::Lower(args) => args.json,
            Self::Fmt(args) => args.json,
            Self::Check(args) => args.json,
            Self::Snapshot(args) => args.json,
        }
    }

    /// Carries the verb out; its answer goes to standard output.
    pub fn run(self) -> Result<crate::failure::Exit, Failure> {
        match self {
            Self::Validate(args) => validate::run(args),
            Self::Describe(args) => dot_describe::describe(args),
            Self::Dot(args) => dot_describe::dot(args),
            Self::Diff(args) => diff::run(args),
            Self::Lower(args) => lower::run(args),
            Self::Fmt(args) => plans::fmt(&args),
            Self::Check(args) => plans::check(&args),
            Self::Snapshot(args) => snapshot::run(args),
        }
    }
}
