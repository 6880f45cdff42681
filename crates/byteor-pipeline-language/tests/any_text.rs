//! What holds for any text and any offset.

mod common;

use byteor_pipeline_language as language;
use byteor_pipeline_plan::{Span, apply_edits, format};
use byteor_pipeline_spec::ExecutionTarget;
use common::{GRAPH, ORDERS, RING, accept, syntax_errors};
use proptest::prelude::*;

/// Pieces that plans are made of, whole and broken.
const PIECES: &[&str] = &[
    "pipeline orders",
    "description \"what — 😀\"",
    "description \"",
    "ingress in",
    "egress out",
    "stage a identity",
    "stage b keep:x",
    "stage c \"replace:a b=\"\"c\"",
    "stage d \"keep:\"\"",
    "stage",
    "stage a",
    "stage é keep:😀",
    "in -> a -> b",
    "b -> out",
    "a ->",
    "-> a",
    "a -[journal]-> b",
    "a -[sequenced_slots 64",
    "a -[x]-> b",
    "b -> a",
    "lane_graph { on_full block; ingress events }",
    "lane_graph {",
    "single_ring{ordering strict;shard_key 0 8",
    "merge a",
    "# comment 😀",
    "#",
    "",
    " ",
    "\t",
    "{",
    "}",
    ";",
    "\"",
    "->",
    "-[",
    "]->",
    "sta",
    "in ",
    "\u{feff}",
    "\r",
    "a",
    "😀",
];

fn document() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        6 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => ".{0,12}",
    ];
    let joint = proptest::sample::select(&["\n", "\n", "\n", " ", "", "\r\n"][..]);
    proptest::collection::vec((piece, joint), 0..24).prop_map(|parts| {
        let mut text = String::new();
        for (piece, joint) in parts {
            text.push_str(&piece);
            text.push_str(joint);
        }
        text
    })
}

fn target() -> impl Strategy<Value = ExecutionTarget> {
    prop_oneof![Just(GRAPH), Just(RING)]
}

fn spans_fit(text: &str, spans: impl IntoIterator<Item = Span>) -> Result<(), TestCaseError> {
    for span in spans {
        prop_assert!(span.start <= span.end, "{span:?}");
        prop_assert!(
            text.is_char_boundary(span.start as usize) && text.is_char_boundary(span.end as usize),
            "{span:?}"
        );
    }
    Ok(())
}

