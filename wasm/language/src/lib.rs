//! Browser bindings of all that is asked of plans beside the compile: the language service
//! (docs/spec/language-service.md), edits, the stage catalogue, the spec and its texts, differences
//! and merges.
//!
//! It loads behind the first compile, so that the plan is there before. Every function takes one JSON
//! text and gives one, as those of byteor-pipeline-wasm do.

mod review;

pub use review::*;

use byteor_boundary::answer;
use byteor_json::envelope;
use byteor_pipeline::{api, catalogue as stages, lower as lowering, plan};
use wasm_bindgen::prelude::wasm_bindgen;

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

/// `EditRequest` → `EditAnswer`
#[wasm_bindgen]
pub fn edit(json: &str) -> String {
    answer(json, |request: api::EditRequest| {
        byteor_pipeline::edit_utf16(&request)
    })
}

/// `ForeseeRequest` → `Foreseen`
#[wasm_bindgen]
pub fn foresee(json: &str) -> String {
    answer(json, |request: api::ForeseeRequest| {
        byteor_pipeline::foresee_utf16(&request)
    })
}

/// `PlanSource` → `ForeseenRole[]`
#[wasm_bindgen]
pub fn sketch(json: &str) -> String {
    answer(json, |source: api::PlanSource| {
        Ok(lowering::foreseen_roles(&source.text, source.target))
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

/// `SentencesRequest` → `(StageSentence | null)[]`
#[wasm_bindgen]
pub fn sentences(json: &str) -> String {
    answer(json, |request: api::SentencesRequest| {
        let said = request.keys.iter().map(|key| stages::sentence(key));
        Ok(said.collect::<Vec<_>>())
    })
}

/// `PlanSource` → `Validation`
#[wasm_bindgen]
pub fn validate(json: &str) -> String {
    answer(json, |source: api::PlanSource| {
        Ok(byteor_pipeline::validate_utf16(&source))
    })
}
