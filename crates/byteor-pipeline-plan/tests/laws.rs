//! Laws of the parser, the formatter and the edits, on odd documents.

mod generate;

use byteor_pipeline_plan::*;
use byteor_pipeline_spec::ExecutionTarget;
use generate::{document, good, operation};
use proptest::prelude::*;

fn graph(text: &str) -> PlanGraph {
    PlanGraph::new(&parse(text, &mut Diagnostics::default()))
}

/// What a graph means, without places and order.
fn meaning(text: &str) -> (Vec<String>, Vec<String>) {
    let graph = graph(text);
    let mut elements: Vec<String> = graph
        .stages
        .iter()
        .map(|stage| format!("{} {}", stage.id, stage.key))
        .chain(
            graph
                .boundaries
                .iter()
                .map(|edge| format!("{} {}", edge.kind.name(), edge.id)),
        )
        .collect();
    let mut connections: Vec<String> = graph
        .connections
        .iter()
        .map(|link| format!("{} {:?}", link.id, link.intent))
        .collect();
    elements.sort();
    connections.sort();
    (elements, connections)
}

fn all_diagnostics(text: &str, target: ExecutionTarget) -> Vec<Diagnostic> {
    let mut diagnostics = Diagnostics::default();
    let document = parse(text, &mut diagnostics);
    validate_plan_v2(&document, target, &mut diagnostics);
    diagnostics.finish(text)
}

fn sound(text: &str, edits: &[TextEdit]) {
    let mut at = 0;
    for edit in edits {
        assert!(at <= edit.start && edit.start <= edit.end, "{edits:?}");
        assert!(
            text.is_char_boundary(edit.start as usize) && text.is_char_boundary(edit.end as usize)
        );
        at = edit.end;
    }
    assert!(at as usize <= text.len());
}

proptest! {

    #[test]
    fn every_document_gives_a_tree_and_sound_diagnostics(text in document()) {
        for target in [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph] {
            for diagnostic in all_diagnostics(&text, target) {
                prop_assert!(diagnostic.span.start <= diagnostic.span.end);
                prop_assert!(diagnostic.span.end as usize <= text.len());
                prop_assert!(text.is_char_boundary(diagnostic.span.start as usize), "{diagnostic:?}");
                prop_assert!(text.is_char_boundary(diagnostic.span.end as usize), "{diagnostic:?}");
                prop_assert!(!diagnostic.message.is_empty());
                for fix in &diagnostic.fixes {
                    sound(&text, &fix.edits);
                    // It changes the text, or says another target, never both and never nothing.
                    let changes = apply_edits(&text, &fix.edits) != text;
                    let other = fix.target.is_some_and(|other| other != target);
                    prop_assert!(changes != other, "{:?}", diagnostic);
                }
            }
        }
    }

    #[test]
    fn formatting_is_idempotent_and_keeps_the_meaning(text in document()) {
        let (once, edits) = format(&text);
        sound(&text, &edits);
        prop_assert_eq!(apply_edits(&text, &edits), once.clone());
        let (twice, more) = format(&once);
        prop_assert_eq!(&once, &twice);
        prop_assert!(more.is_empty());
        prop_assert_eq!(meaning(&text), meaning(&once));
    }

    #[test]
    fn edits_lead_to_the_text_that_they_promise(text in document(), operation in operation()) {
        if let Ok(answer) = edit(&text, &operation) {
            sound(&text, &answer.edits);
            prop_assert_eq!(apply_edits(&text, &answer.edits), answer.text);
        }
    }

    #[test]
    fn edits_of_a_good_plan_leave_its_form_good(text in good(), operations in prop::collection::vec(operation(), 1..6)) {
        let mut text = text.replace("s0", "a").replace("s1", "b").replace("s2", "c");
        for operation in operations {
            // What a person pastes or names may be anything; the form must hold all the same.
            if let Ok(answer) = edit(&text, &operation) {
                let mut diagnostics = Diagnostics::default();
                parse(&answer.text, &mut diagnostics);
                prop_assert!(!diagnostics.has_errors(), "{operation:?}\n{text}\n{}\n{:?}", answer.text, diagnostics.finish(&answer.text));
                for id in &answer.created {
                    let graph = graph(&answer.text);
                    prop_assert!(graph.stages.iter().any(|stage| &stage.id == id) || graph.boundaries.iter().any(|edge| &edge.id == id));
                }
                text = answer.text;
            }
        }
    }

    #[test]
    fn lines_that_an_edit_does_not_speak_of_keep_their_bytes(text in good(), operation in operation()) {
        if let Ok(answer) = edit(&text, &operation) {
            let changed = answer.edits.iter().map(|edit| text[edit.start as usize..edit.end as usize].matches('\n').count() + 1).sum::<usize>();
            let kept = text.lines().filter(|line| answer.text.lines().any(|other| other == *line)).count();
            prop_assert!(kept + changed >= text.lines().count(), "{operation:?}\n{}", answer.text);
        }
    }

    #[test]
    fn renaming_there_and_back_gives_the_same_bytes(text in good()) {
        let rename = |text: &str, id: &str, to: &str| edit(text, &EditOperation::Rename { id: id.into(), to: to.into() }).unwrap().text;
        prop_assert_eq!(rename(&rename(&text, "s0", "fresh"), "fresh", "s0"), text);
    }

    #[test]
    fn what_is_connected_and_disconnected_means_the_same_again(text in good()) {
        let added = edit(&text, &EditOperation::AddStage { key: "identity".into(), id: Some("fresh".into()), after: None }).unwrap().text;
        let connected = edit(&added, &EditOperation::Connect { from: "s0".into(), to: "fresh".into(), intent: None }).unwrap().text;
        let back = edit(&connected, &EditOperation::Disconnect { from: "s0".into(), to: "fresh".into() }).unwrap().text;
        prop_assert_eq!(&back, &added);
        let gone = edit(&back, &EditOperation::Remove { ids: vec!["fresh".into()], heal: false }).unwrap().text;
        prop_assert_eq!(gone, text);
    }

    #[test]
    fn what_is_inserted_on_a_connection_and_removed_with_healing_gives_the_same_bytes(text in good()) {
        let inserted = edit(&text, &EditOperation::InsertOnConnection { from: "in".into(), to: "s0".into(), key: "keep:x y".into(), id: None }).unwrap();
        let healed = edit(&inserted.text, &EditOperation::Remove { ids: inserted.created, heal: true }).unwrap().text;
        prop_assert_eq!(healed, text);
    }

    #[test]
    fn what_is_copied_can_be_pasted(text in good()) {
        let ids: Vec<String> = graph(&text).stages.into_iter().map(|stage| stage.id).collect();
        let fragment = extract(&text, &ids);
        let pasted = edit(&text, &EditOperation::Paste { text: fragment, after: None }).unwrap();
        prop_assert_eq!(pasted.created.len(), ids.len());
        let links = |text: &str| graph(text).connections.len();
        prop_assert_eq!(links(&pasted.text), links(&text) + ids.len() - 1);
        let gone = edit(&pasted.text, &EditOperation::Remove { ids: pasted.created, heal: false }).unwrap().text;
        prop_assert_eq!(gone, text);
    }
}