proptest! {

    #[test]
    fn every_answer_speaks_of_the_text(text in document(), target in target(), at in 0u32..600) {
        let at = at.min(text.len() as u32 + 2);
        let list = language::complete(&text, target, at);
        spans_fit(&text, [list.span, Span { start: list.span.end, end: list.overwrite_end }])?;
        prop_assert!(!text[list.span.start as usize..list.overwrite_end as usize].contains('\n'));
        spans_fit(&text, language::hover(&text, target, at).map(|hover| hover.span))?;
        if let Some(help) = language::signature_help(&text, target, at) {
            prop_assert!((help.active as usize) < help.parameters.len());
            spans_fit(&help.label, help.parameters.iter().map(|one| one.span))?;
        }
        spans_fit(&text, language::definition(&text, target, at))?;
        spans_fit(&text, language::references(&text, target, at).iter().map(|one| one.span))?;
        spans_fit(&text, language::prepare_rename(&text, target, at).map(|place| place.span))?;
        for item in language::outline(&text) {
            spans_fit(&text, [item.span, item.name_span])?;
            prop_assert!(item.span.start <= item.name_span.start);
            prop_assert!(item.name_span.end <= item.span.end, "{item:?}");
        }
        for action in language::code_actions(&text, target, Span { start: at, end: at + 3 }) {
            spans_fit(&text, action.edits.iter().map(|edit| Span { start: edit.start, end: edit.end }))?;
            prop_assert!(action.edits.windows(2).all(|pair| pair[0].end <= pair[1].start));
            apply_edits(&text, &action.edits);
        }
    }

    #[test]
    fn tokens_are_sorted_apart_and_inside_their_lines(text in document()) {
        let lines: Vec<u32> = text.split('\n').map(|line| line.encode_utf16().count() as u32).collect();
        let data = language::semantic_tokens(&text);
        prop_assert_eq!(data.len() % 5, 0);
        let (mut line, mut column, mut end) = (0u32, 0u32, 0u32);
        for token in data.chunks(5) {
            if token[0] > 0 {
                line += token[0];
                (column, end) = (0, 0);
            }
            column += token[1];
            prop_assert!(column >= end, "tokens overlap in line {line}");
            prop_assert!(token[2] > 0);
            end = column + token[2];
            prop_assert!(end <= lines[line as usize], "a token leaves line {line}");
            prop_assert!((token[3] as usize) < language::TOKEN_TYPES.len());
            prop_assert!(token[4] < 1 << language::TOKEN_MODIFIERS.len());
        }
    }

    #[test]
    fn folding_ranges_are_nested_or_apart(text in document()) {
        let ranges = language::folding(&text);
        let count = text.split('\n').count() as u32;
        for (at, a) in ranges.iter().enumerate() {
            prop_assert!(a.start_line < a.end_line && a.end_line <= count);
            for b in &ranges[at + 1..] {
                let apart = a.end_line < b.start_line;
                let inside = b.end_line <= a.end_line;
                prop_assert!(a.start_line <= b.start_line && (apart || inside), "{:?} {:?}", a, b);
            }
        }
    }

    #[test]
    fn formatting_a_range_changes_no_line_outside(text in document(), from in 0u32..300, length in 0u32..80) {
        let span = Span { start: from, end: from + length };
        let edits = language::format_range(&text, span);
        let after = apply_edits(&text, &edits);
        let floor = |at: u32| {
            let mut at = (at as usize).min(text.len());
            while !text.is_char_boundary(at) { at -= 1; }
            at
        };
        let first = text[..floor(span.start)].rfind('\n').map_or(0, |at| at + 1);
        let to = floor(span.end);
        let last = if to > floor(span.start) && text[..to].ends_with('\n') {
            to
        } else {
            text[to..].find('\n').map_or(text.len(), |at| to + at + 1)
        };
        prop_assert!(after.starts_with(&text[..first]));
        prop_assert!(after.ends_with(&text[last..]));
    }

    #[test]
    fn formatting_everything_as_a_range_is_formatting(text in document()) {
        // But for blank lines at both ends, which a range leaves alone, and what a document of
        // another form needs first.
        let text = text.replace(['\r', '\u{feff}'], "");
        let all = Span { start: 0, end: text.len() as u32 };
        let after = apply_edits(&text, &language::format_range(&text, all));
        let formatted = format(&text).0;
        prop_assert_eq!(after.trim(), formatted.trim());
    }

    /// A completion accepted where the line is in order otherwise leaves a line without an error of
    /// form, or one that still misses what comes next and can be completed further.
    #[test]
    fn an_accepted_item_breaks_no_line(target in target(), at in 0usize..ORDERS.len(), pick in any::<prop::sample::Index>()) {
        prop_assume!(ORDERS.is_char_boundary(at));
        let before = syntax_errors(ORDERS, at as u32);
        prop_assume!(before.is_empty());
        let list = language::complete(ORDERS, target, at as u32);
        if list.items.is_empty() {
            return Ok(());
        }
        // Overwriting the word, as at the end of one.
        let whole = language::CompletionList {
            span: Span { start: list.span.start, end: list.overwrite_end },
            ..list.clone()
        };
        let item = &list.items[pick.index(list.items.len())];
        let (after, cursor) = accept(ORDERS, &whole, item);
        let errors = syntax_errors(&after, cursor);
        prop_assert!(errors.is_empty() || item.again, "{item:?}\n{after}\n{errors:?}");
    }
}
