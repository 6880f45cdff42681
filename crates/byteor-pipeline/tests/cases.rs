//! Markdown cases: prose, a plan, and what the compiler makes of it. The same files run through
//! WebAssembly in `wasm/tests/cases.test.ts`.
//!
//! `BYTEOR_UPDATE_CASES=1 cargo test -p byteor-pipeline --test cases` rewrites the expectations;
//! read the difference before it is committed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use byteor_pipeline::plan::{MergeChange, MergeChoice, merge};
use byteor_pipeline::{Diagnostic, ExecutionTarget, TextEdit, api, compile, diff, spec};

/// A fenced block of a file: its word, its content, and where the content stands.
struct Block {
    word: String,
    content: String,
    start: usize,
    end: usize,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(word)) => {
                open = Some(Block {
                    word: word.trim().to_owned(),
                    content: String::new(),
                    start: next,
                    end: next,
                });
            }
            (Some(block), Some(_)) => {
                block.end = at;
                blocks.extend(open.take());
            }
            (Some(block), None) => block.content.push_str(line),
            (None, None) => {}
        }
        at = next;
    }
    assert!(open.is_none(), "an open fence");
    blocks
}

/// Diagnostics as cases write them.
fn diagnostics_text(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let range = diagnostic.range;
        let _ = writeln!(
            out,
            "{}:{}-{}:{} {} {}",
            range.start_line,
            range.start_column,
            range.end_line,
            range.end_column,
            diagnostic.code,
            diagnostic.message
        );
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(out, "  help: {help}");
        }
        for fix in &diagnostic.fixes {
            let _ = writeln!(out, "  fix: {}", fix.title);
        }
    }
    out
}

fn expected(block: &Block, plans: &[(String, String)], target: ExecutionTarget) -> Option<String> {
    let text = &plans.last()?.1;
    let report = || compile(text, target).report;
    Some(match block.word.as_str() {
        "diagnostics" => diagnostics_text(&compile(text, target).diagnostics),
        "kv" => report().map_or_else(|| "none\n".to_owned(), |report| report.spec_kv),
        "hash" => report().map_or_else(|| "none\n".to_owned(), |report| report.spec_hash + "\n"),
        "describe" => report().map_or_else(|| "none\n".to_owned(), |report| report.describe),
        "dot" => report().map_or_else(|| "none\n".to_owned(), |report| report.dot),
        "capabilities" => report().map_or_else(
            || "none\n".to_owned(),
            |report| report.capabilities.join(" ") + "\n",
        ),
        "actions" => report().map_or_else(
            || "none\n".to_owned(),
            |report| diagnostics_text(&report.actions),
        ),
        "formatted" => byteor_pipeline::plan::format(text).0,
        // `diff`, `diff plan`, `diff json`, each with a number of changes to list.
        word if word.split(' ').next() == Some("diff") => {
            let side = |text: &str| {
                api::DiffSide::Plan(api::PlanSource {
                    text: text.to_owned(),
                    target,
                })
            };
            let request = api::DiffRequest {
                before: side(&plans.iter().rev().nth(1)?.1),
                after: side(text),
                of: word.contains(" plan").then_some(spec::DiffOf::Plan),
                limit: word.split(' ').find_map(|word| word.parse().ok()),
            };
            match diff(&request) {
                Ok(diff) if word.contains(" json") => serde_json::to_string(&diff).ok()? + "\n",
                Ok(diff) => diff.text,
                Err(error) => format!("{error}\n"),
            }
        }
        fix if fix.starts_with("fix ") => {
            let wanted = &fix[4..];
            let edits = compile(text, target)
                .diagnostics
                .into_iter()
                .flat_map(|diagnostic| diagnostic.fixes)
                .find(|fix| fix.title == wanted)
                .map(|fix| fix.edits)
                .unwrap_or_else(|| panic!("no fix is called {wanted}"));
            apply(text, &edits)
        }
        _ => return None,
    })
}

/// Three texts, and what is chosen about their conflicts.
#[derive(Default)]
struct Merge {
    base: String,
    ours: String,
    theirs: String,
    /// A conflict and a resolution a line, or `text` and a text of one's own.
    choose: String,
}

