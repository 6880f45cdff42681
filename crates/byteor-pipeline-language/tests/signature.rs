//! Signature help in stage keys and settings.

mod common;

use byteor_pipeline_language::signature_help;
use common::{GRAPH, cursor};

/// The label, and the active parameter in it; nothing where there is no help.
fn help(fixture: &str) -> Option<(String, String)> {
    let (text, at) = cursor(fixture);
    let help = signature_help(&text, GRAPH, at)?;
    let active = &help.parameters[help.active as usize];
    let name = active.span.of(&help.label).to_owned();
    Some((help.label, name))
}

fn is(fixture: &str, label: &str, active: &str) {
    assert_eq!(
        help(fixture),
        Some((label.to_owned(), active.to_owned())),
        "{fixture}"
    );
}

#[test]
fn the_parameter_under_the_cursor_is_the_active_one() {
    is("stage a replace:$0", "replace:REGEX=TEXT", "REGEX");
    is("stage a replace:x$0", "replace:REGEX=TEXT", "REGEX");
    is("stage a replace:x=$0", "replace:REGEX=TEXT", "TEXT");
    is("stage a replace:x$0=y", "replace:REGEX=TEXT", "REGEX");
    is("stage a \"replace:x y=$0\"", "replace:REGEX=TEXT", "TEXT");
    is("stage a \"replace:x\"\"=$0", "replace:REGEX=TEXT", "TEXT");
    is("stage a keep:a=b$0", "keep:REGEX", "REGEX");
}

#[test]
fn none_before_the_colon_and_behind_the_key() {
    assert_eq!(help("stage a repl$0ace:x=y"), None);
    assert_eq!(help("stage a identity$0"), None);
    assert_eq!(help("stage a nothing:$0"), None);
    assert_eq!(help("stage a replace:x=y # $0"), None);
}

#[test]
fn settings_have_one_too() {
    is(
        "single_ring { shard_key $0 }",
        "shard_key OFFSET LENGTH",
        "OFFSET",
    );
    is(
        "single_ring { shard_key 0$0 }",
        "shard_key OFFSET LENGTH",
        "OFFSET",
    );
    is(
        "single_ring { shard_key 0 8$0 }",
        "shard_key OFFSET LENGTH",
        "LENGTH",
    );
}
