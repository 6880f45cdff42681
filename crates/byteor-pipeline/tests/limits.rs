//! Every limit that a rule names, on both sides of it: what is just allowed, and what is just not.
//!
//! A rule without a number has its boundary where its fix leads: `tests/rules.rs` applies each fix of
//! each bad example, the smallest edit that does away with the problem.

use std::collections::BTreeSet;
use std::path::Path;

use byteor_pipeline::spec::{
    FANOUT_MAX_CONSUMERS, KEY_MAX, MAX_SHARDS, SEQUENCED_SLOTS_MAX_CAPACITY,
    SEQUENCED_SLOTS_V1_GATING,
};
use byteor_pipeline::{ExecutionTarget, check_spec, compile, decode_kv_v1, plan};

#[path = "../../../xtask/src/rules.rs"]
#[allow(dead_code)]
mod rules;

use ExecutionTarget::{LaneGraph, SingleRing};

/// A plan with one stage, and more lines.
fn plan_with(stage: &str, chain: &str, more: &str) -> String {
    std::format!("pipeline p\ningress in\nstage a {stage}\negress out\n{chain}\n{more}\n")
}

fn intent(intent: &str) -> String {
    plan_with("identity", &std::format!("in -> a -[{intent}]-> out"), "")
}

fn setting(block: &str, settings: &str) -> String {
    plan_with(
        "identity",
        "in -> a -> out",
        &std::format!("{block} {{ {settings} }}"),
    )
}

/// One element that a number of stages read over one lane, which one stage collects.
fn readers(intent: &str, count: u32) -> String {
    let mut text = String::from(
        "pipeline p\ningress in\nstage a identity\nstage z identity\negress out\nin -> a\nz -> out\n",
    );
    for at in 0..count {
        text.push_str(&std::format!(
            "stage s{at} identity\na -[{intent}]-> s{at} -> z\n"
        ));
    }
    text
}

fn ring(stages: usize) -> String {
    let mut text = String::from("pipeline p\ningress in\negress out\n");
    let mut chain = String::from("in");
    for at in 0..stages {
        text.push_str(&std::format!("stage s{at} identity\n"));
        chain.push_str(&std::format!(" -> s{at}"));
    }
    std::format!("{text}{chain} -> out\n")
}

fn long(length: usize) -> String {
    let plan = plan_with("identity", "in -> a -> out", "#");
    std::format!(
        "{}{}\n",
        plan.trim_end(),
        "x".repeat(length - plan.trim_end().len() - 1)
    )
}

fn nested(depth: usize) -> String {
    let key = std::format!("keep:{}x{}", "(".repeat(depth), ")".repeat(depth));
    plan_with(&key, "in -> a -> out", "")
}

fn repeated(times: usize) -> String {
    plan_with(&std::format!("keep:a{{{times}}}"), "in -> a -> out", "")
}

/// The largest number that keeps a rule, up to `most`, by halving.
fn largest(code: &str, most: usize, of: impl Fn(usize) -> String) -> usize {
    let (mut good, mut bad) = (1, most);
    while bad - good > 1 {
        let middle = (good + bad) / 2;
        if codes(&of(middle), LaneGraph).contains(code) {
            bad = middle;
        } else {
            good = middle;
        }
    }
    good
}

fn codes(text: &str, target: ExecutionTarget) -> BTreeSet<String> {
    let diagnostics = compile(text, target).diagnostics;
    diagnostics
        .into_iter()
        .filter(|one| one.is_error())
        .map(|one| one.code)
        .collect()
}

fn holds(code: &str, target: ExecutionTarget, kept: &[String], broken: &[String]) {
    for text in kept {
        let given = codes(text, target);
        let shown: String = text.chars().take(400).collect();
        assert!(given.is_empty(), "{code}: {given:?}\n{shown}");
    }
    for text in broken {
        let given = codes(text, target);
        let shown: String = text.chars().take(400).collect();
        assert!(given.contains(code), "{code}: {given:?}\n{shown}");
    }
}

/// Codes whose limit is a length of 16 MiB. The text of a KV is held at it in `byteor-pipeline-spec`,
/// a plan whose spec has that length in `too_long.rs`.
const ELSEWHERE: [&str; 2] = ["E_KV_TOO_LONG", "E_LOWER_TOO_LONG"];

/// The codes that this file holds at their limits.
const HERE: [&str; 8] = [
    "E_KEY_LONG",
    "E_KEY_REGEX_NESTING",
    "E_KEY_REGEX_SIZE",
    "E_LANE_CAPACITY",
    "E_LANE_CONSUMERS",
    "E_RING_STAGES",
    "E_SYNTAX_DESCRIPTION_LONG",
    "E_SYNTAX_TOO_LONG",
];

#[test]
fn no_rule_with_a_limit_is_forgotten() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for page in rules::read(&root).unwrap() {
        for paragraph in page.paragraphs {
            let limited = paragraph.arguments.iter().any(|(name, _)| name == "limit");
            let code = paragraph.code.as_str();
            assert!(
                !limited || HERE.contains(&code) || ELSEWHERE.contains(&code),
                "{code} has a limit that no test here stands at"
            );
        }
    }
}

