//! The verbs of the operator command line: answers, streams and exit codes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use byteor_pipeline_spec::{PipelineSpecV1, encode_kv_v1, single_ring_chain, spec_hash};
use serde_json::Value;

struct Desk {
    dir: tempfile::TempDir,
}

struct Answer {
    exit: i32,
    out: String,
    err: String,
}

impl Answer {
    fn json(&self) -> Value {
        assert!(self.err.is_empty(), "{}", self.err);
        serde_json::from_str(&self.out).unwrap()
    }
}

impl Desk {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn run(&self, words: &[&str]) -> Answer {
        self.run_with(words, None)
    }

    /// Relative paths in `words` are those of the desk.
    fn run_with(&self, words: &[&str], spec: Option<&str>) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_byteor-runtime"));
        command
            .args(words)
            .current_dir(self.dir.path())
            .env_remove("BYTEOR_SPEC");
        if let Some(spec) = spec {
            command.env("BYTEOR_SPEC", spec);
        }
        let output = command.output().unwrap();
        Answer {
            exit: output.status.code().unwrap(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

fn spec() -> PipelineSpecV1 {
    single_ring_chain(&[("fits", "keep:k"), ("grow", "replace:a=aaa")])
}

#[test]
fn validate_tells_the_hash_or_every_broken_rule() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let answer = desk.run(&["validate", "--spec=spec.kv"]);
    assert_eq!(answer.exit, 0);
    assert_eq!(answer.out, format!("valid {}\n", spec_hash(&spec())));
    let answer = desk.run(&["validate", "--spec=spec.kv", "--json"]);
    let json = answer.json();
    assert_eq!(
        (&json["ok"], &json["canonical"]),
        (&Value::Bool(true), &Value::Bool(true))
    );

    desk.file(
        "bad.kv",
        encode_kv_v1(&spec()).replace("shards=1", "shards=0"),
    );
    let answer = desk.run(&["validate", "--spec=bad.kv"]);
    assert_eq!((answer.exit, answer.out.as_str()), (1, ""));
    assert!(answer.err.starts_with("error[E_SPEC_"), "{}", answer.err);
    assert!(answer.err.contains("help:"));
    let answer = desk.run(&["validate", "--spec=bad.kv", "--json"]);
    assert_eq!(
        (answer.exit, &answer.json()["ok"]),
        (1, &Value::Bool(false))
    );

    desk.file(
        "unknown.kv",
        encode_kv_v1(&spec()).replace("keep:k", "nonsense:k"),
    );
    assert_eq!(desk.run(&["validate", "--spec=unknown.kv"]).exit, 1);
    desk.file("latin.kv", b"single_ring.shards=\xff\n");
    let answer = desk.run(&["validate", "--spec=latin.kv"]);
    assert_eq!(answer.exit, 3);
    assert!(answer.err.contains("not UTF-8"), "{}", answer.err);
    assert_eq!(desk.run(&["validate", "--spec=none.kv"]).exit, 3);
}

#[test]
fn a_spec_that_is_valid_but_not_canonical_is_warned_about() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()) + "future.key=1\n");
    let answer = desk.run(&["validate", "--spec=spec.kv"]);
    assert_eq!(answer.exit, 0);
    assert!(
        answer.err.contains("E_SPEC_NOT_CANONICAL"),
        "{}",
        answer.err
    );
    let answer = desk.run(&["run", "--sp", "--spec=spec.kv", "--input=spec.kv"]);
    assert_eq!(answer.exit, 4);
    assert_eq!(answer.out, "");
}

#[test]
fn the_variable_names_the_spec_and_the_flag_wins_over_it() {
    let desk = Desk::new();
    desk.file("one.kv", encode_kv_v1(&spec()));
    let answer = desk.run_with(&["validate"], Some("one.kv"));
    assert_eq!(answer.exit, 0, "{}", answer.err);
    let answer = desk.run_with(&["validate", "--spec=none.kv"], Some("one.kv"));
    assert_eq!(answer.exit, 3);
    let answer = desk.run_with(&["validate"], Some("none.kv"));
    assert!(answer.err.contains("none.kv"), "{}", answer.err);
}

#[test]
fn describe_and_dot_print_what_the_compiler_says() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let answer = desk.run(&["describe", "--spec=spec.kv"]);
    assert_eq!(
        (answer.exit, answer.out),
        (0, byteor_pipeline::describe(&spec()))
    );
    let answer = desk.run(&["dot", "--spec=spec.kv"]);
    assert_eq!(
        (answer.exit, answer.out),
        (0, byteor_pipeline_spec::dot(&spec()))
    );
    let answer = desk.run(&["describe", "--spec=spec.kv", "--json"]);
    assert_eq!(answer.json()["text"], byteor_pipeline::describe(&spec()));
}

