//! The config bundle's contract: one text for each bundle, every problem with its own code.

use byteor_config::{
    Boundaries, ConfigBundleV1, ConfigIssue, Egress, FileEgress, FileIngress, Framing, Ingress,
    Posture, ReadMode, Record, Reject, SLOT_BYTES, SecretKind, SecretReference, StartAt,
    Surroundings, TooLarge, Tuning, TuningProfile, Wait, Workers, decode, diff, digest, encode,
    render, validate, validate_in,
};
use proptest::prelude::*;

const GOLDEN: &str = "config.v=1\n\
config.posture=prod\n\
config.tuning.profile=low-latency\n\
config.tuning.workers=segments\n\
config.tuning.wait=backoff\n\
config.record.slot_bytes=1024\n\
adapter.ingress.kind=file\n\
adapter.ingress.file.path=/data/entr\\xc3\\xa9e 1.log\n\
adapter.ingress.file.framing=lines\n\
adapter.ingress.file.mode=follow\n\
adapter.ingress.file.start=end\n\
adapter.ingress.file.too_large=stop\n\
adapter.egress.kind=file\n\
adapter.egress.file.path=/data/out\\\\1.log\n\
adapter.egress.file.framing=lines\n\
adapter.reject.path=/data/rejected\\x20\n\
secrets.audit.kind=file\n\
secrets.audit.path=/data/keys/audit\n\
secrets.pii.kind=file\n\
secrets.pii.path=/data/keys/pii 1\n";

fn golden() -> ConfigBundleV1 {
    ConfigBundleV1 {
        v: 1,
        posture: Posture::Prod,
        tuning: Tuning {
            profile: TuningProfile::LowLatency,
            workers: Some(Workers::Segments),
            wait: Some(Wait::Backoff),
        },
        record: Record { slot_bytes: 1024 },
        ingress: Ingress::File(FileIngress {
            path: "/data/entrée 1.log".into(),
            framing: Framing::Lines,
            mode: ReadMode::Follow,
            start: StartAt::End,
            too_large: TooLarge::Stop,
        }),
        egress: Egress::File(FileEgress {
            path: "/data/out\\1.log".into(),
            framing: Framing::Lines,
            rotate_bytes: None,
            rotate_seconds: None,
        }),
        reject: Reject {
            path: "/data/rejected ".into(),
        },
        secrets: vec![
            secret("audit", "/data/keys/audit"),
            secret("pii", "/data/keys/pii 1"),
        ],
    }
}

fn secret(name: &str, path: &str) -> SecretReference {
    SecretReference {
        name: name.into(),
        kind: SecretKind::File,
        path: path.into(),
    }
}

fn plain() -> ConfigBundleV1 {
    ConfigBundleV1::file_to_file(
        Posture::Dev,
        "/data/in.log",
        "/data/out.log",
        "/data/rejected.log",
    )
}

fn codes(issues: &[ConfigIssue]) -> Vec<(&str, &str)> {
    issues
        .iter()
        .map(|issue| (issue.code.as_str(), issue.field.as_str()))
        .collect()
}

#[test]
fn the_golden_bundle_has_exactly_the_golden_text_and_digest() {
    assert_eq!(encode(&golden()).unwrap(), GOLDEN);
    assert_eq!(decode(GOLDEN).unwrap(), golden());
    assert_eq!(
        digest(encode(&plain()).unwrap()),
        "sha256:725a614d344b49c8274ad26fbbc7a4acb8a80e5f6de2c76dd4a878639457a2c0"
    );
}

