//! Laws of the edits, on generated plans and on broken documents (docs/spec/plan-language.md).

mod generate;

use std::collections::BTreeMap;

use byteor_pipeline_plan::*;
use generate::{document, good, operation};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

/// Documents whose ids the operations know: whole plans, and broken ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        good().prop_map(|text| text
            .replace("s0", "a")
            .replace("s1", "b")
            .replace("s2", "c")),
        document(),
        (good(), document())
            .prop_map(|(good, broken)| format!("{}{broken}", good.replace("s0", "a"))),
    ]
}

fn times<'t>(lines: impl Iterator<Item = &'t str>) -> BTreeMap<&'t str, usize> {
    let mut times = BTreeMap::new();
    for line in lines {
        *times.entry(line).or_default() += 1;
    }
    times
}

/// The name of an operation, and whether all of them were met.
fn name(operation: &EditOperation) -> &'static str {
    match operation {
        EditOperation::AddStage { .. } => "add_stage",
        EditOperation::AddBoundary { .. } => "add_boundary",
        EditOperation::Connect { .. } => "connect",
        EditOperation::Disconnect { .. } => "disconnect",
        EditOperation::InsertOnConnection { .. } => "insert_on_connection",
        EditOperation::InsertAfter { .. } => "insert_after",
        EditOperation::MoveOnto { .. } => "move_onto",
        EditOperation::Swap { .. } => "swap",
        EditOperation::Remove { .. } => "remove",
        EditOperation::Rename { .. } => "rename",
        EditOperation::SetKey { .. } => "set_key",
        EditOperation::SetIntent { .. } => "set_intent",
        EditOperation::Reconnect { .. } => "reconnect",
        EditOperation::Paste { .. } => "paste",
        EditOperation::Duplicate { .. } => "duplicate",
        EditOperation::SetName { .. } => "set_name",
        EditOperation::SetDescription { .. } => "set_description",
        EditOperation::SetSetting { .. } => "set_setting",
    }
}

