//! `byteor-runtime`: the operator command line.

use std::process::ExitCode;

use byteor_runtime::output::finish;
use byteor_runtime::single_process::{RunArgs, run};
use byteor_runtime::verbs::Check;
use clap::{Parser, Subcommand};

/// Check specs, look at running pipelines, and bring a spec up once on test input.
///
/// Answers go to standard output, failures with their code and what to do to standard error (with
/// --json, to standard output as well). Exit codes: 0 done; 1 the answer is no; 2 the command
/// line is wrong; 3 a file can't be read or isn't what it should be; 4 policy refused; 5 the run
/// failed.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(flatten)]
    Check(Check),
    /// Bring a spec up once, in one process, on test input, and print what comes out.
    ///
    /// Exit 0; 3 when spec or input can't be read; 4 when the spec isn't canonical or needs a
    /// capability; 5 when a stage fails.
    Run(RunArgs),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.verb {
        Verb::Check(check) => {
            let json = check.json();
            finish(check.run(), json)
        }
        Verb::Run(args) => {
            let json = args.json;
            finish(run(args), json)
        }
    }
}
