//! Standard output carries answers, standard error carries failures; with `--json` both are JSON
//! on standard output.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::source::name_of;

/// Writes `text` to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What can't be written as JSON, which is our mistake.
pub(crate) fn no_json(error: &serde_json::Error) -> Failure {
    let help = "this is a defect; please report it";
    Failure::new(Exit::Failed, "E_JSON", error.to_string(), help)
}

/// Writes `value` as one line of JSON to standard output.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string(value).map_err(|error| no_json(&error))?;
    line.push('\n');
    print(&line)
}

fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        // Whoever read our answer has seen enough of it.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(
            Exit::Failed,
            "E_OUTPUT",
            format!("could not write the answer: {error}"),
            "check where standard output leads",
        )),
        Ok(()) => Ok(()),
    }
}

/// Writes a file: beside its place, and then moved there, so that nobody ever reads half of it.
pub fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| {
        Failure::new(
            Exit::Input,
            "E_FILE_WRITE",
            format!("can't write {}: {error}", name_of(path)),
            "check the rights of the file and its folder",
        )
    };
    // A link stays one: what it leads to is written. A file keeps its rights.
    let (path, rights) = match path.canonicalize() {
        Ok(path) => {
            let rights = fs::metadata(&path).map_err(failed)?.permissions();
            (path, Some(rights))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (path.to_path_buf(), None),
        Err(error) => return Err(failed(error)),
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let done = File::create(&beside)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            if let Some(rights) = rights {
                file.set_permissions(rights)?;
            }
            file.sync_all()
        })
        .and_then(|()| fs::rename(&beside, &path));
    if done.is_err() {
        // What was begun isn't left behind; that this fails as well changes nothing.
        let _ = fs::remove_file(&beside);
    }
    done.map_err(failed)
}

/// Reports how a verb ended, and gives the process's exit code.
pub fn finish(result: Result<Exit, Failure>, json: bool) -> ExitCode {
    let failure = match result {
        Ok(exit) => return exit.into(),
        Err(failure) => failure,
    };
    if json {
        let answer = json!({ "ok": false, "error": failure.message, "code": failure.code,
                             "help": failure.help, "stage": failure.stage });
        // The exit code still tells, when nobody can be told in words.
        let _ = print_json(&answer);
    } else {
        eprintln!("{failure}");
    }
    failure.exit.into()
}
