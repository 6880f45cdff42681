//! Regular expressions: what the catalogue accepts.
//!
//! The engine compiles a pattern natively, on the agent; the page and the server only parse it. The
//! page must never accept what the agent refuses, and the engine's own size limit differs between
//! 32 and 64 bits. So the size is computed here, on the parsed form, with a limit far below the
//! engine's.

use regex_syntax::ast::{
    self, Ast, ClassSet, ClassSetItem, Flag, FlagsItemKind, LiteralKind, RepetitionKind,
    RepetitionRange,
};

use crate::key::KeyProblem;

/// The largest size of a pattern, in states of an automaton as [`pattern_size`] counts them.
pub const PATTERN_SIZE_LIMIT: u64 = 16_384;
/// How deep groups, classes and repetitions may nest.
pub const PATTERN_NESTING_LIMIT: u32 = 64;

/// The size of an accepted pattern: an upper bound on the states and transitions of its automaton.
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

/// Whether `regex` is made of ordinary characters, escapes, anchors, alternatives and simple
/// classes, each repeated at most once without numbers. Such a pattern is always valid, doesn't
/// nest, and its size is at most six for each byte: far below the limit. `false` says nothing.
fn is_plain(regex: &str) -> bool {
    let bytes = regex.as_bytes();
    if bytes.len() as u64 > PATTERN_SIZE_LIMIT / 8 {
        return false;
    }
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'^' | b'$' | b'|' => continue,
            b'[' => match plain_class(&bytes[at..]) {
                Some(length) => at += length,
                None => return false,
            },
            b'\\' => match bytes.get(at) {
                Some(
                    b'd' | b'D' | b's' | b'S' | b'w' | b'W' | b'\\' | b'.' | b'+' | b'*' | b'?'
                    | b'(' | b')' | b'|' | b'[' | b']' | b'{' | b'}' | b'^' | b'$' | b'-',
                ) => at += 1,
                _ => return false,
            },
            b'*' | b'+' | b'?' | b'(' | b')' | b'{' | b'}' | b']' => return false,
            b' '..=b'~' => {}
            _ => return false,
        }
        // What stands here can be repeated, once, greedily or not.
        if let Some(b'*' | b'+' | b'?') = bytes.get(at) {
            at += 1;
            if bytes.get(at) == Some(&b'?') {
                at += 1;
            }
        }
    }
    true
}

/// The length of the rest of a class, after its opening bracket, where it holds nothing but
/// characters without meaning and ranges of letters or of digits.
fn plain_class(bytes: &[u8]) -> Option<usize> {
    let start = usize::from(bytes.first() == Some(&b'^'));
    let mut at = start;
    loop {
        match *bytes.get(at)? {
            b']' if at > start => return Some(at + 1),
            first if first.is_ascii_alphanumeric() => {
                at += 1;
                if bytes.get(at) == Some(&b'-') {
                    let last = *bytes.get(at + 1)?;
                    if !last.is_ascii_alphanumeric() || last < first {
                        return None;
                    }
                    at += 2;
                }
            }
            b' ' | b'_' | b'@' | b'.' | b',' | b':' | b';' | b'/' | b'=' | b'+' | b'*' | b'?'
            | b'!' | b'%' | b'"' | b'\'' | b'<' | b'>' | b'|' | b'$' | b'(' | b')' | b'{'
            | b'}' => {
                at += 1;
            }
            _ => return None,
        }
    }
}

