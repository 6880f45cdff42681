//! Every code that the command line can end in has a paragraph: on its page, or, where the compiler
//! says it too, among the rules.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use byteor_runtime::codes::CODES;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.file_name().unwrap() != "codes.rs" {
            found.push(path);
        }
    }
}

/// The codes that stand in a text as literals.
fn literals(text: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for part in text.split('"') {
        let is_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if part.starts_with("E_") && part.chars().all(is_code) {
            codes.insert(part.to_owned());
        }
        // Those that a message names itself.
        for bracket in part.split('[').skip(1) {
            let code = bracket.split(']').next().unwrap_or("");
            if code.starts_with("E_") && code.chars().all(is_code) {
                codes.insert(code.to_owned());
            }
        }
    }
    codes
}

#[test]
fn every_code_has_a_paragraph_and_every_paragraph_a_code() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    sources(&here.join("src"), &mut files);
    let mut used = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        // What tests say isn't what the binary says.
        let code = text.split("#[cfg(test)]").next().unwrap();
        used.extend(literals(code));
    }
    let mut rules = BTreeSet::new();
    for entry in std::fs::read_dir(here.join("../../docs/spec/rules")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
        rules.extend(headings.map(str::to_owned));
    }
    let page: Vec<&str> = CODES.iter().map(|code| code.code).collect();
    assert!(page.is_sorted(), "codes stand by name: {page:?}");
    for code in &used {
        let known = page.contains(&code.as_str()) || rules.contains(code);
        assert!(known, "{code} has no paragraph in src/codes.rs");
    }
    for code in CODES {
        assert!(used.contains(code.code), "nothing says {}", code.code);
        assert!(code.text.ends_with('.') && code.text.len() > 40, "{code:?}");
    }
}
