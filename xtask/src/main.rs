//! Project chores in Rust. Run with `cargo xtask VERB`.

use std::path::Path;
use std::process::ExitCode;

mod adapters_page;
mod cli_page;
mod codegen;
mod contest;
mod deep;
mod diagnostics_index;
mod headers;
mod plan;
mod proto;
// The tests of the compiler read more of a paragraph than the index does.
#[allow(dead_code)]
mod rules;
mod stages_page;

const USAGE: &str = "\
usage: cargo xtask VERB
  codegen [--check]   write src/lib/compiler/{types,tokens,adapters}.ts and docs/spec/{cli,
                      diagnostics,stages,adapters/*}.md, or say whether they are up to date
  contest [--rounds N] [--only NAME]
                      ours and others at the same work, in turns; writes docs/contest/
  deep [--minutes N] [PART...]
                      the proofs of `npm test` without bounds, on from where the last run ended;
                      adds to docs/verification.md
  headers [--check]   write spec/indexbus_v1.h and spec/byteor_v1.h, or say whether they are
  plan --lines N --shape NAME [--seed N] [--variant N]
                      a large plan on standard output; shapes: chain diamonds fan ring ring_diamond broken";

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["codegen"] => generated(&root, false),
        ["codegen", "--check"] => generated(&root, true),
        ["deep", words @ ..] => deep::run_parts(&root, words),
        ["headers"] => headers::run(&root, false),
        ["headers", "--check"] => headers::run(&root, true),
        ["contest", options @ ..] => contest::run(&root, options),
        ["plan", options @ ..] => plan::run(options),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn generated(root: &Path, check: bool) -> Result<(), String> {
    codegen::run(root, check)?;
    diagnostics_index::run(root, check)
}
