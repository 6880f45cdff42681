//! Browser bindings: one function per operation over the compiler crates, no logic of its own.
//!
//! Every function takes one JSON text and gives one: `{"ok":true,"value":…}` or
//! `{"ok":false,"error":{"code","message","args"}}`. Offsets are UTF-16 units. The types stand in
//! `src/lib/compiler/types.ts`, generated from the Rust ones.

use byteor_json::{ApiError, Request, envelope};
use byteor_pipeline::{api, plan};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(any(test, target_arch = "wasm32"))]
mod allocator;
pub mod language;
mod request;

fn answer<R: Request<request::Here>, Value: Serialize>(
    json: &str,
    operation: impl FnOnce(R) -> Result<Value, ApiError>,
) -> String {
    byteor_json::answer(json, operation)
}

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

/// `PlanSource` → `Lowering`
#[wasm_bindgen]
pub fn lower(json: &str) -> String {
    answer(json, |source: api::PlanSource| {
        Ok(byteor_pipeline::lower_utf16(&source))
    })
}

/// `EncodeRequest` → `Encoded`
#[wasm_bindgen]
pub fn encode(json: &str) -> String {
    answer(json, |request: api::EncodeRequest| {
        byteor_pipeline::encode(&request.spec)
    })
}

/// `KvRequest` → `Decoded`
#[wasm_bindgen]
pub fn decode(json: &str) -> String {
    answer(json, |request: api::KvRequest| {
        byteor_pipeline::decode(&request.kv)
    })
}

/// `KvRequest` → `TextAnswer`
#[wasm_bindgen]
pub fn describe(json: &str) -> String {
    answer(json, |request: api::KvRequest| {
        let spec = byteor_pipeline::read_kv(&request.kv)?;
        Ok(api::TextAnswer {
            text: byteor_pipeline::describe(&spec),
        })
    })
}

/// `KvRequest` → `TextAnswer`
#[wasm_bindgen]
pub fn dot(json: &str) -> String {
    answer(json, |request: api::KvRequest| {
        let spec = byteor_pipeline::read_kv(&request.kv)?;
        Ok(api::TextAnswer {
            text: byteor_pipeline::dot(&spec),
        })
    })
}

/// `DiffRequest` → `SemanticDiff`
#[wasm_bindgen]
pub fn diff(json: &str) -> String {
    answer(json, |request: api::DiffRequest| {
        byteor_pipeline::diff(&request)
    })
}

/// `EditRequest` → `EditAnswer`
#[wasm_bindgen]
pub fn edit(json: &str) -> String {
    answer(json, |request: api::EditRequest| {
        byteor_pipeline::edit_utf16(&request)
    })
}

/// `MergeRequest` → `MergeAnswer`
#[wasm_bindgen]
pub fn merge(json: &str) -> String {
    answer(json, |request: api::MergeRequest| {
        Ok(byteor_pipeline::merge_utf16(&request))
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
    envelope(&Ok(byteor_pipeline_catalogue::families()))
}