#[test]
fn offsets_count_utf16_units() {
    let text = "a é\n📦b\n";
    let offsets = Offsets::new(text);
    assert_eq!(offsets.utf16(0), 0);
    assert_eq!(offsets.utf16(4), 3);
    assert_eq!(offsets.utf16(5), 4);
    assert_eq!(offsets.utf16(9), 6);
    assert_eq!(offsets.utf16(11), 8);
    let range = offsets.range(Span { start: 9, end: 10 });
    assert_eq!(
        (range.start_line, range.start_column, range.end_column),
        (2, 3, 4)
    );
}

#[test]
fn a_thousand_lines_of_errors_stay_small() {
    let text = "what is this\n".repeat(20_000);
    let diagnostics = all_diagnostics(&text, ExecutionTarget::SingleRing);
    assert_eq!(diagnostics.len(), DIAGNOSTICS_MAX + 1);
    assert_eq!(diagnostics.last().unwrap().code, "E_MORE");
}

#[test]
fn settings_that_name_elements_follow_them() {
    let text = "pipeline p\n\nlane_graph { on_full drop; merge out  priority b a; merge a round_robin } # x\ningress in\nstage a identity\nstage b identity\nstage c identity\negress out\nin -> a -> out\nin -> b -> out\nin -> c -> a\n";
    let rename = |text: &str, id: &str, to: &str| {
        let (id, to) = (id.to_owned(), to.to_owned());
        edit(text, &EditOperation::Rename { id, to }).unwrap().text
    };
    let there = rename(text, "a", "z");
    assert!(
        there.contains("merge out  priority b z; merge z round_robin } # x\n"),
        "{there}"
    );
    assert_eq!(rename(&there, "z", "a"), text);
    // A policy is no id.
    assert!(
        rename(
            &text
                .replace("stage c", "stage priority")
                .replace("c ->", "priority ->"),
            "priority",
            "q"
        )
        .contains("merge out  priority b a")
    );
    let remove = |ids: &[&str]| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        edit(text, &EditOperation::Remove { ids, heal: false })
            .unwrap()
            .text
    };
    let gone = remove(&["a"]);
    assert!(
        gone.contains("lane_graph { on_full drop; merge out  priority b } # x\n"),
        "{gone}"
    );
    assert!(remove(&["out"]).contains("lane_graph { on_full drop; merge a round_robin } # x\n"));
    let set = |text: &str, name: &str, value: &str| {
        let operation = EditOperation::SetSetting {
            target: ExecutionTarget::LaneGraph,
            name: name.to_owned(),
            value: (!value.is_empty()).then(|| value.to_owned()),
        };
        edit(text, &operation).unwrap().text
    };
    assert!(set(text, "merge", "priority").contains("merge a round_robin; merge priority } # x\n"));
    assert!(set(text, "merge", "out round_robin").contains("drop; merge out round_robin; merge a"));
    assert!(set(text, "merge a", "priority c").contains("b a; merge a priority c }"));
    assert!(set(text, "merge out", "").contains("{ on_full drop; merge a round_robin }"));
    assert!(remove(&["c"]).contains(
        "lane_graph { on_full drop; merge out  priority b a; merge a round_robin } # x\n"
    ));
}

#[test]
fn what_only_stray_spaces_and_marks_had_broken_is_formatted_at_once() {
    for stray in ["\r", "\r\r", " \r", "\r ", "\t\r", "\u{feff}"] {
        let line = match stray {
            "\u{feff}" => format!("{stray}in  -> o-> mask"),
            _ => format!("in  -> o-> mask{stray}"),
        };
        let text = format!("ingress in\r\n{line}\r\negress o");
        let (once, edits) = format(&text);
        assert_eq!(
            once, "ingress in\n\nin -> o -> mask\n\negress o\n",
            "{stray:?}"
        );
        assert_eq!(apply_edits(&text, &edits), once);
        assert_eq!(format(&once), (once, Vec::new()));
    }
}
