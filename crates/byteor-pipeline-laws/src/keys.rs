//! Any text, read as a stage key.

use byteor_pipeline::catalogue::{parse_key, split_key};
use byteor_pipeline_stages::{Secrets, build, build_with};
use serde_json::json;

use crate::Request;

/// Records that stages are tried on, with escapes.
const RECORDS: [&str; 6] = [
    "",
    "a,b;c d\\x00\\xff",
    "  ERROR user@example.org took 12ms  ",
    r#"{"level":"info","user":{"mail":"a@example.org","id":7},"tags":["a","b"]}"#,
    r#"{"level":"debug","level":"info","broken":"#,
    "a,b;c d\\x00\\xff",
];

/// A host that has every secret that a key may name.
struct AllSecrets;

impl Secrets for AllSecrets {
    fn secret(&self, _name: &str) -> Option<&[u8]> {
        Some(b"a secret of a fair length for any use")
    }
}

/// Text that is no UTF-8 can't reach the catalogue.
pub fn check(data: &[u8]) {
    let Ok(key) = std::str::from_utf8(data) else {
        return;
    };
    match parse_key(key) {
        Ok(parsed) => {
            assert_eq!(parse_key(key), Ok(parsed), "two answers differ");
            assert!(key.is_ascii(), "an accepted key is ASCII");
            // The page never accepts what the agent refuses.
            if parsed.family.runs {
                let built = build_with(key, &AllSecrets);
                assert!(built.is_ok(), "an accepted key doesn't build");
            }
        }
        Err(problem) => {
            assert!(problem.code.starts_with("E_KEY_"), "{problem}");
            assert!(problem.start <= problem.end && problem.end <= key.len());
            assert!(key.is_char_boundary(problem.start) && key.is_char_boundary(problem.end));
            assert!(!problem.message.is_empty() && !problem.help.is_empty());
            assert!(build(key).is_err(), "a refused key builds");
        }
    }
}

/// `compile` of a plan with one stage that has the key, the key in parts and whole again, in words, and
/// what the stage makes of records.
pub fn requests(data: &[u8]) -> Vec<Request> {
    let Ok(key) = std::str::from_utf8(data) else {
        return Vec::new();
    };
    let quoted = key.replace('"', "\"\"");
    let text =
        format!("pipeline p\n\ningress in\nstage a \"{quoted}\"\negress out\n\nin -> a -> out\n");
    let compile = json!({ "text": text, "target": "lane_graph" });
    let run = json!({
        "keys": [key],
        "records": RECORDS,
        "escaped": true,
        "record_bytes": 4096,
        "secrets": [{ "name": "pepper", "value": "a secret of a fair length for any use" }],
    });
    let mut requests = vec![
        Request::new("compile", &compile),
        Request::new("splitKey", &json!({ "key": key })),
        Request::new("sentences", &json!({ "keys": [key] })),
        Request::new("run", &run),
    ];
    if let Some(form) = split_key(key) {
        let form = json!({ "family": form.family, "values": form.values });
        requests.push(Request::new("joinKey", &form));
    }
    requests
}