impl Merge {
    fn expected(&self, word: &str) -> Option<String> {
        if !["merged", "conflicts", "incoming"].contains(&word) {
            return None;
        }
        let merge = |choices: &[MergeChoice]| merge(&self.base, &self.ours, &self.theirs, choices);
        let open = merge(&[]);
        let choice = |line: &str| {
            let (id, rest) = line.split_once(": ").unwrap();
            let conflict = open.conflicts.iter().find(|conflict| conflict.id == id);
            let conflict = conflict.unwrap_or_else(|| panic!("no conflict is called {id}"));
            let own = rest.strip_prefix("text ");
            MergeChoice {
                id: id.to_owned(),
                resolution: own.map_or(rest, |_| "text").to_owned(),
                text: own.map(str::to_owned),
                ours: conflict.ours.clone(),
                theirs: conflict.theirs.clone(),
            }
        };
        let choices: Vec<MergeChoice> = self.choose.lines().map(choice).collect();
        let answer = merge(&choices);
        let mut out = String::new();
        match word {
            "merged" => out = answer.text,
            "conflicts" => {
                for conflict in &answer.conflicts {
                    let chosen = conflict.chosen.as_ref();
                    let chosen = chosen.map_or(String::new(), |name| format!(" [{name}]"));
                    let _ = writeln!(out, "{}: {}{chosen}", conflict.id, conflict.message);
                    for way in &conflict.resolutions {
                        let text = way.text.as_deref().unwrap_or("(nothing)");
                        let _ = writeln!(out, "  {}: {}", way.name, text.replace('\n', " ⏎ "));
                    }
                }
            }
            _ => {
                for incoming in &answer.incoming {
                    let change = match incoming.change {
                        MergeChange::Added => "added",
                        MergeChange::Removed => "removed",
                        MergeChange::Changed => "changed",
                        MergeChange::Renamed => "renamed",
                    };
                    let _ = writeln!(out, "{change} {}", incoming.element);
                }
            }
        }
        Some(out)
    }
}

fn apply(text: &str, edits: &[TextEdit]) -> String {
    byteor_pipeline::plan::apply_edits(text, edits)
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_gives_what_it_says() {
    let update = std::env::var_os("BYTEOR_UPDATE_CASES").is_some();
    let mut wrong = String::new();
    let mut checked = 0;
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let mut out = String::new();
        let mut copied = 0;
        let mut target = ExecutionTarget::SingleRing;
        let mut plans: Vec<(String, String)> = Vec::new();
        let mut merge = Merge::default();
        for block in blocks(&text) {
            match block.word.as_str() {
                "target" => target = ExecutionTarget::from_name(block.content.trim()).unwrap(),
                "plan" => plans.push((block.word.clone(), block.content.clone())),
                "base" => {
                    merge = Merge {
                        base: block.content.clone(),
                        ..Merge::default()
                    }
                }
                "ours" => merge.ours.clone_from(&block.content),
                "theirs" => merge.theirs.clone_from(&block.content),
                "choose" => merge.choose.clone_from(&block.content),
                _ => {
                    // Never skipped: a fence that nothing reads is a case that doesn't run.
                    let merged = merge.expected(&block.word);
                    let expected = merged.or_else(|| expected(&block, &plans, target));
                    let expected = expected.unwrap_or_else(|| {
                        let line = text[..block.start].lines().count();
                        panic!(
                            "{}:{line}: nothing here knows the fence `{}`",
                            file.display(),
                            block.word
                        )
                    });
                    checked += 1;
                    if expected != block.content {
                        let line = text[..block.start].lines().count();
                        let _ = writeln!(
                            wrong,
                            "{}:{line}: {}\nexpected\n{}\ngot\n{expected}",
                            file.display(),
                            block.word,
                            block.content
                        );
                    }
                    out.push_str(&text[copied..block.start]);
                    out.push_str(&expected);
                    copied = block.end;
                }
            }
        }
        out.push_str(&text[copied..]);
        if update && out != text {
            std::fs::write(&file, out).unwrap();
        }
    }
    assert!(checked > 0);
    assert!(update || wrong.is_empty(), "{wrong}");
}
