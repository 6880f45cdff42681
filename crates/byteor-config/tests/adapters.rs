//! Every adapter's declaration: complete, in accord with the types, and the only place where its name
//! stands.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use byteor_config::adapters::{
    ADAPTERS, Adapter, Entry, Key, KeyKind, Lag, OtherEnd, Several, TOGETHER, Values, adapter,
    delivery, promised,
};
use byteor_config::{
    BOUNDARY, Boundaries, ConfigBundleV1, Egress, Ingress, Posture, SecretKind, SecretReference,
    Surroundings, decode, encode, validate, validate_in,
};

/// Values as a form begins with them, and a fitting one for each key that has no default and means something
/// beside those before it.
#[derive(Default)]
struct Begun {
    words: BTreeMap<&'static str, String>,
    /// Words that bring something along are chosen, instead of those that a form begins with.
    brings: BTreeMap<&'static str, &'static str>,
}

impl Begun {
    /// One in which every key of a side means something.
    fn with_all(keys: &[Key]) -> Self {
        let brings = keys.iter().filter_map(|key| key.with);
        Self {
            brings: brings.map(|(key, words)| (key, words[0])).collect(),
            ..Self::default()
        }
    }
}

fn begun(key: &Key) -> String {
    let fitting = match key.kind {
        KeyKind::Path => format!("/data/{}", key.label.replace(' ', "-")),
        KeyKind::Word { choices } => choices[0].word.to_owned(),
        KeyKind::Number { min, .. } => min.to_string(),
        KeyKind::Listen => "127.0.0.1:8080".to_owned(),
        KeyKind::UrlPath => "/records".to_owned(),
        KeyKind::Url { schemes } => format!("{}://host.example/", schemes[0]),
        KeyKind::Pointer => "/id".to_owned(),
        KeyKind::Text => "orders".to_owned(),
        KeyKind::Secret => "token".to_owned(),
    };
    key.default.map_or(fitting, str::to_owned)
}

impl Values for Begun {
    fn take<T: Entry>(&mut self, key: &'static Key) -> Option<T> {
        let means = |(other, words): (&str, &[&str])| words.contains(&self.words[other].as_str());
        if !key.with.is_none_or(means) {
            return T::read(None);
        }
        let chosen = self.brings.get(key.name).map(|word| (*word).to_owned());
        let value = chosen.unwrap_or_else(|| begun(key));
        self.words.insert(key.name, value.clone());
        T::read(Some(&value))
    }
}

/// The same without what may be left out.
struct Least;

impl Values for Least {
    fn take<T: Entry>(&mut self, key: &'static Key) -> Option<T> {
        T::read((!key.optional).then(|| begun(key)).as_deref())
    }
}

fn bundle(ingress: Ingress, egress: Egress) -> ConfigBundleV1 {
    let mut config = ConfigBundleV1::file_to_file(Posture::Dev, "/a", "/b", "/data/rejected");
    config.ingress = ingress;
    config.egress = egress;
    let mut used: Vec<String> = config
        .adapter_secrets()
        .into_iter()
        .map(|used| used.1)
        .collect();
    used.sort();
    used.dedup();
    config.secrets = used
        .into_iter()
        .map(|name| SecretReference {
            path: format!("/data/keys/{name}"),
            name,
            kind: SecretKind::File,
        })
        .collect();
    config
}

fn sources() -> impl Iterator<Item = &'static Adapter> {
    ADAPTERS.iter().copied().filter(|one| one.ingress.is_some())
}

fn sinks() -> impl Iterator<Item = &'static Adapter> {
    ADAPTERS.iter().copied().filter(|one| one.egress.is_some())
}

#[test]
fn the_types_and_the_declarations_have_the_same_kinds_with_the_same_keys() {
    let names = |keys: &[Key]| keys.iter().map(|key| key.name).collect::<Vec<_>>();
    let declared: Vec<_> = sources()
        .map(|one| (one.kind, names(one.ingress.as_ref().unwrap().keys)))
        .collect();
    let typed: Vec<_> = Ingress::KINDS
        .iter()
        .map(|(kind, keys)| (*kind, names(keys)))
        .collect();
    assert_eq!(declared, typed);
    let declared: Vec<_> = sinks()
        .map(|one| (one.kind, names(one.egress.as_ref().unwrap().keys)))
        .collect();
    let typed: Vec<_> = Egress::KINDS
        .iter()
        .map(|(kind, keys)| (*kind, names(keys)))
        .collect();
    assert_eq!(declared, typed);
    for one in ADAPTERS {
        assert_eq!(adapter(one.kind).map(|found| found.title), Some(one.title));
    }
}

