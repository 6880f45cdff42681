//! What every binary of the family answers to each of the eleven verbs. Each binary's own test runs
//! all of it over itself (`tests/verbs.rs`).

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use byteor_pipeline_spec::{encode_kv_v1, single_ring_chain, spec_hash};
use byteor_runtime::verbs::VERBS;
use serde_json::Value;

/// The verbs that no build has yet.
const ABSENT: [&str; 3] = ["doctor", "incident-bundle", "replay"];

/// A binary of the family.
pub struct Binary {
    pub name: &'static str,
    pub path: &'static str,
    /// What its `run` answers when it is asked for nothing but a spec that isn't there.
    pub run_without_spec: (i32, &'static str),
    pub ingress: &'static [&'static str],
    /// The same for where records go.
    pub egress: &'static [&'static str],
    /// Whether stages may name secrets.
    pub secrets: bool,
}

struct Answer {
    exit: i32,
    out: String,
    err: String,
}

impl Answer {
    fn json(&self) -> Value {
        assert_eq!(self.err, "");
        assert_eq!(self.out.matches('\n').count(), 1, "{}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }
}

/// A folder, and a binary in it.
struct Desk<'b> {
    binary: &'b Binary,
    dir: tempfile::TempDir,
}

impl Desk<'_> {
    fn ask(&self, words: &[&str]) -> Answer {
        self.ask_with(words, None)
    }

