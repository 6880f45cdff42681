//! Patterns as stages look for them.

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::HirKind;

use crate::build::BuildError;

/// A regular expression over bytes. One that is a plain word, as most are, is looked for as such:
/// the engine's ways around it cost about as much as the search itself.
#[allow(
    clippy::large_enum_variant,
    reason = "there is one for each stage, and it is looked at for each record"
)]
pub(crate) enum Pattern {
    Word(Finder<'static>),
    Regex(Regex),
}

impl Pattern {
    /// Reads a pattern that the catalogue accepted.
    pub(crate) fn new(pattern: &str) -> Result<Self, BuildError> {
        if let Some(word) = word(pattern) {
            return Ok(Self::Word(Finder::new(&word).into_owned()));
        }
        let regex = RegexBuilder::new(pattern).unicode(false).build();
        regex.map(Self::Regex).map_err(|error| BuildError {
            // The catalogue's own limit is far below the engine's, so this doesn't happen for a key
            // that it accepted: property-tested.
            code: "E_STAGE_PATTERN",
            message: format!("the pattern doesn't compile: {error}"),
        })
    }

    /// Whether it is anywhere in `record`.
    #[inline]
    pub(crate) fn is_in(&self, record: &[u8]) -> bool {
        match self {
            Self::Word(finder) => finder.find(record).is_some(),
            Self::Regex(regex) => regex.is_match(record),
        }
    }

    /// Hands where it begins and ends to `found`, for each place in `record`, from the first on; none
    /// overlaps another.
    pub(crate) fn each(&self, record: &[u8], mut found: impl FnMut(usize, usize)) {
        match self {
            Self::Word(finder) => finder
                .find_iter(record)
                .for_each(|at| found(at, at + finder.needle().len())),
            Self::Regex(regex) => regex
                .find_iter(record)
                .for_each(|at| found(at.start(), at.end())),
        }
    }
}

/// The bytes that `pattern` stands for, where it stands for nothing else.
fn word(pattern: &str) -> Option<Box<[u8]>> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).build();
    match parser.parse(pattern).ok()?.into_kind() {
        HirKind::Literal(literal) => Some(literal.0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(pattern: &Pattern, record: &[u8]) -> Vec<(usize, usize)> {
        let mut places = Vec::new();
        pattern.each(record, |from, to| places.push((from, to)));
        places
    }

    #[test]
    fn only_a_pattern_that_is_one_word_is_looked_for_as_one() {
        for (pattern, is) in [
            ("needle-1", Some("needle-1")),
            ("a\\.b\\\\", Some("a.b\\")),
            ("[a]b", Some("ab")),
            ("a{3}", None),
            ("", None),
            ("a.b", None),
            ("a|b", None),
            ("^a", None),
            ("(a)", None),
            ("(?i)a", None),
            ("a*", None),
        ] {
            assert_eq!(word(pattern).as_deref(), is.map(str::as_bytes), "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn a_word_is_where_the_engine_finds_it(pattern in "[ab.\\\\]{1,3}", record in "[ab.\\\\]{0,40}") {
            let escaped = regex::escape(&pattern);
            let ours = Pattern::new(&escaped).unwrap();
            prop_assert!(matches!(ours, Pattern::Word(_)));
            let engine = Pattern::Regex(Regex::new(&escaped).unwrap());
            let record = record.as_bytes();
            prop_assert_eq!(places(&ours, record), places(&engine, record));
            prop_assert_eq!(ours.is_in(record), engine.is_in(record));
        }
    }
}
