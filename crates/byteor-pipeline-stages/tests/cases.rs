//! The cases under `cases/`: Markdown with keys, the records that go in, and what becomes of them.
//!
//! A case is a heading, prose, and fenced blocks: `keys`, one a line; `in`, one record a line;
//! `out`, one line for each record in the end, in order: the record after `= `, or `- dropped by N`,
//! or `! rejected by N` (with `, N bytes` where the result was too large), N counting stages from 1.
//! `secrets` has `name=value` lines, `bytes` the most bytes that a record may have. Records have the
//! escapes of `escape_record`. `BYTEOR_UPDATE_CASES=1` rewrites the `out` blocks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use byteor_pipeline_catalogue::{escape_record, families, parse_key, unescape_record};
use byteor_pipeline_stages::{Chain, Fate, Secrets};

struct Given(BTreeMap<String, String>);

impl Secrets for Given {
    fn secret(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(String::as_bytes)
    }
}

/// What comes of a case: the text of its `out` block.
fn outcome(blocks: &BTreeMap<String, String>) -> String {
    let block = |name: &str| blocks.get(name).map_or("", String::as_str);
    let keys: Vec<&str> = block("keys").lines().collect();
    let secrets = Given(
        block("secrets")
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
    );
    let bytes = block("bytes").trim().parse().unwrap_or(256);
    let mut chain = match Chain::new(&keys, &secrets, bytes) {
        Ok(chain) => chain,
        Err(error) => return format!("{error:?}\n"),
    };
    let mut text = String::new();
    for line in block("in").lines() {
        let record = unescape_record(line).unwrap();
        chain
            .run(&record, &mut |fate| {
                let line = match fate {
                    Fate::Out(record) => format!("= {}", escape_record(&record)),
                    Fate::Dropped(stage) => format!("- dropped by {}", stage + 1),
                    Fate::Rejected { stage, len: 0, .. } => format!("! rejected by {}", stage + 1),
                    Fate::Rejected { stage, len, .. } => {
                        format!("! rejected by {}, {len} bytes", stage + 1)
                    }
                };
                text.push_str(line.trim_end_matches("= "));
                if line == "= " {
                    text.push('=');
                }
                text.push('\n');
                Ok(())
            })
            .unwrap();
    }
    text
}

/// Runs the cases of a file, and gives its text with what came of them.
fn run(path: &Path, keys: &mut Vec<String>) -> (String, String) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut answer = String::new();
    let mut blocks = BTreeMap::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(name)) => {
                open = Some(name.to_owned());
                blocks.insert(name.to_owned(), String::new());
                answer.push_str(line);
                answer.push('\n');
            }
            (Some(name), Some("")) => {
                if name == "out" {
                    answer.push_str(&outcome(&blocks));
                    keys.extend(blocks["keys"].lines().map(str::to_owned));
                }
                open = None;
                answer.push_str("```\n");
            }
            (Some(name), _) => {
                let block = blocks.get_mut(name).unwrap();
                block.push_str(line);
                block.push('\n');
                if name != "out" {
                    answer.push_str(line);
                    answer.push('\n');
                }
            }
            (None, None) => {
                if line.starts_with('#') {
                    blocks.clear();
                }
                answer.push_str(line);
                answer.push('\n');
            }
        }
    }
    (text, answer)
}

#[test]
fn every_case_gives_what_it_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut keys = Vec::new();
    let mut wrong = Vec::new();
    for path in &files {
        let (text, answer) = run(path, &mut keys);
        if text == answer {
            continue;
        }
        if std::env::var_os("BYTEOR_UPDATE_CASES").is_some() {
            std::fs::write(path, answer).unwrap();
            continue;
        }
        let at = text.lines().zip(answer.lines()).position(|(a, b)| a != b);
        let at = at.unwrap_or_else(|| text.lines().count().min(answer.lines().count()));
        wrong.push(format!(
            "{}:{}: expected {:?}, got {:?}",
            path.display(),
            at + 1,
            text.lines().nth(at).unwrap_or_default(),
            answer.lines().nth(at).unwrap_or_default()
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for family in families() {
        let tried = |key: &String| parse_key(key).is_ok_and(|p| p.family.name == family.name);
        assert!(
            keys.iter().any(tried) || !family.runs,
            "no case for `{}`",
            family.name
        );
    }
}

#[test]
fn examples_of_the_catalogue_do_what_they_say() {
    let secrets = Given(BTreeMap::from([("pii".to_owned(), "example".to_owned())]));
    for family in families() {
        for example in family.examples.iter().filter(|_| family.runs) {
            let mut chain = Chain::new(&[example.key], &secrets, 256).unwrap();
            let mut out = Vec::new();
            for record in example.input {
                chain
                    .run(&unescape_record(record).unwrap(), &mut |fate| {
                        if let Fate::Out(record) = fate {
                            out.push(escape_record(&record));
                        }
                        Ok(())
                    })
                    .unwrap();
            }
            assert_eq!(out, example.output, "{}", example.key);
        }
    }
}