#[test]
fn diff_exits_like_diff() {
    let desk = Desk::new();
    desk.file("a.kv", encode_kv_v1(&spec()));
    desk.file(
        "b.kv",
        encode_kv_v1(&single_ring_chain(&[("fits", "keep:x")])),
    );
    desk.file("c.kv", "nothing=1\n");
    let diff = |before: &str, after: &str, more: &[&str]| {
        let (before, after) = (format!("--before={before}"), format!("--after={after}"));
        desk.run(&[&["diff", &before, &after], more].concat())
    };
    assert_eq!(diff("a.kv", "a.kv", &[]).exit, 0);
    let answer = diff("a.kv", "b.kv", &["--json"]);
    assert_eq!(answer.exit, 1);
    let json = answer.json();
    assert_eq!(json["equal"], false);
    assert_eq!(json["counts"]["removed"], 1);
    assert_eq!((&json["v"], &json["of"]), (&1.into(), &"spec".into()));
    let answer = diff("a.kv", "b.kv", &["--limit=0"]);
    assert!(answer.out.contains(" hidden."), "{}", answer.out);
    // Standard output is no terminal here.
    assert!(!answer.out.contains('\u{1b}'));
    assert_eq!(diff("a.kv", "c.kv", &[]).exit, 3);
    assert_eq!(diff("a.kv", "none.kv", &[]).exit, 3);
}

#[test]
fn plans_are_compared_even_with_errors() {
    let desk = Desk::new();
    desk.file(
        "a.plan",
        "pipeline p\ningress in\nstage a keep:x\negress out\nin -> a -> out\n",
    );
    desk.file(
        "b.plan",
        "pipeline p\ningress in\nstage a keep:(\negress out\nin -> a -> out\n",
    );
    let diff = |after: &str| desk.run(&["diff", "--before=a.plan", after, "--target=single_ring"]);
    assert_eq!(diff("--after=a.plan").exit, 0);
    let answer = diff("--after=b.plan");
    assert_eq!(answer.exit, 1, "{}", answer.err);
    assert!(
        answer.out.contains("key: keep:x → keep:("),
        "{}",
        answer.out
    );
    assert!(
        answer.out.contains("after  none: the plan has errors"),
        "{}",
        answer.out
    );
}

#[test]
fn lower_prints_exactly_the_canonical_text() {
    let desk = Desk::new();
    desk.file(
        "plan",
        "pipeline p\negress out\nstage grow replace:a=aaa\ningress in\nstage fits keep:k # why\n\
         in -> fits -> grow -> out\n",
    );
    let answer = desk.run(&["lower", "--plan=plan", "--target=single_ring"]);
    assert_eq!(
        (answer.exit, answer.out),
        (0, encode_kv_v1(&spec())),
        "{}",
        answer.err
    );
    let answer = desk.run(&["lower", "--plan=plan", "--target=single_ring", "--json"]);
    assert_eq!(answer.json()["report"]["spec_hash"], spec_hash(&spec()));

    desk.file(
        "bad",
        "pipeline p\ningress in\negress out\nstage a keep:(\nin -> a -> out\n",
    );
    let answer = desk.run(&["lower", "--plan=bad", "--target=single_ring"]);
    assert_eq!((answer.exit, answer.out.as_str()), (1, ""));
    assert!(answer.err.starts_with("bad:4:"), "{}", answer.err);
    let answer = desk.run(&["lower", "--plan=bad", "--target=single_ring", "--json"]);
    assert_eq!((answer.exit, &answer.json()["report"]), (1, &Value::Null));
    assert_eq!(
        desk.run(&["lower", "--plan=plan", "--target=round_ring"])
            .exit,
        2
    );
    assert_eq!(
        desk.run(&["lower", "--plan=plan"]).exit,
        2,
        "the target is never guessed"
    );
    assert_eq!(
        desk.run(&["lower", "--plan=none", "--target=single_ring"])
            .exit,
        3
    );
}

#[test]
fn a_single_process_run_prints_what_comes_out_in_memory_and_over_shared_memory() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let mut input = b"ka\nno\n\n".to_vec();
    input.extend(vec![b'k'; 300]);
    input.extend_from_slice(b"\nk");
    input.extend(vec![b'a'; 100]);
    input.extend_from_slice(b"\nlast k");
    desk.file("input", input);
    let words = ["run", "--sp", "--spec=spec.kv", "--input=input"];
    for more in [&[][..], &["--lane-path=lane"]] {
        let answer = desk.run(&[&words[..], more].concat());
        assert_eq!(
            (answer.exit, answer.out.as_str()),
            (0, "kaaa\nlaaast k\n"),
            "{}",
            answer.err
        );
        assert!(
            answer
                .err
                .contains("6 records in, 2 out, 2 dropped, 2 rejected"),
            "{}",
            answer.err
        );
        assert_eq!(answer.err.matches("E_RECORD_TOO_LARGE").count(), 2);
        assert!(!desk.dir.path().join("lane").exists());
    }
    let answer = desk.run(&[&words[..], &["--slot-bytes=1024"]].concat());
    assert!(answer.err.contains("0 rejected"), "{}", answer.err);
}

