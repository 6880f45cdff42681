//! The operations of the packages by the names that JavaScript calls them.

use {
    byteor_language_wasm as language, byteor_pipeline_wasm as wasm, byteor_stages_wasm as stages,
};

/// The operation of that name.
pub fn operation(name: &str) -> Option<fn(&str) -> String> {
    Some(match name {
        "info" => wasm::info,
        "compile" => wasm::compile,
        "compileParts" => wasm::compile_parts,
        "validate" => language::validate,
        "edit" => language::edit,
        "foresee" => language::foresee,
        "sketch" => language::sketch,
        "format" => language::format,
        "extract" => language::extract,
        "catalogue" => language::catalogue,
        "splitKey" => language::split_key,
        "joinKey" => language::join_key,
        "sentences" => language::sentences,
        "lower" => language::lower,
        "encode" => language::encode,
        "decode" => language::decode,
        "describe" => language::describe,
        "dot" => language::dot,
        "diff" => language::diff,
        "follow" => language::follow,
        "merge" => language::merge,
        "complete" => language::complete,
        "hover" => language::hover,
        "signatureHelp" => language::signature_help,
        "definition" => language::definition,
        "references" => language::references,
        "prepareRename" => language::prepare_rename,
        "codeActions" => language::code_actions,
        "formatRange" => language::format_range,
        "outline" => language::outline,
        "folding" => language::folding,
        "semanticTokens" => language::semantic_tokens,
        "run" => stages::run,
        "run_once" => stages::run_once,
        "compare_runs" => stages::compare_runs,
        _ => return None,
    })
}