proptest! {
    #[test]
    fn lines_that_no_edit_touches_keep_their_bytes_and_their_order(text in text(), operation in operation()) {
        let Ok(answer) = edit(&text, &operation) else { return Ok(()) };
        // What stands between the edits is there afterwards, byte by byte, in the same order.
        let (mut old, mut new) = (0usize, 0usize);
        for edit in &answer.edits {
            let kept = &text[old..edit.start as usize];
            prop_assert_eq!(&answer.text[new..new + kept.len()], kept);
            old = edit.end as usize;
            new += kept.len() + edit.text.len();
        }
        prop_assert_eq!(&answer.text[new..], &text[old..]);
        // A line without an edit in it is a line of the answer.
        let after = times(answer.text.split('\n'));
        let mut untouched: BTreeMap<&str, usize> = BTreeMap::new();
        let mut start = 0;
        for line in text.split('\n') {
            let end = start + line.len();
            let touched = answer.edits.iter().any(|edit| {
                (edit.start as usize) <= end && edit.end as usize >= start
            });
            if !touched {
                *untouched.entry(line).or_default() += 1;
            }
            start = end + 1;
        }
        for (line, count) in untouched {
            prop_assert!(after.get(line).copied().unwrap_or(0) >= count, "{line:?} of {text:?}\n{:?}", answer);
        }
    }

    #[test]
    fn edits_cover_nothing_that_stays(text in text(), operation in operation()) {
        let Ok(answer) = edit(&text, &operation) else { return Ok(()) };
        for edit in &answer.edits {
            let old = &text[edit.start as usize..edit.end as usize];
            prop_assert_ne!(old, &edit.text, "an edit that changes nothing: {:?}", operation);
            if let EditOperation::Rename { .. } | EditOperation::Swap { .. } = operation {
                continue; // An id is replaced whole, so that no half of one is ever shown.
            }
            if !old.is_empty() && !edit.text.is_empty() {
                prop_assert_ne!(old.chars().next(), edit.text.chars().next(), "{:?}", operation);
                prop_assert_ne!(old.chars().next_back(), edit.text.chars().next_back(), "{:?}", operation);
            }
        }
    }

    #[test]
    fn comments_of_lines_that_stay_stay(text in text(), operation in operation()) {
        // What is pasted brings comments along, and what is removed takes its own.
        if matches!(operation, EditOperation::Remove { .. }) {
            return Ok(());
        }
        let Ok(answer) = edit(&text, &operation) else { return Ok(()) };
        let (before, after) = (parse(&text, &mut Diagnostics::default()), parse(&answer.text, &mut Diagnostics::default()));
        let comments = |document: &Document<'_>, text: &str| -> Vec<String> {
            document.lines.iter().filter_map(|line| line.comment).map(|span| span.of(text).to_owned()).collect()
        };
        let mut left = comments(&after, &answer.text);
        for comment in comments(&before, &text) {
            // The description's and a block's line go with their content.
            let gone = matches!(operation, EditOperation::SetDescription { .. } | EditOperation::SetSetting { .. });
            match left.iter().position(|other| *other == comment) {
                Some(at) => { left.swap_remove(at); }
                None => prop_assert!(gone, "{comment:?} is lost: {operation:?}\n{text}\n---\n{}", answer.text),
            }
        }
        // The comment beside an element is beside it afterwards.
        let beside = |document: &Document<'_>, text: &str| -> BTreeMap<String, String> {
            document.lines.iter().filter_map(|line| match &line.statement {
                Statement::Stage { id: Some(id), .. } | Statement::Boundary { id: Some(id), .. } => {
                    Some((id.text.to_owned(), line.comment?.of(text).to_owned()))
                }
                _ => None,
            }).collect()
        };
        if !matches!(operation, EditOperation::Rename { .. } | EditOperation::Paste { .. } | EditOperation::Duplicate { .. }) {
            prop_assert_eq!(beside(&before, &text), beside(&after, &answer.text));
        }
    }

    #[test]
    fn an_operation_that_is_refused_says_why_and_one_that_is_done_can_be_taken_back(text in text(), operation in operation()) {
        match edit(&text, &operation) {
            Err(error) => {
                prop_assert!(error.code.starts_with("E_EDIT_"));
                prop_assert!(!error.message.is_empty());
            }
            Ok(answer) => {
                // The edits the other way around lead back to the same bytes.
                let mut shift = 0i64;
                let back: Vec<TextEdit> = answer.edits.iter().map(|edit| {
                    let start = (i64::from(edit.start) + shift) as usize;
                    shift += edit.text.len() as i64 - i64::from(edit.end - edit.start);
                    TextEdit::new(start, start + edit.text.len(), &text[edit.start as usize..edit.end as usize])
                }).collect();
                prop_assert_eq!(apply_edits(&answer.text, &back), text);
            }
        }
    }

    #[test]
    fn opening_and_saving_changes_no_byte(text in text()) {
        let document = parse(&text, &mut Diagnostics::default());
        prop_assert_eq!(document.text, &text);
        // The lines and the line feeds between them are the whole text.
        let lines: Vec<&str> = document.lines.iter().map(|line| line.span.of(&text)).collect();
        let mark = document.lines.first().map_or(0, |line| line.span.start as usize);
        prop_assert_eq!(format!("{}{}", &text[..mark], lines.join("\n")), text);
    }
}

#[test]
fn the_laws_meet_every_operation_and_each_can_be_done() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..5_000 {
        let tree = |runner: &mut _| (text(), operation()).new_tree(runner).unwrap().current();
        let (text, operation) = tree(&mut runner);
        *done.entry(name(&operation)).or_default() += usize::from(edit(&text, &operation).is_ok());
    }
    assert_eq!(done.len(), 18, "{done:?}");
    assert!(done.values().all(|count| *count > 5), "{done:?}");
}

#[test]
fn a_comment_that_touches_the_key_stays_a_comment() {
    let set_key = EditOperation::SetKey {
        id: "a".to_owned(),
        key: "identity".to_owned(),
    };
    let answer = edit("stage a \"drop:a b\"# why", &set_key).expect("a valid edit");
    assert_eq!(answer.text, "stage a identity # why");
}

/// The text after an operation that can be done.
fn after(text: &str, operation: &EditOperation) -> String {
    edit(text, operation).expect("a valid edit").text
}

const BRANCHES: &str = "stage a identity # first
stage b identity
stage c identity

in -> a -[journal]-> b -> out
a -[journal]-> c -> rest

lane_graph { merge out priority b a }
";

