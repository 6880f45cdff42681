//! What hover says, place by place.

mod common;

use byteor_pipeline_language::hover;
use byteor_pipeline_spec::ExecutionTarget;
use common::{GRAPH, RING, cursor, orders_at};

/// The place that the answer is about, and its Markdown.
fn said((text, at): (String, u32), target: ExecutionTarget) -> (String, String) {
    let hover = hover(&text, target, at).expect("there is something to say");
    (hover.span.of(&text).to_owned(), hover.markdown)
}

#[test]
fn a_stage_says_what_it_does_and_what_it_becomes() {
    let (place, markdown) = said(orders_at("stage qui$0et"), GRAPH);
    assert_eq!(place, "quiet");
    assert_eq!(
        markdown,
        "**stage** `quiet` `drop:level=debug`\n\n\
         It drops the records that match `level=debug`.\n\n\
         Class *filters*: forwards or drops each record. Needs no capability.\n\n\
         - From `parse` over *events*\n\
         - To `mask` over *sequenced_slots 64*\n\n\
         Lowered to a stage role from `parse.quiet` (events) to `quiet.sequenced_slots` (sequenced_slots)."
    );
}

#[test]
fn in_a_ring_it_says_what_it_waits_for() {
    let (_, markdown) = said(orders_at("-> ma$0sk ->"), RING);
    assert!(
        markdown.contains("Lowered to stage 3 of 3 of the ring, which waits for `quiet`"),
        "{markdown}"
    );
}

#[test]
fn a_connection_says_its_lane_and_who_says_so() {
    let (place, markdown) = said(orders_at("-[sequ$0enced_slots 64]->"), GRAPH);
    assert_eq!(place, "-[sequenced_slots 64]->");
    assert!(markdown.contains("Lane of *sequenced_slots 64*: the connection says so."));
    assert!(markdown.contains("Lowered to the lane `quiet.sequenced_slots` (sequenced_slots)."));
    let (_, markdown) = said(orders_at("in -$0> parse"), GRAPH);
    assert!(markdown.contains("Lane of *events*: the setting `ingress` says so."));
    let (_, markdown) = said(orders_at("-[sequ$0enced_slots 64]->"), RING);
    assert!(markdown.contains("SingleRing has no lanes"));
}

#[test]
fn a_key_gives_the_familys_documentation() {
    let (place, markdown) = said(orders_at("\"repl$0ace:"), GRAPH);
    assert_eq!(place, "replace");
    assert!(markdown.starts_with("**Replace matches** `replace:REGEX=TEXT`"));
    assert!(markdown.contains("masks e-mail addresses"));
}

#[test]
fn a_parameter_of_a_key_has_its_own() {
    let (place, markdown) = said(orders_at("=**$0*"), GRAPH);
    assert_eq!(place, "***");
    assert!(markdown.starts_with("**TEXT** of `replace:REGEX=TEXT`"));
}

#[test]
fn settings_say_what_they_mean_and_their_default() {
    let (place, markdown) = said(orders_at("on_f$0ull block"), GRAPH);
    assert_eq!(place, "on_full block");
    assert!(markdown.contains("when its lane is full"));
    assert!(markdown.contains("Default: block."));
    let (_, markdown) = said(orders_at("on_full blo$0ck"), GRAPH);
    assert!(markdown.contains("`block`: It waits"));
}

#[test]
fn statements_say_how_they_are_written() {
    let (place, markdown) = said(orders_at("sta$0ge parse"), GRAPH);
    assert_eq!(place, "stage");
    assert!(markdown.starts_with("`stage ID KEY`"));
}

#[test]
fn a_broken_plan_has_hover_too() {
    let (_, markdown) = said(cursor("stage a identity\nin -> $0a -> b"), GRAPH);
    assert!(markdown.contains("- From `in` over *events*\n- To `b` over *events*"));
    assert!(markdown.contains("nothing is lowered yet"));
    let (_, markdown) = said(cursor("in -> $0a"), GRAPH);
    assert!(markdown.contains("declared nowhere"));
}

#[test]
fn comments_have_nothing_to_say() {
    let (text, at) = cursor("stage a identity # com$0ment");
    assert_eq!(hover(&text, GRAPH, at), None);
}
