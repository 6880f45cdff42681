use super::state::HEAD;
use super::*;
use crate::run_once;

const OPTIONS: &str = r#"{"secrets":[],"record_bytes":256,"seed":0,"capacity":0}"#;

fn spec(keys: &[(&str, &str)]) -> String {
    byteor_pipeline_spec::encode_canonical_kv_v1(&byteor_pipeline_spec::single_ring_chain(keys))
}

fn run(keys: &[(&str, &str)], lines: &str) -> Run {
    let mut run = Run::new(&spec(keys), OPTIONS).unwrap();
    run.feed("feed", lines).unwrap();
    run.begin().unwrap();
    run
}

#[test]
fn a_run_goes_forth_stops_and_goes_back() {
    let mut run = run(&[("quiet", "drop:x"), ("loud", "upper")], "ab\nx\ncd\n");
    run.set_breakpoints(r#"{"points":[{"lane":false,"index":2,"condition":["keep:^c"]}]}"#)
        .unwrap();
    run.forward(1_000).unwrap();
    let state = run.state().unwrap();
    let stopped = state[3];
    assert_eq!((state[0], state[3] - 1), (stopped - 1, state[0]));
    let look = run.look(stopped).unwrap();
    assert!(look.contains(r#""before":"cd","after":"CD""#), "{look}");
    assert_eq!(run.state().unwrap(), state, "looking stays where it is");
    let fates = run.fates(1, 9).unwrap();
    assert!(
        fates.contains(r#"{"came":true,"at":[2],"out":[],"#),
        "{fates}"
    );
    run.forward(1_000).unwrap();
    let end = run.state().unwrap();
    assert_eq!((end[0], end[2]), (end[1], 1 | 8));
    run.go_to(stopped - 1).unwrap();
    assert_eq!(run.state().unwrap()[HEAD..], state[HEAD..]);
    assert_eq!(run.find(0, false, 2, 3).unwrap(), stopped);
    assert!(run.ticks(8).unwrap().contains(&1));
}

#[test]
fn what_cannot_run_is_thrown_with_its_place() {
    let refused = Run::new(&spec(&[("odd", "nope")]), OPTIONS).err().unwrap();
    assert!(
        refused.contains(r#""code":"E_SPEC_STAGE"#) || refused.contains("E_KEY"),
        "{refused}"
    );
    assert!(Run::new("", OPTIONS).err().unwrap().contains("E_KV"));
    let mut run = run(&[("a", "upper")], "ab");
    assert!(
        run.feed("feed", "late")
            .unwrap_err()
            .contains("E_STEP_INTERNAL")
    );
    let points = r#"{"points":[{"lane":false,"index":0,"condition":["sample:2"]}]}"#;
    assert!(
        run.set_breakpoints(points)
            .unwrap_err()
            .contains("E_STEP_CONDITION")
    );
}

#[test]
fn another_key_runs_again_from_before_it_mattered() {
    let keys = |last| [("quiet", "keep:9"), ("loud", last)];
    let lines: String = (0..3_000)
        .map(|n| format!("{}\n", if n < 2_500 { 0 } else { 9 }))
        .collect();
    let mut first = run(&keys("upper"), &lines);
    first.forward(1_000_000).unwrap();
    let at = first.again(&spec(&keys("prefix:a"))).unwrap();
    assert!(at > 0);
    first.forward(1_000_000).unwrap();
    let mut fresh = run(&keys("prefix:a"), &lines);
    fresh.forward(1_000_000).unwrap();
    assert_eq!(first.state().unwrap(), fresh.state().unwrap());
}

#[test]
fn a_whole_run_is_answered_at_once() {
    let request = format!(
        r#"{{"spec":{},"input":[{{"ingress":"feed","records":["a\\x62","x","c"]}}],"secrets":[],"record_bytes":256,"seed":0,"steps":1000,"bytes":1000}}"#,
        text_of(&spec(&[("quiet", "drop:x"), ("loud", "upper")])),
    );
    let answer = run_once(&request.replace("a\\x62", "a\\\\x62"));
    assert!(
        answer.starts_with(r#"{"ok":true,"value":{"outputs":[{"egress":"loud","records":["AB","C"],"numbers":[1,3]}]"#),
        "{answer}"
    );
    assert!(
        answer.contains(r#""ends":[{"record":2,"node":"quiet","what":"dropped""#),
        "{answer}"
    );
}
