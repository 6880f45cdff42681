//! The command line of `byteor-runtime`, which `docs/spec/cli.md` is generated from.

use std::process::ExitCode;

use clap::{Command, CommandFactory, Parser, Subcommand};

use crate::output::finish;
use crate::single_process::{RunArgs, run};
use crate::verbs::Check;

/// What `--help` and the page say beyond the verbs.
const AFTER: &str = "\
Files:
  A file is a spec when its first word has a `=`, as KV does and no plan; otherwise it is a plan.
  --as=plan or --as=spec says it for all files of a command. `-` is standard input.
  Where there are many files, each gets its answer, even when another can't be read; the exit code
  is the highest of all.

For people:
  Answers go to standard output, and what is wrong to standard error: its place, the line with a
  caret, help, and the rule's paragraph, which the page of every install shows under that address.
  Colours are for terminals only, and for nobody who sets NO_COLOR.

With --json:
  One object on one line of standard output, and nothing on standard error.
  validate, describe, dot, lower, fmt:
    {\"v\":1,\"ok\":…,\"files\":[{\"file\":…,\"kind\":\"plan\"|\"spec\"|null,\"ok\":…,
      \"spec_hash\":…|null,\"diagnostics\":[…],\"failure\":{\"code\",\"message\",\"help\"}|null, …}]}
    and beside these, in each file that has no failure:
      validate  \"canonical\": whether the text is the canonical one; null for a plan
      describe  \"text\": the description, or null
      dot       \"dot\": the graph, or null
      lower     \"spec_kv\": the canonical text, or null; \"report\": the compile report of a plan
      fmt       \"formatted\": whether it was; \"text\", of standard input without --check
  A diagnostic has code, severity, phase, args, message, help, span (bytes), range (lines and
  columns from 1), elements and fixes.
  diff: {\"v\":1,\"of\":\"plan\"|\"spec\",\"equal\":…,\"counts\":…,\"changes\":[…],\"text\":…, …}
  Whatever keeps a whole verb from its answer: {\"ok\":false,\"code\",\"error\",\"help\",\"stage\"}.

Exit codes:
  0  done; for a check, the answer is yes
  1  the answer is no: not valid, not formatted, different
  2  the command line is wrong
  3  a file can't be read, or isn't what it should be
  4  policy refused
  5  the run failed";

/// Check, describe, compare, lower and format plans and specs, look at running pipelines, and bring
/// a spec up once on test input.
#[derive(Debug, Parser)]
#[command(name = "byteor-runtime", version, after_long_help = AFTER)]
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
        Verb::Run(args) => {
            let json = args.json;
            finish(run(args), json)
        }
    }
}
