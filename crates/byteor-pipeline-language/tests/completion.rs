//! What completion offers, place by place.

mod common;

use common::{GRAPH, RING, accepted, completion, labels};

#[test]
fn an_empty_document_starts_with_the_pipeline() {
    let offered = labels("$0", GRAPH);
    assert_eq!(offered[0], "pipeline");
    for word in ["stage", "ingress", "egress", "description", "lane_graph"] {
        assert!(offered.iter().any(|label| label == word), "{word}");
    }
    assert!(offered.iter().any(|label| label == "pipeline … egress"));
}

#[test]
fn statements_that_stand_once_are_offered_once() {
    let offered = labels(
        "pipeline a\ndescription \"\"\nlane_graph { }\ningress in\n$0",
        GRAPH,
    );
    assert_eq!(offered[..2], ["stage", "egress"]);
    for word in ["pipeline", "description", "lane_graph"] {
        assert!(!offered.iter().any(|label| label == word), "{word}");
    }
    // A ring has one ingress, a graph may have several.
    assert!(offered.iter().any(|label| label == "ingress"));
    assert!(
        !labels("ingress in\n$0", RING)
            .iter()
            .any(|label| label == "ingress")
    );
}

#[test]
fn a_line_starts_with_what_isnt_connected_yet() {
    let plan =
        "pipeline a\ningress in\nstage b identity\nstage c identity\negress out\nin -> b\n$0";
    let offered = labels(plan, GRAPH);
    assert_eq!(offered[..4], ["stage", "b", "c", "in"]);
    assert!(!offered.iter().any(|label| label == "out"));
}

#[test]
fn half_a_word_is_replaced() {
    assert_eq!(accepted("pi$0", GRAPH, "pipeline"), "pipeline $0");
    assert_eq!(accepted("  sta$0ge", GRAPH, "stage"), "  stage $0ge");
    let (_, list) = completion("  sta$0ge", GRAPH);
    assert_eq!(list.overwrite_end, 7);
}

#[test]
fn after_an_arrow_only_what_may_be_connected_is_offered() {
    let plan = "ingress in\nstage a identity\nstage b identity\nstage c identity\negress out\n\
                in -> a -> b\nb -> $0";
    // Not the ingress, not itself, not what leads to it.
    assert_eq!(labels(plan, GRAPH), ["c", "out"]);
    // What is connected already isn't offered again.
    let plan = "ingress in\nstage a identity\nstage b identity\nstage c identity\negress out\n\
                in -> a -> b\na -> $0";
    assert_eq!(labels(plan, GRAPH), ["c", "out"]);
    // A boundary doesn't feed a boundary.
    assert_eq!(
        labels("ingress in\negress out\nstage a identity\nin -> $0", GRAPH),
        ["a"]
    );
}

#[test]
fn unconnected_ids_come_first() {
    let plan = "ingress in\nstage a identity\nstage b identity\nstage c identity\negress out\n\
                in -> b -> out\nin -> $0";
    assert_eq!(labels(plan, GRAPH), ["a", "c"]);
    let plan = "ingress in\nstage a identity\nstage b identity\nstage c identity\negress out\n\
                in -> b -> out\na -> $0";
    assert_eq!(labels(plan, GRAPH), ["c", "b", "out"]);
}

#[test]
fn the_id_that_is_changed_doesnt_count_as_connected() {
    let plan = "ingress in\nstage a identity\nstage b identity\negress out\nin -> a$0 -> out";
    assert_eq!(labels(plan, GRAPH), ["a", "b"]);
    let plan = "ingress in\nstage a identity\nstage b identity\nstage c identity\negress out\n\
                in -> a -> b -> out\nin -> $0 -> a";
    assert_eq!(labels(plan, GRAPH), ["c"]);
}

