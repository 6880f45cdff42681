//! The pages of the adapters, `docs/spec/adapters`, and their declarations for the page's form, from
//! the same definitions that bundles are read and checked with.

use std::fmt::Write as _;

use byteor_config::adapters::{
    ADAPTERS, Adapter, Facts, Key, KeyKind, Lag, OtherEnd, Promised, Several, SinkPromise,
    SourcePromise, TOGETHER, Together, promised,
};
use serde::Serialize;

const TYPESCRIPT: &str = "src/lib/compiler/adapters.ts";

/// The files, each with its text.
pub fn files() -> Vec<(String, String)> {
    let mut files = vec![
        ("docs/spec/adapters/README.md".to_owned(), overview()),
        (TYPESCRIPT.to_owned(), typescript()),
    ];
    for adapter in ADAPTERS {
        let file = format!("docs/spec/adapters/{}.md", adapter.kind);
        files.push((file, page(adapter)));
    }
    files
}

const EDIT: &str = "<!-- Generated from crates/byteor-config/src/adapters by `cargo run -p xtask -- codegen`. Don't edit. -->\n\n";

fn overview() -> String {
    let mut text = EDIT.to_owned();
    text.push_str(
        "# Adapters\n\nWhere records come from and where they go is wiring, in the [config bundle](../config-bundle.md): one ingress, one egress.\n\n\
         | adapter | as a source | as a sink |\n| --- | --- | --- |\n",
    );
    let used = |does: Option<&str>| does.unwrap_or("no").to_owned();
    for adapter in ADAPTERS {
        let source = adapter.ingress.as_ref().map(|side| side.does);
        let sink = adapter.egress.as_ref().map(|side| side.does);
        let (source, sink) = (used(source), used(sink));
        let (title, kind) = (adapter.title, adapter.kind);
        let _ = writeln!(text, "| [{title}]({kind}.md) | {source} | {sink} |");
    }
    text.push_str(
        "\n## Delivery\n\nWhat a pair promises, whatever ends the process in between; it follows from what each side declares.\n\
         The promise is about records: what stages do on the outside is theirs.\n\
         A graph with a merge, with lanes that discard or with journals leaves open what leaves it: behind a checkpoint it may be \
         something else the second time, which the last source of the second table says.\n\n",
    );
    let sinks: Vec<_> = ADAPTERS.iter().flat_map(|adapter| sinks(adapter)).collect();
    let heads: Vec<&str> = sinks.iter().map(|(name, _)| name.as_str()).collect();
    let _ = writeln!(text, "| from ↓ to → | {} |", heads.join(" | "));
    let _ = writeln!(text, "| --- |{}", " --- |".repeat(heads.len()));
    for (name, source) in ADAPTERS.iter().flat_map(|adapter| sources(adapter)) {
        let cells: Vec<&str> = sinks
            .iter()
            .map(|(_, sink)| promised(source, *sink).title)
            .collect();
        let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
    }
    text.push_str("\nBoth sides of one adapter may promise more:\n\n| both | where | together | why |\n| --- | --- | --- | --- |\n");
    for together in TOGETHER {
        let Together {
            kind,
            same,
            sink: (key, word),
            promised: Promised { title, because, .. },
        } = together;
        let adapter = ADAPTERS.iter().find(|adapter| adapter.kind == *kind);
        let name = adapter.map_or(*kind, |adapter| adapter.title);
        let same = same.join("`, `");
        let _ = writeln!(
            text,
            "| {name} | `{same}` is the same on both sides, and `{key}` is `{word}` | {title} | {because} |"
        );
    }
    text.push_str("\nThe rule behind it:\n\n| the source | the sink | together | why |\n| --- | --- | --- | --- |\n");
    for source in SourcePromise::ALL {
        for sink in SinkPromise::ALL {
            let Promised { title, because, .. } = promised(*source, *sink);
            let (source, sink) = (source_words(*source), sink_words(*sink));
            let _ = writeln!(text, "| {source} | {sink} | {title} | {because} |");
        }
    }
    text
}

/// What an adapter promises as a source, and what it does where a word changes that.
fn sources(adapter: &Adapter) -> Vec<(String, SourcePromise)> {
    let Some(side) = &adapter.ingress else {
        return Vec::new();
    };
    variants(adapter, side.promise, side.otherwise)
}

