//! What edits and the formatter do to the spec hash: an operation and its inverse give the same one,
//! and formatting never changes it.

use byteor_pipeline::plan::{
    EditOperation as Op, LaneIntent, PlanGraph, apply_edits, edit, format,
};
use byteor_pipeline::spec::{EndpointKind, LaneKind};
use byteor_pipeline::{ExecutionTarget, compile, validate};
use proptest::prelude::*;

/// A plan that compiles for its target: a chain, with comments and spaces of all sorts.
fn plan() -> impl Strategy<Value = (String, ExecutionTarget)> {
    (1usize..5, any::<u32>(), any::<bool>()).prop_map(|(count, seed, ring)| {
        let bit = |at: usize| seed >> (at % 32) & 1 == 1;
        let space = |at: usize| if bit(at) { " " } else { "  " };
        let mut text = format!("# head\npipeline{}p\n\ningress in # where\n", space(9));
        for at in 0..count {
            let key =
                ["identity", "keep:x", "\"drop:a b\"", "replace:a=b"][(seed as usize + at) % 4];
            let comment = if bit(at + 3) { " # what it does" } else { "" };
            text.push_str(&format!("stage{}s{at} {key}{comment}\n", space(at)));
        }
        text.push_str("egress out\n");
        if bit(20) {
            text.push('\n');
        }
        text.push_str("in");
        for at in 0..count {
            // One lane of each kind, so that the lane graph needs no settings.
            let arrow = if bit(at + 10) { "->" } else { "-[journal]->" };
            text.push_str(&format!(" {arrow}{}s{at}", space(at + 5)));
        }
        text.push_str(
            " -> out # flow\n\nsingle_ring { ordering strict }\nlane_graph { on_full block }\n",
        );
        let target = if ring {
            ExecutionTarget::SingleRing
        } else {
            ExecutionTarget::LaneGraph
        };
        (text, target)
    })
}

fn hash(text: &str, target: ExecutionTarget) -> String {
    let compilation = compile(text, target);
    compilation
        .report
        .unwrap_or_else(|| panic!("{text}\n{:?}", compilation.diagnostics))
        .spec_hash
}

fn graph(text: &str) -> PlanGraph {
    validate(text, ExecutionTarget::SingleRing).graph
}

fn done(text: &str, operation: &Op) -> (String, Vec<String>) {
    let answer =
        edit(text, operation).unwrap_or_else(|error| panic!("{operation:?}: {error}\n{text}"));
    assert_eq!(apply_edits(text, &answer.edits), answer.text);
    (answer.text, answer.created)
}

fn intent_of(text: &str, from: &str, to: &str) -> Option<LaneIntent> {
    let graph = graph(text);
    let link = graph
        .connections
        .iter()
        .find(|link| link.from == from && link.to == to);
    link.and_then(|link| link.intent)
}

