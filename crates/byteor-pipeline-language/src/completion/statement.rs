//! The start of a line: statements, and the ids that a chain may start with.

use byteor_pipeline_plan::{Diagnostics, Statement, parse};
use byteor_pipeline_spec::ExecutionTarget;

use super::item::{CompletionItem, CompletionKind, CompletionList};
use super::{Cursor, chain, is_id_char};
use crate::view::ElementKind;
use crate::wording::STATEMENTS;

/// The whole of a small plan, for an empty document.
const PLAN: &str = "pipeline ${1:orders}\n\ningress in\nstage ${2:first} ${3:identity}\negress out\n\nin -> ${2:first} -> out\n$0";

pub(super) fn at_start(cursor: &Cursor<'_, '_>, start: u32) -> Option<CompletionList> {
    let view = cursor.view;
    // An id in front of an arrow can only become another id.
    if chain::follows_arrow(cursor) {
        return chain::in_chain(cursor);
    }
    let has = |wanted: &str| {
        view.document.lines.iter().enumerate().any(|(at, line)| {
            at != cursor.number
                && match &line.statement {
                    Statement::Pipeline { .. } => wanted == "pipeline",
                    Statement::Description { .. } => wanted == "description",
                    Statement::Boundary { kind, .. } => wanted == kind.name(),
                    Statement::Block { target, .. } => wanted == target.name(),
                    _ => false,
                }
        })
    };
    // Behind other words of its line, a statement's word is only changed.
    let alone = cursor
        .after()
        .trim_start_matches(is_id_char)
        .trim()
        .is_empty();
    let mut first = Vec::new();
    let mut later = Vec::new();
    if view.is_empty() || (alone && view.elements.is_empty() && !has("pipeline")) {
        later.push(
            CompletionItem::new(CompletionKind::Plan, "pipeline … egress", PLAN)
                .detail("a whole small plan")
                .docs(
                    "A pipeline with one stage between an ingress and an egress, to go on from."
                        .to_owned(),
                )
                .filter("pipeline plan new")
                .snippet(),
        );
    }
    for info in &STATEMENTS {
        let once = match info.word {
            "pipeline" | "description" | "lane_graph" | "single_ring" => true,
            "ingress" | "egress" => view.target == ExecutionTarget::SingleRing,
            _ => false,
        };
        let there = has(info.word);
        if once && there || !alone && !fits(cursor, start, info.word) {
            continue;
        }
        let block = matches!(info.word, "lane_graph" | "single_ring");
        let insert = match info.word {
            _ if !alone => info.word.to_owned(),
            "description" => "description \"$0\"".to_owned(),
            word if block => [word, " { $0 }"].concat(),
            word => [word, " "].concat(),
        };
        let mut item = CompletionItem::new(CompletionKind::Statement, info.word, &insert)
            .detail(info.form)
            .docs(info.doc.to_owned());
        if alone {
            if insert.contains('$') {
                item = item.snippet();
            }
            if info.word != "description" {
                item = item.again();
            }
        }
        let other_target = block && info.word != view.target.name();
        let wanted = match info.word {
            "pipeline" | "ingress" | "egress" => !there,
            "stage" => true,
            _ => false,
        };
        if wanted {
            first.push(item);
        } else if other_target {
            // Settings of a target that the draft isn't for come last of all.
            later.push(item);
        } else {
            later.insert(0, item);
        }
    }
    if alone {
        let chains = chain::starts(cursor);
        // Once everything is declared, what isn't connected is what is missing.
        if chains.iter().any(|(_, open)| *open) && has("ingress") && has("egress") {
            let at = first.len();
            first.splice(at..at, chains.into_iter().map(|(item, _)| item));
        } else {
            later.splice(0..0, chains.into_iter().map(|(item, _)| item));
        }
    }
    first.append(&mut later);
    Some(cursor.list(start, is_id_char, first))
}

/// Whether `word` may start the line as well as what starts it now: with the same words behind it.
fn fits(cursor: &Cursor<'_, '_>, start: u32, word: &str) -> bool {
    let rest = cursor.after().trim_start_matches(is_id_char);
    let problems = |line: &str| {
        let mut diagnostics = Diagnostics::default();
        parse(line, &mut diagnostics);
        diagnostics.finish(line).len()
    };
    let now = &cursor.line[(start - cursor.start) as usize..];
    problems(&[word, rest].concat()) <= problems(now)
}

/// Quotes, where a description has none yet.
pub(super) fn description(cursor: &Cursor<'_, '_>, rest: &str) -> Option<CompletionList> {
    if !rest.trim().is_empty() || !cursor.after().trim().is_empty() {
        return None;
    }
    let mut insert = String::new();
    if rest.is_empty() {
        insert.push(' ');
    }
    insert.push_str("\"$0\"");
    let item = CompletionItem::new(CompletionKind::Statement, "\"…\"", &insert)
        .detail("a quoted text")
        .snippet();
    Some(cursor.list(cursor.at, |_| false, vec![item]))
}

/// What an id is, for the detail beside it.
pub(super) fn id_item(cursor: &Cursor<'_, '_>, number: usize, insert: &str) -> CompletionItem {
    let view = cursor.view;
    let element = &view.elements[number];
    let key = view.key(element).map_or("", |key| &key.text);
    let shown: String = key.chars().take(60).collect();
    let detail = if element.kind == ElementKind::Stage && !shown.is_empty() {
        shown
    } else {
        element.kind.word().to_owned()
    };
    CompletionItem::new(CompletionKind::Id, element.id, insert).detail(&detail)
}