#[test]
fn a_stage_after_another_takes_over_all_that_follows() {
    let insert = |after: &str| EditOperation::InsertAfter {
        after: after.to_owned(),
        key: "keep:x".to_owned(),
        id: Some("k".to_owned()),
    };
    let text = after(BRANCHES, &insert("a"));
    assert!(
        text.contains("stage a identity # first\nstage k keep:x\n"),
        "{text}"
    );
    assert!(text.contains("k -[journal]-> b -> out\n"), "{text}");
    assert!(text.contains("k -[journal]-> c -> rest\n"), "{text}");
    assert!(text.contains("in -> a -> k"), "{text}");
    // Of one connection, the intent stays in front, as on a connection that was chosen.
    let text = after("stage a identity\nin -> a -[journal]-> out\n", &insert("a"));
    assert!(text.contains("in -> a -[journal]-> k -> out\n"), "{text}");
    let text = after("stage a identity\nin -> a\n", &insert("a"));
    assert!(text.contains("in -> a -> k\n"), "{text}");
}

#[test]
fn a_stage_that_moves_heals_the_place_that_it_leaves() {
    let to = |id: &str, from: &str, to: &str| EditOperation::MoveOnto {
        id: id.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let text = after(BRANCHES, &to("b", "c", "rest"));
    assert!(
        text.contains("in -> a -[journal]-> out\na -[journal]-> c -> b -> rest\n"),
        "{text}"
    );
    // It gives nothing to that merge any more.
    assert!(text.contains("merge out priority a }"), "{text}");
    // A stage that stands alone has nothing to heal.
    let text = after(
        &BRANCHES.replace("a -[journal]-> c -> rest", ""),
        &to("c", "b", "out"),
    );
    assert!(
        text.contains("in -> a -[journal]-> b -> c -> out\n"),
        "{text}"
    );
    for (operation, code) in [
        (to("b", "a", "b"), "E_EDIT_SELF"),
        (to("in", "b", "out"), "E_EDIT_UNKNOWN_ID"),
        (to("b", "c", "out"), "E_EDIT_NOT_CONNECTED"),
    ] {
        assert_eq!(edit(BRANCHES, &operation).unwrap_err().code, code);
    }
    let text = format!("ingress in\n{BRANCHES}");
    assert_eq!(
        edit(&text, &to("in", "b", "out")).unwrap_err().code,
        "E_EDIT_NOT_A_STAGE"
    );
}

#[test]
fn two_stages_that_swap_keep_their_lines_and_twice_is_never() {
    let swap = |a: &str, b: &str| EditOperation::Swap {
        a: a.to_owned(),
        b: b.to_owned(),
    };
    let text = after(BRANCHES, &swap("a", "b"));
    assert!(
        text.starts_with("stage a identity # first\nstage b identity\n"),
        "{text}"
    );
    assert!(
        text.contains("in -> b -[journal]-> a -> out\nb -[journal]-> c -> rest\n"),
        "{text}"
    );
    assert!(text.contains("merge out priority a b }"), "{text}");
    assert_eq!(after(&text, &swap("b", "a")), BRANCHES);
    assert_eq!(after(BRANCHES, &swap("a", "a")), BRANCHES);
}

/// The text after an operation on a plan whose merge asks its inputs in a written order.
fn ranked(list: &str, operation: EditOperation) -> String {
    let text = format!(
        "pipeline p\n\ningress in\nstage slim identity\nstage hash identity\nstage stamp identity\n\
         egress out\n\nin -> slim -> stamp -> out\nin -> hash -> stamp\n\n\
         lane_graph {{ on_full block; merge stamp priority {list} }}\n"
    );
    let answer = edit(&text, &operation).unwrap();
    let graph = PlanGraph::new(&parse(&answer.text, &mut Diagnostics::default()));
    for id in &answer.created {
        assert!(graph.stages.iter().any(|stage| &stage.id == id), "{id}");
    }
    let (_, settings) = answer.text.split_once("merge stamp priority").unwrap();
    settings.trim_end_matches("}\n").trim().to_owned()
}

#[test]
fn what_comes_between_an_input_and_its_merge_takes_its_rank() {
    let on = |from: &str| EditOperation::InsertOnConnection {
        from: from.into(),
        to: "stamp".into(),
        key: "identity".into(),
        id: Some("new".into()),
    };
    assert_eq!(ranked("slim hash", on("slim")), "new hash");
    assert_eq!(ranked("slim hash", on("hash")), "slim new");
    let moved = |from: &str, id: &str| EditOperation::MoveOnto {
        from: from.into(),
        to: "stamp".into(),
        id: id.into(),
    };
    assert_eq!(ranked("hash slim", moved("slim", "hash")), "hash");
    let behind = EditOperation::InsertAfter {
        after: "slim".into(),
        key: "identity".into(),
        id: Some("new".into()),
    };
    assert_eq!(ranked("slim hash", behind), "new hash");
}
