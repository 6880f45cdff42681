//! `compatibility`: which versions of each format a binary understands, and whether it could run a
//! spec.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use byteor_pipeline::Severity;
use clap::Args;
use serde::Serialize;

use super::trial::start;
use crate::binary::{Binary, FORMATS, Format};
use crate::checked::{Checked, spec as check};
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::source::{Kind, Source};

/// What to ask about, and how to answer.
#[derive(Debug, Args)]
pub struct CompatibilityArgs {
    /// A spec: could this binary run it?
    #[arg(long, value_name = "PATH")]
    pub spec: Option<PathBuf>,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct Compatibility {
    v: u32,
    ok: bool,
    binary: &'static str,
    version: &'static str,
    formats: Vec<Format>,
    spec: Option<SpecAnswer>,
}

#[derive(Serialize)]
struct SpecAnswer {
    file: String,
    spec_hash: Option<String>,
    runs: bool,
    reasons: Vec<Reason>,
}

/// Why it doesn't run.
#[derive(Serialize)]
struct Reason {
    code: String,
    message: String,
    stage: Option<String>,
}

pub(super) fn run<B: Binary>(args: &CompatibilityArgs) -> Result<Exit, Failure> {
    let spec = args.spec.as_deref().map(of_spec::<B>).transpose()?;
    let ok = spec.as_ref().is_none_or(|spec| spec.runs);
    let answer = Compatibility {
        v: 1,
        ok,
        binary: B::NAME,
        version: env!("CARGO_PKG_VERSION"),
        formats: [FORMATS, B::FORMATS].concat(),
        spec,
    };
    if args.json {
        print_json(&answer)?;
    } else {
        print(&words(&answer))?;
    }
    Ok(if ok { Exit::Done } else { Exit::No })
}

fn of_spec<B: Binary>(path: &Path) -> Result<SpecAnswer, Failure> {
    let source = Source::read(path, Some(Kind::Spec))?;
    let checked = check(&source.text);
    let reasons = reasons::<B>(&source, &checked);
    Ok(SpecAnswer {
        file: source.name,
        spec_hash: checked.spec_hash,
        runs: reasons.is_empty(),
        reasons,
    })
}

fn reasons<B: Binary>(source: &Source, checked: &Checked) -> Vec<Reason> {
    let errors = checked.diagnostics.iter();
    let mut reasons: Vec<Reason> = errors
        .filter(|one| one.severity == Severity::Error)
        .map(|one| Reason {
            code: one.code.to_owned(),
            message: one.message.clone(),
            stage: None,
        })
        .collect();
    let Some(spec) = &checked.spec else {
        return reasons;
    };
    if checked.spec_kv.as_ref() != Some(&source.text) {
        reasons.push(Reason {
            code: "E_SPEC_NOT_CANONICAL".to_owned(),
            message: "this is not the canonical text of what it says".to_owned(),
            stage: None,
        });
    }
    if reasons.is_empty()
        && let Err(failure) = start::<B>(spec)
    {
        reasons.push(Reason {
            code: failure.code,
            message: failure.message,
            stage: failure.stage,
        });
    }
    reasons
}

fn words(one: &Compatibility) -> String {
    let mut text = format!("{} {}\n", one.binary, one.version);
    let list = |versions: &[u32]| {
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        match versions.is_empty() {
            true => "-".to_owned(),
            false => versions.join(" "),
        }
    };
    // Writing to a String can't fail.
    let _ = writeln!(text, "{:<24}{:<8}writes", "format", "reads");
    for format in &one.formats {
        let (reads, writes) = (list(format.reads), list(format.writes));
        let _ = writeln!(text, "{:<24}{reads:<8}{writes}", format.name);
    }
    if let Some(spec) = &one.spec {
        let says = if spec.runs { "can run" } else { "can't run" };
        let _ = writeln!(text, "{}: this build {says} it", spec.file);
        for reason in &spec.reasons {
            let _ = writeln!(text, "  {}: {}", reason.code, reason.message);
        }
    }
    text
}
