//! What the stages do to records, and that every pattern the catalogue accepts compiles here.

use byteor_pipeline_catalogue::{
    PATTERN_SIZE_LIMIT, StageClass, families, parse_key, pattern_size, state_bytes,
};
use byteor_pipeline_kernel::{Outcome, Output, STATE_BYTES_MAX, Stage, StageFailure};
use byteor_pipeline_stages::{Chain, Fate, Secrets, build, build_with};
use proptest::prelude::*;

fn run(key: &str, record: &[u8], room: usize) -> (Outcome, Vec<u8>) {
    let mut buffer = vec![0; room];
    let mut out = Output::new(&mut buffer);
    let outcome = build(key).unwrap().process(record, &mut out).unwrap();
    (outcome, out.written().to_vec())
}

struct AnySecret;

impl Secrets for AnySecret {
    fn secret(&self, _: &str) -> Option<&[u8]> {
        Some(b"a secret of the tests")
    }
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
    let error = build("json_hash:a=hmac_sha256:pii").err().unwrap();
    assert_eq!(error.code, "E_STAGE_SECRET");
    assert!(error.message.contains("secrets.pii"), "{error}");
}

#[test]
fn a_stage_that_gives_many_is_not_run_one_for_one() {
    let mut split = build("split:,").unwrap();
    assert!(split.gives_many());
    let failure = split
        .process(b"a,b", &mut Output::new(&mut []))
        .unwrap_err();
    assert_eq!(failure.code, "E_STAGE_MANY");
    let mut identity = build("identity").unwrap();
    assert!(!identity.gives_many());
    assert_eq!(
        identity.expand(b"a", &mut |_| Ok(())).unwrap_err().code,
        "E_STAGE_ONE"
    );
    let stop = StageFailure {
        code: "E_FULL",
        message: "no room",
    };
    let mut seen = 0;
    let ended = split.expand(b"a,b,c", &mut |_| {
        seen += 1;
        if seen == 2 { Err(stop.clone()) } else { Ok(()) }
    });
    assert_eq!((ended, seen), (Err(stop.clone()), 2));
}

#[test]
fn nesting_as_deep_as_a_record_is_read_without_recursion() {
    for key in [
        "json_drop:x",
        "json_require:a",
        "json_extract:a",
        "dedupe:3:a",
    ] {
        let deep = [
            b"{\"a\":".as_slice(),
            &b"[".repeat(8_000),
            &b"]".repeat(8_000),
            b"}",
        ]
        .concat();
        assert!(
            matches!(
                run(key, &deep, 20_000).0,
                Outcome::Forward | Outcome::Rewrite
            ),
            "{key}"
        );
    }
    let path = ["a"; 100].join(".");
    let deep = [b"{\"a\":".repeat(2_000), b"1".to_vec(), b"}".repeat(2_000)].concat();
    for family in [
        "json_drop",
        "json_keep",
        "json_mask",
        "json_require",
        "json_extract",
    ] {
        run(&format!("{family}:{path}"), &deep, 20_000);
    }
    run(&format!("json_rename:{path}=b"), &deep, 20_000);
    let open = b"{\"a\":".repeat(2_000);
    assert_eq!(run("json_drop:a.b", &open, 20_000).0, Outcome::Reject);
}

fn saved(stage: &dyn Stage) -> Vec<u8> {
    let mut state = Vec::new();
    stage.save(&mut |part| state.extend_from_slice(part));
    assert!(state.len() <= stage.state_limit());
    state
}

#[test]
fn a_state_is_that_of_one_key_and_whole() {
    for (key, other) in [("sample:3", "sample:4"), ("dedupe:3", "dedupe:3:a")] {
        let mut stage = build(key).unwrap();
        for record in [b"a", b"b"] {
            stage.process(record, &mut Output::new(&mut [])).unwrap();
        }
        let state = saved(&*stage);
        let refused = |state: &[u8]| {
            let mut fresh = build(key).unwrap();
            let before = saved(&*fresh);
            let refused = fresh
                .restore(state)
                .is_err_and(|failure| failure.code == "E_STAGE_STATE");
            refused && saved(&*fresh) == before
        };
        assert!(!refused(&state));
        assert!(build(other).unwrap().restore(&state).is_err());
        for at in 0..state.len() {
            let mut damaged = state.clone();
            damaged[at] ^= 1;
            assert!(refused(&damaged), "{key}: byte {at}");
            assert!(refused(&state[..at]));
        }
        assert!(refused(&[&state[..], b"x"].concat()));
    }
    let mut identity = build("identity").unwrap();
    assert_eq!((identity.state_limit(), saved(&*identity).len()), (0, 0));
    assert!(identity.restore(b"").is_err());
}