#[test]
fn a_run_without_adapters_or_input_says_what_to_add() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()));
    let answer = desk.run(&["run", "--spec=spec.kv"]);
    assert_eq!(answer.exit, 2);
    assert!(answer.err.contains("--sp --input=PATH"), "{}", answer.err);
    let answer = desk.run(&["run", "--sp", "--spec=spec.kv"]);
    assert_eq!(answer.exit, 2);
    let answer = desk.run(&["run", "--sp", "--spec=spec.kv", "--input=none"]);
    assert_eq!(answer.exit, 3);
    let posted = single_ring_chain(&[("post", "http_post:https://example.com/")]);
    desk.file("post.kv", encode_kv_v1(&posted));
    let answer = desk.run(&["run", "--sp", "--spec=post.kv", "--input=spec.kv", "--json"]);
    assert_eq!(
        (answer.exit, &answer.json()["stage"]),
        (4, &Value::from("post"))
    );
}

#[test]
fn a_snapshot_of_what_is_no_region_is_refused() {
    let desk = Desk::new();
    desk.file("short", "IBUS");
    desk.file("zeros", vec![0; 1 << 20]);
    desk.file("noise", vec![0xa5; 1 << 20]);
    for name in ["short", "zeros", "noise", "none"] {
        let lane = format!("--lane-path={name}");
        let answer = desk.run(&["snapshot", &lane]);
        assert_eq!((answer.exit, answer.out.as_str()), (3, ""), "{name}");
        assert!(answer.err.starts_with("error[E_"), "{name}: {}", answer.err);
    }
}

#[test]
fn plans_are_formatted_in_place_or_only_looked_at() {
    let desk = Desk::new();
    let (untidy, tidy) = ("pipeline  p\ningress in\n", "pipeline p\n\ningress in\n");
    desk.file("a.plan", untidy);
    desk.file("b.plan", tidy);
    let answer = desk.run(&["fmt", "--check", "a.plan", "b.plan"]);
    assert_eq!(answer.exit, 1);
    assert!(answer.err.contains("would format a.plan"));
    assert!(!answer.err.contains("b.plan"));
    let json = desk
        .run(&["fmt", "--check", "--json", "a.plan", "b.plan"])
        .json();
    assert_eq!(json["ok"], false);
    assert_eq!(json["files"][0]["formatted"], false);
    assert_eq!(json["files"][1]["formatted"], true);
    assert_eq!(desk.run(&["fmt", "a.plan", "b.plan"]).exit, 0);
    assert_eq!(
        std::fs::read_to_string(desk.file("b.plan", tidy).with_file_name("a.plan")).unwrap(),
        tidy
    );
    assert_eq!(desk.run(&["fmt", "--check", "a.plan", "b.plan"]).exit, 0);
    assert_eq!(desk.run(&["fmt", "none.plan"]).exit, 3);
}

#[test]
fn many_plans_are_checked_with_an_excerpt_for_people() {
    let desk = Desk::new();
    desk.file(
        "good.plan",
        "pipeline p\ningress in\nstage a identity\negress out\nin -> a -> out\n",
    );
    desk.file(
        "bad.plan",
        "pipeline p\ningress in\nstage a keep:^(\negress out\nin -> a -> out\n",
    );
    let answer = desk.run(&["check", "--target=single_ring", "good.plan", "bad.plan"]);
    assert_eq!(answer.exit, 1);
    assert!(answer.out.contains("good.plan: valid, sha256:"));
    assert!(answer.out.contains("bad.plan: 1 errors"), "{}", answer.out);
    assert!(
        answer.err.contains("3 | stage a keep:^(\n") && answer.err.contains("^\n"),
        "{}",
        answer.err
    );
    assert!(!answer.err.contains('\u{1b}'));
    let json = desk
        .run(&[
            "check",
            "--json",
            "--target=single_ring",
            "good.plan",
            "bad.plan",
        ])
        .json();
    assert_eq!(json["files"][0]["valid"], true);
    assert_eq!(json["files"][1]["valid"], false);
    assert!(json["files"][1]["diagnostics"][0]["code"].is_string());
}