#[test]
fn every_key_has_a_name_for_people_help_and_a_default_of_its_kind() {
    let keys = || {
        let sides = Ingress::KINDS.iter().chain(Egress::KINDS);
        sides.flat_map(|(kind, keys)| keys.iter().map(move |key| (*kind, key)))
    };
    for (kind, key) in keys() {
        let at = format!("{kind}.{}", key.name);
        assert!(key.label.len() > 2, "{at}");
        assert!(key.help.ends_with('.'), "{at}");
        match (key.kind, key.default) {
            (KeyKind::Word { choices }, Some(default)) => {
                assert!(choices.iter().any(|choice| choice.word == default), "{at}");
                for choice in choices {
                    assert!(
                        choice.help.ends_with('.') && !choice.label.is_empty(),
                        "{at}"
                    );
                }
            }
            (KeyKind::Word { .. }, None) => panic!("{at}: a form can't begin without a word"),
            (KeyKind::Number { min, max, .. }, default) => {
                let number = default.map(|default| default.parse::<u32>().unwrap());
                assert!(
                    number.is_none_or(|number| (min..=max).contains(&number)),
                    "{at}"
                );
                assert!(number.is_some() || key.optional, "{at}");
            }
            _ => {}
        }
    }
    let facts = ADAPTERS.iter().flat_map(|one| {
        let source = one.ingress.as_ref().map(|side| (side.does, &side.facts));
        [
            source,
            one.egress.as_ref().map(|side| (side.does, &side.facts)),
        ]
    });
    for (does, facts) in facts.flatten() {
        for fact in [
            facts.acknowledged,
            facts.ordering,
            facts.security,
            facts.limits,
        ] {
            assert!(fact.ends_with('.'), "{does}: {fact}");
        }
        assert!(facts.failures.len() > 1, "{does}");
    }
}

#[test]
fn every_source_says_how_far_behind_it_is_or_why_nobody_knows() {
    for one in sources() {
        let side = one.ingress.as_ref().unwrap();
        let words = match side.lag {
            Lag::Told { unit, means } => {
                assert!(!unit.is_empty() && !unit.contains(' '), "{}", one.kind);
                means
            }
            Lag::Unknown { because } => because,
        };
        assert!(words.len() > 20 && words.ends_with('.'), "{}", one.kind);
    }
    // What clients prove themselves by is called so: it has to be long.
    for one in sources() {
        let side = one.ingress.as_ref().unwrap();
        let is_asked = [OtherEnd::Clients, OtherEnd::Either].contains(&side.facts.other_end);
        let has_token = side.keys.iter().any(|key| key.name == "token");
        assert_eq!(is_asked, has_token, "{}", one.kind);
    }
    for one in sinks() {
        let end = one.egress.as_ref().unwrap().facts.other_end;
        assert!(
            ![OtherEnd::Divider, OtherEnd::Clients].contains(&end),
            "{}",
            one.kind
        );
    }
}

