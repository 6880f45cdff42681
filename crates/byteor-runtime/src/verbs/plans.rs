//! `fmt` and `check`: many plans at once, for hooks and for continuous integration.

use std::io::{Read, Write, stderr};
use std::path::{Path, PathBuf};

use byteor_pipeline::plan::format;
use byteor_pipeline::{Diagnostic, ExecutionTarget, Severity, compile};
use clap::Args;
use serde::Serialize;

use super::lower::{MAX_PLAN_BYTES, read_plan, target};
use crate::excerpt::{colours, excerpt};
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};

const HELP: &str = "name plans, or `-` for standard input";

/// Plans to format.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// The plans; `-` is standard input, whose formatted text goes to standard output.
    #[arg(required = true, value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// Write nothing; say which plans aren't formatted.
    #[arg(long)]
    pub check: bool,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

/// Plans to check.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The plans; `-` is standard input.
    #[arg(required = true, value_name = "PLAN")]
    pub plans: Vec<PathBuf>,
    /// What they are checked for. Always explicit, never guessed.
    #[arg(long, value_name = "single_ring|lane_graph", value_parser = target)]
    pub target: ExecutionTarget,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

#[derive(Serialize)]
struct FormattedFile {
    file: String,
    formatted: bool,
}

#[derive(Serialize)]
struct CheckedFile {
    file: String,
    valid: bool,
    spec_hash: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Answer<T> {
    ok: bool,
    files: Vec<T>,
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a plan from a file, or from standard input.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    if !is_stdin(path) {
        return read_plan(path, HELP);
    }
    let failed = |why: String| Failure::new(Exit::Input, "E_PLAN_READ", why, HELP);
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_PLAN_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| failed(format!("can't read standard input: {error}")))?;
    if bytes.len() > MAX_PLAN_BYTES {
        return Err(failed(format!(
            "standard input has more than {MAX_PLAN_BYTES} bytes"
        )));
    }
    String::from_utf8(bytes).map_err(|_| failed("standard input is not UTF-8".to_owned()))
}

/// The name of a plan in answers.
pub(super) fn name_of(path: &Path) -> String {
    if is_stdin(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

pub(super) fn fmt(args: &FmtArgs) -> Result<Exit, Failure> {
    let mut files = Vec::new();
    for path in &args.plans {
        let text = read(path)?;
        let (after, edits) = format(&text);
        let formatted = edits.is_empty();
        if !args.check && is_stdin(path) {
            if !args.json {
                print(&after)?;
            }
        } else if !formatted && !args.check {
            write(path, &after)?;
        }
        if !formatted && !args.json && !is_stdin(path) {
            let did = if args.check {
                "would format"
            } else {
                "formatted"
            };
            eprintln!("{did} {}", name_of(path));
        } else if !formatted && !args.json && args.check {
            eprintln!("would format {}", name_of(path));
        }
        files.push(FormattedFile {
            file: name_of(path),
            formatted,
        });
    }
    let ok = !args.check || files.iter().all(|file| file.formatted);
    if args.json {
        print_json(&Answer { ok, files })?;
    }
    Ok(if ok { Exit::Done } else { Exit::No })
}

/// Writes beside the file and moves it there, so that nobody ever reads half of it.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(
            Exit::Input,
            "E_PLAN_WRITE",
            format!("can't write {}: {error}", path.display()),
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

pub(super) fn check(args: &CheckArgs) -> Result<Exit, Failure> {
    let colour = colours(&stderr());
    let mut files = Vec::new();
    for path in &args.plans {
        let text = read(path)?;
        let name = name_of(path);
        let compilation = compile(&text, args.target);
        let spec_hash = compilation.report.map(|report| report.spec_hash);
        if !args.json {
            for diagnostic in &compilation.diagnostics {
                eprint!("{}", excerpt(&name, &text, diagnostic, colour));
            }
            match &spec_hash {
                Some(hash) => print(&format!("{name}: valid, {hash}\n"))?,
                None => {
                    let errors = compilation.diagnostics.iter();
                    let errors = errors.filter(|one| one.severity == Severity::Error).count();
                    print(&format!("{name}: {errors} errors\n"))?;
                }
            }
        }
        files.push(CheckedFile {
            file: name,
            valid: spec_hash.is_some(),
            spec_hash,
            diagnostics: compilation.diagnostics,
        });
    }
    let ok = files.iter().all(|file| file.valid);
    if args.json {
        print_json(&Answer { ok, files })?;
    }
    Ok(if ok { Exit::Done } else { Exit::No })
}