/// Checks a pattern that starts at byte `from` of its key, and gives its size.
pub(crate) fn check(regex: &str, from: usize) -> Result<u64, KeyProblem> {
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

fn syntax(nested: bool, why: &str, span: &ast::Span, from: usize) -> KeyProblem {
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

fn unicode(span: &ast::Span, from: usize) -> KeyProblem {
    KeyProblem::new(
        "E_KEY_REGEX_UNICODE",
        "Patterns match bytes, so Unicode classes and characters have no meaning in them",
        "Use ASCII classes such as `[a-z]` or `\\w`, and `\\xNN` for single bytes",
        from + span.start.offset,
        from + span.end.offset,
    )
}

/// Refuses everything that would switch Unicode on.
struct NoUnicode {
    from: usize,
}

impl NoUnicode {
    fn literal(&self, literal: &ast::Literal) -> Result<(), KeyProblem> {
        let byte = matches!(literal.kind, LiteralKind::HexFixed(ast::HexLiteralKind::X));
        if literal.c.is_ascii() || byte {
            Ok(())
        } else {
            Err(unicode(&literal.span, self.from))
        }
    }

    fn flags(&self, flags: &ast::Flags) -> Result<(), KeyProblem> {
        if flags.flag_state(Flag::Unicode) == Some(true) {
            let span = flags
                .items
                .iter()
                .find(|item| item.kind == FlagsItemKind::Flag(Flag::Unicode))
                .map_or(&flags.span, |item| &item.span);
            return Err(unicode(span, self.from));
        }
        Ok(())
    }
}

impl ast::Visitor for NoUnicode {
    type Output = ();
    type Err = KeyProblem;

    fn finish(self) -> Result<(), KeyProblem> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), KeyProblem> {
        match ast {
            Ast::Flags(set) => self.flags(&set.flags),
            Ast::Group(group) => match &group.kind {
                ast::GroupKind::NonCapturing(flags) => self.flags(flags),
                _ => Ok(()),
            },
            Ast::Literal(literal) => self.literal(literal),
            Ast::ClassUnicode(class) => Err(unicode(&class.span, self.from)),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), KeyProblem> {
        match item {
            ClassSetItem::Literal(literal) => self.literal(literal),
            ClassSetItem::Range(range) => {
                self.literal(&range.start)?;
                self.literal(&range.end)
            }
            ClassSetItem::Unicode(class) => Err(unicode(&class.span, self.from)),
            _ => Ok(()),
        }
    }
}

/// An upper bound on states and transitions of the automaton. The nesting is limited, so recursion
/// is.
fn size(ast: &Ast) -> u64 {
    match ast {
        Ast::Empty(_) | Ast::Flags(_) | Ast::Assertion(_) => 1,
        Ast::Literal(_) => 2,
        Ast::Dot(_) => 3,
        Ast::ClassUnicode(_) | Ast::ClassPerl(_) => CLASS_SIZE,
        Ast::ClassBracketed(class) => set_size(&class.kind).saturating_add(1),
        Ast::Group(group) => size(&group.ast).saturating_add(2),
        Ast::Alternation(alternation) => parts(&alternation.asts),
        Ast::Concat(concat) => parts(&concat.asts),
        Ast::Repetition(repetition) => {
            let times = match &repetition.op.kind {
                RepetitionKind::Range(
                    RepetitionRange::Exactly(n)
                    | RepetitionRange::AtLeast(n)
                    | RepetitionRange::Bounded(_, n),
                ) => u64::from(*n).max(1),
                _ => 1,
            };
            size(&repetition.ast)
                .saturating_add(1)
                .saturating_mul(times)
                .saturating_add(1)
        }
    }
}

fn parts(asts: &[Ast]) -> u64 {
    asts.iter().fold(asts.len() as u64 + 1, |sum, part| {
        sum.saturating_add(size(part))
    })
}

/// `\w` and its like, and `[:alpha:]`.
const CLASS_SIZE: u64 = 6;

fn set_size(set: &ClassSet) -> u64 {
    match set {
        ClassSet::Item(item) => item_size(item),
        ClassSet::BinaryOp(operation) => {
            set_size(&operation.lhs).saturating_add(set_size(&operation.rhs))
        }
    }
}

fn item_size(item: &ClassSetItem) -> u64 {
    match item {
        ClassSetItem::Empty(_) => 1,
        ClassSetItem::Literal(_) | ClassSetItem::Range(_) => 1,
        ClassSetItem::Ascii(_) | ClassSetItem::Perl(_) | ClassSetItem::Unicode(_) => CLASS_SIZE,
        ClassSetItem::Bracketed(class) => set_size(&class.kind).saturating_add(1),
        ClassSetItem::Union(union) => union
            .items
            .iter()
            .fold(0, |sum, item| sum.saturating_add(item_size(item))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every pattern of up to three parts out of these that counts as plain is a valid one, and its
    /// size stays within the bound that the long way would hold it to.
    #[test]
    fn plain_patterns_are_valid_ones_of_a_small_size() {
        const PARTS: [&str; 22] = [
            "a",
            "-",
            "&&",
            "~",
            "#",
            " ",
            ".",
            "\\d",
            "\\W",
            "\\.",
            "\\b",
            "^",
            "$",
            "|",
            "*",
            "+?",
            "??",
            "[a-z.]",
            "[^0-9a-z ]",
            "[",
            "]",
            "(",
        ];
        let mut plain = 0u32;
        let mut check_all = |count: usize| {
            for number in 0..PARTS.len().pow(count as u32) {
                let mut rest = number;
                let mut regex = String::new();
                for _ in 0..count {
                    regex.push_str(PARTS[rest % PARTS.len()]);
                    rest /= PARTS.len();
                }
                if is_plain(&regex) {
                    plain += 1;
                    let size = check(&regex, 0);
                    assert!(
                        size.as_ref()
                            .is_ok_and(|size| *size <= 6 * regex.len() as u64 + 6),
                        "{regex}: {size:?}"
                    );
                }
            }
        };
        for count in 1..=3 {
            check_all(count);
        }
        assert!(plain > 1000, "{plain} plain patterns");
    }

    #[test]
    fn plain_classes_are_valid_ones() {
        let bytes: Vec<char> = (' '..='~').collect();
        for a in &bytes {
            for b in &bytes {
                for rest in ["]", "z]", "-z]", "^]", "]]"] {
                    let regex = format!("[{a}{b}{rest}");
                    if is_plain(&regex) {
                        assert!(check(&regex, 0).is_ok(), "{regex}");
                    }
                }
                let regex = format!("x{a}{b}y");
                if is_plain(&regex) {
                    assert!(check(&regex, 0).is_ok(), "{regex}");
                }
                let regex = format!("x\\{a}{b}y");
                if is_plain(&regex) {
                    assert!(check(&regex, 0).is_ok(), "{regex}");
                }
            }
        }
    }

    #[test]
    fn the_common_patterns_are_plain() {
        for regex in [
            "[a-z]+0@[a-z.]+",
            "^$",
            "[^ ]+@[^ ]+",
            "level=debug",
            " +$",
            "\\d+",
            "a|b",
        ] {
            assert!(is_plain(regex), "{regex}");
        }
    }
}