#[test]
fn what_a_word_brings_along_is_behind_it_may_be_left_out_and_can_be_said_with_it() {
    let mut brought = 0;
    for (kind, keys) in Ingress::KINDS.iter().chain(Egress::KINDS) {
        for (at, key) in keys.iter().enumerate() {
            let Some((other, words)) = key.with else {
                continue;
            };
            brought += 1;
            let before = keys[..at].iter().find(|one| one.name == other);
            let Some(KeyKind::Word { choices }) = before.map(|one| one.kind) else {
                panic!("{kind}.{}: {other} is no word before it", key.name);
            };
            let is_choice = |word: &&str| choices.iter().any(|choice| choice.word == *word);
            assert!(words.iter().all(is_choice), "{kind}.{}", key.name);
            assert!(words.len() < choices.len() && !words.is_empty());
            assert!(key.optional && key.default.is_none(), "{kind}.{}", key.name);
        }
    }
    assert!(brought > 0);
    for (kind, keys) in Ingress::KINDS {
        let side = Ingress::read(kind, &mut Begun::with_all(keys)).unwrap();
        assert!(side.written().iter().all(Option::is_some), "{kind}");
        let egress = Egress::read("file", &mut Begun::default()).unwrap();
        let config = bundle(side, egress);
        assert_eq!(validate(&config), [], "{kind}");
        assert_eq!(decode(&encode(&config).unwrap()).unwrap(), config);
    }
    for (kind, keys) in Egress::KINDS {
        let side = Egress::read(kind, &mut Begun::with_all(keys)).unwrap();
        assert!(side.written().iter().all(Option::is_some), "{kind}");
        let ingress = Ingress::read("file", &mut Begun::default()).unwrap();
        let config = bundle(ingress, side);
        assert_eq!(validate(&config), [], "{kind}");
        assert_eq!(decode(&encode(&config).unwrap()).unwrap(), config);
    }
}

#[test]
fn every_pair_has_one_text_one_json_form_and_a_delivery() {
    for (source, _) in Ingress::KINDS {
        for (sink, _) in Egress::KINDS {
            let full = bundle(
                Ingress::read(source, &mut Begun::default()).unwrap(),
                Egress::read(sink, &mut Begun::default()).unwrap(),
            );
            let least = bundle(
                Ingress::read(source, &mut Least).unwrap(),
                Egress::read(sink, &mut Least).unwrap(),
            );
            for config in [full, least] {
                assert_eq!(validate(&config), [], "{source} to {sink}");
                let text = encode(&config).unwrap();
                assert_eq!(decode(&text).unwrap(), config);
                let json = serde_json::to_string(&config).unwrap();
                assert_eq!(
                    serde_json::from_str::<ConfigBundleV1>(&json).unwrap(),
                    config
                );
                let declared = promised(
                    adapter(source).unwrap().ingress.as_ref().unwrap().promise,
                    adapter(sink).unwrap().egress.as_ref().unwrap().promise,
                );
                assert_eq!(delivery(&config.ingress, &config.egress), Some(declared));
                // Each line that may not be left out is needed, and none may say what isn't a value of its key.
                for line in text.lines().filter(|line| line.starts_with("adapter.")) {
                    let optional = config
                        .ingress
                        .keys()
                        .iter()
                        .chain(config.egress.keys())
                        .any(|key| key.optional && line.contains(&format!(".{}=", key.name)));
                    let without = text.replace(&format!("{line}\n"), "");
                    if !optional {
                        let issues = decode(&without).unwrap_err();
                        assert_eq!(issues[0].code, "E_CONFIG_MISSING_KEY", "{line}");
                    }
                    let key = line.split('=').next().unwrap();
                    let odd = text.replace(line, &format!("{key}=\\x7f"));
                    assert!(decode(&odd).is_err(), "{line}");
                }
            }
        }
    }
}

#[test]
fn two_sides_of_one_place_promise_more_where_that_is_declared() {
    assert!(!TOGETHER.is_empty());
    for together in TOGETHER {
        let pair = bundle(
            Ingress::read(together.kind, &mut Begun::default()).unwrap(),
            Egress::read(together.kind, &mut Begun::default()).unwrap(),
        );
        let text = encode(&pair).unwrap();
        let kind = together.kind;
        let line = |side: &str, key: &str| {
            let begin = format!("adapter.{side}.{kind}.{key}=");
            let line = text.lines().find(|line| line.starts_with(&begin)).unwrap();
            (line.to_owned(), begin)
        };
        let (is, begin) = line("egress", together.sink.0);
        let more = text.replace(&is, &format!("{begin}{}", together.sink.1));
        let promised = |text: &str| {
            let pair = decode(text).unwrap();
            delivery(&pair.ingress, &pair.egress).unwrap()
        };
        assert_eq!(promised(&more), together.promised);
        assert_ne!(promised(&text), together.promised);
        for key in together.same {
            let (is, begin) = line("ingress", key);
            let other = more.replace(&is, &format!("{begin}elsewhere.example"));
            assert_ne!(promised(&other), together.promised, "{key}");
        }
        // With another source, or another sink, each side promises what it does with others.
        let others = Ingress::KINDS.iter().filter(|(source, _)| *source != kind);
        for (source, _) in others {
            let ingress = Ingress::read(source, &mut Begun::default()).unwrap();
            let egress = decode(&more).unwrap().egress;
            assert_eq!(
                delivery(&ingress, &egress).unwrap(),
                byteor_config::adapters::promised(
                    adapter(source).unwrap().ingress.as_ref().unwrap().promise,
                    adapter(kind)
                        .unwrap()
                        .egress
                        .as_ref()
                        .unwrap()
                        .promise_of(&egress.written()),
                )
            );
        }
    }
}

