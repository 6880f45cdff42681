//! The rule paragraphs of `docs/spec/rules`: every example does what it says, every code has a
//! paragraph, every paragraph has a code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use byteor_pipeline::{Diagnostic, EditOperation, ExecutionTarget, api, compile, decode, plan};

#[path = "../../../xtask/src/rules.rs"]
#[allow(dead_code)]
mod rules;

use rules::{Example, Paragraph};

const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn paragraphs() -> Vec<(&'static str, Paragraph)> {
    rules::read(&root())
        .unwrap()
        .into_iter()
        .flat_map(|page| {
            let name = page.name;
            page.paragraphs
                .into_iter()
                .map(move |paragraph| (name, paragraph))
        })
        .collect()
}

/// What an example gives: the codes of its errors, and the arguments and place of `code`.
#[derive(Default)]
struct Given {
    errors: Vec<String>,
    /// The same and what is no error.
    codes: Vec<String>,
    args: BTreeSet<String>,
    severity: Option<String>,
    phase: Option<String>,
}

impl Given {
    fn diagnostics<'d>(code: &str, list: impl Iterator<Item = &'d Diagnostic>) -> Self {
        let mut given = Self::default();
        for diagnostic in list {
            given.codes.push(diagnostic.code.clone());
            if diagnostic.is_error() {
                given.errors.push(format!(
                    "{} in line {}: {}",
                    diagnostic.code, diagnostic.range.start_line, diagnostic.message
                ));
            }
            if diagnostic.code == code {
                given.args.extend(diagnostic.args.keys().map(str::to_owned));
                given.phase = Some(format!("{:?}", diagnostic.phase).to_lowercase());
                given.severity = Some(format!("{:?}", diagnostic.severity).to_lowercase());
            }
        }
        given
    }

    fn error(code: &str, args: impl Iterator<Item = String>) -> Self {
        Self {
            errors: vec![code.to_owned()],
            codes: vec![code.to_owned()],
            args: args.collect(),
            ..Self::default()
        }
    }

    /// Of an operation's answer.
    fn answer<T>(answer: Result<T, api::ApiError>) -> Self {
        match answer {
            Ok(_) => Self::default(),
            Err(error) => {
                let mut given = Self::error(&error.code, error.args.keys().map(str::to_owned));
                // A spec that breaks a rule is reported with the rule's code inside.
                if error.code == "E_SPEC_INVALID" {
                    given.codes.extend(error.args.get("code").cloned());
                }
                given
            }
        }
    }
}

/// Runs an example; for a plan once for each target that it is for.
fn run(code: &str, example: &Example, context: Option<&str>) -> Vec<Given> {
    let text = example.content.as_str();
    let line = text.trim_end_matches('\n');
    match example.words[0].as_str() {
        "plan" => {
            let targets = match example.words.get(2) {
                Some(name) => vec![ExecutionTarget::from_name(name).unwrap()],
                None => TARGETS.to_vec(),
            };
            targets
                .into_iter()
                .map(|target| {
                    let compilation = compile(text, target);
                    let actions = compilation.report.iter().flat_map(|report| &report.actions);
                    Given::diagnostics(code, compilation.diagnostics.iter().chain(actions))
                })
                .collect()
        }
        "kv" => vec![Given::answer(decode(text))],
        "operation" => {
            let operation: EditOperation = serde_json::from_str(text).unwrap();
            vec![match plan::edit(context.unwrap(), &operation) {
                Ok(_) => Given::default(),
                Err(error) => Given::error(error.code, error.args.keys().map(str::to_owned)),
            }]
        }
        "request" => {
            let (name, json) = text.split_once('\n').unwrap();
            let answer: serde_json::Value = serde_json::from_str(&request(name, json)).unwrap();
            vec![if answer["ok"] == true {
                Given::default()
            } else {
                let error = &answer["error"];
                Given::error(
                    error["code"].as_str().unwrap(),
                    error["args"]
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name.clone()),
                )
            }]
        }
        "key" => vec![match byteor_pipeline_stages::build(line) {
            Ok(_) => Given::default(),
            Err(error) => Given::error(error.code, std::iter::empty()),
        }],
        other => panic!("no such example: {other}"),
    }
}

