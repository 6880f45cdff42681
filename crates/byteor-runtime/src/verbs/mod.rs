//! The verbs that every binary shares, one file each.

mod absent;
mod capabilities;
mod compatibility;
mod describe;
mod diff;
mod dot;
pub mod files;
mod fmt;
mod lower;
mod snapshot;
mod trial;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::binary::Binary;
use crate::failure::{Exit, Failure};
use crate::output::finish;
use crate::source::Kind;
use crate::spec_file::spec_path;
use absent::Absent;
use files::Reading;

/// The verbs that every binary has or knows, whatever else it does. `run` is each one's own.
pub const VERBS: [&str; 11] = [
    "validate",
    "describe",
    "dot",
    "diff",
    "run",
    "doctor",
    "snapshot",
    "incident-bundle",
    "replay",
    "capabilities",
    "compatibility",
];

/// The shared verbs: about plans, specs, regions and the binary itself.
#[derive(Debug, Subcommand)]
pub enum Shared {
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
    /// Say what this binary can do: its verbs, spec models, stage families and adapters, and which
    /// of the family's verbs it doesn't have.
    ///
    /// Exit 0.
    Capabilities(capabilities::CapabilitiesArgs),
    /// Say which versions of each format this binary understands; with --spec, whether it could run
    /// that spec, and if not, why.
    ///
    /// Exit 0; 1 when it couldn't run the spec; 3 when the spec can't be read.
    Compatibility(compatibility::CompatibilityArgs),
    /// Known, and not in this build.
    #[command(flatten)]
    Absent(Absent),
}

/// Plans and specs, and how to answer.
#[derive(Debug, Args)]
pub struct FileArgs {
    /// Plans and specs; `-` is standard input. Without one, the spec that --spec names, otherwise
    /// the variable BYTEOR_SPEC, otherwise /etc/byteor/spec.kv.
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The spec, instead of files.
    #[arg(long, value_name = "PATH", conflicts_with = "files")]
    pub spec: Option<PathBuf>,
    /// How to read and to answer.
    #[command(flatten)]
    pub reading: Reading,
}

impl FileArgs {
    /// The files, or the spec of this host.
    fn paths(&self) -> Vec<PathBuf> {
        if self.files.is_empty() {
            vec![spec_path(self.spec.clone())]
        } else {
            self.files.clone()
        }
    }

    /// What they hold, where it was said. What this host runs, and what is named as a spec, is one,
    /// whatever it looks like.
    fn kind(&self) -> Option<Kind> {
        let host = self.files.is_empty().then_some(Kind::Spec);
        self.reading.kind.or(host)
    }
}

impl Shared {
    /// Carries the verb out and says how it ended. This is all that a binary has to do with it.
    pub fn answer<B: Binary>(self) -> ExitCode {
        let json = self.json();
        finish(self.run::<B>(), json)
    }

    /// Whether to answer in JSON.
    fn json(&self) -> bool {
        match self {
            Self::Validate(args) | Self::Describe(args) | Self::Dot(args) => args.reading.json,
            Self::Diff(args) => args.reading.json,
            Self::Lower(args) => args.reading.json,
            Self::Fmt(args) => args.json,
            Self::Snapshot(args) => args.json,
            Self::Capabilities(args) => args.json,
            Self::Compatibility(args) => args.json,
            Self::Absent(verb) => verb.json(),
        }
    }

    /// Its answer goes to standard output.
    fn run<B: Binary>(self) -> Result<Exit, Failure> {
        match self {
            Self::Validate(args) => validate::run(&args),
            Self::Describe(args) => describe::run(&args),
            Self::Dot(args) => dot::run(&args),
            Self::Diff(args) => diff::run(&args),
            Self::Lower(args) => lower::run(&args),
            Self::Fmt(args) => fmt::run(&args),
            Self::Snapshot(args) => snapshot::run(args),
            Self::Capabilities(args) => capabilities::run::<B>(&args),
            Self::Compatibility(args) => compatibility::run::<B>(&args),
            Self::Absent(verb) => Err(verb.failure::<B>()),
        }
    }
}
