//! The spec and its texts, differences and merges.

use byteor_boundary::answer;
use byteor_pipeline::api;
use wasm_bindgen::prelude::wasm_bindgen;

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

/// `KvRequest` → `Description`
#[wasm_bindgen]
pub fn describe(json: &str) -> String {
    answer(json, |request: api::KvRequest| {
        let spec = byteor_pipeline::read_kv(&request.kv)?;
        Ok(byteor_pipeline::description(&spec))
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

/// `FollowRequest` → `FollowedAnchor[]`
#[wasm_bindgen]
pub fn follow(json: &str) -> String {
    answer(json, |request: api::FollowRequest| {
        byteor_pipeline::follow(&request)
    })
}

/// `MergeRequest` → `MergeAnswer`
#[wasm_bindgen]
pub fn merge(json: &str) -> String {
    answer(json, |request: api::MergeRequest| {
        Ok(byteor_pipeline::merge_utf16(&request))
    })
}
