//! The command line of `byteor-edgeplane`, which `docs/spec/cli-edgeplane.md` is generated from.

use std::process::ExitCode;

use byteor_runtime::output::finish;
use byteor_runtime::verbs::Check;
use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::{RunArgs, run};

/// Run a pipeline between its adapters, check specs, and look at running pipelines.
///
/// Answers go to standard output, failures with their code and what to do to standard error (with
/// --json, to standard output as well). Exit codes: 0 done; 1 the answer is no; 2 the command
/// line is wrong; 3 a file can't be read or isn't what it should be; 4 policy refused; 5 the run
/// failed.
#[derive(Debug, Parser)]
#[command(name = "byteor-edgeplane", version, about)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Check(Check),
    /// Run a pipeline from its input to its output until the input ends or SIGTERM comes.
    ///
    /// Exit 0 after a drain; 3 when spec, config or credential can't be read; 4 when policy
    /// refuses; 5 when an adapter or a stage fails, which is named.
    Run(Box<RunArgs>),
}

/// The definition of the command line.
pub fn command() -> Command {
    Cli::command()
}

/// Carries out the verb of this process's arguments.
pub fn main() -> ExitCode {
    match Cli::parse().verb {
        Verb::Check(check) => {
            let json = check.json();
            finish(check.run(), json)
        }
        Verb::Run(args) => run(*args).into(),
    }
}
