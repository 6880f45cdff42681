//! `diff`: what changes for the records from one spec or plan to another.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use byteor_pipeline::api::PlanSource;
use byteor_pipeline::{ExecutionTarget, SemanticDiff};
use clap::Args;

use super::lower::{read_plan, target};
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::spec_file::SpecFile;

/// Two specs, or two plans.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// The spec before; the plan before with --target.
    #[arg(long, value_name = "PATH")]
    pub before: PathBuf,
    /// The spec after; the plan after with --target.
    #[arg(long, value_name = "PATH")]
    pub after: PathBuf,
    /// Compare plans, for this target; they may have errors.
    #[arg(long, value_name = "single_ring|lane_graph", value_parser = target)]
    pub target: Option<ExecutionTarget>,
    /// List at most so many changes. The counts are always of all.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
    /// Answer as one JSON object on standard output, failures too.
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(args: DiffArgs) -> Result<Exit, Failure> {
    let diff = match args.target {
        Some(target) => {
            let (before, after) = (plan(&args.before, target)?, plan(&args.after, target)?);
            byteor_pipeline::diff_plans(&before, &after, args.limit)
        }
        None => {
            let (before, after) = (spec(&args.before)?, spec(&args.after)?);
            byteor_pipeline::diff_specs(&before.spec, &after.spec, args.limit)
        }
    };
    if args.json {
        print_json(&diff)?;
    } else {
        print(&hashes(&diff))?;
        // People who set NO_COLOR mean it (no-color.org).
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if std::io::stdout().is_terminal() && !plain {
            print(&painted(&diff.text))?;
        } else {
            print(&diff.text)?;
        }
    }
    Ok(if diff.equal { Exit::Done } else { Exit::No })
}

fn plan(path: &Path, target: ExecutionTarget) -> Result<PlanSource, Failure> {
    let text = read_plan(path, "name two plans with --before=PATH and --after=PATH")?;
    Ok(PlanSource { text, target })
}

fn spec(path: &Path) -> Result<SpecFile, Failure> {
    let file = SpecFile::read(path);
    file.and_then(|file| file.require_valid().map(|()| file))
        // 1 says "different", so a file that is no spec must end in another code.
        .map_err(|failure| Failure {
            exit: Exit::Input,
            ..failure
        })
}

fn hashes(diff: &SemanticDiff) -> String {
    let hash = |hash: &Option<String>| {
        hash.clone()
            .unwrap_or_else(|| "none: the plan has errors".into())
    };
    format!(
        "before {}\nafter  {}\n\n",
        hash(&diff.before_hash),
        hash(&diff.after_hash)
    )
}

/// The text with the colours of a terminal: a class keeps its symbol and its word.
fn painted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let (body, end) = line.split_at(line.trim_end().len());
        let colour = match body.strip_prefix("  ").and_then(|rest| rest.chars().next()) {
            Some('+') => "32",
            Some('-') => "31",
            Some('~') => "33",
            Some('→') => "36",
            Some('⇄') => "35",
            None if !body.is_empty() => "1",
            _ => "",
        };
        if colour.is_empty() {
            out.push_str(body);
        } else {
            out.push_str(&format!("\u{1b}[{colour}m{body}\u{1b}[0m"));
        }
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::painted;

    #[test]
    fn colours_change_no_letter() {
        let text = "Stages\n  + a added\n      key: keep:x\n\n1 added.\n";
        let colours = painted(text);
        assert!(colours.contains("\u{1b}[32m  + a added\u{1b}[0m\n"));
        assert!(colours.contains("\n      key: keep:x\n"));
        let mut plain = String::new();
        for part in colours.split('\u{1b}') {
            plain.push_str(
                part.split_once('m')
                    .filter(|_| part.starts_with('['))
                    .map_or(part, |(_, rest)| rest),
            );
        }
        assert_eq!(plain, text);
    }
}
