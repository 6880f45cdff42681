//! The operations of the packages by the names that JavaScript calls them.

use {
    byteor_language_wasm as language, byteor_pipeline_wasm as wasm, byteor_review_wasm as review,
};

/// The operation of that name.
pub fn operation(name: &str) -> Option<fn(&str) -> String> {
    Some(match name {
        "compile" => wasm::compile,
        "lower" => review::lower,
        "format" => wasm::format,
        "diff" => review::diff,
        "decode" => review::decode,
        "describe" => review::describe,
        "dot" => review::dot,
        "edit" => wasm::edit,
        "merge" => review::merge,
        "extract" => wasm::extract,
        "complete" => language::complete,
        "hover" => language::hover,
        _ => return None,
    })
}
