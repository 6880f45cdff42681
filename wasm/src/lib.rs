//! Browser bindings: one function per operation over the compiler crates, no logic of its own.
//!
//! Every function takes one JSON text and gives one: `{"ok":true,"value":…}` or
//! `{"ok":false,"error":{"code","message","args"}}`. Offsets are UTF-16 units. The types stand in
//! `src/lib/compiler/types.ts`, generated from the Rust ones.
//!
//! Here is what the editor needs from its first moment; `wasm/language` has what the text lane asks
//! for, `wasm/review` what is asked for beside writing.

use byteor_boundary::answer;
use byteor_json::envelope;
use byteor_pipeline::{api, catalogue as stages, plan};
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

/// `PlanSource` → `Validation`
#[wasm_bindgen]
pub fn validate(json: &str) -> String {
    answer(json, |source: api::PlanSource| {
        Ok(byteor_pipeline::validate_utf16(&source))
    })
}

/// `EditRequest` → `EditAnswer`
#[wasm_bindgen]
pub fn edit(json: &str) -> String {
    answer(json, |request: api::EditRequest| {
        byteor_pipeline::edit_utf16(&request)
    })
}

/// `FormatRequest` → `Formatted`
#[wasm_bindgen]
pub fn format(json: &str) -> String {
    answer(json, |request: api::FormatRequest| {
        Ok(byteor_pipeline::format_utf16(&request.text))
    })
}

/// `ExtractRequest` → `TextAnswer`
#[wasm_bindgen]
pub fn extract(json: &str) -> String {
    answer(json, |request: api::ExtractRequest| {
        Ok(api::TextAnswer {
            text: plan::extract(&request.text, &request.ids),
        })
    })
}

/// `{}` → `StageFamily[]`
#[wasm_bindgen]
pub fn catalogue(_json: &str) -> String {
    envelope(&Ok(stages::families()))
}

/// `StageKey` → `KeyForm | null`
#[wasm_bindgen(js_name = splitKey)]
pub fn split_key(json: &str) -> String {
    answer(json, |request: api::StageKey| {
        Ok(stages::split_key(&request.key))
    })
}

/// `KeyForm` → `StageKey | null`
#[wasm_bindgen(js_name = joinKey)]
pub fn join_key(json: &str) -> String {
    answer(json, |form: stages::KeyForm| {
        Ok(stages::join_key(&form).map(|key| api::StageKey { key }))
    })
}
