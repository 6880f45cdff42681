//! The verbs about plans and specs: answers, streams, JSON and exit codes.

mod desk;

use byteor_pipeline_spec::{encode_kv_v1, single_ring_chain, spec_hash};
use desk::{BAD_PLAN, Desk, PLAN, spec};
use serde_json::{Value, json};

const RING: &str = "--target=single_ring";

/// A plan and a spec that say the same, and one of each with an error.
fn desk() -> Desk {
    let desk = Desk::new();
    let kv = encode_kv_v1(&spec());
    desk.file("good.plan", PLAN);
    desk.file("bad.plan", BAD_PLAN);
    desk.file("good.kv", &kv);
    desk.file("bad.kv", kv.replace("shards=1", "shards=0"));
    desk
}

#[test]
fn plans_and_specs_are_validated_together_and_the_worst_exit_code_wins() {
    let desk = desk();
    let hash = spec_hash(&spec());
    let answer = desk.run(&["validate", RING, "good.plan", "good.kv"]);
    assert_eq!(answer.exit, 0, "{}", answer.err);
    assert_eq!(
        answer.out,
        format!("good.plan: valid, {hash}\ngood.kv: valid, {hash}\n")
    );
    let answer = desk.run(&["validate", RING, "bad.plan", "good.kv", "bad.kv"]);
    assert_eq!(answer.exit, 1);
    assert_eq!(
        answer.out,
        format!(
            "bad.plan: not valid, 1 error\ngood.kv: valid, {hash}\nbad.kv: not valid, 1 error\n"
        )
    );
    let answer = desk.run(&["validate", RING, "bad.plan", "none.plan", "good.kv"]);
    assert_eq!(answer.exit, 3);
    assert!(answer.out.ends_with(&format!("good.kv: valid, {hash}\n")));
    assert!(
        answer.err.contains("error[E_FILE_READ]: none.plan"),
        "{}",
        answer.err
    );
}

#[test]
fn people_see_the_line_with_a_caret_help_and_the_rule_of_plans_and_of_specs() {
    let desk = desk();
    let answer = desk.run(&["validate", RING, "bad.plan"]);
    assert!(
        answer.err.starts_with("bad.plan:4:14: error[E_KEY_"),
        "{}",
        answer.err
    );
    assert!(
        answer
            .err
            .contains("\n  |\n4 | stage a keep:(\n  |              ^\n  help: "),
        "{}",
        answer.err
    );
    assert!(answer.err.contains("\n  rule: /rules#e_key_"));
    assert!(!answer.err.contains('\u{1b}'), "no terminal, no colour");

    // A rule of specs: the value.
    let answer = desk.run(&["validate", "bad.kv"]);
    assert!(
        answer
            .err
            .starts_with("bad.kv:1:20: error[E_SPEC_SHARDS]: "),
        "{}",
        answer.err
    );
    assert!(
        answer.err.contains(
            "\n1 | single_ring.shards=0\n  |                    ^\n  help: Change the plan"
        ),
        "{}",
        answer.err
    );
    assert!(answer.err.ends_with("  rule: /rules#e_spec_shards\n"));
    // A stage key in a spec: the place in the key.
    let kv = encode_kv_v1(&spec());
    desk.file("key.kv", kv.replace("keep:k", "keep:k("));
    let answer = desk.run(&["validate", "key.kv"]);
    assert_eq!(answer.exit, 1);
    assert!(
        answer
            .err
            .contains("single_ring.stages.0.key=keep:k(\n  |                                ^\n"),
        "{}",
        answer.err
    );
    // The form of KV: line and column.
    desk.file("form.kv", kv.replace("dedicated", "dedic\u{e4}ted"));
    let answer = desk.run(&["validate", "form.kv"]);
    assert_eq!(answer.exit, 1);
    assert!(
        answer.err.starts_with("form.kv:3:29: error[E_KV_ENCODING]"),
        "{}",
        answer.err
    );
    assert!(
        answer
            .err
            .contains("\n3 | single_ring.scheduling=dedic\u{e4}ted\n"),
        "{}",
        answer.err
    );
    // What is missing stands nowhere: no excerpt.
    desk.file("short.kv", "single_ring.shards=1\n");
    let answer = desk.run(&["validate", "short.kv"]);
    assert!(answer.err.starts_with("short.kv:2:1: "), "{}", answer.err);
    assert!(!answer.err.contains('|'), "{}", answer.err);
}

