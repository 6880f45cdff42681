//! Many files at once: what verbs that look at files have in common.

use std::io::stderr;
use std::path::{Path, PathBuf};

use byteor_pipeline::{Diagnostic, ExecutionTarget, Severity};
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::checked::Checked;
use crate::excerpt::{colours, excerpt};
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::source::{Kind, Source, is_stdin};

/// What the files of a verb are, and how to answer.
#[derive(Debug, Args)]
pub struct Reading {
    /// What plans are compiled for. Always explicit, never guessed; specs don't need it.
    #[arg(long, value_name = "single_ring|lane_graph", value_parser = target)]
    pub target: Option<ExecutionTarget>,
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

fn target(name: &str) -> Result<ExecutionTarget, String> {
    ExecutionTarget::from_name(name)
        .ok_or_else(|| "it is neither single_ring nor lane_graph".into())
}

/// What a verb has to say about one file.
#[derive(Debug, Default, Serialize)]
pub struct FileAnswer {
    /// The path, as it was given.
    pub file: String,
    /// Null where it can't be read.
    pub kind: Option<Kind>,
    /// Whether the verb's answer is yes.
    pub ok: bool,
    /// The hash of its spec, where it gives one and the verb asks.
    pub spec_hash: Option<String>,
    /// What the compiler says about it.
    pub diagnostics: Vec<Diagnostic>,
    /// Why there is no answer.
    pub failure: Option<Failure>,
    /// What else this verb answers.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

impl FileAnswer {
    /// The answer to a file that was checked.
    pub fn of(source: &Source, checked: Checked, ok: bool) -> Self {
        Self {
            kind: Some(source.kind),
            ok,
            spec_hash: checked.spec_hash,
            diagnostics: checked.diagnostics,
            ..Self::default()
        }
    }

    /// With a field of this verb.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

#[derive(Serialize)]
struct Answer {
    v: u32,
    ok: bool,
    files: Vec<FileAnswer>,
}

/// Asks `act` about each file in turn. One that can't be read doesn't keep the others from their
/// answers; the highest exit code of all is that of the process. For people, `act` prints.
pub fn each(
    paths: &[PathBuf],
    kind: Option<Kind>,
    json: bool,
    mut act: impl FnMut(&Path, &Source) -> Result<FileAnswer, Failure>,
) -> Result<Exit, Failure> {
    once(paths)?;
    let mut files = Vec::new();
    let mut exit = Exit::Done;
    for path in paths {
        let result = Source::read(path, kind).and_then(|source| act(path, &source));
        let mut answer = result.unwrap_or_else(|failure| {
            if !json {
                eprintln!("{failure}");
            }
            FileAnswer {
                failure: Some(failure),
                ..FileAnswer::default()
            }
        });
        answer.file = path.display().to_string();
        let worse = match &answer.failure {
            Some(failure) => failure.exit,
            None if answer.ok => Exit::Done,
            None => Exit::No,
        };
        if worse as u8 > exit as u8 {
            exit = worse;
        }
        files.push(answer);
    }
    if json {
        let ok = exit == Exit::Done;
        print_json(&Answer { v: 1, ok, files })?;
    }
    Ok(exit)
}

/// Standard input can be read once.
pub fn once(paths: &[PathBuf]) -> Result<(), Failure> {
    if paths.iter().filter(|path| is_stdin(path)).count() < 2 {
        return Ok(());
    }
    let help = "name `-` once, and files for the others";
    let message = "standard input can't be read twice";
    Err(Failure::new(Exit::Usage, "E_STDIN_TWICE", message, help))
}

/// Shows diagnostics to people, those at least as bad as `least`.
pub fn show(source: &Source, diagnostics: &[Diagnostic], least: Severity) {
    let colour = colours(&stderr());
    for diagnostic in diagnostics.iter().filter(|one| one.severity <= least) {
        eprint!(
            "{}",
            excerpt(&source.name, &source.text, diagnostic, colour)
        );
    }
}

/// Prints one of several texts, with `heading` where it isn't the only one.
pub fn print_one_of(count: usize, heading: &str, text: &str) -> Result<(), Failure> {
    if count > 1 {
        print(&format!("{heading}\n{text}\n"))
    } else {
        print(text)
    }
}
