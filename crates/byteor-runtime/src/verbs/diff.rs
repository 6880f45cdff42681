//! `diff`: what changes for the records from one plan or spec to another.

use std::path::PathBuf;

use byteor_pipeline::api::PlanSource;
use byteor_pipeline::spec::DiffOf;
use byteor_pipeline::{PipelineSpecV1, SemanticDiff, Severity};
use clap::Args;

use super::files::{Reading, once, show};
use crate::checked::{Checked, target_missing};
use crate::excerpt::colours;
use crate::failure::{Exit, Failure};
use crate::output::{print, print_json};
use crate::source::{Kind, Source};

/// Two specs, two plans, or a plan and a spec.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// What was: a plan or a spec; `-` is standard input.
    #[arg(value_name = "BEFORE")]
    pub before: PathBuf,
    /// What will be: a plan or a spec; `-` is standard input.
    #[arg(value_name = "AFTER")]
    pub after: PathBuf,
    /// What to compare. Otherwise two plans are compared as plans, which may have errors, and
    /// anything else by the specs.
    #[arg(long, value_name = "plan|spec", value_parser = of)]
    pub of: Option<DiffOf>,
    /// List at most so many changes. The counts are always of all.
    #[arg(long, value_name = "COUNT")]
    pub limit: Option<usize>,
    /// How to read and to answer.
    #[command(flatten)]
    pub reading: Reading,
}

fn of(name: &str) -> Result<DiffOf, String> {
    DiffOf::from_name(name).ok_or_else(|| "it is neither plan nor spec".into())
}

pub(super) fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    once(&[args.before.clone(), args.after.clone()])?;
    let reading = &args.reading;
    let before = Source::read(&args.before, reading.kind)?;
    let after = Source::read(&args.after, reading.kind)?;
    let plans = before.kind == Kind::Plan && after.kind == Kind::Plan;
    let of = args
        .of
        .unwrap_or(if plans { DiffOf::Plan } else { DiffOf::Spec });
    let diff = match of {
        DiffOf::Plan => {
            let (before, after) = (plan(before, reading)?, plan(after, reading)?);
            byteor_pipeline::diff_plans(&before, &after, args.limit)
        }
        DiffOf::Spec => {
            let (before, after) = (spec(&before, reading)?, spec(&after, reading)?);
            byteor_pipeline::diff_specs(&before, &after, args.limit)
        }
    };
    if reading.json {
        print_json(&diff)?;
    } else {
        print(&hashes(&diff))?;
        if colours(&std::io::stdout()) {
            print(&painted(&diff.text))?;
        } else {
            print(&diff.text)?;
        }
    }
    Ok(if diff.equal { Exit::Done } else { Exit::No })
}

fn plan(source: Source, reading: &Reading) -> Result<PlanSource, Failure> {
    if source.kind == Kind::Spec {
        let help = "compare specs, with --of=spec";
        let message = format!("{} is a spec, and not a plan", source.name);
        return Err(Failure::new(Exit::Usage, "E_DIFF_SIDE", message, help));
    }
    let target = reading.target.ok_or_else(|| target_missing(&source))?;
    let text = source.text;
    Ok(PlanSource { text, target })
}

/// 1 says "different", so a file that gives no spec ends in another code.
fn spec(source: &Source, reading: &Reading) -> Result<PipelineSpecV1, Failure> {
    let checked = Checked::new(source, reading.target)?;
    if let Some(spec) = checked.spec {
        return Ok(spec);
    }
    if !reading.json {
        show(source, &checked.diagnostics, Severity::Error);
    }
    let errors = checked.diagnostics.iter();
    let first = errors
        .filter(|one| one.severity == Severity::Error)
        .map(|one| {
            format!(
                ", the first in line {}: {}",
                one.range.start_line, one.message
            )
        })
        .next();
    Err(Failure::new(
        Exit::Input,
        "E_DIFF_SIDE",
        format!("{} gives no spec{}", source.name, first.unwrap_or_default()),
        "`validate` shows what is wrong; two plans with errors can be compared with --of=plan",
    ))
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