#[test]
fn examples_and_templates_of_the_catalogue_are_valid() {
    for family in families() {
        let keys = family.examples.iter().map(|example| example.key);
        for key in keys.chain([family.template]) {
            assert_eq!(parse_key(key).unwrap().family.name, family.name);
            assert_eq!(build_with(key, &AnySecret).is_ok(), family.runs, "{key}");
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

#[test]
fn the_catalogue_says_how_much_a_stage_remembers_at_most() {
    let mut remembering = 0;
    let keys = families()
        .iter()
        .filter(|family| family.runs)
        .flat_map(|family| {
            let class = family.class;
            let examples = family.examples.iter().map(|example| example.key);
            examples
                .chain([family.template])
                .map(move |key| (class, key))
        });
    for (class, key) in keys.chain([(StageClass::Stateful, "dedupe:4096")]) {
        let stage = build_with(key, &AnySecret).unwrap();
        let said = state_bytes(&parse_key(key).unwrap()) as usize;
        assert_eq!(stage.state_limit(), said, "{key}");
        assert_eq!(said > 0, class == StageClass::Stateful, "{key}");
        assert!(said <= STATE_BYTES_MAX, "{key}");
        remembering += u32::from(said > 0);
    }
    assert!(remembering > 4);
    // And a window that is full has as many, none more.
    let mut stage = build("dedupe:4096").unwrap();
    for n in 0..5_000_u32 {
        stage
            .process(&n.to_le_bytes(), &mut Output::new(&mut []))
            .unwrap();
    }
    assert_eq!(saved(&*stage).len(), stage.state_limit());
}

proptest! {

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
        prop_assert_eq!(runs, build_with(&key, &AnySecret).is_ok());
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

    #[test]
    fn a_window_is_what_a_list_of_the_last_records_is(
        window in 1_usize..6,
        records in prop::collection::vec(0_u8..8, 0..60),
        restart in 0_usize..60,
    ) {
        let key = format!("dedupe:{window}");
        let mut stage = build(&key).unwrap();
        let mut passed: Vec<u8> = Vec::new();
        for (at, record) in records.iter().enumerate() {
            if at == restart {
                let state = saved(&*stage);
                stage = build(&key).unwrap();
                stage.restore(&state).unwrap();
            }
            let known = passed.iter().rev().take(window).any(|before| before == record);
            let outcome = stage.process(&[*record], &mut Output::new(&mut [])).unwrap();
            prop_assert_eq!(outcome == Outcome::Drop, known);
            if !known {
                passed.push(*record);
            }
        }
    }

    #[test]
    fn one_of_every_n_stays_also_over_a_restart(
        every in 1_usize..7,
        count in 0_usize..40,
        restart in 0_usize..40,
    ) {
        let key = format!("sample:{every}");
        let mut stage = build(&key).unwrap();
        for at in 0..count {
            if at == restart {
                let state = saved(&*stage);
                stage = build(&key).unwrap();
                stage.restore(&state).unwrap();
            }
            let outcome = stage.process(b"", &mut Output::new(&mut [])).unwrap();
            prop_assert_eq!(outcome == Outcome::Forward, at % every == 0);
        }
    }

    #[test]
    fn parts_joined_by_the_delimiter_are_the_record(
        record in "[ab,;]{0,30}",
        delimiter in "[ab,;]{1,2}",
    ) {
        let mut parts = Vec::new();
        build(&format!("split:{delimiter}")).unwrap().expand(record.as_bytes(), &mut |part| {
            parts.push(part.to_vec());
            Ok(())
        }).unwrap();
        prop_assert!(parts.len() <= record.len() + 1);
        prop_assert_eq!(parts.join(delimiter.as_bytes()), record.as_bytes());
        let whole = |part: &Vec<u8>| String::from_utf8_lossy(part).contains(&delimiter);
        prop_assert!(!parts.iter().any(whole));
    }

    #[test]
    fn json_stages_do_what_a_document_model_does(object in object(), key in json_key()) {
        let text = object.text();
        let mut chain = Chain::new(&[&key], &AnySecret, 4096).unwrap();
        let mut fate = None;
        chain.run(text.as_bytes(), &mut |f| { fate = Some(f); Ok(()) }).unwrap();
        let Some(Fate::Out(out)) = fate else { panic!("{key} {text}: {fate:?}") };
        let out = String::from_utf8(out).unwrap();
        let mut expected = object;
        expected.apply(&key);
        // Without white space, what the stage gives is what the model gives, to the byte.
        prop_assert_eq!(&bare(&out), &bare(&expected.text()), "{} on {}", key, text);
        // And the second time changes nothing.
        let mut again = None;
        chain.run(out.as_bytes(), &mut |f| { again = Some(f); Ok(()) }).unwrap();
        prop_assert_eq!(again, Some(Fate::Out(out.into_bytes())));
    }

    #[test]
    fn any_record_is_taken_by_any_stage(
        record in prop::collection::vec(any::<u8>(), 0..60),
        text in "[{}\\[\\]\",:a.b0\\\\u ]{0,60}",
        key in json_key(),
    ) {
        for record in [&record[..], text.as_bytes()] {
            let is_object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(record);
            let outcome = build_with(&key, &AnySecret).unwrap()
                .process(record, &mut Output::new(&mut [0; 4096])).unwrap();
            if is_object.is_ok() {
                prop_assert!(outcome != Outcome::Reject, "{} {:?}", key, record);
            }
        }
    }
}

/// An object as a list of members, so that names may stand twice.
#[derive(Clone, Debug)]
enum Json {
    Text(&'static str),
    Object(Vec<(&'static str, Json)>, &'static str),
}

fn object() -> impl Strategy<Value = Json> {
    let leaf = prop::sample::select(vec![
        "1",
        "-0.0e1",
        "\"x\\u0041\"",
        "null",
        "[1, {\"a\": 2}]",
        "\"***\"",
    ]);
    let name = prop::sample::select(vec!["a", "b", "c", "a.b"]);
    let space = prop::sample::select(vec!["", " "]);
    let leaf = leaf.prop_map(Json::Text);
    let any = leaf.prop_recursive(3, 20, 5, move |inner| {
        (
            prop::collection::vec((name.clone(), inner), 0..5),
            space.clone(),
        )
            .prop_map(|(members, space)| Json::Object(members, space))
    });
    (any.clone(), any).prop_map(|(a, b)| Json::Object(vec![("a", a), ("b", b)], " "))
}

fn json_key() -> impl Strategy<Value = String> {
    let paths = vec!["a", "b", "c", "a.b", "a,b.c", "a.a.c,b", "a\\.b,c", "a.b,a"];
    let family = vec!["json_drop:{}", "json_keep:{}", "json_mask:{}"];
    (prop::sample::select(family), prop::sample::select(paths))
        .prop_map(|(family, paths)| family.replace("{}", paths))
}

impl Json {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Object(members, space) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| {
                        format!("{space}\"{name}\"{space}:{space}{}", value.text())
                    })
                    .collect();
                format!(
                    "{space}{{{}{space}}}{space}",
                    members.join(&format!("{space},"))
                )
            }
        }
    }

    fn apply(&mut self, key: &str) {
        let (family, paths) = key.split_once(':').unwrap();
        let paths = byteor_pipeline_catalogue::field_paths(paths).unwrap();
        let paths: Vec<Vec<&str>> = paths
            .iter()
            .map(|path| path.iter().map(String::as_str).collect())
            .collect();
        self.change(
            family,
            &paths.iter().map(|path| &path[..]).collect::<Vec<_>>(),
        );
    }

    fn change(&mut self, family: &str, paths: &[&[&str]]) {
        let Self::Object(members, _) = self else {
            return;
        };
        let mut kept = Vec::new();
        for (name, mut value) in members.drain(..) {
            let inside: Vec<&[&str]> = paths
                .iter()
                .filter(|path| path[0] == name)
                .map(|path| &path[1..])
                .collect();
            let whole = inside.iter().any(|path| path.is_empty());
            let is_object = matches!(value, Self::Object(..));
            if !whole && is_object && !inside.is_empty() {
                value.change(family, &inside);
            }
            match family {
                "json_drop" if whole => continue,
                "json_keep" if !whole && (!is_object || inside.is_empty()) => continue,
                "json_mask" if whole => value = Self::Text("\"***\""),
                _ => {}
            }
            kept.push((name, value));
        }
        *members = kept;
    }
}

fn bare(text: &str) -> String {
    text.replace(' ', "")
}
