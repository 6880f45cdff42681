//! The reader of patterns against the crate `regex-syntax`: same verdicts, same places, same words,
//! same sizes.

use regex_syntax::ast::{
    self, Ast, ClassSet, ClassSetItem, Flag, FlagsItemKind, LiteralKind, RepetitionKind,
    RepetitionRange,
};

use crate::pattern::PATTERN_NESTING_LIMIT;
use crate::regex::{CLASS_SIZE, Refusal, size_of};

/// What [`size_of`] has to answer.
fn oracle(regex: &str) -> Result<u64, Refusal> {
    let ast = ast::parse::ParserBuilder::new()
        .nest_limit(PATTERN_NESTING_LIMIT)
        .build()
        .parse(regex)
        .map_err(|error| {
            let span = (error.span().start.offset, error.span().end.offset);
            match error.kind() {
                ast::ErrorKind::NestLimitExceeded(_) => Refusal::Nesting(span),
                kind => Refusal::Syntax(kind.to_string().leak(), span),
            }
        })?;
    ast::visit(&ast, NoUnicode)?;
    Ok(size(&ast))
}

fn unicode(span: &ast::Span) -> Refusal {
    Refusal::Unicode((span.start.offset, span.end.offset))
}

/// Refuses everything that would switch Unicode on.
struct NoUnicode;

impl NoUnicode {
    fn literal(&self, literal: &ast::Literal) -> Result<(), Refusal> {
        let byte = matches!(literal.kind, LiteralKind::HexFixed(ast::HexLiteralKind::X));
        if literal.c.is_ascii() || byte {
            Ok(())
        } else {
            Err(unicode(&literal.span))
        }
    }

    fn flags(&self, flags: &ast::Flags) -> Result<(), Refusal> {
        if flags.flag_state(Flag::Unicode) == Some(true) {
            let span = flags
                .items
                .iter()
                .find(|item| item.kind == FlagsItemKind::Flag(Flag::Unicode))
                .map_or(&flags.span, |item| &item.span);
            return Err(unicode(span));
        }
        Ok(())
    }
}

impl ast::Visitor for NoUnicode {
    type Output = ();
    type Err = Refusal;