/// The same as a sink.
fn sinks(adapter: &Adapter) -> Vec<(String, SinkPromise)> {
    let Some(side) = &adapter.egress else {
        return Vec::new();
    };
    variants(adapter, side.promise, side.otherwise)
}

fn variants<P: Copy>(
    adapter: &Adapter,
    promise: P,
    otherwise: &[(&str, &str, P)],
) -> Vec<(String, P)> {
    let title = adapter.title;
    let worded =
        |(key, word, promise): &(&str, &str, P)| (format!("{title}, `{key}` `{word}`"), *promise);
    let plain = (title.to_owned(), promise);
    std::iter::once(plain)
        .chain(otherwise.iter().map(worded))
        .collect()
}

fn source_words(promise: SourcePromise) -> &'static str {
    match promise {
        SourcePromise::Resumes => "reads the same records again",
        SourcePromise::Redelivers => "has its senders send again",
        SourcePromise::Forgets => "can't be asked again",
        SourcePromise::Chooses => {
            "reads the same records again, for a graph that leaves something open"
        }
    }
}

fn sink_words(promise: SinkPromise) -> &'static str {
    match promise {
        SinkPromise::Exact => "goes on exactly where it was",
        SinkPromise::Deduplicates => "leaves out what it has",
        SinkPromise::Numbered => "sends records again under their numbers",
        SinkPromise::Repeats => "writes records again",
        SinkPromise::Unconfirmed => "doesn't know what arrived",
    }
}

fn page(adapter: &Adapter) -> String {
    let mut text = EDIT.to_owned();
    let _ = write!(text, "# {}\n\n{}\n", adapter.title, adapter.summary);
    if let Some(side) = &adapter.ingress {
        let _ = write!(text, "\n## As a source\n\n{}.\n", side.does);
        keys(&mut text, adapter, "ingress", side.keys);
        let promise = words(side.promise, side.otherwise, source_words);
        let seen = format!(
            "{} {}",
            end_words(side.facts.other_end),
            lag_words(&side.lag)
        );
        facts(&mut text, &promise, &seen, &side.facts, &side.several);
    }
    if let Some(side) = &adapter.egress {
        let _ = write!(text, "\n## As a sink\n\n{}.\n", side.does);
        keys(&mut text, adapter, "egress", side.keys);
        let promise = words(side.promise, side.otherwise, sink_words);
        facts(
            &mut text,
            &promise,
            end_words(side.facts.other_end),
            &side.facts,
            &side.several,
        );
    }
    let _ = write!(
        text,
        "\nWhich pair of adapters promises what: [delivery](README.md#delivery).\n\n{}",
        adapter.page
    );
    text
}

fn words<P: Copy>(promise: P, otherwise: &[(&str, &str, P)], say: fn(P) -> &'static str) -> String {
    let mut text = format!("It {}.", say(promise));
    for (key, word, promise) in otherwise {
        let _ = write!(text, " With `{key}` `{word}` it {}.", say(*promise));
    }
    text
}

fn keys(text: &mut String, adapter: &Adapter, side: &str, keys: &[Key]) {
    text.push_str("\n| key | values | what it means |\n| --- | --- | --- |\n");
    for key in keys {
        let _ = writeln!(
            text,
            "| `adapter.{side}.{}.{}` | {} | {} |",
            adapter.kind,
            key.name,
            values(key),
            meaning(key)
        );
    }
}

fn values(key: &Key) -> String {
    let mut text = match key.kind {
        KeyKind::Path => "a path on the agent's host".to_owned(),
        KeyKind::Word { choices } => {
            let words: Vec<&str> = choices.iter().map(|choice| choice.word).collect();
            format!("`{}`", words.join("`, `"))
        }
        KeyKind::Number { min, max, unit } => format!("{min} to {max} {unit}"),
        KeyKind::Listen => "`ADDRESS:PORT`".to_owned(),
        KeyKind::Pointer => "a JSON pointer".to_owned(),
        KeyKind::UrlPath => "path of a URL".to_owned(),
        KeyKind::Url { schemes } => format!("a URL, `{}`", schemes.join("` or `")),
        KeyKind::Text => "a name".to_owned(),
        KeyKind::Secret => "name of a secret".to_owned(),
    };
    if key.optional {
        text.push_str("; may be left out");
    }
    if let Some(default) = key.default {
        let _ = write!(text, "; the form begins with `{default}`");
    }
    text
}

