//! The command line of every binary of the family: the shared verbs and a `run` of its own. The
//! pages `docs/spec/cli*.md` are generated from it.

use std::process::ExitCode;

use clap::{Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::binary::Binary;
use crate::verbs::Shared;

/// What `--help` and the page of `byteor-runtime` say beyond the verbs.
pub(crate) const AFTER: &str = "\
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
  capabilities: {\"v\":1,\"ok\":true,\"binary\",\"version\",\"verbs\":[{\"name\",\"in_build\"}],\"features\",
    \"targets\",\"stages\":[{\"family\",\"class\",\"capability\",\"in_build\"}],\"ingress\",\"egress\",
    \"options\",\"record_bytes\",\"backings\"}
  compatibility: {\"v\":1,\"ok\":…,\"binary\",\"version\",\"formats\":[{\"name\",\"reads\":[…],\"writes\":[…]}],
    \"spec\":{\"file\",\"spec_hash\",\"runs\":…,\"reasons\":[{\"code\",\"message\",\"stage\"}]}|null}
  snapshot: the snapshot (docs/spec/snapshot.md), and \"held\": whether a run that lives has the
    region, \"held_by\": the id of its process; null where that can't be told
  Whatever keeps a whole verb from its answer: {\"ok\":false,\"code\",\"error\",\"help\",\"stage\"}.

Exit codes:
  0  done; for a check, the answer is yes
  1  the answer is no: not valid, not formatted, different
  2  the command line is wrong
  3  a file can't be read, or isn't what it should be
  4  policy refused
  5  the run failed";

/// A verb of a binary whose `run` takes `R`.
#[derive(Debug, Subcommand)]
enum Verb<R: Args> {
    #[command(flatten)]
    Shared(Shared),
    // Documented by the flags' own type.
    Run(Box<R>),
}

#[derive(Debug, Parser)]
#[command(version)]
struct Cli<R: Args> {
    #[command(subcommand)]
    verb: Verb<R>,
}

/// The definition of a binary's command line.
pub fn command<B: Binary>() -> Command {
    Cli::<B::Run>::command()
        .name(B::NAME)
        .about(B::ABOUT)
        .after_long_help(B::AFTER)
}

/// Carries out the verb of this process's arguments, for any binary.
pub fn main<B: Binary>() -> ExitCode {
    // First thing: a region that somebody cuts short is then an error of the run, and not its end.
    if let Err(error) = indexbus_sigbus::install() {
        eprintln!("warning: a region that is cut short will end this process: {error}");
    }
    let given = Cli::<B::Run>::from_arg_matches(&command::<B>().get_matches());
    match given.unwrap_or_else(|error| error.exit()).verb {
        Verb::Shared(verb) => verb.answer::<B>(),
        Verb::Run(args) => B::run(*args),
    }
}
