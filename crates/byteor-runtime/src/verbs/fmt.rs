//! `fmt`: one way to write a plan, and the one canonical text of a spec.

use std::path::PathBuf;

use byteor_pipeline::Severity;
use byteor_pipeline::plan::format;
use clap::Args;

use super::files::{FileAnswer, each, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};
use crate::output::{print, write_file};
use crate::source::{Kind, Source, is_stdin};

/// Files to format.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Plans and specs; `-` is standard input, whose formatted text goes to standard output.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Write nothing; say which files aren't formatted.
    #[arg(long)]
    pub check: bool,
    /// What the files hold. Otherwise their content tells: a spec starts with `key=`.
    #[arg(
        long = "as",
        value_name = "plan|spec",
        value_enum,
        hide_possible_values = true
    )]
    pub kind: Option<Kind>,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: &FmtArgs) -> Result<Exit, Failure> {
    each(&args.files, args.kind, args.json, |path, source| {
        let (answer, after) = formatted(source, args.json)?;
        let Some(after) = after else {
            return Ok(answer);
        };
        let formatted = after == source.text;
        if !args.check && is_stdin(path) {
            if !args.json {
                print(&after)?;
            }
        } else if !formatted {
            if !args.check {
                write_file(path, &after)?;
            }
            if !args.json {
                let did = if args.check {
                    "would format"
                } else {
                    "formatted"
                };
                eprintln!("{did} {}", source.name);
            }
        }
        let mut answer = answer.with("formatted", formatted);
        answer.ok = formatted || !args.check;
        if args.json && is_stdin(path) && !args.check {
            answer = answer.with("text", after);
        }
        Ok(answer)
    })
}

/// The formatted text. Of a plan with errors as well; a spec must be one.
fn formatted(source: &Source, json: bool) -> Result<(FileAnswer, Option<String>), Failure> {
    if source.kind == Kind::Plan {
        let answer = FileAnswer {
            kind: Some(Kind::Plan),
            ..FileAnswer::default()
        };
        return Ok((answer, Some(format(&source.text).0)));
    }
    let mut checked = Checked::new(source, None)?;
    let kv = checked.spec_kv.take();
    if kv.is_none() && !json {
        show(source, &checked.diagnostics, Severity::Hint);
    }
    let mut answer = FileAnswer::of(source, checked, false);
    if kv.is_none() {
        answer = answer.with("formatted", false);
    }
    Ok((answer, kv))
}
