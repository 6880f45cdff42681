//! Laws of quick fixes, on odd documents: each can be applied, does away with its problem, and
//! breaks no line.

use byteor_pipeline_plan::*;
use byteor_pipeline_spec::ExecutionTarget;
use proptest::prelude::*;

const TARGETS: [ExecutionTarget; 2] = [ExecutionTarget::SingleRing, ExecutionTarget::LaneGraph];

fn all_diagnostics(text: &str, target: ExecutionTarget) -> Vec<Diagnostic> {
    let mut diagnostics = Diagnostics::default();
    let document = parse(text, &mut diagnostics);
    validate_plan_v2(&document, target, &mut diagnostics);
    diagnostics.finish(text)
}

/// Where an offset is after edits. What was replaced counts as the start of what replaced it.
fn moved(edits: &[TextEdit], at: u32) -> u32 {
    let mut shift = 0i64;
    for edit in edits {
        if edit.start > at {
            break;
        }
        if edit.end > at {
            return (i64::from(edit.start) + shift) as u32;
        }
        // Text that is put in front of a place moves it.
        shift += edit.text.len() as i64 - i64::from(edit.end - edit.start);
    }
    (i64::from(at) + shift) as u32
}

/// Whether both say the same, wherever they stand. Lines count for nothing: they move.
fn alike(problem: &Diagnostic, other: &Diagnostic) -> bool {
    let without_place = |one: &Diagnostic| -> Vec<(String, String)> {
        one.args
            .iter()
            .filter(|(name, _)| *name != "first_line")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    };
    other.code == problem.code
        && without_place(other) == without_place(problem)
        && other.elements == problem.elements
}

/// Whether a problem is still there after a fix: something alike stands in its place, and isn't one
/// of several that moved up.
fn remains(
    problem: &Diagnostic,
    before: &[Diagnostic],
    edits: &[TextEdit],
    now: &[Diagnostic],
) -> bool {
    let count = |list: &[Diagnostic]| list.iter().filter(|one| alike(problem, one)).count();
    let place = moved(edits, problem.span.start);
    // Where the fix took the whole place away, what stands there now had another one before, and may
    // have been told something else: the second of two settings, now the only one.
    let span = problem.span;
    let taken = edits
        .iter()
        .any(|edit| edit.text.is_empty() && edit.start <= span.start && span.end <= edit.end);
    if taken && span.start < span.end {
        return false;
    }
    now.iter()
        .any(|one| alike(problem, one) && one.span.start == place)
        && count(now) >= count(before)
}

/// Errors of form. Those in the line of a problem of form don't count: its fix may let the parser
/// read on, to errors that it didn't reach before.
fn syntax_errors(diagnostics: &[Diagnostic], problem: &Diagnostic) -> usize {
    let uncovered = |one: &Diagnostic| {
        problem.phase == Phase::Syntax && one.range.start_line == problem.range.start_line
    };
    diagnostics
        .iter()
        .filter(|one| one.phase == Phase::Syntax && one.is_error() && !uncovered(one))
        .count()
}

/// All laws of all fixes of a document; the codes that had one.
fn check(text: &str, target: ExecutionTarget) -> Result<Vec<String>, String> {
    let before = all_diagnostics(text, target);
    let mut codes = Vec::new();
    for problem in &before {
        for fix in &problem.fixes {
            let wrong = |why: &str, after: &str| {
                Err(format!(
                    "{} `{}`, {}: {why}\n---\n{text}\n---\n{after}\n---",
                    problem.code, fix.title, problem.message
                ))
            };
            let mut at = 0;
            for edit in &fix.edits {
                if edit.start < at || edit.end < edit.start || edit.end as usize > text.len() {
                    return wrong("its edits overlap", "");
                }
                at = edit.end;
            }
            let after = apply_edits(text, &fix.edits);
            let target = fix.target.unwrap_or(target);
            if after == text && fix.target.is_none() {
                return wrong("it changes nothing", &after);
            }
            let now = all_diagnostics(&after, target);
            if syntax_errors(&now, problem) > syntax_errors(&before, problem) {
                return wrong("it breaks the form", &after);
            }
            if remains(problem, &before, &fix.edits, &now) {
                return wrong("the problem is still there", &after);
            }
            codes.push(problem.code.clone());
        }
    }
    Ok(codes)
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => prop::sample::select(vec!["in", "out", "a", "b", "c", "d", "e"]).prop_map(str::to_owned),
        1 => prop::sample::select(vec!["Parse", "journal", "a-b", "größe", "9a", "prase"])
            .prop_map(str::to_owned),
        1 => "[a-z][a-z0-9_]{0,5}",
        1 => "\\PC{0,6}",
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "identity",
        "identity:x",
        "keep",
        "kepp:a",
        "keep:a",
        "keep:(a",
        "keep:a)",
        "keep:[",
        "keep:ä",
        "keep:\\pL",
        "keep:\\P{L}x",
        "keep:(?u)a",
        "drop:a b",
        "\"drop:a b\"",
        "\"\"",
        "\"keep:a",
        "replace:a",
        "replace:=b",
        "replace:a=b",
        "replace:(=b",
        "http_post:example.com",
        "http_post:https://me@example.com/",
        "http_post:ftp://example.com/",
        "truncate:0",
        "truncate:x",
        "truncate:99999999999",
        "trim:middle",
        "json_drop:a..b",
        "json_drop:.a",
        "json___drop:cart,",
        "json_drop:a,,b,",
        "kepp",
        "kepp:(a",
        "split:\\q",
        "split:,",
        "sample:0",
        "json_hash:a=hmac_sha256:Pepper 1",
        "json_hash:a",
        "what",
        "\"keep:\"\"a\"",
        "dedupe:0",
    ])
    .prop_map(str::to_owned)
}

