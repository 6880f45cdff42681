//! `lower`: the canonical text of the spec that a plan gives, or that a spec says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use byteor_pipeline::Severity;
use clap::Args;

use super::files::{FileAnswer, Reading, each, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};
use crate::output::{print, write_file};
use crate::source::{is_stdin, name_of};

/// Plans, and what to lower them to.
#[derive(Debug, Args)]
pub struct LowerArgs {
    /// The plan; `-` is standard input. Several with --out or --json. Of a spec, its canonical text.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write each spec into this folder, with the name of its file and the ending `.kv`.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// How to read and to answer.
    #[command(flatten)]
    pub reading: Reading,
}

pub(super) fn run(args: &LowerArgs) -> Result<Exit, Failure> {
    let reading = &args.reading;
    let places = match &args.out {
        Some(folder) => places(&args.files, folder)?,
        None => BTreeMap::new(),
    };
    if args.files.len() > 1 && !reading.json && args.out.is_none() {
        // Two texts after each other would be one that nobody meant.
        return Err(Failure::new(
            Exit::Usage,
            "E_ONE_FILE",
            "several specs can't stand in one text",
            "lower one file at a time, or into a folder with --out=FOLDER, or add --json",
        ));
    }
    each(&args.files, reading.kind, reading.json, |path, source| {
        let mut checked = Checked::new(source, reading.target)?;
        let ok = checked.ok();
        let spec_kv = checked.spec_kv.take().filter(|_| ok);
        if !reading.json {
            show(source, &checked.diagnostics, Severity::Hint);
            if let Some(report) = &checked.report {
                show(source, &report.actions, Severity::Hint);
            }
            if let Some(kv) = &spec_kv
                && args.out.is_none()
            {
                print(kv)?;
            }
        }
        if let (Some(kv), Some(place)) = (&spec_kv, places.get(path)) {
            write_file(place, kv)?;
            if !reading.json {
                print(&format!("{}: {}\n", source.name, name_of(place)))?;
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

/// Where each spec is written: in the folder, under the name of its file.
fn places<'f>(files: &'f [PathBuf], folder: &Path) -> Result<BTreeMap<&'f Path, PathBuf>, Failure> {
    let refused = |message: String| {
        let help = "lower it apart from the others, or to standard output";
        Err(Failure::new(Exit::Usage, "E_OUT_NAME", message, help))
    };
    let mut places = BTreeMap::new();
    let mut taken = BTreeSet::new();
    for file in files {
        let Some(name) = file.file_stem().filter(|_| !is_stdin(file)) else {
            return refused(format!(
                "{} has no name to write a spec under",
                name_of(file)
            ));
        };
        let mut name = name.to_owned();
        name.push(".kv");
        let place = folder.join(name);
        if place == *file {
            return refused(format!("{} would be written over itself", name_of(file)));
        }
        if !taken.insert(place.clone()) {
            return refused(format!("two files would be written as {}", name_of(&place)));
        }
        places.insert(file.as_path(), place);
    }
    Ok(places)
}
