//! Browser bindings: one function per operation over the compiler crates, no logic of its own.
//!
//! Every function takes one JSON text and gives one: `{"ok":true,"value":…}` or
//! `{"ok":false,"error":{"code","message","args"}}`. Offsets are UTF-16 units. The types stand in
//! `src/lib/compiler/types.ts`, generated from the Rust ones.
//!
//! Here is what shows a plan: the compile. `wasm/language` has what working on it asks for,
//! `wasm/review` what is asked for beside writing.

use byteor_boundary::answer;
use byteor_json::envelope;
use byteor_pipeline::api;
use wasm_bindgen::prelude::wasm_bindgen;

/// `{}` → `CompilerInfo`
#[wasm_bindgen]
pub fn info(_json: &str) -> String {
    envelope(&Ok(byteor_pipeline::info()))
}

/// `PlanSource` → `Compilation`
#[wasm_bindgen]
pub fn compile(json: &str) -> String {
    answer(json, |source: api::PlanSource| {
        Ok(byteor_pipeline::compile_utf16(&source))
    })
}

/// `PlanSource` → the answer of [`compile`] in up to three lines, for the page's worker: the
/// `Compilation`, whose report has neither hash nor map; the `ElementMap`, which is often the one of
/// the answer before; and the KV text, whose SHA-256 the browser has faster. The last two are there
/// where there is a report.
#[wasm_bindgen(js_name = compileParts)]
pub fn compile_parts(json: &str) -> String {
    let mut parts = None;
    let mut lines = answer(json, |source: api::PlanSource| {
        let (compilation, rest) = byteor_pipeline::compile_parts_utf16(&source);
        parts = rest;
        Ok(compilation)
    });
    if let Some(parts) = parts {
        lines.push('\n');
        lines.push_str(&envelope(&Ok(parts.map)));
        lines.push('\n');
        lines.push_str(&parts.spec_kv);
    }
    lines
}
