//! `lower`: the canonical text of the spec that a plan gives, or that a spec says.

use std::path::PathBuf;

use byteor_pipeline::Severity;
use clap::Args;

use super::files::{FileAnswer, Reading, each, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};
use crate::output::print;

/// Plans, and what to lower them to.
#[derive(Debug, Args)]
pub struct LowerArgs {
    /// The plan; `-` is standard input. Several with --json only. Of a spec, its canonical text.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// How to read and to answer.
    #[command(flatten)]
    pub reading: Reading,
}

pub(super) fn run(args: &LowerArgs) -> Result<Exit, Failure> {
    let reading = &args.reading;
    if args.files.len() > 1 && !reading.json {
        // Two texts after each other would be one that nobody meant.
        return Err(Failure::new(
            Exit::Usage,
            "E_ONE_FILE",
            "several specs can't stand in one text",
            "lower one file at a time, or add --json",
        ));
    }
    each(&args.files, reading.kind, reading.json, |_, source| {
        let mut checked = Checked::new(source, reading.target)?;
        let ok = checked.ok();
        let spec_kv = checked.spec_kv.take().filter(|_| ok);
        if !reading.json {
            show(source, &checked.diagnostics, Severity::Hint);
            if let Some(report) = &checked.report {
                show(source, &report.actions, Severity::Hint);
            }
            if let Some(kv) = &spec_kv {
                print(kv)?;
            }
        }
        let report = serde_json::to_value(checked.report.take()).map_err(|error| {
            let help = "this is a defect; please report it";
            Failure::new(Exit::Failed, "E_JSON", error.to_string(), help)
        })?;
        Ok(FileAnswer::of(source, checked, ok)
            .with("spec_kv", spec_kv)
            .with("report", report))
    })
}
