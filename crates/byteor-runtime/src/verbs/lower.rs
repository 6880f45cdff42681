//! `lower`: a plan to the canonical text of its spec.

use std::io::stderr;
use std::path::{Path, PathBuf};

use byteor_pipeline::{ExecutionTarget, lower_text};
use clap::Args;

use super::plans::{name_of, read};
use crate::excerpt::{colours, excerpt};
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::spec_file::read_text;

/// Largest plan that is read, in bytes.
pub(super) const MAX_PLAN_BYTES: usize = 16 * 1024 * 1024;

/// A plan and what to lower it to.
#[derive(Debug, Args)]
pub struct LowerArgs {
    /// The plan; `-` is standard input.
    #[arg(long, value_name = "PATH")]
    pub plan: PathBuf,
    /// What to lower it to. Always explicit, never guessed.
    #[arg(long, value_name = "single_ring|lane_graph", value_parser = target)]
    pub target: ExecutionTarget,
    /// Answer with the compile report and all diagnostics as one JSON object.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn target(name: &str) -> Result<ExecutionTarget, String> {
    ExecutionTarget::from_name(name)
        .ok_or_else(|| "it is neither single_ring nor lane_graph".into())
}

/// Reads a plan, whatever it says.
pub(super) fn read_plan(path: &Path, help: &str) -> Result<String, Failure> {
    read_text(path, "the plan", MAX_PLAN_BYTES, "E_PLAN_READ", help)
}

pub(super) fn run(args: LowerArgs) -> Result<Exit, Failure> {
    let text = read(&args.plan)?;
    let lowering = lower_text(&text, args.target);
    let exit = if lowering.report.is_some() {
        Exit::Done
    } else {
        Exit::No
    };
    if args.json {
        print_json(&lowering)?;
        return Ok(exit);
    }
    let (name, colour) = (name_of(&args.plan), colours(&stderr()));
    for diagnostic in &lowering.diagnostics {
        eprint!("{}", excerpt(&name, &text, diagnostic, colour));
    }
    if let Some(report) = lowering.report {
        print(&report.spec_kv)?;
    }
    Ok(exit)
}