#[test]
fn the_example_of_every_page_is_a_bundle() {
    for one in ADAPTERS {
        let examples: Vec<&str> = one.page.split("```text\n").skip(1).collect();
        assert!(!examples.is_empty(), "{}", one.kind);
        for example in examples {
            let example = example.split("```").next().unwrap();
            let begin = "config.v=1\nconfig.posture=prod\nconfig.tuning.profile=default\nconfig.record.slot_bytes=1024\n";
            let text = match example.starts_with("config.v") {
                true => example.to_owned(),
                false => format!("{begin}{example}adapter.reject.path=/data/rejected.log\n"),
            };
            if let Err(issues) = decode(&text) {
                panic!("{}: {issues:?}", one.kind);
            }
        }
    }
}

/// Where the sources of the product are, and the files that may name a kind of adapter.
const NAMES_KINDS: [&str; 2] = [
    "crates/byteor-config/src/adapters/",
    "crates/byteor-edgeplane/src/wiring.rs",
];

#[test]
fn an_adapter_is_named_in_its_folder_in_the_list_and_where_it_is_carried_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    for folder in ["crates", "wasm", "server", "src/lib", "src/routes"] {
        sources_under(&root.join(folder), &mut found);
    }
    assert!(found.len() > 500, "{}", found.len());
    let mut named = Vec::new();
    for path in found {
        let name = path
            .strip_prefix(&root)
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        let rust = name.ends_with(".rs")
            && (text.contains("byteor_config") || name.starts_with("crates/byteor-config/"));
        for one in ADAPTERS {
            let variant: String = one.kind[..1].to_uppercase() + &one.kind[1..];
            let patterns = match name.ends_with(".rs") {
                true if !rust => continue,
                true => vec![
                    format!("Ingress::{variant}("),
                    format!("Egress::{variant}("),
                ],
                false => vec![format!("gress.kind === '{}'", one.kind)],
            };
            if patterns.iter().any(|pattern| text.contains(pattern)) {
                named.push(name.clone());
            }
        }
    }
    named.sort();
    named.dedup();
    let elsewhere: Vec<_> = named
        .iter()
        .filter(|name| !NAMES_KINDS.iter().any(|here| name.starts_with(here)))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
    assert!(named.iter().any(|name| name == NAMES_KINDS[1]), "{named:?}");
}

fn sources_under(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir()
            && ![
                "tests",
                "benches",
                "target",
                "pkg",
                "generated",
                "node_modules",
            ]
            .contains(&name.as_str())
        {
            sources_under(&path, found);
        } else if [".rs", ".ts", ".svelte"]
            .iter()
            .any(|end| name.ends_with(end))
            && !name.contains(".test.")
        {
            found.push(path);
        }
    }
}

/// Values as a form begins with them, with the placeholder behind those of some keys.
struct Placed<'a> {
    begun: Begun,
    keys: &'a [&'a str],
    /// What stands there.
    behind: &'a str,
}

impl Values for Placed<'_> {
    fn take<T: Entry>(&mut self, key: &'static Key) -> Option<T> {
        if !self.keys.contains(&key.name) {
            return self.begun.take(key);
        }
        T::read(Some(&[&begun(key), self.behind].concat()))
    }
}

/// What is said against a bundle for a spec with these boundaries, as code and field.
fn said(config: &ConfigBundleV1, ingress: &[String], egress: &[String]) -> Vec<String> {
    let surroundings = Surroundings {
        boundaries: Some(Boundaries { ingress, egress }),
        ..Surroundings::default()
    };
    let issues = validate_in(config, &surroundings);
    let words = issues
        .iter()
        .map(|one| format!("{} {}", one.code, one.field));
    words.collect()
}