#[test]
fn an_id_in_front_of_an_arrow_is_an_id() {
    let plan = "ingress in\nstage a identity\nstage b identity\negress out\n$0 -> b";
    assert_eq!(labels(plan, GRAPH), ["in", "a"]);
    assert_eq!(
        accepted("ingress in\nstage a identity\nin ->$0", GRAPH, "a"),
        "ingress in\nstage a identity\nin -> a$0"
    );
}

#[test]
fn an_id_between_an_arrow_and_an_id_gets_an_arrow() {
    let plan = "ingress in\nstage a identity\nstage b identity\nin -> $0 a";
    assert_eq!(
        accepted(plan, GRAPH, "b"),
        "ingress in\nstage a identity\nstage b identity\nin -> b ->$0 a"
    );
}

#[test]
fn behind_an_id_comes_an_arrow() {
    let plan = "ingress in\nstage a identity\nin $0";
    let offered = labels(plan, GRAPH);
    assert_eq!(
        offered,
        [
            "->",
            "-[events]->",
            "-[journal]->",
            "-[sequenced_slots 64]->",
            "-[fanout_broadcast]->"
        ]
    );
    assert!(labels("egress out\nout $0", GRAPH).is_empty());
    assert_eq!(
        accepted("ingress in\nin -$0", GRAPH, "-[journal]->"),
        "ingress in\nin -[journal]-> $0"
    );
}

#[test]
fn lane_intents_stand_in_brackets() {
    assert_eq!(
        accepted("a -[$0]-> b", GRAPH, "journal"),
        "a -[journal$0]-> b"
    );
    assert_eq!(
        accepted("a -[sequ$0", GRAPH, "sequenced_slots 256"),
        "a -[sequenced_slots 256]-> $0"
    );
    assert_eq!(
        accepted("a -[sequenced_slots $0 ]-> b", GRAPH, "sequenced_slots 64"),
        "a -[sequenced_slots 64$0 ]-> b"
    );
}

#[test]
fn a_new_stage_is_named_by_the_connections_that_miss_it() {
    let offered = labels("ingress in\nin -> parse -> mask\nstage $0", GRAPH);
    assert_eq!(offered[..3], ["parse", "mask", "identity"]);
    assert_eq!(
        accepted("in -> parse\nstage $0", GRAPH, "parse"),
        "in -> parse\nstage parse $0"
    );
    let offered = labels("stage keep keep:x\nstage $0", GRAPH);
    assert!(offered.iter().any(|label| label == "keep_2"));
    // A boundary stands on its side of the connections.
    assert_eq!(labels("src -> a -> sink\ningress $0", GRAPH), ["src", "in"]);
    assert_eq!(
        labels("src -> a -> sink\negress $0", GRAPH),
        ["sink", "out"]
    );
}

#[test]
fn behind_a_stages_id_come_the_families() {
    let offered = labels("stage quiet $0", GRAPH);
    assert_eq!(offered[0], "identity");
    assert!(offered.iter().any(|label| label == "replace:REGEX=TEXT"));
    assert_eq!(
        accepted("stage quiet $0", GRAPH, "replace:REGEX=TEXT"),
        "stage quiet replace:[0-9]+=0$0"
    );
    // The family that the id speaks of comes first.
    assert_eq!(labels("stage drop_2 $0", GRAPH)[0], "drop:REGEX");
    let (_, list) = completion("stage a $0", GRAPH);
    let replace = list
        .items
        .iter()
        .find(|item| item.label == "replace:REGEX=TEXT")
        .unwrap();
    assert_eq!(replace.insert, "replace:${1:[0-9]+}=${2:0}");
    assert!(replace.docs.contains("Class *rewrites*"));
}

