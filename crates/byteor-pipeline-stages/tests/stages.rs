//! What the stages do to records, and that every pattern the catalogue accepts compiles here.

use byteor_pipeline_catalogue::{PATTERN_SIZE_LIMIT, families, parse_key, pattern_size};
use byteor_pipeline_kernel::{Outcome, Output};
use byteor_pipeline_stages::build;
use proptest::prelude::*;

fn run(key: &str, record: &[u8], room: usize) -> (Outcome, Vec<u8>) {
    let mut buffer = vec![0; room];
    let mut out = Output::new(&mut buffer);
    let outcome = build(key).unwrap().process(record, &mut out).unwrap();
    (outcome, out.written().to_vec())
}

fn rewritten(key: &str, record: &[u8]) -> Vec<u8> {
    match run(key, record, 256) {
        (Outcome::Rewrite, bytes) => bytes,
        (Outcome::Forward, _) => record.to_vec(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn filters_forward_or_drop() {
    assert_eq!(run("identity", b"x", 0).0, Outcome::Forward);
    assert_eq!(run("keep:^\\{", b"{}", 0).0, Outcome::Forward);
    assert_eq!(run("keep:^\\{", b" {}", 0).0, Outcome::Drop);
    assert_eq!(run("drop:^$", b"", 0).0, Outcome::Drop);
    assert_eq!(run("drop:^$", b"x", 0).0, Outcome::Forward);
}

#[test]
fn records_are_bytes() {
    assert_eq!(run("keep:^.$", b"\xff", 0).0, Outcome::Forward);
    assert_eq!(run("keep:^.$", "é".as_bytes(), 0).0, Outcome::Drop);
    assert_eq!(run("keep:\\xff", b"a\xffb", 0).0, Outcome::Forward);
    assert_eq!(run("keep:\\w", "é".as_bytes(), 0).0, Outcome::Drop);
    assert_eq!(run("keep:^.$", b"\n", 0).0, Outcome::Drop);
    assert_eq!(run("keep:^.$", b"\0", 0).0, Outcome::Forward);
    assert_eq!(run("keep:(?i)x", b"X", 0).0, Outcome::Forward);
}

#[test]
fn replacing_is_of_all_matches_and_literal() {
    assert_eq!(rewritten("replace:[0-9]+=N", b"a1b22"), b"aNbN");
    assert_eq!(rewritten("replace:a=$0\\x41", b"a"), b"$0\\x41");
    assert_eq!(rewritten("replace:a=", b"banana"), b"bnn");
    assert_eq!(rewritten("replace:a*=x", b"baaac"), b"xbxcx");
    assert_eq!(rewritten("replace:x*=-", b"abc"), b"-a-b-c-");
    assert_eq!(rewritten("replace:\\==:", b"a=b"), b"a:b");
    assert_eq!(rewritten("replace:b=b=c", b"abc"), b"ab=cc");
    assert_eq!(run("replace:q=x", b"abc", 256).0, Outcome::Forward);
}

#[test]
fn a_result_larger_than_the_slot_says_how_large() {
    assert_eq!(
        run("replace:a=bbb", b"aaaa", 12),
        (Outcome::Rewrite, b"bbbbbbbbbbbb".to_vec())
    );
    assert_eq!(
        run("replace:a=bbb", b"aaaa", 11).0,
        Outcome::TooLarge { len: 12 }
    );
}

#[test]
fn families_that_do_not_run_are_refused_with_a_code() {
    let error = build("http_post:https://example.com/").err().unwrap();
    assert_eq!(error.code, "E_STAGE_UNSUPPORTED");
    assert_eq!(build("nope:x").err().unwrap().code, "E_KEY_FAMILY");
}

#[test]
fn examples_and_templates_of_the_catalogue_are_valid() {
    for family in families() {
        let keys = family.examples.iter().map(|example| example.key);
        for key in keys.chain([family.template]) {
            assert_eq!(parse_key(key).unwrap().family.name, family.name);
            assert_eq!(build(key).is_ok(), family.runs, "{key}");
        }
    }
}

#[test]
fn the_largest_patterns_compile() {
    for pattern in [
        "(?:a{127}){127}",
        "(?i)[a-z]{8000}",
        "[acegikmoqsuwy13579]{800}",
        "(?:(?:(?:a|b|c){9}){9}){9}",
        "x{8000}",
        "(?:[^a]|[^b]|[^c]){1000}",
        "(?:){5000}",
        "(?:a?){2000}",
        "(?s-u:.{4000})",
        "\\b{start}a\\b{end}\\<\\>",
        "(?m)^$|(?R)^$",
        "(?P<name>a)(?<other>b)",
        "(?x) a # b",
        "\\xff[\\x80-\\xff]",
    ] {
        let size = pattern_size(pattern).unwrap_or_else(|problem| {
            assert_eq!(problem.code, "E_KEY_REGEX_SIZE", "{pattern}: {problem}");
            u64::MAX
        });
        if size <= PATTERN_SIZE_LIMIT
            && let Err(error) = build(&format!("keep:{pattern}"))
        {
            panic!("{pattern}: {error}");
        }
    }
}

#[test]
fn unicode_is_refused_with_a_code() {
    for pattern in [
        "\\pL",
        "[\\p{Greek}]",
        "(?u)a",
        "(?u:.)",
        "\\u00e9",
        "\\x{e9}",
        "[\\u{263a}]",
        "(?iu)k",
    ] {
        assert_eq!(
            pattern_size(pattern).unwrap_err().code,
            "E_KEY_REGEX_UNICODE",
            "{pattern}"
        );
    }
    for pattern in [
        "(?-u)a",
        "(?-u:\\w)",
        "\\x41",
        "\\u0041",
        "\\xe9",
        "[\\x00-\\xff]",
    ] {
        assert!(pattern_size(pattern).is_ok(), "{pattern}");
    }
    let deep = "(".repeat(70) + "a" + &")".repeat(70);
    assert_eq!(pattern_size(&deep).unwrap_err().code, "E_KEY_REGEX_NESTING");
}

/// Patterns made of the parts of the syntax, mostly valid.
fn pattern() -> impl Strategy<Value = String> {
    let parts = vec![
        ".",
        "\\w",
        "\\D",
        "\\s",
        "\\b",
        "\\B",
        "^",
        "$",
        "\\A",
        "\\z",
        "[a-f]",
        "[^x-z]",
        "[[:alpha:]]",
        "[\\w--a]",
        "[a&&b]",
        "\\xff",
        "[\\x80-\\xff]",
        "\\=",
        "\\n",
        "(?i)",
        "(?s)",
        "\\.",
        "(?-u)",
        "(?R)",
    ];
    let leaf = prop_oneof![
        "[a-z0-9]{1,3}",
        prop::sample::select(parts).prop_map(str::to_owned)
    ];
    let times = vec!["*", "+?", "?", "{3}", "{2,}", "{0,40}", "{100}", "{700}"];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|parts| format!("(?:{})", parts.join("|"))),
            (inner.clone(), prop::sample::select(times.clone()))
                .prop_map(|(part, times)| format!("(?:{part}){times}")),
            inner.prop_map(|part| format!("({part})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_pattern_that_the_catalogue_accepts_compiles(pattern in pattern()) {
        let key = format!("keep:{pattern}");
        if parse_key(&key).is_ok() {
            prop_assert!(build(&key).is_ok(), "{}", build(&key).err().unwrap());
        }
    }

    #[test]
    fn any_key_is_read_or_refused(key in "\\PC{0,40}") {
        let runs = parse_key(&key).is_ok_and(|parsed| parsed.family.runs);
        prop_assert_eq!(runs, build(&key).is_ok());
    }

    #[test]
    fn any_text_of_the_syntax_is_read_or_refused(
        pattern in "[\\[\\](){}?*+|^$.\\\\a-cxpu0-9,:=<>P&~-]{0,24}"
    ) {
        let key = format!("drop:{pattern}");
        if parse_key(&key).is_ok() {
            prop_assert!(build(&key).is_ok(), "{}", build(&key).err().unwrap());
        }
    }

    #[test]
    fn replacing_equals_the_engine(
        record in prop::collection::vec(any::<u8>(), 0..40),
        text in "[a-z$\\\\]{0,4}",
    ) {
        let regex =
            regex::bytes::RegexBuilder::new("[a-m]+|\\xff?").unicode(false).build().unwrap();
        let expected =
            regex.replace_all(&record, regex::bytes::NoExpand(text.as_bytes())).into_owned();
        prop_assert_eq!(rewritten(&format!("replace:[a-m]+|\\xff?={text}"), &record), expected);
    }
}
