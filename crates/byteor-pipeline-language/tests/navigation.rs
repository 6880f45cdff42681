//! Definition, references and rename.

mod common;

use byteor_pipeline_language::{RenameSubject, definition, prepare_rename, references};
use byteor_pipeline_plan::{EditOperation, edit};
use common::{GRAPH, ORDERS, cursor, orders_at};

#[test]
fn definition_is_the_first_declaration() {
    let (text, at) = orders_at("-> mas$0k ->");
    let span = definition(&text, GRAPH, at).expect("mask is declared");
    assert_eq!(span.of(&text), "mask");
    assert!(text[..span.start as usize].ends_with("stage "));
    let (text, at) = cursor("stage a identity\nstage $0a identity");
    assert_eq!(definition(&text, GRAPH, at).map(|span| span.start), Some(6));
    let (text, at) = cursor("in -> nobo$0dy");
    assert_eq!(definition(&text, GRAPH, at), None);
}

#[test]
fn references_say_which_one_declares() {
    let (text, at) = orders_at("stage par$0se");
    let found = references(&text, GRAPH, at);
    assert_eq!(
        found.iter().map(|one| one.declaration).collect::<Vec<_>>(),
        [true, false]
    );
    assert!(found.iter().all(|one| one.span.of(&text) == "parse"));
    // From its key too.
    let (text, at) = orders_at("kee$0p:");
    assert_eq!(references(&text, GRAPH, at), found);
}

#[test]
fn references_of_an_id_that_nothing_declares() {
    let (text, at) = cursor("in -> lo$0st\nlost -> out");
    assert_eq!(references(&text, GRAPH, at).len(), 2);
}

#[test]
fn what_can_be_renamed() {
    let (text, at) = orders_at("-> mas$0k ->");
    let place = prepare_rename(&text, GRAPH, at).expect("a stage can be renamed");
    assert_eq!(
        (place.id.as_str(), place.subject),
        ("mask", RenameSubject::Element)
    );
    let (text, at) = orders_at("pipeline ord$0ers");
    let place = prepare_rename(&text, GRAPH, at).expect("the pipeline can be renamed");
    assert_eq!(place.subject, RenameSubject::Pipeline);
    for fixture in ["sta$0ge a identity", "in -> nobo$0dy", "# a$0"] {
        let (text, at) = cursor(fixture);
        assert_eq!(prepare_rename(&text, GRAPH, at), None, "{fixture}");
    }
}

#[test]
fn a_rename_and_its_inverse_give_the_same_text() {
    let rename = |text: &str, id: &str, to: &str| {
        let operation = EditOperation::Rename {
            id: id.to_owned(),
            to: to.to_owned(),
        };
        edit(text, &operation).map(|answer| answer.text)
    };
    for id in ["in", "parse", "quiet", "mask", "out"] {
        let there = rename(ORDERS, id, "another").expect("the id is free");
        assert_ne!(there, ORDERS);
        assert_eq!(rename(&there, "another", id).as_deref(), Ok(ORDERS));
    }
    let code = |to: &str| rename(ORDERS, "mask", to).unwrap_err().code;
    assert_eq!(code("Mask"), "E_EDIT_ID_INVALID");
    assert_eq!(code("stage"), "E_EDIT_ID_INVALID");
    assert_eq!(code("parse"), "E_EDIT_ID_TAKEN");
}