/// A side of each kind with placeholders in `keys` of it, beside a file.
fn with_placeholders(
    side: &str,
    kind: &'static str,
    keys: &[&str],
    behind: &str,
) -> ConfigBundleV1 {
    let mut values = Placed {
        begun: Begun::default(),
        keys,
        behind,
    };
    let file = ConfigBundleV1::file_to_file(Posture::Dev, "/a", "/b", "/data/rejected");
    match side {
        "ingress" => bundle(Ingress::read(kind, &mut values).unwrap(), file.egress),
        _ => bundle(file.ingress, Egress::read(kind, &mut values).unwrap()),
    }
}

#[test]
fn every_adapter_says_how_several_boundaries_are_told_apart_or_why_there_is_one() {
    let ids = |ids: &[&str]| -> Vec<String> { ids.iter().map(|id| (*id).to_owned()).collect() };
    let (one, two) = (ids(&["only"]), ids(&["left", "right_2"]));
    for adapter in ADAPTERS {
        let sides = [
            (
                "ingress",
                adapter
                    .ingress
                    .as_ref()
                    .map(|side| (side.keys, side.several)),
            ),
            (
                "egress",
                adapter
                    .egress
                    .as_ref()
                    .map(|side| (side.keys, side.several)),
            ),
        ];
        for (side, declared) in sides {
            let Some((keys, several)) = declared else {
                continue;
            };
            let kind = adapter.kind;
            let check = |config: &ConfigBundleV1, ids: &[String]| match side {
                "ingress" => said(config, ids, &one),
                _ => said(config, &one, ids),
            };
            let told = match several {
                Several::Refused { because } => {
                    assert!(because.len() > 20 && !because.ends_with('.'), "{kind}");
                    let config = with_placeholders(side, kind, &[], "");
                    let refused = format!("E_CONFIG_BOUNDARY_ONE {side}.kind");
                    assert_eq!(check(&config, &two), [refused], "{kind}");
                    continue;
                }
                Several::Told(told) => told,
            };
            let needed = [&[told.address], told.own].concat();
            let named = [&needed[..], told.may].concat();
            for name in &named {
                let key = keys.iter().find(|key| key.name == *name).unwrap();
                assert!(!matches!(
                    key.kind,
                    KeyKind::Word { .. } | KeyKind::Number { .. }
                ));
            }
            let behind = if told.begins {
                "/{boundary}/"
            } else {
                "{boundary}"
            };
            let none: [String; 0] = [];
            let config = with_placeholders(side, kind, &needed, behind);
            assert_eq!(check(&config, &two), none, "{kind}: one each");
            let all = with_placeholders(side, kind, &named, behind);
            assert_eq!(check(&all, &two), none, "{kind}: also where it may be");
            // Each key that needs it is missed, and the side of each boundary has its id there alone.
            for name in &needed {
                let some: Vec<_> = needed.iter().copied().filter(|one| one != name).collect();
                let config = with_placeholders(side, kind, &some, behind);
                let missing = format!("E_CONFIG_BOUNDARY_MISSING {side}.{name}");
                assert_eq!(check(&config, &two), [missing], "{kind}");
            }
            let twice = with_placeholders(side, kind, &needed, &[behind, BOUNDARY].concat());
            let missing = format!("E_CONFIG_BOUNDARY_MISSING {side}.{}", told.address);
            assert!(check(&twice, &two).contains(&missing), "{kind}");
            let unused = format!("E_CONFIG_BOUNDARY_UNUSED {side}.{}", told.address);
            assert!(check(&config, &one).contains(&unused), "{kind}");
            let placed = match side {
                "ingress" => config.of_ingress("left"),
                _ => config.of_egress("left"),
            };
            if kind != "file" {
                let text = encode(&placed).unwrap();
                assert_eq!(
                    text,
                    encode(&config).unwrap().replace(BOUNDARY, "left"),
                    "{kind}"
                );
            }
            for (name, word, because) in told.not_with {
                assert!(because.len() > 20 && !because.ends_with('.'), "{kind}");
                let key = keys.iter().find(|key| key.name == *name).unwrap();
                let KeyKind::Word { choices } = key.kind else {
                    panic!("{name} has no words");
                };
                assert!(choices.iter().any(|choice| choice.word == *word));
            }
            // A name elsewhere doesn't say which boundary it is for.
            for key in keys {
                let is_name = matches!(key.kind, KeyKind::Text | KeyKind::Url { .. });
                if is_name && !named.contains(&key.name) && key.with.is_none() {
                    let more = [&needed[..], &[key.name]].concat();
                    let config = with_placeholders(side, kind, &more, "/{boundary}");
                    let wrong = format!("E_CONFIG_BOUNDARY_KEY {side}.{}", key.name);
                    assert!(
                        check(&config, &two).contains(&wrong),
                        "{kind}: {}",
                        key.name
                    );
                }
            }
        }
    }
}