fn arrow() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(" -> "),
        1 => Just("->"),
        1 => Just(" -[journal]-> "),
        1 => Just(" -[sequenced_slots 64]-> "),
        1 => Just(" -[ sequenced_slots 0 ]-> "),
        1 => Just(" -[sequenced_slots 2000]-> "),
        2 => Just(" -[fanout_broadcast]-> "),
        1 => Just(" -[fanout_broadcast 3]-> "),
        1 => Just(" -[fanout_broadcast 9]-> "),
        1 => Just(" -[jurnal]-> "),
        1 => Just(" -[events 5]-> "),
        1 => Just(" -[]-> "),
        1 => Just(" -[journal "),
        1 => Just(" -[journal] "),
    ]
    .prop_map(str::to_owned)
}

fn setting() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "ordering strict",
        "ordering per_key",
        "ordering sometimes",
        "ordering=strict",
        "odering strict",
        "shards 1",
        "shards 4",
        "shards 65",
        "shards",
        "shard_key 0 8",
        "shard_key",
        "shard_key 0 0",
        "producer mpmc",
        "producer single",
        "scheduling work_queue",
        "on_full block",
        "on_full perhaps",
        "ingress journal",
        "ingress evnts",
        "egress sequenced_slots 0",
        "egress fanout_broadcast 7",
        "",
        "X Y",
    ])
    .prop_map(str::to_owned)
}

fn line() -> impl Strategy<Value = String> {
    let body = prop_oneof![
        1 => Just(String::new()),
        2 => id().prop_map(|id| format!("pipeline {id}")),
        1 => "[a-z\"é]{0,10}".prop_map(|text| format!("description {text}")),
        2 => id().prop_map(|id| format!("ingress {id}")),
        2 => id().prop_map(|id| format!("  egress  {id}")),
        6 => (id(), key()).prop_map(|(id, key)| format!("stage {id} {key}")),
        10 => (id(), prop::collection::vec((arrow(), id()), 1..4)).prop_map(|(first, rest)| {
            rest.into_iter().fold(first, |text, (arrow, id)| text + &arrow + &id)
        }),
        2 => (any::<bool>(), prop::collection::vec(setting(), 0..4), 0u8..8).prop_map(
            |(ring, settings, end)| {
                let end = if end == 0 { "" } else { " }" };
                let word = if ring { "single_ring" } else { "lane_graph" };
                format!("{word} {{ {}{end}", settings.join("; "))
            }
        ),
        1 => prop::sample::select(vec!["stag a identity", "stage", "stage a", "a b", "-> a", "a ->", "ingress in now"])
            .prop_map(str::to_owned),
        1 => "\\PC{0,12}",
    ];
    let comment = prop_oneof![6 => Just(""), 1 => Just(" # note"), 1 => Just("  #é📦 ")];
    (body, comment).prop_map(|(body, comment)| body + comment)
}

/// A document with errors of all kinds.
fn document() -> impl Strategy<Value = String> {
    (
        prop::bool::weighted(0.7),
        prop::collection::vec(line(), 0..12),
        any::<bool>(),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(head, mut lines, ended, crlf)| {
            if head {
                let head = [
                    "pipeline p",
                    "ingress in",
                    "stage a identity",
                    "stage b keep:b",
                    "stage c drop:c",
                    "egress out",
                ];
                lines.splice(0..0, head.map(str::to_owned));
            }
            let mut text = lines.join(if crlf { "\r\n" } else { "\n" });
            if ended {
                text.push('\n');
            }
            text
        })
}

proptest! {
    #[test]
    fn every_fix_does_away_with_its_problem_and_breaks_nothing(
        text in document(),
        target in prop::sample::select(&TARGETS[..]),
    ) {
        if let Err(wrong) = check(&text, target) {
            prop_assert!(false, "{}", wrong);
        }
    }
}
