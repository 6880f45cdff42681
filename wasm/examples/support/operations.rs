//! The operations of the package by the names that JavaScript calls them.

use byteor_pipeline_wasm as wasm;

/// The operation of that name.
pub fn operation(name: &str) -> Option<fn(&str) -> String> {
    Some(match name {
        "compile" => wasm::compile,
        "lower" => wasm::lower,
        "format" => wasm::format,
        "diff" => wasm::diff,
        "decode" => wasm::decode,
        "describe" => wasm::describe,
        "dot" => wasm::dot,
        "edit" => wasm::edit,
        "merge" => wasm::merge,
        "extract" => wasm::extract,
        "complete" => wasm::language::complete,
        "hover" => wasm::language::hover,
        _ => return None,
    })
}
