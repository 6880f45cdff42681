//! `lower`: a plan to the canonical text of its spec.

use std::path::{Path, PathBuf};

use byteor_pipeline::{ExecutionTarget, Severity, lower_text};
use clap::Args;

use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::spec_file::read_text;

/// Largest plan that is read, in bytes.
const MAX_PLAN_BYTES: usize = 16 * 1024 * 1024;

/// A plan and what to lower it to.
#[derive(Debug, Args)]
pub struct LowerArgs {
    /// The plan.
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
    let text = read_plan(&args.plan, "name the plan with --plan=PATH")?;
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
    for diagnostic in &lowering.diagnostics {
        let severity = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        };
        eprintln!(
            "{}:{}:{}: {severity}[{}]: {}",
            args.plan.display(),
            diagnostic.range.start_line,
            diagnostic.range.start_column,
            diagnostic.code,
            diagnostic.message
        );
        if let Some(help) = &diagnostic.help {
            eprintln!("  help: {help}");
        }
        // The page of every install, and docs/spec/rules, have the paragraph about it.
        eprintln!("  rule: /rules#{}", diagnostic.code.to_lowercase());
    }
    if let Some(report) = lowering.report {
        print(&report.spec_kv)?;
    }
    Ok(exit)
}