#[test]
fn a_key_that_is_begun_goes_on_with_examples() {
    assert_eq!(
        labels("stage a replace:$0", GRAPH)[0],
        "replace:[^ ]+@[^ ]+=***"
    );
    // A key with a space gets quotes, one in quotes keeps them.
    assert_eq!(
        accepted("stage a rep$0", GRAPH, "replace:REGEX=TEXT"),
        "stage a replace:[0-9]+=0$0"
    );
    assert_eq!(
        accepted("stage a replace:$0", GRAPH, "replace: +$="),
        "stage a \"replace: +$=\"$0"
    );
    assert_eq!(
        accepted("stage a \"replace:$0\"", GRAPH, "replace: +$="),
        "stage a \"replace: +$=$0\""
    );
    assert_eq!(
        accepted("stage a \"$0", GRAPH, "keep:REGEX"),
        "stage a \"keep:.\"$0"
    );
}

#[test]
fn settings_that_arent_given_yet() {
    assert_eq!(
        labels("lane_graph { on_full block; $0 }", GRAPH)[..2],
        ["ingress", "egress"]
    );
    assert!(!labels("lane_graph { on_full block; $0 }", GRAPH).contains(&"on_full".to_owned()));
    assert_eq!(labels("single_ring { $0", RING).len(), 5);
    assert_eq!(
        accepted("single_ring {$0}", RING, "ordering"),
        "single_ring { ordering $0}"
    );
    assert_eq!(
        accepted("single_ring $0", RING, "{ … }"),
        "single_ring { $0 }"
    );
}

#[test]
fn values_of_a_setting() {
    assert_eq!(
        labels("lane_graph { on_full $0 }", GRAPH),
        ["block", "drop"]
    );
    assert_eq!(
        accepted(
            "lane_graph { ingress sequ$0; on_full drop }",
            GRAPH,
            "sequenced_slots 64"
        ),
        "lane_graph { ingress sequenced_slots 64$0; on_full drop }"
    );
    assert_eq!(
        accepted("lane_graph { on_full drop $0 }", GRAPH, ";"),
        "lane_graph { on_full drop ; $0 }"
    );
}

#[test]
fn nothing_in_comments_descriptions_and_behind_the_end() {
    for fixture in [
        "# sta$0",
        "stage a identity # $0",
        "description \"sta$0\"",
        "lane_graph { } $0",
        "stage a identity $0",
        "pipeline a $0",
    ] {
        assert!(labels(fixture, GRAPH).is_empty(), "{fixture}");
    }
}

#[test]
fn a_long_list_is_cut_and_says_so() {
    let mut text = String::from("ingress in\n");
    for number in 0..500 {
        text.push_str(&format!("stage s{number} identity\n"));
    }
    let (_, list) = completion(&format!("{text}in -> $0"), GRAPH);
    assert!(list.incomplete);
    assert_eq!(list.items.len(), byteor_pipeline_language::COMPLETION_MAX);
    let (_, list) = completion(&format!("{text}in -> s49$0"), GRAPH);
    assert!(!list.incomplete);
    assert!(list.items.iter().any(|item| item.label == "s499"));
}

#[test]
fn a_parameter_with_choices_offers_them() {
    let offered = labels("stage a trim:$0", GRAPH);
    assert_eq!(offered[..3], ["both", "start", "end"]);
    assert_eq!(
        accepted("stage a trim:st$0", GRAPH, "start"),
        "stage a trim:start$0"
    );
}

#[test]
fn merges_name_elements_policies_and_what_is_merged() {
    let plan = "ingress in\nstage a identity\nstage b identity\nstage c identity\negress out\n\
                in -> a -> c\nin -> b -> c\nc -> out\n";
    let at = |block: &str| labels(&format!("{plan}{block}"), GRAPH);
    assert_eq!(
        at("lane_graph { merge $0 }"),
        ["round_robin", "priority", "c"]
    );
    assert_eq!(
        at("lane_graph { merge c round_robin; merge $0 }"),
        ["round_robin", "priority"]
    );
    assert_eq!(at("lane_graph { merge c $0 }"), ["round_robin", "priority"]);
    assert_eq!(at("lane_graph { merge c priority $0 }"), ["a", "b"]);
    assert_eq!(at("lane_graph { merge c priority b $0 }"), ["a"]);
}
