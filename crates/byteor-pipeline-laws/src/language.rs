//! The language service, at any place of any text.

use byteor_pipeline::ExecutionTarget;
use byteor_pipeline::language as service;
use byteor_pipeline::plan::Span;
use serde_json::json;

use crate::{Request, TARGETS, edits_fit, in_text};

/// Input without two bytes for a place, or whose text is no UTF-8, is none.
pub fn check(data: &[u8]) {
    let Some((text, offset)) = read(data) else {
        return;
    };
    for target in TARGETS {
        at(text, target, offset);
    }
    assert_eq!(service::outline(text), service::outline(text));
    assert_eq!(service::folding(text), service::folding(text));
    let tokens = service::semantic_tokens(text);
    assert_eq!(tokens.len() % 5, 0, "five numbers a token");
}

fn at(text: &str, target: ExecutionTarget, offset: u32) {
    let completions = service::complete(text, target, offset);
    assert_eq!(service::complete(text, target, offset), completions);
    assert_eq!(
        service::hover(text, target, offset),
        service::hover(text, target, offset)
    );
    service::signature_help(text, target, offset);
    if let Some(span) = service::definition(text, target, offset) {
        assert!(in_text(text, span), "{span:?}");
    }
    for reference in service::references(text, target, offset) {
        assert!(in_text(text, reference.span), "{reference:?}");
    }
    let span = Span {
        start: offset,
        end: offset,
    };
    for action in service::code_actions(text, target, span) {
        assert!(edits_fit(text, &action.edits), "{action:?}");
    }
}

/// Every operation that is asked about a place.
pub fn requests(data: &[u8]) -> Vec<Request> {
    let Some((text, offset)) = read(data) else {
        return Vec::new();
    };
    // The package counts UTF-16 units.
    let offset = text[..offset as usize].encode_utf16().count();
    let request = json!({ "text": text, "target": "lane_graph", "offset": offset });
    let place = [
        "complete",
        "hover",
        "signatureHelp",
        "definition",
        "references",
        "prepareRename",
    ];
    let range = json!({ "text": text, "target": "single_ring", "start": offset, "end": offset });
    let mut requests = Vec::from(place.map(|operation| Request::new(operation, &request)));
    for operation in ["codeActions", "formatRange"] {
        requests.push(Request::new(operation, &range));
    }
    requests
}

/// The text, and a place between two of its characters.
fn read(data: &[u8]) -> Option<(&str, u32)> {
    let (place, text) = data.split_at_checked(2)?;
    let text = std::str::from_utf8(text).ok()?;
    let mut offset = u16::from_le_bytes([place[0], place[1]]) as usize % (text.len() + 1);
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    Some((text, offset as u32))
}