#[test]
fn plans_at_their_limits() {
    let key = |length: usize| {
        plan_with(
            &std::format!("keep:{}", "a".repeat(length - 5)),
            "in -> a -> out",
            "",
        )
    };
    holds(
        "E_KEY_LONG",
        LaneGraph,
        &[key(KEY_MAX)],
        &[key(KEY_MAX + 1)],
    );
    let depth = largest("E_KEY_REGEX_NESTING", 400, nested);
    assert_eq!(depth, 64, "the paragraph says 64");
    holds(
        "E_KEY_REGEX_NESTING",
        LaneGraph,
        &[nested(depth)],
        &[nested(depth + 1)],
    );
    let times = largest("E_KEY_REGEX_SIZE", 1_000_000, repeated);
    holds(
        "E_KEY_REGEX_SIZE",
        LaneGraph,
        &[repeated(times)],
        &[repeated(times + 1)],
    );
    let slots = |entries: u32| intent(&std::format!("sequenced_slots {entries}"));
    holds(
        "E_LANE_CAPACITY",
        LaneGraph,
        &[slots(1), slots(SEQUENCED_SLOTS_MAX_CAPACITY)],
        &[slots(0), slots(SEQUENCED_SLOTS_MAX_CAPACITY + 1)],
    );
    let fanout = |consumers: u32| {
        readers(
            &std::format!("fanout_broadcast {consumers}"),
            consumers.max(1),
        )
    };
    holds(
        "E_LANE_CONSUMERS",
        LaneGraph,
        &[fanout(1), fanout(FANOUT_MAX_CONSUMERS)],
        &[fanout(0), fanout(FANOUT_MAX_CONSUMERS + 1)],
    );
    let most = SEQUENCED_SLOTS_V1_GATING;
    holds(
        "E_RING_STAGES",
        SingleRing,
        &[ring(1), ring(most)],
        &[ring(most + 1)],
    );
    let described = |bytes: usize| {
        plan_with(
            "identity",
            "in -> a -> out",
            &std::format!("description \"{}\"", "d".repeat(bytes)),
        )
    };
    holds(
        "E_SYNTAX_DESCRIPTION_LONG",
        SingleRing,
        &[described(plan::DESCRIPTION_MAX)],
        &[described(plan::DESCRIPTION_MAX + 1)],
    );
    let bytes = plan::PLAN_MAX_BYTES;
    holds(
        "E_SYNTAX_TOO_LONG",
        SingleRing,
        &[long(bytes)],
        &[long(bytes + 1)],
    );
    let shards = |shards: u32| {
        setting(
            "single_ring",
            &std::format!("ordering per_key; shard_key 0 8; shards {shards}"),
        )
    };
    holds(
        "E_SETTING_VALUE",
        SingleRing,
        &[shards(1), shards(MAX_SHARDS)],
        &[shards(0), shards(MAX_SHARDS + 1)],
    );
}

/// A lane graph whose lanes have one line changed.
fn graph(line: &str) -> String {
    std::format!(
        "lane_graph.on_full=block\nlane_graph.lanes.0.id=a.out\n{line}\nlane_graph.lanes.1.id=in.a\n\
         lane_graph.lanes.1.kind=events\nlane_graph.endpoints.0.id=in\nlane_graph.endpoints.0.kind=ingress\n\
         lane_graph.endpoints.0.lane=in.a\nlane_graph.endpoints.1.id=out\nlane_graph.endpoints.1.kind=egress\n\
         lane_graph.endpoints.1.lane=a.out\nlane_graph.roles.0.id=a\nlane_graph.roles.0.kind=stage\n\
         lane_graph.roles.0.op=identity\nlane_graph.roles.0.rx=in.a\nlane_graph.roles.0.tx=a.out\n"
    )
}

#[test]
fn specs_at_their_limits() {
    let slots = |entries: u32| {
        graph(&std::format!(
            "lane_graph.lanes.0.kind=sequenced_slots\nlane_graph.lanes.0.capacity={entries}"
        ))
    };
    let given = |kv: &str| -> Vec<&'static str> {
        let spec = decode_kv_v1(kv).unwrap_or_else(|error| panic!("{error}\n{kv}"));
        check_spec(&spec)
            .into_iter()
            .map(|problem| problem.code)
            .collect()
    };
    for entries in [1, SEQUENCED_SLOTS_MAX_CAPACITY] {
        assert!(
            given(&slots(entries)).is_empty(),
            "{:?}",
            given(&slots(entries))
        );
    }
    for entries in [0, SEQUENCED_SLOTS_MAX_CAPACITY + 1] {
        assert!(given(&slots(entries)).contains(&"E_SPEC_LANE_CAPACITY"));
    }
    let ring = |stages: usize, shards: u32| {
        let text = ring(stages);
        let report = compile(&text, SingleRing)
            .report
            .map(|report| report.spec_kv);
        let kv = report.unwrap_or_default();
        kv.replace("shards=1", &std::format!("shards={shards}"))
            .replace(
                "ordering=strict",
                "ordering=per_key\nsingle_ring.shard_key.offset=0\nsingle_ring.shard_key.length=8",
            )
    };
    for shards in [1, MAX_SHARDS] {
        assert!(
            given(&ring(4, shards)).is_empty(),
            "{:?}",
            given(&ring(4, shards))
        );
    }
    for shards in [0, MAX_SHARDS + 1] {
        assert!(given(&ring(1, shards)).contains(&"E_SPEC_SHARDS"));
    }
}
