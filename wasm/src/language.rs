//! The language service (docs/spec/language-service.md).

use byteor_pipeline::{api, catalogue};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::answer;

/// `PlaceRequest` → `CompletionList`
#[wasm_bindgen]
pub fn complete(json: &str) -> String {
    answer(json, |request: api::PlaceRequest| {
        Ok(byteor_pipeline::complete_utf16(&request))
    })
}

/// `PlaceRequest` → `Hover | null`
#[wasm_bindgen]
pub fn hover(json: &str) -> String {
    answer(json, |request: api::PlaceRequest| {
        Ok(byteor_pipeline::hover_utf16(&request))
    })
}

/// `PlaceRequest` → `SignatureHelp | null`
#[wasm_bindgen(js_name = signatureHelp)]
pub fn signature_help(json: &str) -> String {
    answer(json, |request: api::PlaceRequest| {
        Ok(byteor_pipeline::signature_help_utf16(&request))
    })
}

/// `PlaceRequest` → `Span | null`
#[wasm_bindgen]
pub fn definition(json: &str) -> String {
    answer(json, |request: api::PlaceRequest| {
        Ok(byteor_pipeline::definition_utf16(&request))
    })
}

/// `PlaceRequest` → `Reference[]`
#[wasm_bindgen]
pub fn references(json: &str) -> String {
    answer(json, |request: api::PlaceRequest| {
        Ok(byteor_pipeline::references_utf16(&request))
    })
}

/// `PlaceRequest` → `RenamePlace | null`
#[wasm_bindgen(js_name = prepareRename)]
pub fn prepare_rename(json: &str) -> String {
    answer(json, |request: api::PlaceRequest| {
        Ok(byteor_pipeline::prepare_rename_utf16(&request))
    })
}

/// `RangeRequest` → `CodeAction[]`
#[wasm_bindgen(js_name = codeActions)]
pub fn code_actions(json: &str) -> String {
    answer(json, |request: api::RangeRequest| {
        Ok(byteor_pipeline::code_actions_utf16(&request))
    })
}

/// `RangeRequest` → `TextEdit[]`
#[wasm_bindgen(js_name = formatRange)]
pub fn format_range(json: &str) -> String {
    answer(json, |request: api::RangeRequest| {
        Ok(byteor_pipeline::format_range_utf16(&request))
    })
}

/// `FormatRequest` → `OutlineItem[]`
#[wasm_bindgen]
pub fn outline(json: &str) -> String {
    answer(json, |request: api::FormatRequest| {
        Ok(byteor_pipeline::outline_utf16(&request.text))
    })
}

/// `FormatRequest` → `FoldingRange[]`
#[wasm_bindgen]
pub fn folding(json: &str) -> String {
    answer(json, |request: api::FormatRequest| {
        Ok(byteor_pipeline::folding(&request.text))
    })
}

/// `FormatRequest` → `number[]`
#[wasm_bindgen(js_name = semanticTokens)]
pub fn semantic_tokens(json: &str) -> String {
    answer(json, |request: api::FormatRequest| {
        Ok(byteor_pipeline::semantic_tokens(&request.text))
    })
}

/// `StageKey` → `KeyForm | null`
#[wasm_bindgen(js_name = splitKey)]
pub fn split_key(json: &str) -> String {
    answer(json, |request: api::StageKey| {
        Ok(catalogue::split_key(&request.key))
    })
}

/// `KeyForm` → `StageKey | null`
#[wasm_bindgen(js_name = joinKey)]
pub fn join_key(json: &str) -> String {
    answer(json, |form: catalogue::KeyForm| {
        Ok(catalogue::join_key(&form).map(|key| api::StageKey { key }))
    })
}
