//! Fixtures: a document in which `$0` says where the cursor stands.
#![allow(dead_code)]

use byteor_pipeline_language::{CompletionItem, CompletionList, complete};
use byteor_pipeline_plan::{Diagnostics, TextEdit, apply_edits, parse};
use byteor_pipeline_spec::ExecutionTarget;

pub const GRAPH: ExecutionTarget = ExecutionTarget::LaneGraph;
pub const RING: ExecutionTarget = ExecutionTarget::SingleRing;

/// A plan with every statement.
pub const ORDERS: &str = "\
# Comments and blank lines are kept where they stand.
pipeline orders
description \"Mask e-mail addresses, keep only JSON lines\"

ingress in
stage parse keep:^\\{
stage quiet \"drop:level=debug\"
stage mask \"replace:[^ ]+@[^ ]+=***\"
egress out

in -> parse -> quiet -[sequenced_slots 64]-> mask -> out

single_ring { ordering strict }
lane_graph { on_full block; ingress events; egress events }
";

/// The document without its mark, and where the mark stood.
pub fn cursor(fixture: &str) -> (String, u32) {
    let at = fixture.find("$0").expect("the fixture has a $0");
    (fixture.replacen("$0", "", 1), at as u32)
}

/// `ORDERS` with the cursor at the first `mark`, in which `$0` says where.
pub fn orders_at(mark: &str) -> (String, u32) {
    let plain = mark.replacen("$0", "", 1);
    let at = ORDERS.find(&plain).expect("the plan has that text");
    let inside = mark.find("$0").expect("the mark has a $0");
    (ORDERS.to_owned(), (at + inside) as u32)
}

pub fn completion(fixture: &str, target: ExecutionTarget) -> (String, CompletionList) {
    let (text, at) = cursor(fixture);
    let list = complete(&text, target, at);
    (text, list)
}

/// The labels that are offered at the mark, in order.
pub fn labels(fixture: &str, target: ExecutionTarget) -> Vec<String> {
    let (_, list) = completion(fixture, target);
    list.items.into_iter().map(|item| item.label).collect()
}

/// A snippet with its proposals filled in, and where the cursor goes to: its `$0`, or its end.
pub fn filled(item: &CompletionItem) -> (String, usize) {
    if !item.snippet {
        return (item.insert.clone(), item.insert.len());
    }
    let mut out = String::new();
    let mut cursor = None;
    let mut chars = item.insert.chars().peekable();
    let mut depth = 0;
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            '$' if chars.peek() == Some(&'0') => {
                chars.next();
                cursor = Some(out.len());
            }
            '$' if chars.peek() == Some(&'{') => {
                depth += 1;
                for c in chars.by_ref() {
                    if c == ':' {
                        break;
                    }
                }
            }
            '}' if depth > 0 => depth -= 1,
            c => out.push(c),
        }
    }
    let at = cursor.unwrap_or(out.len());
    (out, at)
}

/// The text after an item was accepted, and where the cursor is then.
pub fn accept(text: &str, list: &CompletionList, item: &CompletionItem) -> (String, u32) {
    let (insert, cursor) = filled(item);
    let edit = TextEdit {
        start: list.span.start,
        end: list.span.end,
        text: insert,
    };
    let after = apply_edits(text, &[edit]);
    (after, list.span.start + cursor as u32)
}

/// The text after the item with that label was accepted at the mark.
pub fn accepted(fixture: &str, target: ExecutionTarget, label: &str) -> String {
    let (text, list) = completion(fixture, target);
    let item = list
        .items
        .iter()
        .find(|item| item.label == label)
        .unwrap_or_else(|| panic!("{label} is not offered: {:?}", list.items));
    let (after, at) = accept(&text, &list, item);
    format!("{}$0{}", &after[..at as usize], &after[at as usize..])
}

/// Codes of the problems of form in the line that an offset stands in.
pub fn syntax_errors(text: &str, at: u32) -> Vec<String> {
    let mut diagnostics = Diagnostics::default();
    let document = parse(text, &mut diagnostics);
    let line = document
        .lines
        .iter()
        .rev()
        .find(|line| line.span.start <= at)
        .expect("every offset stands in a line")
        .span;
    diagnostics
        .finish(text)
        .into_iter()
        .filter(|found| line.start <= found.span.start && found.span.start <= line.end)
        .map(|found| found.code)
        .collect()
}
