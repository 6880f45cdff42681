//! `fmt`: one way to write a plan, and the one canonical text of a spec.

use std::io::Write;
use std::path::{Path, PathBuf};

use byteor_pipeline::Severity;
use byteor_pipeline::plan::format;
use clap::Args;

use super::files::{FileAnswer, each, show};
use crate::checked::Checked;
use crate::failure::{Exit, Failure};
use crate::output::print;
use crate::source::{Kind, Source, is_stdin, name_of};

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
                write(path, &after)?;
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

/// Writes beside the file and moves it there, so that nobody ever reads half of it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::Input,
            "E_FILE_WRITE",
            format!("can't write {}: {error}", name_of(path)),
            "check the rights of the file and its folder",
        )
    };
    // A link stays one: what it leads to is written.
    let path = path.canonicalize().map_err(failed)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let rights = std::fs::metadata(&path).map_err(failed)?.permissions();
    let done = std::fs::File::create(&beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.set_permissions(rights)?;
            file.sync_all()
        })
        .and_then(|()| std::fs::rename(&beside, &path));
    if done.is_err() {
        // What was begun isn't left behind; that this fails as well changes nothing.
        let _ = std::fs::remove_file(&beside);
    }
    done.map_err(failed)
}
