//! What stands between the parentheses: a target, and a string literal.

use byteor_pipeline_spec::ExecutionTarget;
use proc_macro::{Delimiter, Span, TokenStream, TokenTree};

use crate::expand;

/// The arguments of a macro.
pub struct Input {
    /// The first argument.
    pub target: ExecutionTarget,
    /// What the literal says.
    pub text: String,
    /// Characters of the literal in front of what it says, as in `r#"`.
    pub prefix: usize,
    /// Where the literal stands.
    pub span: Span,
}

/// Arguments that are not those of the macro.
pub struct Misuse {
    message: String,
    span: Span,
}

impl Misuse {
    /// The error for the Rust compiler.
    pub fn tokens(self) -> TokenStream {
        expand::errors(&[self.message], self.span)
    }
}

impl Input {
    /// Reads the arguments; `example` shows in errors how they look.
    pub fn read(tokens: TokenStream, example: &str) -> Result<Self, Misuse> {
        let misuse = |what: &str, span: Span| Misuse {
            message: format!("{what}\n  help: write it as in {example}"),
            span,
        };
        let mut tokens = tokens.into_iter().map(bare);
        let target = match tokens.next() {
            Some(TokenTree::Ident(word)) => ExecutionTarget::from_name(&word.to_string())
                .ok_or_else(|| {
                    misuse(
                        &format!("`{word}` is no target; there are `single_ring` and `lane_graph`"),
                        word.span(),
                    )
                })?,
            other => {
                return Err(misuse(
                    "the first argument is the target, `single_ring` or `lane_graph`",
                    place(other.as_ref()),
                ));
            }
        };
        match tokens.next() {
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => {}
            other => {
                return Err(misuse(
                    "a comma stands between the target and the plan",
                    place(other.as_ref()),
                ));
            }
        }
        let literal = match tokens.next() {
            Some(TokenTree::Literal(literal)) => literal,
            other => {
                return Err(misuse(
                    "the second argument is a string literal",
                    place(other.as_ref()),
                ));
            }
        };
        let span = literal.span();
        let source = literal.to_string();
        let (prefix, text) = said(&source).map_err(|what| misuse(what, span))?;
        let text = text.to_owned();
        // A comma may follow.
        let next = match tokens.next() {
            Some(TokenTree::Punct(comma)) if comma.as_char() == ',' => tokens.next(),
            other => other,
        };
        if next.is_some() {
            return Err(misuse(
                "the macro takes two arguments",
                place(next.as_ref()),
            ));
        }
        Ok(Self {
            target,
            text,
            prefix,
            span,
        })
    }
}

/// A token without the invisible group in which a `macro_rules` macro hands on its arguments.
fn bare(token: TokenTree) -> TokenTree {
    if let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::None
    {
        let mut inside = group.stream().into_iter();
        if let (Some(only), None) = (inside.next(), inside.next()) {
            return bare(only);
        }
    }
    token
}

fn place(token: Option<&TokenTree>) -> Span {
    token.map_or_else(Span::call_site, TokenTree::span)
}

/// What a string literal says, where that is what it shows, and how many characters stand in front.
///
/// Escapes are refused: with them, lines and columns of the plan would not be those of the source,
/// and patterns would need two backslashes for one.
fn said(source: &str) -> Result<(usize, &str), &'static str> {
    const KIND: &str = "the second argument is a string literal: \"…\" or r#\"…\"#";
    let (raw, rest) = match source.strip_prefix('r') {
        Some(rest) => (true, rest),
        None => (false, source),
    };
    let bare = rest.trim_start_matches('#');
    let hashes = rest.len() - bare.len();
    let text = bare
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix(&rest[..hashes]))
        .and_then(|text| text.strip_suffix('"'))
        .ok_or(KIND)?;
    if !raw && text.contains('\\') {
        return Err("a literal with a backslash is to be a raw one, r#\"…\"#");
    }
    Ok((usize::from(raw) + hashes + 1, text))
}

#[cfg(test)]
mod tests {
    use super::said;

    #[test]
    fn a_literal_says_what_it_shows() {
        assert_eq!(said("\"a b\""), Ok((1, "a b")));
        assert_eq!(said("r\"a\\{\""), Ok((2, "a\\{")));
        assert_eq!(said("r##\"a\"#\n\"##"), Ok((4, "a\"#\n")));
        assert!(said("\"a\\n\"").unwrap_err().contains("raw"));
        for other in ["1", "b\"a\"", "c\"a\"", "'a'", "br#\"a\"#"] {
            assert!(
                said(other).unwrap_err().contains("string literal"),
                "{other}"
            );
        }
    }
}
