//! The command line of `byteor-agent`, which `docs/spec/cli-agent.md` is generated from.

use std::process::ExitCode;

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::{enroll, run};

/// Enrol this node with a control plane, then fetch, verify and run what was approved for it.
///
/// Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 the control plane refused. The
/// last line on standard error says why. BYTEOR_LOG=debug says more (also: error, warn, info).
#[derive(Debug, Parser)]
#[command(name = "byteor-agent", version, about)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Turn a single-use enrollment token into this node's identity, kept in the state folder.
    Enroll(enroll::EnrollArgs),
    /// Heartbeat, fetch, verify, supervise and report, until SIGTERM.
    Run(run::RunArgs),
}

/// The definition of the command line.
pub fn command() -> Command {
    Cli::command()
}

/// Carries out the verb of this process's arguments.
pub fn main() -> ExitCode {
    let level = std::env::var("BYTEOR_LOG")
        .ok()
        .and_then(|level| level.parse().ok())
        .unwrap_or(tracing::Level::INFO);
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .init();
    let outcome = match Cli::parse().verb {
        Verb::Enroll(args) => enroll::enroll(&args),
        Verb::Run(args) => run::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            failure.exit_code()
        }
    }
}
