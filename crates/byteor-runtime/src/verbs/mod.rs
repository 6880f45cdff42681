//! The verbs that every binary shares, one file each.

mod describe;
mod diff;
mod dot;
pub mod files;
mod fmt;
mod lower;
mod snapshot;
mod validate;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::failure::{Exit, Failure};
use crate::source::Kind;
use crate::spec_file::spec_path;
use files::Reading;

/// The verbs about plans, specs and regions.
#[derive(Debug, Subcommand)]
pub enum Check {
    /// Check plans and specs by every rule, and show what is wrong with them.
    ///
    /// Exit 0: all are valid. 1: one isn't. 2: a plan without --target. 3: a file can't be read.
    Validate(FileArgs),
    /// Say in words what plans and specs do.
    ///
    /// Exit 0, 1 when one gives no spec, 2 for a plan without --target, 3 when a file can't be
    /// read.
    Describe(FileArgs),
    /// Draw the topology of plans and specs for Graphviz.
    ///
    /// Exit 0, 1 when one gives no spec, 2 for a plan without --target, 3 when a file can't be
    /// read.
    Dot(FileArgs),
    /// Compare two plans or specs by meaning.
    ///
    /// Exit 0: no difference. 1: different. 2: a plan without --target. 3: a file can't be read, or
    /// gives no spec to compare.
    Diff(diff::DiffArgs),
    /// Lower a plan to the canonical text of its spec, on standard output, or many into a folder.
    ///
    /// Exit 0: lowered. 1: there are errors, which are shown. 2: a plan without --target. 3: a file
    /// can't be read or written.
    Lower(lower::LowerArgs),
    /// Format plans, and write specs in their canonical text, in place; with --check, only say which
    /// ones aren't so.
    ///
    /// A plan may have errors. The canonical text of a spec has no keys that this build doesn't
    /// know. Exit 0: done. 1: with --check, one isn't formatted; or one is no spec. 3: a file can't
    /// be read or written.
    Fmt(fmt::FmtArgs),
    /// Read the live state of a running ring from its region.
    ///
    /// Exit 0, 3 when the region is missing, half-made, or not one.
    Snapshot(snapshot::SnapshotArgs),
}

/// Plans and specs, and how to answer.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// Plans and specs; `-` is standard input. Without one, the spec that the variable BYTEOR_SPEC
    /// names, otherwise /etc/byteor/spec.kv.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to read and to answer.
    #[command(flatten)]
    pub reading: Reading,
}

impl FileArgs {
    /// The files, or the spec of this host.
    fn paths(&self) -> Vec<PathBuf> {
        if self.files.is_empty() {
            vec![spec_path(None)]
        } else {
            self.files.clone()
        }
    }

    /// What they hold, where it was said. What this host runs is a spec, whatever it looks like.
    fn kind(&self) -> Option<Kind> {
        let host = self.files.is_empty().then_some(Kind::Spec);
        self.reading.kind.or(host)
    }
}

impl Check {
    /// Whether to answer in JSON.
    pub fn json(&self) -> bool {
        match self {
            Self::Validate(args) | Self::Describe(args) | Self::Dot(args) => args.reading.json,
            Self::Diff(args) => args.reading.json,
            Self::Lower(args) => args.reading.json,
            Self::Fmt(args) => args.json,
            Self::Snapshot(args) => args.json,
        }
    }

    /// Carries the verb out; its answer goes to standard output.
    pub fn run(self) -> Result<Exit, Failure> {
        match self {
            Self::Validate(args) => validate::run(&args),
            Self::Describe(args) => describe::run(&args),
            Self::Dot(args) => dot::run(&args),
            Self::Diff(args) => diff::run(&args),
            Self::Lower(args) => lower::run(&args),
            Self::Fmt(args) => fmt::run(&args),
            Self::Snapshot(args) => snapshot::run(args),
        }
    }
}
