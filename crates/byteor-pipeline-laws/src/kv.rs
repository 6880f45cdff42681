//! Any text, decoded as the KV text of a spec.

use byteor_pipeline::{
    check_spec, decode, decode_kv_v1, describe, diff_specs, dot, encode, encode_kv_v1,
};
use serde_json::json;

use crate::Request;

/// Text that is no UTF-8 can't reach the decoder.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let spec = match decode_kv_v1(text) {
        Ok(spec) => spec,
        Err(error) => {
            assert!(error.code.starts_with("E_KV_"), "{error}");
            // Where something is missing, the place is behind the last line.
            let lines = text.split('\n').count() as u32;
            assert!((1..=lines + 1).contains(&error.line), "{error}");
            assert!(error.column >= 1, "{error}");
            assert_eq!(decode_kv_v1(text), Err(error), "two answers differ");
            return;
        }
    };
    let canonical = encode_kv_v1(&spec);
    assert!(canonical.is_ascii(), "canonical KV is ASCII");
    let problems = check_spec(&spec);
    assert_eq!(problems, check_spec(&spec), "two answers differ");
    if !problems.is_empty() {
        assert!(encode(&spec).is_err(), "a spec that breaks rules encodes");
        assert!(decode(text).is_err(), "a spec that breaks rules decodes");
        return;
    }
    let again = decode_kv_v1(&canonical).expect("canonical KV decodes");
    assert_eq!(encode_kv_v1(&again), canonical, "encoding isn't canonical");
    assert_eq!(check_spec(&again), []);
    let decoded = decode(text).expect("a spec that keeps all rules decodes");
    assert_eq!(decoded.canonical, text == canonical);
    assert_eq!(
        decoded.spec, again,
        "another order of lines is another spec"
    );
    assert!(!describe(&spec).is_empty() && !dot(&spec).is_empty());
    let diff = diff_specs(&spec, &again, None);
    assert!(diff.equal && diff.changes.is_empty(), "{}", diff.text);
}

/// Every operation that takes a KV text, a run of it, and `encode` where it gives a spec.
pub fn requests(data: &[u8]) -> Vec<Request> {
    let Ok(text) = std::str::from_utf8(data) else {
        return Vec::new();
    };
    let request = json!({ "kv": text });
    let mut requests =
        Vec::from(["decode", "describe", "dot"].map(|operation| Request::new(operation, &request)));
    let diff = json!({ "before": request, "after": request });
    requests.push(Request::new("diff", &diff));
    let run = json!({
        "spec": text,
        "input": [{ "ingress": "in", "records": ["a", "b", "{\"level\":\"debug\"}"] }],
        "secrets": [],
        "record_bytes": 256,
        "seed": 1,
        "steps": 2_000,
        "bytes": 65_536,
    });
    requests.push(Request::new("run_once", &run));
    let mut both = run;
    if let Some(spec) = both.as_object_mut().and_then(|run| run.remove("spec")) {
        both["before"] = spec.clone();
        both["after"] = spec;
    }
    both["renamed"] = json!([]);
    requests.push(Request::new("compare_runs", &both));
    // `encode` takes a spec, which only some texts give.
    if let Ok(spec) = decode_kv_v1(text) {
        requests.push(Request::new("encode", &json!({ "spec": spec })));
    }
    requests
}
