//! Code actions: quick fixes of the diagnostics at a place, and refactorings.

mod common;

use byteor_pipeline_language::{CodeActionKind, code_actions};
use byteor_pipeline_plan::{Span, apply_edits};
use byteor_pipeline_spec::ExecutionTarget;
use common::{GRAPH, RING, cursor};

fn titles(fixture: &str, target: ExecutionTarget) -> Vec<String> {
    let (text, at) = cursor(fixture);
    code_actions(&text, target, Span { start: at, end: at })
        .into_iter()
        .map(|action| action.title)
        .collect()
}

/// The text after the action whose title starts so.
fn done(fixture: &str, target: ExecutionTarget, title: &str) -> String {
    let (text, at) = cursor(fixture);
    let actions = code_actions(&text, target, Span { start: at, end: at });
    let action = actions
        .iter()
        .find(|action| action.title.starts_with(title))
        .unwrap_or_else(|| panic!("no {title}: {actions:#?}"));
    apply_edits(&text, &action.edits)
}

#[test]
fn quick_fixes_come_first_and_name_their_code() {
    let (text, at) = cursor("stage a identity\nin -> a -> ou$0t\n");
    let actions = code_actions(&text, GRAPH, Span { start: at, end: at });
    assert_eq!(actions[0].kind, CodeActionKind::QuickFix);
    assert_eq!(actions[0].code.as_deref(), Some("E_PLAN_UNKNOWN_ID"));
    assert!(actions[0].preferred);
}

#[test]
fn the_missing_stage_is_added() {
    let after = done(
        "ingress in\negress out\nin -> a$0 -> out\n",
        GRAPH,
        "Add the missing stage `a`",
    );
    assert_eq!(
        after,
        "ingress in\nstage a identity\negress out\nin -> a -> out\n"
    );
    let after = done(
        "ingress in\negress out\nin -> a$0 -> b -> out\n",
        GRAPH,
        "Add the 2 missing stages",
    );
    assert_eq!(
        after,
        "ingress in\nstage a identity\nstage b identity\negress out\nin -> a -> b -> out\n"
    );
}

#[test]
fn a_cycle_is_broken_at_any_of_its_connections() {
    let plan = "stage a identity\nstage b identity\nstage c identity\na -> b -$0> c\nc -> a\n";
    assert_eq!(
        done(plan, GRAPH, "Break the cycle here"),
        "stage a identity\nstage b identity\nstage c identity\na -> b\nc -> a\n"
    );
    let plan = "stage a identity\nstage b identity\na -$0> b\n";
    assert!(
        !titles(plan, GRAPH)
            .iter()
            .any(|title| title.starts_with("Break"))
    );
}

#[test]
fn identity_goes_into_a_connection() {
    let plan = "ingress in\nstage a keep:x\nin -[journal]$0-> a\n";
    assert_eq!(
        done(plan, GRAPH, "Insert identity into `in -> a`"),
        "ingress in\nstage identity identity\nstage a keep:x\nin -[journal]-> identity -> a\n"
    );
}

#[test]
fn a_bridge_is_made_explicit() {
    let plan = "ingress in\nstage a identity\nin -[journ$0al]-> a\nlane_graph { ingress events }\n";
    assert_eq!(
        done(plan, GRAPH, "Insert the bridge explicitly"),
        "ingress in\nstage bridge_in_a identity\nstage a identity\n\
         in -[events]-> bridge_in_a -[journal]-> a\nlane_graph { ingress events }\n"
    );
    // Nothing to bridge where both say the same, and never in a ring.
    let same = "ingress in\nstage a identity\nin -[events$0]-> a\nlane_graph { ingress events }\n";
    assert!(
        !titles(same, GRAPH)
            .iter()
            .any(|title| title.contains("bridge"))
    );
    assert!(
        !titles(plan, RING)
            .iter()
            .any(|title| title.contains("bridge"))
    );
}

#[test]
fn the_lane_of_a_connection_is_stated() {
    let plan = "ingress in\nstage a identity\nin -$0> a\nlane_graph { ingress journal }\n";
    assert!(done(plan, GRAPH, "State the lane").contains("in -[journal]-> a"));
}

#[test]
fn keys_lose_and_get_quotes() {
    assert_eq!(
        done("stage a keep$0:x\n", GRAPH, "Put the key"),
        "stage a \"keep:x\"\n"
    );
    assert_eq!(
        done("stage a \"keep$0:x\"\n", GRAPH, "Remove the quotes"),
        "stage a keep:x\n"
    );
    let needed = titles("stage a \"keep$0:x y\"\n", GRAPH);
    assert!(
        !needed.iter().any(|title| title.contains("quotes")),
        "{needed:?}"
    );
}

#[test]
fn chains_are_split_and_joined() {
    let stages = "stage a identity\nstage b identity\nstage c identity\n";
    let one = format!("{stages}a -> b$0 -> c # why\n");
    let two = format!("{stages}a -> b\nb -> c # why\n");
    assert_eq!(done(&one, GRAPH, "Split the chain at `b`"), two);
    let joined = done(&two.replace("a -> b\n", "a -> b$0\n"), GRAPH, "Join");
    assert_eq!(joined, one.replace("$0", ""));
    let end = titles(&format!("{stages}a -> b -> c$0\n"), GRAPH);
    assert!(
        !end.iter().any(|title| title.starts_with("Split")),
        "{end:?}"
    );
}
