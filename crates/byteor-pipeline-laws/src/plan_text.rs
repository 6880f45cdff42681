//! Any text, compiled for both targets.

use byteor_pipeline::plan::{apply_edits, format};
use byteor_pipeline::{ExecutionTarget, check_spec, compile, decode_kv_v1, encode_kv_v1};
use serde_json::json;

use crate::{Request, TARGETS, edits_fit, in_text};

/// How many fixes of a document are applied and compiled again.
const FIXES_TRIED: usize = 3;

/// Text that is no UTF-8 can't reach the compiler.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let (formatted, edits) = format(text);
    assert!(
        edits_fit(text, &edits),
        "formatting gives edits that don't fit"
    );
    assert_eq!(apply_edits(text, &edits), formatted);
    let (again, more) = format(&formatted);
    assert_eq!(again, formatted, "formatting twice changes more");
    assert!(more.is_empty(), "formatting a formatted text edits it");
    for target in TARGETS {
        compiles(text, &formatted, target);
    }
}

fn compiles(text: &str, formatted: &str, target: ExecutionTarget) {
    let compilation = compile(text, target);
    assert_eq!(compilation, compile(text, target), "two answers differ");
    let has_errors = compilation.diagnostics.iter().any(|one| one.is_error());
    assert_eq!(has_errors, compilation.report.is_none());
    let mut tried = 0;
    for diagnostic in &compilation.diagnostics {
        assert!(in_text(text, diagnostic.span), "{diagnostic:?}");
        assert!(!diagnostic.message.is_empty(), "{diagnostic:?}");
        for fix in &diagnostic.fixes {
            assert!(edits_fit(text, &fix.edits), "{diagnostic:?}");
            let fixed = apply_edits(text, &fix.edits);
            let other = fix.target.unwrap_or(target);
            assert!(
                fixed != text || other != target,
                "a fix changes nothing: {diagnostic:?}"
            );
            if tried < FIXES_TRIED {
                tried += 1;
                compile(&fixed, other);
            }
        }
    }
    let Some(report) = compilation.report else {
        return;
    };
    // What keeps the plan's rules keeps the spec's, which nobody looks at again in a compile.
    assert_eq!(check_spec(&report.spec), []);
    let decoded = decode_kv_v1(&report.spec_kv).expect("the compiler's KV decodes");
    assert_eq!(decoded, report.spec);
    assert_eq!(encode_kv_v1(&decoded), report.spec_kv);
    let other = compile(formatted, target).report;
    let hash = other.map(|report| report.spec_hash);
    assert_eq!(hash, Some(report.spec_hash), "formatting changes the hash");
}

/// What is asked of a text by itself, for both targets.
pub fn requests(data: &[u8]) -> Vec<Request> {
    let Ok(text) = std::str::from_utf8(data) else {
        return Vec::new();
    };
    let mut requests = Vec::new();
    for target in TARGETS {
        let request = json!({ "text": text, "target": target.name() });
        for operation in ["compile", "compileParts", "validate", "lower", "sketch"] {
            requests.push(Request::new(operation, &request));
        }
    }
    let request = json!({ "text": text });
    for operation in ["format", "outline", "folding", "semanticTokens"] {
        requests.push(Request::new(operation, &request));
    }
    let length = text.encode_utf16().count();
    let range = json!({ "text": text, "target": "lane_graph", "start": length / 3, "end": length });
    for operation in ["codeActions", "formatRange"] {
        requests.push(Request::new(operation, &range));
    }
    // Against a plan that has its first half alone, whatever that is.
    let half: String = text
        .split_inclusive('\n')
        .take(text.lines().count() / 2)
        .collect();
    let side = |text: &str| json!({ "text": text, "target": "lane_graph" });
    let diff = json!({ "before": side(text), "after": side(&half), "of": "plan", "limit": 100 });
    requests.push(Request::new("diff", &diff));
    requests
}