fn meaning(key: &Key) -> String {
    let mut text = format!("{}: {}", key.label, key.help);
    if let KeyKind::Word { choices } = key.kind {
        for choice in choices {
            let _ = write!(text, " `{}`: {}", choice.word, choice.help);
        }
    }
    text.replace('|', "\\|")
}

/// What is seen of the other end while a deployment runs.
fn end_words(end: OtherEnd) -> &'static str {
    match end {
        OtherEnd::Host => "Nobody who could be away: it is the host itself.",
        OtherEnd::Peer => {
            "Since when the peer answers or doesn't, failed tries and the last error in words, records under way."
        }
        OtherEnd::Divider => {
            "Since when the peer answers or doesn't, failed tries and the last error in words, records under way, and how often partitions came or went."
        }
        OtherEnd::Clients => {
            "Since when it listens, open connections, what it refused and why it did last, records under way."
        }
        OtherEnd::Either => {
            "Where it connects: since when the peer answers or doesn't, failed tries and the last error in words. Where it listens: since when, open connections, what it refused and why it did last. Records under way."
        }
    }
}

fn lag_words(lag: &Lag) -> String {
    match lag {
        Lag::Told { unit, means } => format!("How far behind it is, in {unit}: {means}"),
        Lag::Unknown { because } => format!("How far behind it is isn't known: {because}"),
    }
}

/// How boundaries are told apart where a graph has several.
fn several_words(several: &Several) -> String {
    let told = match several {
        Several::Refused { because } => return format!("Refused: {because}."),
        Several::Told(told) => told,
    };
    let mut text = format!("`{{boundary}}` stands in `{}`", told.address);
    for own in told.own {
        let _ = write!(text, ", and in `{own}`");
    }
    text.push_str(", once, for the id of each.");
    if told.begins {
        text.push_str(" A slash, or another character that no id has, stands behind it.");
    }
    for may in told.may {
        let _ = write!(text, " It may stand in `{may}` too.");
    }
    for (key, word, because) in told.not_with {
        let _ = write!(text, " Refused with `{key}` `{word}`: {because}.");
    }
    text
}

fn facts(text: &mut String, promise: &str, seen: &str, facts: &Facts, several: &Several) {
    let several = several_words(several);
    let _ = write!(
        text,
        "\n- After a run that was cut off: {promise}\n- Acknowledged: {}\n- Order: {}\n- Security: {}\n- Limits: {}\n- Seen while it runs: {seen}\n- [Several boundaries](../config-bundle.md#several-boundaries): {several}\n\n| what happens | what follows |\n| --- | --- |\n",
        facts.acknowledged, facts.ordering, facts.security, facts.limits
    );
    for (what, follows) in facts.failures {
        let _ = writeln!(text, "| {what} | {follows} |");
    }
}

fn typescript() -> String {
    let mut pairs = String::new();
    for source in SourcePromise::ALL {
        for sink in SinkPromise::ALL {
            let key = format!("{} {}", word(source), word(sink));
            let _ = writeln!(pairs, "  {key:?}: {},", json(&promised(*source, *sink)));
        }
    }
    format!(
        "// Generated from crates/byteor-config/src/adapters by `cargo run -p xtask -- codegen`. Don't edit.\n\n\
         import type {{ Adapter, Promised, SinkPromise, SourcePromise, Together }} from './types';\n\n\
         /** What each adapter says of itself, in the order in which a form offers them. */\n\
         export const adapters: readonly Adapter[] = {};\n\n\
         /** What a source and a sink promise together. */\n\
         export const deliveries: Record<`${{SourcePromise}} ${{SinkPromise}}`, Promised> = {{\n{pairs}}};\n\n\
         /** Pairs of one adapter that promise more. */\n\
         export const together: readonly Together[] = {};\n",
        json(&ADAPTERS),
        json(&TOGETHER)
    )
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("declarations are plain data")
}

/// The written form of a promise.
fn word(promise: &impl Serialize) -> String {
    let json = serde_json::to_value(promise).expect("promises are words");
    json.as_str().unwrap_or_default().to_owned()
}