    fn ask_with(&self, words: &[&str], variable: Option<&str>) -> Answer {
        let mut command = Command::new(self.binary.path);
        command
            .args(words)
            .current_dir(self.dir.path())
            .env_remove("BYTEOR_SPEC")
            .stdin(Stdio::null());
        if let Some(path) = variable {
            command.env("BYTEOR_SPEC", path);
        }
        let output = command.output().unwrap();
        Answer {
            exit: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn file(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }
}

fn ring(keys: &[(&str, &str)]) -> String {
    encode_kv_v1(&single_ring_chain(keys))
}

fn graph() -> String {
    let plan = "pipeline p\ningress in\negress out\nstage a identity\nin -> a -> out\n";
    let target = byteor_pipeline::ExecutionTarget::LaneGraph;
    let report = byteor_pipeline::lower_text(plan, target).report.unwrap();
    report.spec_kv
}

/// Runs all of it.
pub fn answers_each_verb(binary: &Binary) {
    let desk = Desk {
        binary,
        dir: tempfile::tempdir().unwrap(),
    };
    desk.file("spec.kv", &ring(&[("fits", "keep:k")]));
    desk.file("other.kv", &ring(&[("fits", "keep:j")]));
    desk.file("input", "ok\nno\n");
    // Each verb of the family has an arm, so a new one without a case fails.
    for verb in VERBS {
        match verb {
            "validate" | "describe" | "dot" => names_its_spec_as_given(&desk, verb),
            "diff" => compares(&desk),
            "run" => runs(&desk),
            "snapshot" => looks_at_no_region(&desk),
            "doctor" | "incident-bundle" | "replay" => is_not_in_this_build(&desk, verb),
            "capabilities" => says_what_it_can(&desk),
            "compatibility" => says_what_it_understands(&desk),
            verb => panic!("{verb} has no case"),
        }
        let help = desk.ask(&[verb, "--help"]);
        assert_eq!(help.exit, 0, "{verb}: {}", help.err);
        let usage = format!("Usage: {} {verb}", binary.name);
        assert!(help.out.contains(&usage), "{}", help.out);
    }
    let unknown = desk.ask(&["no-such-verb"]);
    assert_eq!(unknown.exit, 2);
    assert!(unknown.err.contains("unrecognized"), "{}", unknown.err);
}

/// `--spec=PATH`, otherwise `BYTEOR_SPEC`, otherwise the given default.
fn names_its_spec_as_given(desk: &Desk<'_>, verb: &str) {
    let as_file = desk.ask(&[verb, "spec.kv"]);
    assert_eq!(as_file.exit, 0, "{verb}: {}", as_file.err);
    assert!(!as_file.out.is_empty());
    let as_flag = desk.ask(&[verb, "--spec=spec.kv"]);
    assert_eq!((as_flag.exit, &as_flag.out), (0, &as_file.out), "{verb}");
    let by_variable = desk.ask_with(&[verb], Some("spec.kv"));
    assert_eq!((by_variable.exit, &by_variable.out), (0, &as_file.out));
    // The flag counts before the variable.
    let both = desk.ask_with(&[verb, "--spec=spec.kv"], Some("none.kv"));
    assert_eq!((both.exit, &both.out), (0, &as_file.out));
    let json = desk.ask(&[verb, "--spec=spec.kv", "--json"]).json();
    assert_eq!(
        (&json["ok"], &json["files"][0]["kind"]),
        (&Value::from(true), &Value::from("spec"))
    );

    let missing = desk.ask(&[verb, "--spec=none.kv"]);
    assert_eq!(missing.exit, 3, "{verb}");
    assert!(missing.err.contains("none.kv"), "{}", missing.err);
    let default = byteor_runtime::spec_file::DEFAULT_SPEC;
    if !Path::new(default).exists() {
        let missing = desk.ask(&[verb]);
        assert_eq!(missing.exit, 3, "{verb}");
        assert!(missing.err.contains(default), "{}", missing.err);
    }
    let twice = desk.ask(&[verb, "--spec=spec.kv", "other.kv"]);
    assert_eq!(twice.exit, 2, "one of both: {}", twice.err);
}

fn compares(desk: &Desk<'_>) {
    assert_eq!(desk.ask(&["diff", "spec.kv", "spec.kv"]).exit, 0);
    let different = desk.ask(&["diff", "spec.kv", "other.kv"]);
    assert_eq!(different.exit, 1, "{}", different.err);
    assert!(different.out.contains("keep:j"), "{}", different.out);
}

fn runs(desk: &Desk<'_>) {
    let once = desk.ask(&["run", "--sp", "--spec=spec.kv", "--input=input"]);
    assert_eq!((once.exit, once.out.as_str()), (0, "ok\n"), "{}", once.err);
    let (exit, code) = desk.binary.run_without_spec;
    let bare = desk.ask(&["run", "--spec=none.kv", "--json"]);
    assert_eq!(bare.exit, exit, "{}", bare.err);
    assert_eq!(bare.json()["code"], code);
}

fn looks_at_no_region(desk: &Desk<'_>) {
    let none = desk.ask(&["snapshot", "--lane-path=none"]);
    assert_eq!((none.exit, none.out.as_str()), (3, ""));
    assert!(none.err.starts_with("error[E_"), "{}", none.err);
}

/// Known by name, whatever stands behind it.
fn is_not_in_this_build(desk: &Desk<'_>, verb: &str) {
    let given = [
        "--out=folder",
        "--spec=spec.kv",
        "--config=c",
        "--ring-path=r",
    ];
    for words in [&[][..], &given, &["--profile", "low-latency"], &["dry_run"]] {
        let answer = desk.ask(&[&[verb], words].concat());
        assert_eq!((answer.exit, answer.out.as_str()), (2, ""), "{words:?}");
        let code = "error[E_VERB_NOT_IN_BUILD]: ";
        assert!(answer.err.starts_with(code), "{}", answer.err);
        assert!(answer.err.contains(&format!("`{verb}`")), "{}", answer.err);
        assert!(answer.err.contains("capabilities"), "{}", answer.err);
        let json = desk.ask(&[&[verb], words, &["--json"]].concat());
        assert_eq!(json.exit, 2);
        assert_eq!(json.json()["code"], "E_VERB_NOT_IN_BUILD");
    }
    assert!(!desk.dir.path().join("folder").exists());
}

fn says_what_it_can(desk: &Desk<'_>) {
    let answer = desk.ask(&["capabilities", "--json"]);
    assert_eq!(answer.exit, 0, "{}", answer.err);
    let json = answer.json();
    assert_eq!(json["binary"], desk.binary.name);
    let verbs = json["verbs"].as_array().unwrap();
    for verb in VERBS {
        let said: Vec<_> = verbs.iter().filter(|one| one["name"] == verb).collect();
        assert_eq!(said.len(), 1, "{verb}");
        assert_eq!(said[0]["in_build"], !ABSENT.contains(&verb), "{verb}");
    }
    // Every other verb is there as well: whoever is asked for `--help` names no more and no less.
    let help = desk.ask(&["--help"]).out;
    for verb in verbs {
        let name = verb["name"].as_str().unwrap();
        assert!(help.contains(&format!("\n  {name} ")), "{name}: {help}");
    }
    assert_eq!(json["ingress"], Value::from(desk.binary.ingress));
    assert_eq!(json["egress"], Value::from(desk.binary.egress));

    // A model is listed if, and only if, `run` takes it; between adapters, where the binary has some,
    // which is more than to take it on test input.
    desk.file("graph.kv", &graph());
    for (model, file) in [("single_ring", "spec.kv"), ("lane_graph", "graph.kv")] {
        let spec = format!("--spec={file}");
        let ran = desk.ask(&["run", "--sp", &spec, "--input=input"]);
        let listed = json["features"].as_array().unwrap().contains(&model.into());
        if desk.binary.ingress.is_empty() || listed {
            assert_eq!(ran.exit == 0, listed, "{model}: {}", ran.err);
        }
        let targets = json["targets"].as_array().unwrap();
        assert!(targets.contains(&model.into()));
    }
    // And so is a family.
    let families = byteor_pipeline::catalogue::families();
    let stages = json["stages"].as_array().unwrap();
    assert_eq!(stages.len(), families.len());
    for (stage, family) in stages.iter().zip(families) {
        assert_eq!(stage["family"], family.name);
        let secret = family.template.contains("hash");
        // No executor gives several records for one yet.
        let many = family.class == byteor_pipeline::catalogue::StageClass::Many;
        let expected = family.runs && !many && (desk.binary.secrets || !secret);
        assert_eq!(stage["in_build"], expected, "{}", family.name);
    }

    let words = desk.ask(&["capabilities"]);
    assert_eq!(words.exit, 0);
    let absent = format!("  absent      {}", ABSENT.join(" "));
    for word in [desk.binary.name, "single_ring", &absent] {
        assert!(words.out.contains(word), "{word}: {}", words.out);
    }
}

fn says_what_it_understands(desk: &Desk<'_>) {
    let answer = desk.ask(&["compatibility", "--json"]);
    assert_eq!(answer.exit, 0, "{}", answer.err);
    let json = answer.json();
    assert_eq!(json["spec"], Value::Null);
    let formats = json["formats"].as_array().unwrap();
    let names: Vec<_> = formats
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names[..3], ["plan", "spec", "region"]);
    for format in formats {
        let reads = format["reads"].as_array().unwrap();
        assert!(!reads.is_empty(), "{format}");
        for written in format["writes"].as_array().unwrap() {
            assert!(reads.contains(written), "what is written is read: {format}");
        }
    }
    let words = desk.ask(&["compatibility"]);
    assert_eq!(words.exit, 0);
    assert!(
        names.iter().all(|name| words.out.contains(name)),
        "{}",
        words.out
    );

    let kv = ring(&[("fits", "keep:k")]);
    desk.file("graph.kv", &graph());
    desk.file(
        "posts.kv",
        &ring(&[("post", "http_post:https://example.com/")]),
    );
    desk.file("splits.kv", &ring(&[("parts", "split:,")]));
    desk.file(
        "hashes.kv",
        &ring(&[("hide", "json_hash:user=hmac_sha256:pii")]),
    );
    desk.file("future.kv", &format!("{kv}future.key=1\n"));
    desk.file("broken.kv", &kv.replace("shards=1", "shards=0"));
    desk.file("noise.kv", "noise");
    for (file, code, stage) in [
        ("spec.kv", None, None),
        ("graph.kv", None, None),
        ("posts.kv", Some("E_STAGE_UNSUPPORTED"), Some("post")),
        ("splits.kv", Some("E_EXEC_UNSUPPORTED"), None),
        (
            "hashes.kv",
            (!desk.binary.secrets).then_some("E_STAGE_SECRET"),
            Some("hide"),
        ),
        ("future.kv", Some("E_SPEC_NOT_CANONICAL"), None),
        ("broken.kv", Some("E_SPEC_SHARDS"), None),
        ("noise.kv", Some("E_KV_LINE"), None),
    ] {
        let flag = format!("--spec={file}");
        let answer = desk.ask(&["compatibility", &flag, "--json"]);
        assert_eq!(
            answer.exit,
            i32::from(code.is_some()),
            "{file}: {}",
            answer.err
        );
        let json = answer.json();
        assert_eq!(
            (&json["ok"], &json["spec"]["runs"]),
            (&code.is_none().into(), &code.is_none().into())
        );
        let reason = &json["spec"]["reasons"][0];
        assert_eq!(reason["code"].as_str(), code, "{file}: {json}");
        if code.is_some() {
            assert_eq!(reason["stage"].as_str(), stage, "{file}");
        }
        // It says what a run would say.
        let ran = desk.ask(&["run", "--sp", &flag, "--input=input"]);
        if !desk.binary.secrets || !["hashes.kv", "graph.kv"].contains(&file) {
            assert_eq!(ran.exit == 0, code.is_none(), "{file}: {}", ran.err);
        }
    }
    let json = desk
        .ask(&["compatibility", "--spec=spec.kv", "--json"])
        .json();
    let hash = spec_hash(&single_ring_chain(&[("fits", "keep:k")]));
    assert_eq!(json["spec"]["spec_hash"], hash);
    assert_eq!(desk.ask(&["compatibility", "--spec=none.kv"]).exit, 3);
}
