//! A spec whose KV text is as long as one can be read, and one that is a byte longer.

use byteor_pipeline::ExecutionTarget::LaneGraph;
use byteor_pipeline::lower::{LowerOptions, build};
use byteor_pipeline::plan;
use byteor_pipeline::spec::KV_MAX_BYTES;

/// Stages that are connected as often as they can be without a circle: each with all behind it.
const STAGES: usize = 494;

/// The id of a stage: two characters, and none of them `in`.
fn id(at: usize) -> String {
    let digit = b"0123456789bcdefghijklmopqrstuvwxyz"[at / 26];
    [(b'a' + (at % 26) as u8) as char, digit as char]
        .iter()
        .collect()
}

/// The plan, whose keys have so many characters more than they need.
fn plan_with(more: usize) -> String {
    const MOST: usize = 1000;
    let mut text = "pipeline p\n\ningress in\n".to_owned();
    for at in 0..STAGES {
        let more = more.saturating_sub(at * MOST).min(MOST);
        text.push_str(&format!("stage {} keep:a{}\n", id(at), "a".repeat(more)));
    }
    text.push_str(&format!(
        "egress out\n\nin -> {}\n{} -> out\n",
        id(0),
        id(STAGES - 1)
    ));
    // Chains that go on in steps of one length.
    for step in 1..STAGES {
        for start in 0..step.min(STAGES - step) {
            let stages: Vec<String> = (start..STAGES).step_by(step).map(id).collect();
            text.push_str(&stages.join(" -> "));
            text.push('\n');
        }
    }
    text
}

/// The length of the KV text, or what is said against it, with its arguments.
fn length(text: &str) -> Result<usize, Vec<(String, String)>> {
    assert!(text.len() <= plan::PLAN_MAX_BYTES, "{} bytes", text.len());
    let (_, diagnostics, built) = build(text, LaneGraph, LowerOptions::spec_only());
    match built {
        Some(built) => {
            assert_eq!(diagnostics, []);
            Ok(built.spec_kv.len())
        }
        None => {
            let [problem] = diagnostics.as_slice() else {
                panic!("{} diagnostics", diagnostics.len())
            };
            assert_eq!(problem.code, "E_LOWER_TOO_LONG");
            let args = problem.args.iter();
            Err(args
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect())
        }
    }
}

#[test]
fn a_spec_of_sixteen_mebibytes_is_the_longest_that_lowering_gives() {
    let bare = length(&plan_with(0)).expect("it is short enough");
    let more = KV_MAX_BYTES - bare;
    assert_eq!(length(&plan_with(more)), Ok(KV_MAX_BYTES));
    let refused = length(&plan_with(more + 1)).expect_err("it is too long");
    let argument = |name: &str, value: usize| (name.to_owned(), value.to_string());
    assert!(
        refused.contains(&argument("bytes", KV_MAX_BYTES + 1)),
        "{refused:?}"
    );
    assert!(
        refused.contains(&argument("limit", KV_MAX_BYTES)),
        "{refused:?}"
    );
}
