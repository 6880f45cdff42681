//! Standard output carries answers, standard error carries failures; with `--json` both are JSON
//! on standard output.

use std::io::{self, Write};
use std::process::ExitCode;

use serde::Serialize;
use serde_json::json;

use crate::failure::{Exit, Failure};

/// Writes `text` to standard output.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Writes `value` as one line of JSON to standard output.
pub fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut line = serde_json::to_string(value).map_err(|error| {
        let help = "this is a defect; please report it";
        Failure::new(Exit::Failed, "E_JSON", error.to_string(), help)
    })?;
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