    fn finish(self) -> Result<(), Refusal> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), Refusal> {
        match ast {
            Ast::Flags(set) => self.flags(&set.flags),
            Ast::Group(group) => match &group.kind {
                ast::GroupKind::NonCapturing(flags) => self.flags(flags),
                _ => Ok(()),
            },
            Ast::Literal(literal) => self.literal(literal),
            Ast::ClassUnicode(class) => Err(unicode(&class.span)),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ClassSetItem) -> Result<(), Refusal> {
        match item {
            ClassSetItem::Literal(literal) => self.literal(literal),
            ClassSetItem::Range(range) => {
                self.literal(&range.start)?;
                self.literal(&range.end)
            }
            ClassSetItem::Unicode(class) => Err(unicode(&class.span)),
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

fn same(regex: &str) -> bool {
    let answer = oracle(regex);
    assert_eq!(size_of(regex), answer, "{regex}");
    answer.is_ok()
}

/// What patterns are made of, in parts that meet each other in all ways.
const PARTS: [&str; 72] = [
    "a",
    "Z",
    "7",
    "0",
    " ",
    "#",
    "_",
    ">",
    "<",
    "!",
    "=",
    ":",
    ",",
    ".",
    "^",
    "$",
    "|",
    "*",
    "+",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "-",
    "&&",
    "--",
    "~~",
    "&",
    "\\",
    "\\d",
    "\\W",
    "\\b",
    "\\b{",
    "\\b{start}",
    "\\B",
    "\\A",
    "\\<",
    "\\.",
    "\\n",
    "\\x",
    "\\x41",
    "\\xff",
    "\\x{",
    "\\x{e9}",
    "\\u0041",
    "\\U0000",
    "\\p",
    "\\pL",
    "\\P{",
    "\\p{Greek}",
    "(?:",
    "(?P<",
    "(?<n>",
    "(?",
    "(?x)",
    "(?-x:",
    "(?i-u:",
    "(?u)",
    "(?ms",
    "(?=",
    "{2,3}",
    "{9",
    "{ 12 }",
    "{,3}",
    "{3,}",
    "[:alpha:]",
    "[[:^digit:]]",
    "[^",
    "e9",
];

/// All patterns of one to three parts.
#[test]
fn short_patterns_are_read_as_regex_syntax_reads_them() {
    let mut good = 0;
    for count in 1..=3 {
        for number in 0..PARTS.len().pow(count) {
            let mut rest = number;
            let mut regex = String::new();
            for _ in 0..count {
                regex.push_str(PARTS[rest % PARTS.len()]);
                rest /= PARTS.len();
            }
            good += usize::from(same(&regex));
        }
    }
    assert!(good > 50_000, "{good} good patterns");
}

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// How many patterns the tests below try; more on demand.
fn rounds() -> usize {
    let asked = std::env::var("PROPTEST_CASES").ok();
    asked.and_then(|cases| cases.parse().ok()).unwrap_or(1_000) * 30
}

#[test]
fn long_patterns_are_read_as_regex_syntax_reads_them() {
    let mut numbers = Numbers(1);
    for round in 0..rounds() {
        let mut regex = String::from(if round % 3 == 0 { "(?x)" } else { "" });
        for _ in 0..4 + numbers.below(12) {
            regex.push_str(PARTS[numbers.below(PARTS.len())]);
        }
        same(&regex);
    }
}

/// A good pattern, mostly, of `depth` levels.
fn generate(numbers: &mut Numbers, depth: usize, out: &mut String) {
    const LEAVES: [&str; 16] = [
        "a",
        "\\d",
        ".",
        "^",
        "$",
        "\\b",
        "\\x41",
        "\\.",
        "\\xe9",
        "[a-f]",
        "[^\\w-]",
        "[[:alpha:]x]",
        "\\b{end}",
        "(?i)",
        "(?x) ",
        "",
    ];
    const REPEATS: [&str; 9] = ["", "", "*", "+?", "??", "{3}", "{2,}", "{ 4 , 70 }?", "{0}"];
    const GROUPS: [&str; 5] = ["(", "(?:", "(?s-u:", "(?x: ", "(?-x:"];
    let kind = if depth == 0 { 0 } else { numbers.below(6) };
    match kind {
        0 => out.push_str(LEAVES[numbers.below(LEAVES.len())]),
        1 | 2 => {
            for at in 0..1 + numbers.below(3) {
                out.push_str(if kind == 2 && at > 0 { "|" } else { "" });
                generate(numbers, depth - 1, out);
            }
        }
        3 | 4 => {
            out.push_str(GROUPS[numbers.below(GROUPS.len())]);
            generate(numbers, depth - 1, out);
            out.push(')');
            out.push_str(REPEATS[numbers.below(REPEATS.len())]);
        }
        _ => {
            const INSIDE: [&str; 12] = [
                "a-z",
                "&&",
                "--",
                "~~",
                "[0-9]",
                "[^b",
                "]",
                "\\]",
                " ",
                "\\x00-\\xff",
                "-",
                "[:word:]",
            ];
            out.push('[');
            for _ in 0..1 + numbers.below(6) {
                out.push_str(INSIDE[numbers.below(INSIDE.len())]);
            }
            out.push_str(["]", "]]", "x]", "]{2}"][numbers.below(4)]);
        }
    }
}

#[test]
fn generated_patterns_are_read_as_regex_syntax_reads_them() {
    let mut numbers = Numbers(2);
    let mut good = 0;
    let rounds = rounds();
    for _ in 0..rounds {
        let mut regex = String::new();
        let depth = numbers.below(8);
        generate(&mut numbers, depth, &mut regex);
        good += usize::from(same(&regex));
        // The same with one byte less, one more, or another one.
        let at = numbers.below(regex.len() + 1);
        let byte = (b' ' + numbers.below(95) as u8) as char;
        let end = (at + numbers.below(2)).min(regex.len());
        regex.replace_range(
            at..end,
            ["", byte.encode_utf8(&mut [0; 4])][numbers.below(2)],
        );
        same(&regex);
    }
    assert!(good > rounds / 3, "{good} good patterns");
}

/// Random bytes of those that mean something.
#[test]
fn noise_is_read_as_regex_syntax_reads_it() {
    const BYTES: &[u8] = b"aPpxubUd019 -^$.|*+?()[]{}<>=!:#&~,\\\\\\_mis";
    let mut numbers = Numbers(3);
    for _ in 0..rounds() {
        let length = 1 + numbers.below(24);
        let bytes = (0..length).map(|_| BYTES[numbers.below(BYTES.len())]);
        same(&String::from_utf8(bytes.collect()).expect("ASCII"));
    }
}

#[test]
fn nesting_counts_as_in_regex_syntax_at_its_limit() {
    type Make = fn(usize) -> String;
    let shapes: [Make; 8] = [
        |n| ["(".repeat(n), "a".to_owned(), ")".repeat(n)].concat(),
        |n| ["(?:a|b".repeat(n), ")".repeat(n)].concat(),
        |n| ["x(".repeat(n), ")y".repeat(n)].concat(),
        |n| ["a".to_owned(), "*".repeat(n)].concat(),
        |n| ["[".repeat(n), "a".to_owned(), "]".repeat(n)].concat(),
        |n| ["[a".repeat(n), "]".repeat(n)].concat(),
        |n| ["[".to_owned(), "a&&".repeat(n), "b]".to_owned()].concat(),
        |n| {
            [
                "q[b&&".repeat(n),
                "a".to_owned(),
                "]".repeat(n),
                "()".repeat(n),
            ]
            .concat()
        },
    ];
    for shape in shapes {
        for levels in 1..80 {
            same(&shape(levels));
        }
        same(&shape(400));
    }
}