/// Does an operation, and then what takes it back.
fn there_and_back(text: &str, which: usize, at: usize, target: ExecutionTarget) -> String {
    let stages: Vec<String> = graph(text)
        .stages
        .into_iter()
        .map(|stage| stage.id)
        .collect();
    let (id, own) = (&stages[at % stages.len()], |text: &str| text.to_owned());
    let links: Vec<(String, String)> = graph(text)
        .connections
        .into_iter()
        .map(|link| (link.from, link.to))
        .collect();
    let (from, to) = links[at % links.len()].clone();
    let remove = |text: &str, ids: Vec<String>, heal: bool| done(text, &Op::Remove { ids, heal }).0;
    match which {
        0 => {
            let (text, created) = done(
                text,
                &Op::AddStage {
                    key: own("identity"),
                    id: None,
                    after: None,
                },
            );
            remove(&text, created, false)
        }
        1 => {
            let (text, created) = done(
                text,
                &Op::AddStage {
                    key: own("keep:a b"),
                    id: None,
                    after: Some(id.clone()),
                },
            );
            remove(&text, created, false)
        }
        2 => {
            let (text, created) = done(
                text,
                &Op::AddBoundary {
                    kind: EndpointKind::Egress,
                    id: None,
                },
            );
            remove(&text, created, false)
        }
        3 => {
            let (text, _) = done(
                text,
                &Op::AddStage {
                    key: own("identity"),
                    id: Some(own("fresh")),
                    after: None,
                },
            );
            let intent = Some(LaneIntent::of(LaneKind::Journal));
            let (text, _) = done(
                &text,
                &Op::Connect {
                    from: id.clone(),
                    to: own("fresh"),
                    intent,
                },
            );
            let (text, _) = done(
                &text,
                &Op::Disconnect {
                    from: id.clone(),
                    to: own("fresh"),
                },
            );
            remove(&text, vec![own("fresh")], false)
        }
        4 => {
            let intent = intent_of(text, &from, &to);
            let (text, _) = done(
                text,
                &Op::Disconnect {
                    from: from.clone(),
                    to: to.clone(),
                },
            );
            done(&text, &Op::Connect { from, to, intent }).0
        }
        5 => {
            let (text, created) = done(
                text,
                &Op::InsertOnConnection {
                    from,
                    to,
                    key: own("drop:x"),
                    id: None,
                },
            );
            remove(&text, created, true)
        }
        6 => {
            let (text, _) = done(
                text,
                &Op::Rename {
                    id: id.clone(),
                    to: own("other"),
                },
            );
            done(
                &text,
                &Op::Rename {
                    id: own("other"),
                    to: id.clone(),
                },
            )
            .0
        }
        7 => {
            let key = graph(text)
                .stages
                .into_iter()
                .find(|stage| stage.id == *id)
                .unwrap()
                .key;
            let (text, _) = done(
                text,
                &Op::SetKey {
                    id: id.clone(),
                    key: own("keep:other one"),
                },
            );
            done(
                &text,
                &Op::SetKey {
                    id: id.clone(),
                    key,
                },
            )
            .0
        }
        8 => {
            let intent = intent_of(text, &from, &to);
            let other = Some(LaneIntent {
                capacity: Some(8),
                ..LaneIntent::of(LaneKind::SequencedSlots)
            });
            let (text, _) = done(
                text,
                &Op::SetIntent {
                    from: from.clone(),
                    to: to.clone(),
                    intent: other,
                },
            );
            done(&text, &Op::SetIntent { from, to, intent }).0
        }
        9 => {
            let (text, _) = done(
                text,
                &Op::AddStage {
                    key: own("identity"),
                    id: Some(own("fresh")),
                    after: None,
                },
            );
            let (new_from, new_to) = if to == "out" {
                (own("fresh"), to.clone())
            } else {
                (from.clone(), own("fresh"))
            };
            let (text, _) = done(
                &text,
                &Op::Reconnect {
                    from: from.clone(),
                    to: to.clone(),
                    new_from: Some(new_from.clone()),
                    new_to: Some(new_to.clone()),
                },
            );
            let (text, _) = done(
                &text,
                &Op::Reconnect {
                    from: new_from,
                    to: new_to,
                    new_from: Some(from),
                    new_to: Some(to),
                },
            );
            remove(&text, vec![own("fresh")], false)
        }
        10 => {
            let fragment = byteor_pipeline::extract(text, &stages);
            let (text, created) = done(
                text,
                &Op::Paste {
                    text: fragment,
                    after: None,
                },
            );
            remove(&text, created, false)
        }
        11 => {
            let (text, created) = done(
                text,
                &Op::Duplicate {
                    ids: stages.clone(),
                },
            );
            remove(&text, created, false)
        }
        12 => {
            done(
                text,
                &Op::SetName {
                    name: own("another"),
                },
            )
            .0
        }
        13 => {
            done(
                text,
                &Op::SetDescription {
                    description: Some(own("said # \"so\"")),
                },
            )
            .0
        }
        _ => {
            let (name, other, now) = match target {
                ExecutionTarget::SingleRing => ("ordering", "per_key", "strict"),
                ExecutionTarget::LaneGraph => ("on_full", "drop", "block"),
            };
            let set = |text: &str, value: &str| {
                done(
                    text,
                    &Op::SetSetting {
                        target,
                        name: own(name),
                        value: Some(own(value)),
                    },
                )
                .0
            };
            let text = set(&set(text, other), now);
            // Removing it leaves the default, which is what it was.
            done(
                &text,
                &Op::SetSetting {
                    target,
                    name: own(name),
                    value: None,
                },
            )
            .0
        }
    }
}

proptest! {
    #[test]
    fn an_operation_followed_by_its_inverse_gives_the_same_hash((text, target) in plan(), which in 0usize..15, at in 0usize..8) {
        let back = there_and_back(&text, which, at, target);
        prop_assert_eq!(hash(&back, target), hash(&text, target), "{}\n---\n{}", text, back);
    }

    #[test]
    fn formatting_never_changes_the_hash((text, target) in plan(), spaces in prop::collection::vec(any::<prop::sample::Index>(), 0..6)) {
        // Spaces at the ends of lines, tabs and blank lines, anywhere.
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (number, place) in spaces.into_iter().enumerate() {
            let at = place.index(lines.len());
            match number % 3 {
                0 => lines.insert(at, String::new()),
                1 => lines[at].insert_str(0, " \t"),
                _ => lines[at].push_str("  "),
            }
        }
        let text = lines.join("\n");
        let (once, edits) = format(&text);
        prop_assert_eq!(apply_edits(&text, &edits), once.clone());
        prop_assert_eq!(hash(&once, target), hash(&text, target));
        let (twice, none) = format(&once);
        prop_assert_eq!(twice, once);
        prop_assert!(none.is_empty());
    }
}