#[test]
fn a_spec_with_very_many_errors_is_read_once_and_the_rest_is_counted() {
    let desk = Desk::new();
    let mut text = "lane_graph.on_full=block\n".to_owned();
    for at in 0..20_000 {
        text.push_str(&format!(
            "lane_graph.endpoints.{at}.id=A\nlane_graph.endpoints.{at}.kind=ingress\n\
             lane_graph.endpoints.{at}.lane=a.b\n"
        ));
    }
    let json = desk.pipe(&["validate", "--json", "-"], &text).json();
    let diagnostics = json["files"][0]["diagnostics"].as_array().unwrap();
    assert_eq!(diagnostics.len(), 501);
    assert_eq!(diagnostics[500]["code"], "E_MORE");
}

#[test]
fn colours_are_for_terminals_and_for_nobody_who_sets_no_color() {
    use std::io::Read;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

    let desk = desk();
    let seen_with = |no_color: &str| {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let screen = std::fs::File::options()
            .read(true)
            .write(true)
            .open(name.to_str().unwrap())
            .unwrap();
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_byteor-runtime"));
        command
            .args(["validate", RING, "bad.plan"])
            .current_dir(desk.path())
            .env("NO_COLOR", no_color)
            .stdout(std::process::Stdio::null())
            .stderr(screen);
        assert_eq!(command.status().unwrap().code(), Some(1));
        // Once nobody writes to it, a terminal ends in an error.
        drop(command);
        let mut seen = Vec::new();
        let _ = std::fs::File::from(terminal).read_to_end(&mut seen);
        String::from_utf8(seen).unwrap()
    };
    let painted = seen_with("");
    assert!(painted.contains("\u{1b}[1;31merror[E_KEY_"), "{painted}");
    let plain = seen_with("1");
    assert!(plain.contains(" error[E_KEY_"), "{plain}");
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn json_has_one_shape_for_plans_specs_and_files_that_can_not_be_read() {
    let desk = desk();
    let answer = desk.run(&[
        "validate",
        RING,
        "--json",
        "good.plan",
        "good.kv",
        "bad.kv",
        "none",
    ]);
    assert_eq!(answer.exit, 3);
    let json = answer.json();
    assert_eq!((&json["v"], &json["ok"]), (&json!(1), &json!(false)));
    let hash = spec_hash(&spec());
    assert_eq!(
        json["files"][1],
        json!({ "file": "good.kv", "kind": "spec", "ok": true, "spec_hash": hash,
                "diagnostics": [], "failure": null, "canonical": true })
    );
    let good = &json["files"][0];
    assert_eq!((&good["kind"], &good["ok"]), (&json!("plan"), &json!(true)));
    assert_eq!(
        (&good["spec_hash"], &good["canonical"]),
        (&json!(hash), &Value::Null)
    );
    let bad = &json["files"][2];
    assert_eq!(
        (&bad["ok"], &bad["spec_hash"]),
        (&json!(false), &Value::Null)
    );
    let diagnostic = &bad["diagnostics"][0];
    assert_eq!(diagnostic["code"], "E_SPEC_SHARDS");
    assert_eq!(diagnostic["phase"], "spec");
    assert_eq!(diagnostic["args"]["path"], "single_ring.shards");
    assert_eq!(diagnostic["range"]["start_line"], 1);
    let none = &json["files"][3];
    assert_eq!((&none["kind"], &none["ok"]), (&Value::Null, &json!(false)));
    assert_eq!(none["failure"]["code"], "E_FILE_READ");
    assert!(none["failure"]["help"].is_string());
}

#[test]
fn a_plan_needs_a_target_and_a_spec_does_not() {
    let desk = desk();
    for verb in ["validate", "describe", "dot", "lower"] {
        let answer = desk.run(&[verb, "good.plan"]);
        assert_eq!((answer.exit, answer.out.as_str()), (2, ""), "{verb}");
        assert!(
            answer.err.starts_with("error[E_TARGET_MISSING]: good.plan"),
            "{}",
            answer.err
        );
        let answer = desk.run(&[verb, "good.plan", "--target=round_ring"]);
        assert_eq!(answer.exit, 2, "{verb}");
        let answer = desk.run(&[verb, "good.kv"]);
        assert_eq!(answer.exit, 0, "{verb}: {}", answer.err);
    }
    assert_eq!(desk.run(&["diff", "good.plan", "good.kv"]).exit, 2);
}

#[test]
fn every_verb_reads_standard_input_once() {
    let desk = desk();
    let kv = encode_kv_v1(&spec());
    for input in [PLAN, &kv] {
        for verb in ["validate", "describe", "dot", "lower"] {
            let answer = desk.pipe(&[verb, RING, "-"], input);
            assert_eq!(answer.exit, 0, "{verb}: {}", answer.err);
            assert!(!answer.out.is_empty());
        }
        assert_eq!(desk.pipe(&["lower", RING, "-"], input).out, kv);
        let answer = desk.pipe(&["diff", RING, "good.kv", "-"], input);
        assert_eq!(answer.exit, 0, "{}", answer.err);
        let answer = desk.pipe(&["diff", RING, "-", "-"], input);
        assert_eq!(answer.exit, 2);
        assert!(answer.err.contains("E_STDIN_TWICE"));
        assert_eq!(desk.pipe(&["validate", RING, "-", "-"], input).exit, 2);
    }
    let answer = desk.pipe(&["validate", RING, "-"], BAD_PLAN);
    assert!(
        answer.err.starts_with("standard input:4:14: "),
        "{}",
        answer.err
    );
    assert_eq!(answer.out, "standard input: not valid, 1 error\n");
}

#[test]
fn a_flag_says_what_the_content_does_not() {
    let desk = desk();
    let answer = desk.pipe(&["validate", "--as=spec", "-"], "");
    assert_eq!(answer.exit, 1);
    assert!(answer.err.contains("error[E_KV_"), "{}", answer.err);
    let answer = desk.pipe(&["validate", RING, "--as=plan", "-"], "a=b\n");
    assert_eq!(answer.exit, 1);
    assert!(answer.err.contains("error[E_SYNTAX_"), "{}", answer.err);
    assert_eq!(desk.run(&["validate", "--as=poem", "good.kv"]).exit, 2);
}

#[test]
fn what_is_not_text_or_too_long_is_not_read() {
    let desk = desk();
    desk.file("latin.kv", b"single_ring.shards=\xff\n");
    let answer = desk.run(&["validate", "latin.kv"]);
    assert_eq!(answer.exit, 3);
    assert!(answer.err.contains("not UTF-8"), "{}", answer.err);
    desk.file("long.kv", vec![b'a'; 16 * 1024 * 1024 + 1]);
    let answer = desk.run(&["describe", "long.kv"]);
    assert_eq!(answer.exit, 3);
    assert!(answer.err.contains("longer than"), "{}", answer.err);
    assert_eq!(desk.run(&["dot", "."]).exit, 3, "a folder");
}

#[test]
fn without_a_file_it_is_the_spec_of_this_host() {
    let desk = desk();
    let answer = desk.run_with(&["validate"], "", Some("good.kv"));
    assert_eq!(answer.exit, 0, "{}", answer.err);
    assert!(answer.out.starts_with("good.kv: valid"));
    let answer = desk.run_with(&["validate", "none.kv"], "", Some("good.kv"));
    assert_eq!(answer.exit, 3);
    let answer = desk.run_with(&["describe"], "", Some("none.kv"));
    assert!(answer.err.contains("none.kv"), "{}", answer.err);
    // What stands there is a spec, whatever it looks like.
    let answer = desk.run_with(&["validate"], "", Some("good.plan"));
    assert_eq!(answer.exit, 1);
    assert!(answer.err.contains("error[E_KV_"), "{}", answer.err);
}

#[test]
fn describe_and_dot_say_the_same_of_a_plan_and_of_its_spec() {
    let desk = desk();
    for (verb, field, heading, text) in [
        (
            "describe",
            "text",
            "# good.kv\n",
            byteor_pipeline::describe(&spec()),
        ),
        (
            "dot",
            "dot",
            "// good.kv\n",
            byteor_pipeline_spec::dot(&spec()),
        ),
    ] {
        for file in ["good.plan", "good.kv"] {
            let answer = desk.run(&[verb, RING, file]);
            assert_eq!((answer.exit, &answer.out), (0, &text), "{}", answer.err);
            let json = desk.run(&[verb, RING, "--json", file]).json();
            assert_eq!(json["files"][0][field], text);
        }
        let answer = desk.run(&[verb, RING, "good.plan", "good.kv"]);
        assert!(answer.out.contains(heading), "{}", answer.out);
        let answer = desk.run(&[verb, RING, "bad.plan", "good.kv"]);
        assert_eq!(answer.exit, 1);
        assert!(answer.out.contains(&text) && answer.err.contains("bad.plan:4:14"));
    }
}

#[test]
fn a_spec_with_stages_of_another_build_is_not_valid_here_but_can_be_described() {
    let desk = Desk::new();
    desk.file(
        "newer.kv",
        encode_kv_v1(&spec()).replace("keep:k", "nonsense:k"),
    );
    assert_eq!(desk.run(&["validate", "newer.kv"]).exit, 1);
    assert_eq!(desk.run(&["lower", "newer.kv"]).exit, 1);
    let answer = desk.run(&["describe", "newer.kv"]);
    assert_eq!(answer.exit, 0, "{}", answer.err);
    assert!(answer.err.contains("error[E_KEY_"), "{}", answer.err);
}

#[test]
fn lower_prints_exactly_the_canonical_text() {
    let desk = desk();
    let kv = encode_kv_v1(&spec());
    let answer = desk.run(&["lower", "good.plan", RING]);
    assert_eq!((answer.exit, &answer.out), (0, &kv), "{}", answer.err);
    desk.file("loose.kv", format!("future.key=1\n{kv}"));
    assert_eq!(desk.run(&["lower", "loose.kv"]).out, kv);

    let answer = desk.run(&["lower", "bad.plan", RING]);
    assert_eq!((answer.exit, answer.out.as_str()), (1, ""));
    assert!(answer.err.starts_with("bad.plan:4:"), "{}", answer.err);
    assert_eq!(desk.run(&["lower", "none", RING]).exit, 3);
    assert_eq!(desk.run(&["lower", RING]).exit, 2, "no file");

    let words = ["lower", "good.plan", "bad.plan", "good.kv", RING];
    let answer = desk.run(&words);
    assert_eq!(answer.exit, 2);
    assert!(answer.err.contains("E_ONE_FILE"), "{}", answer.err);
    let answer = desk.run(&[&words[..], &["--json"]].concat());
    assert_eq!(answer.exit, 1);
    let json = answer.json();
    let [good, bad, spec_file] = json["files"].as_array().unwrap().as_slice() else {
        panic!("{json}");
    };
    assert_eq!(good["spec_kv"], kv);
    assert_eq!(good["report"]["spec_hash"], spec_hash(&spec()));
    assert_eq!(
        (&bad["report"], &bad["spec_kv"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(bad["diagnostics"][0]["severity"], "error");
    assert_eq!(
        (&spec_file["report"], &spec_file["spec_kv"]),
        (&Value::Null, &json!(kv))
    );
}

#[test]
fn many_plans_are_lowered_into_a_folder() {
    let desk = Desk::new();
    let kv = encode_kv_v1(&spec());
    std::fs::create_dir(desk.path().join("out")).unwrap();
    for (name, text) in [
        ("good.plan", PLAN),
        ("same.plan", PLAN),
        ("bad.plan", BAD_PLAN),
    ] {
        desk.file(name, text);
    }
    desk.file("good.kv", &kv);
    let answer = desk.run(&[
        "lower",
        "good.plan",
        "same.plan",
        "bad.plan",
        "--out=out",
        RING,
    ]);
    assert_eq!(answer.exit, 1, "{}", answer.err);
    assert_eq!(
        answer.out,
        "good.plan: out/good.kv\nsame.plan: out/same.kv\n"
    );
    assert!(answer.err.starts_with("bad.plan:"), "{}", answer.err);
    assert_eq!(desk.text("out/good.kv"), kv);
    assert_eq!(desk.text("out/same.kv"), kv);
    assert!(!desk.path().join("out/bad.kv").exists());
    // What would be written twice, over itself or without a name isn't written at all.
    for files in [
        ["good.plan", "out/good.kv"],
        ["out/good.kv", "good.kv"],
        ["good.plan", "-"],
    ] {
        let answer = desk.run(&["lower", files[0], files[1], "--out=out", RING]);
        assert_eq!(answer.exit, 2);
        assert!(
            answer.err.starts_with("error[E_OUT_NAME]"),
            "{}",
            answer.err
        );
    }
    let answer = desk.run(&["lower", "good.plan", "--out=nowhere", RING]);
    assert_eq!(answer.exit, 3);
    assert!(
        answer.err.starts_with("error[E_FILE_WRITE]"),
        "{}",
        answer.err
    );
    let answer = desk.run(&["lower", "good.plan", "same.plan", RING]);
    assert!(
        answer.err.starts_with("error[E_ONE_FILE]"),
        "{}",
        answer.err
    );
}

#[test]
fn people_see_what_lowering_inserts() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/examples/plans/bridged-edges.plan"
    ))
    .unwrap();
    let answer = desk.pipe(&["lower", "--target=lane_graph", "-"], &text);
    assert_eq!(answer.exit, 0, "{}", answer.err);
    assert!(answer.out.starts_with("lane_graph."));
    assert!(
        answer.err.contains("hint[A_BRIDGE_INSERTED]"),
        "{}",
        answer.err
    );
}

#[test]
fn plans_and_specs_are_formatted_in_place_or_only_looked_at() {
    let desk = desk();
    let kv = encode_kv_v1(&spec());
    let tidy = "pipeline p\n\ningress in\n";
    desk.file("a.plan", "pipeline  p\ningress in\n");
    desk.file("b.plan", tidy);
    let turned: Vec<&str> = kv.lines().rev().collect();
    let turned = turned.join("\n");
    desk.file("c.kv", &turned);
    let all = ["a.plan", "b.plan", "c.kv", "good.kv"];
    let check = [&["fmt", "--check"], &all[..]].concat();
    let answer = desk.run(&check);
    assert_eq!(answer.exit, 1);
    assert_eq!(answer.err, "would format a.plan\nwould format c.kv\n");
    let json = desk.run(&[&check[..], &["--json"]].concat()).json();
    assert_eq!(json["ok"], false);
    let formatted: Vec<bool> = json["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["formatted"].as_bool().unwrap())
        .collect();
    assert_eq!(formatted, [false, true, false, true]);
    assert_eq!(desk.text("c.kv"), turned, "--check writes nothing");

    let answer = desk.run(&[&["fmt"], &all[..]].concat());
    assert_eq!(answer.exit, 0, "{}", answer.err);
    assert_eq!(answer.err, "formatted a.plan\nformatted c.kv\n");
    assert_eq!(
        (desk.text("a.plan").as_str(), desk.text("c.kv")),
        (tidy, kv.clone())
    );
    assert_eq!(desk.run(&check).exit, 0);

    assert_eq!(desk.pipe(&["fmt", "-"], &turned).out, kv);
    assert_eq!(
        desk.pipe(&["fmt", "-"], "pipeline  p\ningress in\n").out,
        tidy
    );
    let answer = desk.pipe(&["fmt", "--check", "-"], &turned);
    assert_eq!((answer.exit, answer.out.as_str()), (1, ""));
    let json = desk.pipe(&["fmt", "--json", "-"], &turned).json();
    assert_eq!(json["files"][0]["text"], kv);

    // A plan with errors has a form; a spec that breaks a rule is left alone.
    assert_eq!(desk.run(&["fmt", "bad.plan"]).exit, 0);
    let before = desk.text("bad.kv");
    let answer = desk.run(&["fmt", "bad.kv"]);
    assert_eq!(answer.exit, 1);
    assert!(
        answer.err.contains("error[E_SPEC_SHARDS]"),
        "{}",
        answer.err
    );
    assert_eq!(desk.text("bad.kv"), before);
    assert_eq!(desk.run(&["fmt", "none.plan"]).exit, 3);
    assert_eq!(desk.run(&["fmt"]).exit, 2);
}

#[test]
fn a_spec_that_is_valid_but_not_canonical_is_warned_about() {
    let desk = Desk::new();
    desk.file("spec.kv", encode_kv_v1(&spec()) + "future.key=1\n");
    let answer = desk.run(&["validate", "spec.kv"]);
    assert_eq!(answer.exit, 0);
    assert!(
        answer.err.contains("warning[E_SPEC_NOT_CANONICAL]"),
        "{}",
        answer.err
    );
    let json = desk.run(&["validate", "--json", "spec.kv"]).json();
    assert_eq!(json["files"][0]["canonical"], false);
}

#[test]
fn diff_exits_like_diff() {
    let desk = desk();
    desk.file(
        "other.kv",
        encode_kv_v1(&single_ring_chain(&[("fits", "keep:x")])),
    );
    desk.file("nothing.kv", "nothing=1\n");
    let diff = |words: &[&str]| desk.run(&[&["diff", RING], words].concat());
    assert_eq!(diff(&["good.kv", "good.kv"]).exit, 0);
    let answer = diff(&["good.kv", "other.kv", "--json"]);
    assert_eq!(answer.exit, 1);
    let json = answer.json();
    assert_eq!(json["equal"], false);
    assert_eq!(json["counts"]["removed"], 1);
    assert_eq!((&json["v"], &json["of"]), (&json!(1), &json!("spec")));
    let answer = diff(&["good.kv", "other.kv", "--limit=0"]);
    assert!(answer.out.contains(" hidden."), "{}", answer.out);
    // Standard output is no terminal here.
    assert!(!answer.out.contains('\u{1b}'));
    let answer = diff(&["good.kv", "nothing.kv"]);
    assert_eq!(answer.exit, 3);
    assert!(
        answer.err.starts_with("nothing.kv:1:1: error[E_KV_SHAPE]"),
        "{}",
        answer.err
    );
    assert_eq!(
        diff(&["good.kv", "nothing.kv", "--json"]).json()["code"],
        "E_DIFF_SIDE"
    );
    assert_eq!(diff(&["good.kv", "none.kv"]).exit, 3);
    assert_eq!(diff(&["good.kv"]).exit, 2);
}

#[test]
fn a_plan_is_compared_with_a_spec_and_plans_even_with_errors() {
    let desk = desk();
    let diff = |words: &[&str]| desk.run(&[&["diff", RING], words].concat());
    assert_eq!(diff(&["good.kv", "good.plan"]).exit, 0);
    assert_eq!(diff(&["bad.plan", "good.kv"]).exit, 3);
    assert_eq!(
        diff(&["good.plan", "good.plan", "--json"]).json()["of"],
        "plan"
    );
    let answer = diff(&["good.plan", "good.plan", "--of=spec", "--json"]);
    assert_eq!(answer.json()["of"], "spec");
    assert_eq!(diff(&["good.plan", "good.kv", "--of=plan"]).exit, 2);

    desk.file("mended.plan", BAD_PLAN.replace("keep:(", "keep:x"));
    let answer = diff(&["mended.plan", "bad.plan"]);
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
    let answer = diff(&["mended.plan", "bad.plan", "--of=spec"]);
    assert_eq!(answer.exit, 3);
    assert!(answer.err.contains("bad.plan:4:14"), "{}", answer.err);
}

#[test]
fn help_says_the_exit_codes_and_the_shape_of_the_json() {
    let desk = Desk::new();
    let answer = desk.run(&["--help"]);
    assert_eq!(answer.exit, 0);
    for part in ["Exit codes:", "With --json:", "NO_COLOR", "--as=plan"] {
        assert!(answer.out.contains(part), "{part}: {}", answer.out);
    }
    for verb in ["validate", "describe", "dot", "diff", "lower", "fmt", "run"] {
        let answer = desk.run(&[verb, "--help"]);
        assert!(answer.out.contains("Exit 0"), "{verb}: {}", answer.out);
    }
    assert_eq!(desk.run(&["check", "a.plan"]).exit, 2);
}