#[test]
fn what_boundaries_can_t_be_together_is_refused_with_its_reason() {
    let two = ["left".to_owned(), "right".to_owned()];
    let one = ["only".to_owned()];
    let read = |text: &str| decode(text).unwrap_or_else(|issues| panic!("{issues:?}"));
    let texts = |from: &str, to: &str| {
        let config = ConfigBundleV1::file_to_file(Posture::Dev, "/a", "/b", "/data/rejected");
        let mut text = String::new();
        for line in encode(&config).unwrap().lines() {
            let side = [("adapter.ingress.", from), ("adapter.egress.", to)];
            match side
                .iter()
                .find(|(begin, side)| line.starts_with(begin) && !side.is_empty())
            {
                None => text += &[line, "\n"].concat(),
                Some((begin, side)) if line.starts_with(&[begin, "kind"].concat()) => text += side,
                Some(_) => {}
            }
        }
        read(&text)
    };
    let reads = "adapter.ingress.kind=kafka\nadapter.ingress.kafka.servers=127.0.0.1:9092\n\
        adapter.ingress.kafka.topic=in-{boundary}\nadapter.ingress.kafka.group=g-{boundary}\n\
        adapter.ingress.kafka.start=start\nadapter.ingress.kafka.in_flight_bytes=1048576\n\
        adapter.ingress.kafka.session_seconds=45\nadapter.ingress.kafka.timeout_seconds=30\n";
    let writes = |topic: &str| {
        format!(
            "adapter.egress.kind=kafka\nadapter.egress.kafka.servers=127.0.0.1:9092\n\
             adapter.egress.kafka.topic={topic}\nadapter.egress.kafka.delivery=transactions\n\
             adapter.egress.kafka.compression=none\nadapter.egress.kafka.batch_bytes=65536\n\
             adapter.egress.kafka.in_flight_bytes=1048576\nadapter.egress.kafka.timeout_seconds=30\n"
        )
    };
    let config = texts("", &writes("out-{boundary}"));
    assert_eq!(
        said(&config, &one, &two),
        ["E_CONFIG_BOUNDARY_ONE egress.delivery"],
        "each would commit by itself"
    );
    let config = texts(reads, &writes("out"));
    assert_eq!(
        said(&config, &two, &one),
        ["E_CONFIG_BOUNDARY_ONE egress.delivery"],
        "one transaction says how far one group is"
    );
    // Limits of a server hold for what each boundary has there, which is told with its id.
    let long = "t".repeat(245);
    let config = texts(&reads.replace("in-", &long), "");
    let ids = ["a".to_owned(), "longer".to_owned()];
    assert_eq!(
        said(&config, &ids, &one),
        ["E_CONFIG_KAFKA_TOPIC ingress.topic"]
    );
    let surroundings = Surroundings {
        boundaries: Some(Boundaries {
            ingress: &ids,
            egress: &one,
        }),
        ..Surroundings::default()
    };
    let issues = validate_in(&config, &surroundings);
    assert_eq!(issues[0].args["boundary"], "longer");
    assert!(issues[0].message.contains("boundary 'longer'"));
    // What one boundary's prefix begins could be another's.
    for (prefix, open) in [
        ("{boundary}", true),
        ("{boundary}2/", true),
        ("{boundary}-x/", false),
    ] {
        let config = with_placeholders("ingress", "s3", &["prefix"], prefix);
        let found = said(&config, &two, &one);
        let issue = "E_CONFIG_BOUNDARY_OPEN ingress.prefix".to_owned();
        assert_eq!(found.contains(&issue), open, "{prefix}: {found:?}");
    }
}