#[test]
fn workers_and_wait_stand_in_text_json_and_difference_only_where_they_are_asked_for() {
    let mut asked = plain();
    asked.tuning.workers = Some(Workers::One);
    let text = encode(&asked).unwrap();
    let plain_text = encode(&plain()).unwrap();
    assert_eq!(text.replace("config.tuning.workers=one\n", ""), plain_text);
    assert_eq!(decode(&text).unwrap(), asked);
    let json = serde_json::to_string(&asked).unwrap();
    assert!(json.contains(r#""tuning":{"profile":"default","workers":"one"}"#));
    let fields: Vec<_> = diff(&plain(), &asked)
        .changes
        .into_iter()
        .map(|change| (change.field, change.before, change.after))
        .collect();
    let added = ("tuning.workers".to_owned(), None, Some("one".to_owned()));
    assert_eq!(fields, [added]);
    let wrong = text.replace("workers=one", "workers=two");
    let refused = decode(&wrong).unwrap_err();
    assert_eq!(
        codes(&refused),
        [("E_CONFIG_VALUE", "config.tuning.workers")]
    );
    let misplaced = format!("{plain_text}config.tuning.wait=spin\n");
    assert_eq!(
        codes(&decode(&misplaced).unwrap_err()),
        [("E_CONFIG_NOT_CANONICAL", "")]
    );
}

#[test]
fn json_has_the_shape_that_pages_and_server_use() {
    let json = serde_json::to_string(&plain()).unwrap();
    assert_eq!(
        json,
        r#"{"v":1,"posture":"dev","tuning":{"profile":"default"},"record":{"slot_bytes":256},"ingress":{"kind":"file","path":"/data/in.log","framing":"lines","mode":"follow","start":"start","too_large":"reject"},"egress":{"kind":"file","path":"/data/out.log","framing":"lines"},"reject":{"path":"/data/rejected.log"}}"#
    );
    assert_eq!(
        serde_json::from_str::<ConfigBundleV1>(&json).unwrap(),
        plain()
    );
    let foreign = json.replace(r#""mode":"follow""#, r#""mode":"follow","sneaky":true"#);
    assert!(serde_json::from_str::<ConfigBundleV1>(&foreign).is_err());
}

#[test]
fn text_that_is_not_canonical_is_refused_with_its_own_code() {
    let text = encode(&plain()).unwrap();
    let first = |text: &str| decode(text).unwrap_err().remove(0).code;
    assert_eq!(first(""), "E_CONFIG_TEXT");
    assert_eq!(first(text.trim_end()), "E_CONFIG_TEXT");
    assert_eq!(first(&text.replace('\n', "\r\n")), "E_CONFIG_TEXT");
    assert_eq!(first(&format!("\u{feff}{text}")), "E_CONFIG_TEXT");
    assert_eq!(first(&format!("{text}\n")), "E_CONFIG_TEXT");
    assert_eq!(
        first(&format!("{text}adapter.exec=/bin/sh\n")),
        "E_CONFIG_UNKNOWN_KEY"
    );
    assert_eq!(
        first(&format!("{text}config.v=1\n")),
        "E_CONFIG_DUPLICATE_KEY"
    );
    assert_eq!(
        first(&text.replacen("config.v=1\n", "", 1)),
        "E_CONFIG_MISSING_KEY"
    );
    assert_eq!(first(&text.replace("=dev", "=Dev")), "E_CONFIG_VALUE");
    assert_eq!(first(&text.replace("=256", "=0256")), "E_CONFIG_VALUE");
    assert_eq!(first(&text.replace("=256", "=+256")), "E_CONFIG_VALUE");
    assert_eq!(
        first(&text.replace("/data/in", "/d\\x61ta/in")),
        "E_CONFIG_NOT_CANONICAL"
    );
    let swapped = text.replace(
        "config.v=1\nconfig.posture=dev\n",
        "config.posture=dev\nconfig.v=1\n",
    );
    let issues = decode(&swapped).unwrap_err();
    assert_eq!(issues[0].code, "E_CONFIG_NOT_CANONICAL");
    assert_eq!(issues[0].line, Some(1));
    assert_eq!(first(&"config.v=1\n".repeat(7000)), "E_CONFIG_TEXT");
}

#[test]
fn an_invalid_bundle_is_neither_encoded_nor_decoded_and_names_its_fields() {
    let mut config = plain();
    config.v = 2;
    config.record.slot_bytes = 512;
    config.reject.path = "/data/in.log".into();
    config.egress = Egress::File(FileEgress {
        path: "out.log".into(),
        framing: Framing::Lines,
        rotate_bytes: None,
        rotate_seconds: None,
    });
    let Ingress::File(ingress) = &mut config.ingress else {
        panic!("it reads a file");
    };
    ingress.mode = ReadMode::StopAtEnd;
    ingress.start = StartAt::End;
    let expected = [
        ("E_CONFIG_VERSION", "v"),
        ("E_CONFIG_SLOT_BYTES", "record.slot_bytes"),
        ("E_CONFIG_PATH", "egress.path"),
        ("E_CONFIG_SAME_PATH", "reject.path"),
        ("E_CONFIG_READS_NOTHING", "ingress.start"),
    ];
    assert_eq!(codes(&validate(&config)), expected);
    assert_eq!(codes(&encode(&config).unwrap_err()), expected);
    assert_eq!(codes(&decode(&render(&config)).unwrap_err()), expected);
}

#[test]
fn a_pattern_stands_in_the_name_of_the_input_and_matches_no_other_file_of_the_bundle() {
    let with = |input: &str| {
        let mut config = plain();
        let Ingress::File(ingress) = &mut config.ingress else {
            panic!("it reads a file");
        };
        ingress.path = input.into();
        config.secrets = vec![secret("pii", "/data/keys/pii.key")];
        config
    };
    for (input, expected) in [
        ("/data/in-*.log", vec![]),
        ("/data/in/*", vec![]),
        ("/data/*.csv", vec![]),
        (
            "/data/*.log",
            vec![
                ("E_CONFIG_SAME_PATH", "egress.path"),
                ("E_CONFIG_SAME_PATH", "reject.path"),
            ],
        ),
        ("/data/r*d.log", vec![("E_CONFIG_SAME_PATH", "reject.path")]),
        (
            "/data/keys/*",
            vec![("E_CONFIG_SAME_PATH", "secrets.pii.path")],
        ),
        ("/data/*/in.log", vec![("E_CONFIG_PATTERN", "ingress.path")]),
        ("/d*/*.csv", vec![("E_CONFIG_PATTERN", "ingress.path")]),
        (
            "/data/{boundary}-*.csv",
            vec![("E_CONFIG_PATTERN", "ingress.path")],
        ),
    ] {
        assert_eq!(codes(&validate(&with(input))), expected, "{input}");
    }
}

#[test]
fn an_output_in_several_files_has_their_names_for_itself() {
    let with = |input: &str, output: &str, reject: &str| {
        let mut config = ConfigBundleV1::file_to_file(Posture::Dev, input, output, reject);
        let Egress::File(egress) = &mut config.egress else {
            panic!("it writes a file");
        };
        egress.rotate_seconds = Some(60);
        config
    };
    let number = "00000000000000000001";
    let (reject, long) = ("/data/out.rejected", format!("/data/{}", "n".repeat(230)));
    for (input, output, reject, expected) in [
        ("/data/in-*", "/data/out", reject, vec![]),
        (
            "/data/*.csv",
            "/data/out",
            reject,
            vec![("E_CONFIG_SAME_PATH", "egress.path")],
        ),
        (
            &format!("/data/out.{number}"),
            "/data/out",
            reject,
            vec![("E_CONFIG_SAME_PATH", "egress.path")],
        ),
        (
            "/data/in",
            "/data/out",
            &format!("/data/out.{number}.part"),
            vec![("E_CONFIG_SAME_PATH", "reject.path")],
        ),
        (
            "/data/in",
            &long,
            reject,
            vec![("E_CONFIG_ROTATED_NAME", "egress.path")],
        ),
    ] {
        let issues = validate(&with(input, output, reject));
        assert_eq!(codes(&issues), expected, "{input} {output} {reject}");
    }
}

#[test]
fn posture_and_roots_of_the_surroundings_are_checked() {
    let roots = vec!["/srv".to_owned(), "/dat".to_owned()];
    let issues = validate_in(
        &plain(),
        &Surroundings {
            posture: Some(Posture::Prod),
            allowed_roots: Some(&roots),
            ..Surroundings::default()
        },
    );
    assert_eq!(
        codes(&issues),
        [
            ("E_CONFIG_POSTURE", "posture"),
            ("E_PATH_OUTSIDE_ROOTS", "ingress.path"),
            ("E_PATH_OUTSIDE_ROOTS", "egress.path"),
            ("E_PATH_OUTSIDE_ROOTS", "reject.path"),
        ]
    );
    let roots = vec!["/data".to_owned()];
    assert!(
        validate_in(
            &plain(),
            &Surroundings {
                posture: Some(Posture::Dev),
                allowed_roots: Some(&roots),
                ..Surroundings::default()
            }
        )
        .is_empty()
    );
}

#[test]
fn secrets_are_exactly_those_that_the_keys_use() {
    let used = vec!["audit".to_owned(), "salt".to_owned()];
    let with = |secrets: Vec<SecretReference>| {
        let mut config = plain();
        config.secrets = secrets;
        config
    };
    let surroundings = Surroundings {
        secrets: Some(&used),
        ..Surroundings::default()
    };
    let config = with(vec![
        secret("audit", "/data/audit"),
        secret("pii", "/data/pii"),
    ]);
    assert_eq!(
        codes(&validate_in(&config, &surroundings)),
        [
            ("E_CONFIG_SECRET_MISSING", "secrets.salt"),
            ("E_CONFIG_SECRET_UNUSED", "secrets.pii"),
        ]
    );
    let config = with(vec![
        secret("audit", "/data/audit"),
        secret("salt", "/data/salt"),
    ]);
    assert!(validate_in(&config, &surroundings).is_empty());
    assert_eq!(decode(&encode(&config).unwrap()).unwrap(), config);

    let config = with(vec![
        secret("salt", "/data/salt"),
        secret("audit", "relative"),
        secret("audit", "/data/out.log"),
        secret("A", "/data/a"),
    ]);
    assert_eq!(
        codes(&encode(&config).unwrap_err()),
        [
            ("E_CONFIG_PATH", "secrets.audit.path"),
            ("E_CONFIG_SAME_PATH", "secrets.audit.path"),
            ("E_CONFIG_SECRET_ORDER", "secrets.audit"),
            ("E_CONFIG_SECRET_TWICE", "secrets.audit"),
            ("E_CONFIG_SECRET_NAME", "secrets.A"),
            ("E_CONFIG_SECRET_ORDER", "secrets.A"),
        ]
    );
    for (text, code) in [
        ("secrets.pii.kind=file\n", "E_CONFIG_MISSING_KEY"),
        (
            "secrets.pii.kind=env\nsecrets.pii.path=/a\n",
            "E_CONFIG_VALUE",
        ),
        (
            "secrets.pii.kind=file\nsecrets.pii.path=/a\nsecrets.pii.value=x\n",
            "E_CONFIG_UNKNOWN_KEY",
        ),
        (
            "secrets.b.kind=file\nsecrets.b.path=/b\nsecrets.a.kind=file\nsecrets.a.path=/a\n",
            "E_CONFIG_SECRET_ORDER",
        ),
    ] {
        let text = encode(&plain()).unwrap() + text;
        assert_eq!(decode(&text).unwrap_err()[0].code, code, "{text}");
    }
}

#[test]
fn a_difference_names_each_changed_field_once_in_the_order_of_the_text() {
    let mut after = plain();
    after.record.slot_bytes = 4096;
    after.reject.path = "/data/refused.log".into();
    let difference = diff(&plain(), &after);
    assert!(!difference.equal);
    assert_eq!(difference.after_digest, digest(encode(&after).unwrap()));
    let fields: Vec<_> = difference
        .changes
        .iter()
        .map(|change| {
            (
                change.field.as_str(),
                change.before.as_deref(),
                change.after.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        fields,
        [
            ("record.slot_bytes", Some("256"), Some("4096")),
            (
                "reject.path",
                Some("/data/rejected.log"),
                Some("/data/refused.log")
            ),
        ]
    );
    assert!(diff(&after, &after).equal);
}

fn path() -> impl Strategy<Value = String> {
    proptest::collection::vec("[^/\\p{Cc}]{1,12}", 1..4)
        .prop_map(|names| format!("/{}", names.join("/")))
        .prop_filter("plain", |path| byteor_config::path_problem(path).is_none())
}

proptest! {
    #[test]
    fn every_valid_bundle_survives_a_round_trip_and_bundles_never_share_a_text(
        (input, output, reject) in (path(), path(), path()),
        slot in 0_usize..4, profile in 0_usize..3,
    ) {
        let mut config = ConfigBundleV1::file_to_file(Posture::Staging, &input, &output, &reject);
        config.record.slot_bytes = SLOT_BYTES[slot];
        config.tuning.profile = TuningProfile::ALL[profile];
        if let Ok(text) = encode(&config) {
            prop_assert_eq!(decode(&text).unwrap(), config);
        }
    }

    #[test]
    fn decoding_never_panics_and_accepts_only_canonical_text(text in "(config|adapter|[a-z.=/\\\\\n]){0,40}") {
        if let Ok(config) = decode(&text) {
            prop_assert_eq!(encode(&config).unwrap(), text);
        }
    }
}

#[test]
fn a_binding_wires_several_boundaries_by_a_placeholder_and_one_without() {
    let ids = |ids: &[&str]| -> Vec<String> { ids.iter().map(|id| (*id).to_owned()).collect() };
    let (one, two) = (ids(&["in"]), ids(&["left", "right"]));
    let check = |input: &str, output: &str, ingress: &[String], egress: &[String]| {
        let config =
            ConfigBundleV1::file_to_file(Posture::Dev, input, output, "/data/rejected.log");
        let surroundings = Surroundings {
            boundaries: Some(Boundaries { ingress, egress }),
            ..Surroundings::default()
        };
        let issues = validate_in(&config, &surroundings);
        let found = issues
            .iter()
            .map(|one| format!("{} {}", one.code, one.field));
        found.collect::<Vec<_>>()
    };
    let none: [String; 0] = [];
    let several = "/data/{boundary}/out.log";
    assert_eq!(check("/data/in.log", several, &one, &two), none);
    assert_eq!(check(several, "/data/out.{boundary}", &two, &two), none);
    assert_eq!(check("/data/in.log", "/data/out.log", &one, &one), none);
    assert_eq!(
        check("/data/{boundary}/*.log", "/out/{boundary}.log", &two, &two),
        none
    );
    for (input, output, ingress, egress, said) in [
        (
            "/data/in.log",
            "/data/out.log",
            &one,
            &two,
            "E_CONFIG_BOUNDARY_MISSING egress.path",
        ),
        (
            "/data/in.log",
            "/data/{boundary}/{boundary}",
            &one,
            &two,
            "E_CONFIG_BOUNDARY_MISSING egress.path",
        ),
        (
            several,
            "/data/out.log",
            &one,
            &one,
            "E_CONFIG_BOUNDARY_UNUSED ingress.path",
        ),
        (
            "/data/left",
            "/data/{boundary}",
            &one,
            &two,
            "E_CONFIG_SAME_PATH egress.path",
        ),
        (
            "/data/in.log",
            "/data/{boundary}.log",
            &one,
            &ids(&["rejected", "x"]),
            "E_CONFIG_SAME_PATH egress.path",
        ),
        (
            "/data/left/*",
            several,
            &one,
            &two,
            "E_CONFIG_SAME_PATH egress.path",
        ),
        (
            "/{boundary}/r*.log",
            "/data/out.log",
            &ids(&["data", "more"]),
            &one,
            "E_CONFIG_SAME_PATH ingress.path",
        ),
        (
            "/data/in.log",
            several,
            &one,
            &ids(&["../x", "y"]),
            "E_CONFIG_BOUNDARY_ID egress.path",
        ),
    ] {
        assert_eq!(
            check(input, output, ingress, egress),
            [said],
            "{input} {output}"
        );
    }
    let long = format!("/{}{{boundary}}", "n".repeat(240));
    let wide = "w".repeat(60);
    assert_eq!(
        check("/data/in.log", &long, &one, &ids(&["a", &wide])),
        ["E_CONFIG_PATH egress.path"]
    );
}