fn request(name: &str, json: &str) -> String {
    match name {
        "compile" => byteor_pipeline_wasm::compile(json),
        "encode" => byteor_language_wasm::encode(json),
        "decode" => byteor_language_wasm::decode(json),
        "diff" => byteor_language_wasm::diff(json),
        other => panic!("the examples use no operation {other}"),
    }
}

#[test]
fn every_example_of_a_rule_does_what_it_says() {
    let mut wrong = String::new();
    for (page, paragraph) in paragraphs() {
        let code = paragraph.code.as_str();
        let mut args: BTreeSet<String> = BTreeSet::new();
        let mut bad = 0;
        let mut good = 0;
        let mut context = None;
        for example in &paragraph.examples {
            let mut say = |what: String| {
                let _ = writeln!(wrong, "{page}.md:{} {code}: {what}", example.line);
            };
            match example.words.get(1).map(String::as_str) {
                Some("context") => context = Some(example.content.as_str()),
                Some("bad") => {
                    bad += 1;
                    for given in run(code, example, context) {
                        if !given.codes.iter().any(|given| given == code) {
                            say(format!("the bad example gives {:?}", given.codes));
                            continue;
                        }
                        if let Some(phase) = given.phase.filter(|phase| *phase != paragraph.phase) {
                            say(format!("its phase is {phase}"));
                        }
                        let severity = paragraph.severity.replace("action", "hint");
                        if let Some(given) = given.severity.filter(|given| *given != severity) {
                            say(format!("its severity is {given}"));
                        }
                        args.extend(given.args);
                    }
                }
                Some("good") => {
                    good += 1;
                    for given in run(code, example, context) {
                        if given.codes.iter().any(|given| given == code) {
                            say("the good example gives the code".to_owned());
                        } else if !given.errors.is_empty() {
                            say(format!("the good example gives {:?}", given.errors));
                        }
                    }
                }
                _ => say("a block is good, bad or context".to_owned()),
            }
        }
        let mut say = |what: String| {
            let _ = writeln!(wrong, "{page}.md:{} {code}: {what}", paragraph.line);
        };
        match &paragraph.no_example {
            Some(_) if bad + good > 0 => say("it has examples, and says that it has none".into()),
            Some(_) => {}
            None if bad == 0 || good == 0 => say("it needs a bad and a good example".into()),
            // What a spec or a key is told has other arguments than the answer that carries it.
            None if matches!(paragraph.phase.as_str(), "spec" | "run") => {}
            None => {
                let may: BTreeSet<String> = paragraph
                    .arguments
                    .iter()
                    .map(|(name, _)| name.clone())
                    .collect();
                let must = paragraph.arguments.iter().filter(|(_, always)| *always);
                if !args.is_subset(&may) || must.into_iter().any(|(name, _)| !args.contains(name)) {
                    say(format!("its arguments are {args:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_paragraph_of_a_rule_is_whole() {
    let mut wrong = String::new();
    let mut codes = BTreeMap::new();
    let mut rules = BTreeMap::new();
    for (page, paragraph) in paragraphs() {
        let mut say = |what: String| {
            let _ = writeln!(
                wrong,
                "{page}.md:{} {}: {what}",
                paragraph.line, paragraph.code
            );
        };
        if let Some(other) = codes.insert(paragraph.code.clone(), page) {
            say(format!("stands in {other}.md too"));
        }
        if let Some(other) = rules.insert(paragraph.rule.clone(), paragraph.code.clone()) {
            say(format!("its rule id is that of {other}"));
        }
        let severity = match paragraph.code.as_bytes().first() {
            Some(b'E') => "error",
            Some(b'W') => "warning",
            Some(b'H') => "hint",
            Some(b'A') => "action",
            _ => "",
        };
        if !is_code(&paragraph.code) {
            say("the heading is no code".into());
        }
        if paragraph.severity != severity {
            say(format!("its severity is {severity}"));
        }
        let id = &paragraph.rule;
        if !id.starts_with("R-")
            || !id
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
        {
            say("a rule id looks like R-PLAN-CYCLE".into());
        }
        let phases = [
            "syntax",
            "structural",
            "semantic",
            "lowering",
            "kv",
            "spec",
            "edit",
            "boundary",
            "run",
        ];
        if !phases.contains(&paragraph.phase.as_str()) {
            say("there is no such phase".into());
        }
        for (name, value) in [("source", &paragraph.source), ("says", &paragraph.says)] {
            if value.is_empty() {
                say(format!("it needs a line `{name}`"));
            }
        }
        // A line that only repeats the message teaches nothing.
        if paragraph.text.trim().len() < 120 {
            say("its text is too short to teach".into());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn is_code(word: &str) -> bool {
    word.len() > 4
        && word.starts_with(['E', 'W', 'H', 'A'])
        && word[1..].starts_with('_')
        && word
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// Every code that stands as a text in the sources of the compiler.
fn codes_in_sources() -> BTreeMap<String, PathBuf> {
    let mut folders = vec![
        root().join("crates/byteor-json/src"),
        root().join("wasm/src"),
        root().join("wasm/boundary/src"),
        root().join("wasm/bundle/src"),
        root().join("wasm/language/src"),
        root().join("wasm/stages/src"),
    ];
    for name in [
        "",
        "-catalogue",
        "-language",
        "-lower",
        "-macros",
        "-plan",
        "-spec",
        "-stages",
    ] {
        folders.push(root().join(format!("crates/byteor-pipeline{name}/src")));
    }
    let mut codes = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                // Tests beside the code may say anything.
                && path.file_name().is_some_and(|name| name != "tests.rs")
            {
                let source = std::fs::read_to_string(&path).unwrap();
                let source = source.split("#[cfg(test)]").next().unwrap();
                for word in source.split('"') {
                    if is_code(word) {
                        codes.insert(word.to_owned(), path.clone());
                    }
                }
            }
        }
    }
    codes
}

#[test]
fn every_code_has_a_paragraph_and_every_paragraph_a_code() {
    let sources = codes_in_sources();
    let paragraphs: BTreeSet<String> = paragraphs()
        .into_iter()
        .map(|(_, paragraph)| paragraph.code)
        .collect();
    let mut wrong = String::new();
    for (code, path) in &sources {
        if !paragraphs.contains(code) {
            let _ = writeln!(wrong, "{code} of {} has no paragraph", path.display());
        }
    }
    for code in &paragraphs {
        if !sources.contains_key(code) {
            let _ = writeln!(wrong, "nothing says {code}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What no edit puts right: the author has to decide.
const WITHOUT_FIX: [&str; 5] = [
    "E_SYNTAX_TOO_LONG",
    "E_MORE",
    "E_KEY_LONG",
    "E_KEY_REGEX_NESTING",
    "E_KEY_REGEX_SIZE",
];

#[test]
fn every_problem_of_a_bad_plan_has_a_fix_that_does_away_with_it() {
    let mut wrong = String::new();
    for (page, paragraph) in paragraphs() {
        let code = paragraph.code.as_str();
        let bad = |example: &&Example| example.words[0] == "plan" && example.words[1] == "bad";
        if WITHOUT_FIX.contains(&code) || paragraph.phase == "lowering" {
            continue;
        }
        for example in paragraph.examples.iter().filter(bad) {
            let mut say = |what: String| {
                let _ = writeln!(wrong, "{page}.md:{} {code}: {what}", example.line);
            };
            let target = match example.words.get(2) {
                Some(name) => ExecutionTarget::from_name(name).unwrap(),
                None => ExecutionTarget::SingleRing,
            };
            let text = example.content.as_str();
            let count = |text: &str, target: ExecutionTarget| {
                let list = compile(text, target).diagnostics;
                list.iter().filter(|one| one.code == code).count()
            };
            let before = compile(text, target).diagnostics;
            let problem = before.iter().find(|one| one.code == code).unwrap();
            if problem.fixes.is_empty() {
                say("it has no fix".to_owned());
            }
            if problem.help.is_none() {
                say("it has no help".to_owned());
            }
            for fix in &problem.fixes {
                let after = plan::apply_edits(text, &fix.edits);
                if count(&after, fix.target.unwrap_or(target)) >= count(text, target) {
                    say(format!("`{}` leaves it:\n{after}", fix.title));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
