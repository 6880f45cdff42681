//! Regular expressions: what the catalogue accepts.
//!
//! The engine compiles a pattern natively, on the agent; the page and the server only parse it, with
//! the parser that the engine is built on. The page must never accept what the agent refuses, and the
//! engine's own size limit differs between 32 and 64 bits. So the size is computed here, on the parsed
//! form, with a limit far below the engine's.

mod plain;
mod tree;

use regex_syntax::ast::{self, Span};

use crate::key::KeyProblem;
use plain::is_plain;
use tree::{NoUnicode, size};

/// The largest size of a pattern, in states of an automaton as [`pattern_size`] counts them.
pub const PATTERN_SIZE_LIMIT: u64 = 16_384;
/// How deep groups, classes and repetitions may nest.
pub const PATTERN_NESTING_LIMIT: u32 = 64;

/// The size of an accepted pattern: an upper bound on the states and transitions of its automaton.
/// Patterns are printable ASCII, as keys are.
pub fn pattern_size(regex: &str) -> Result<u64, KeyProblem> {
    check(regex, 0)
}

/// Checks a pattern that starts at byte `from` of its key.
///
/// Most patterns are plain: they need no parser to be known as good ones. The others take the long
/// way.
pub(crate) fn accept(regex: &str, from: usize) -> Result<(), KeyProblem> {
    if is_plain(regex) {
        return Ok(());
    }
    check(regex, from).map(|_| ())
}

/// Checks a pattern that starts at byte `from` of its key, and gives its size.
pub(crate) fn check(regex: &str, from: usize) -> Result<u64, KeyProblem> {
    if let Some((at, c)) = regex.char_indices().find(|(_, c)| !(' '..='~').contains(c)) {
        return Err(unicode(from + at, from + at + c.len_utf8()));
    }
    let ast = ast::parse::ParserBuilder::new()
        .nest_limit(PATTERN_NESTING_LIMIT)
        .build()
        .parse(regex)
        .map_err(|error| {
            let nested = matches!(error.kind(), ast::ErrorKind::NestLimitExceeded(_));
            syntax(nested, &error.kind().to_string(), error.span(), from)
        })?;
    ast::visit(&ast, NoUnicode { from })?;
    let size = size(&ast);
    if size > PATTERN_SIZE_LIMIT {
        return Err(KeyProblem::new(
            "E_KEY_REGEX_SIZE",
            format!(
                "The pattern is too large: its size is {size}, the most is {PATTERN_SIZE_LIMIT}"
            ),
            "Use smaller counted repetitions",
            from,
            from + regex.len(),
        )
        .arg("size", size.to_string())
        .arg("limit", PATTERN_SIZE_LIMIT.to_string()));
    }
    Ok(size)
}

fn syntax(nested: bool, why: &str, span: &Span, from: usize) -> KeyProblem {
    let why = why.trim_end_matches('.');
    KeyProblem::new(
        if nested {
            "E_KEY_REGEX_NESTING"
        } else {
            "E_KEY_REGEX"
        },
        format!("The pattern is no regular expression: {why}"),
        "The syntax is that of the regex crate; a backslash makes a special character ordinary",
        from + span.start.offset,
        from + span.end.offset,
    )
    .arg("reason", why)
}

fn unicode(start: usize, end: usize) -> KeyProblem {
    KeyProblem::new(
        "E_KEY_REGEX_UNICODE",
        "Patterns match bytes, so Unicode classes and characters have no meaning in them",
        "Use ASCII classes such as `[a-z]` or `\\w`, and `\\xNN` for single bytes",
        start,
        end,
    )
}
