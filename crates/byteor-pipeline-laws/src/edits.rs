//! An operation on any text.

use byteor_pipeline::plan::{
    Diagnostics, LaneIntent, PlanGraph, apply_edits, edit, extract, parse,
};
use byteor_pipeline::spec::{EndpointKind, LaneKind};
use byteor_pipeline::{EditOperation, ExecutionTarget};
use serde_json::json;

use crate::{Request, edits_fit};

/// How many bytes in front of the text choose the operation.
const CHOICES: usize = 8;

/// Ids that a document may have, and some that it can't.
const NAMES: [&str; 10] = [
    "fresh",
    "in",
    "out",
    "a",
    "mask",
    "stage",
    "",
    "Upper",
    "two words",
    "имя",
];

const KEYS: [&str; 8] = [
    "identity",
    "keep:x",
    "drop:a b",
    "replace:a=b",
    "keep:\"q\"",
    "keep:(",
    "",
    "what:#",
];

/// What a fragment to paste is cut at; without one, the whole text is pasted into itself.
const CUT: &str = "\n%%\n";

/// Input without eight choices, or whose text is no UTF-8, is none.
pub fn check(data: &[u8]) {
    let Some((text, operation)) = read(data) else {
        return;
    };
    let answer = match edit(&text, &operation) {
        Ok(answer) => answer,
        Err(error) => {
            assert!(error.code.starts_with("E_EDIT_"), "{error}");
            assert!(!error.message.is_empty());
            return;
        }
    };
    assert!(edits_fit(&text, &answer.edits), "{:?}", answer.edits);
    assert_eq!(apply_edits(&text, &answer.edits), answer.text);
    assert_eq!(edit(&text, &operation), Ok(answer.clone()));
    let graph = graph(&answer.text);
    for id in &answer.created {
        let stages = graph.stages.iter().map(|stage| &stage.id);
        let boundaries = graph.boundaries.iter().map(|boundary| &boundary.id);
        assert!(
            stages.chain(boundaries).any(|other| other == id),
            "{id} was made and isn't there"
        );
    }
    // The form of a good document stays good.
    if !breaks_the_form(&text) {
        assert!(
            !breaks_the_form(&answer.text),
            "{operation:?}\n{text}\n{}",
            answer.text
        );
    }
}

fn graph(text: &str) -> PlanGraph {
    PlanGraph::new(&parse(text, &mut Diagnostics::default()))
}

fn breaks_the_form(text: &str) -> bool {
    let mut diagnostics = Diagnostics::default();
    parse(text, &mut diagnostics);
    diagnostics.has_errors()
}

/// `edit`, what it would insert, and `extract` of two elements.
pub fn requests(data: &[u8]) -> Vec<Request> {
    let Some((text, operation)) = read(data) else {
        return Vec::new();
    };
    let operation = serde_json::to_value(&operation).expect("operations are JSON");
    let ids: Vec<String> = ids(&text).into_iter().take(2).collect();
    let edit = json!({ "text": text, "target": "single_ring", "operation": operation });
    let foresee = json!({ "text": text, "target": "lane_graph", "operations": [operation] });
    vec![
        Request::new("edit", &edit),
        Request::new("foresee", &foresee),
        Request::new("extract", &json!({ "text": text, "ids": ids })),
    ]
}

fn ids(text: &str) -> Vec<String> {
    let graph = graph(text);
    let stages = graph.stages.into_iter().map(|stage| stage.id);
    let boundaries = graph.boundaries.into_iter().map(|boundary| boundary.id);
    stages.chain(boundaries).collect()
}

/// The text and the operation of an input.
pub fn read(data: &[u8]) -> Option<(String, EditOperation)> {
    let (choices, text) = data.split_at_checked(CHOICES)?;
    let text = std::str::from_utf8(text).ok()?;
    let (text, fragment) = text.split_once(CUT).unwrap_or((text, text));
    let ids = ids(text);
    let graph = graph(text);
    // Even choices name what is there, odd ones what is not.
    let id = |at: usize| -> String {
        let choice = choices[at] as usize;
        match ids.get((choice / 2) % ids.len().max(1)) {
            Some(id) if choice.is_multiple_of(2) => id.clone(),
            _ => NAMES[choice / 2 % NAMES.len()].to_owned(),
        }
    };
    let ends = |at: usize| -> (String, String) {
        let choice = choices[at] as usize;
        match graph
            .connections
            .get((choice / 2) % graph.connections.len().max(1))
        {
            Some(link) if choice.is_multiple_of(2) => (link.from.clone(), link.to.clone()),
            _ => (id(at), id(at + 1)),
        }
    };
    let maybe = |at: usize| (choices[at] >= 64).then(|| id(at));
    let key = |at: usize| KEYS[choices[at] as usize % KEYS.len()].to_owned();
    let intent = |at: usize| -> Option<LaneIntent> {
        let choice = choices[at];
        let kinds = [
            LaneKind::Events,
            LaneKind::Journal,
            LaneKind::SequencedSlots,
            LaneKind::FanoutBroadcast,
        ];
        let kind = kinds[choice as usize / 2 % kinds.len()];
        (choice % 2 == 0).then(|| LaneIntent {
            capacity: (kind == LaneKind::SequencedSlots && choice >= 64).then_some(64),
            ..LaneIntent::of(kind)
        })
    };
    let several = || (1..=1 + choices[7] as usize % 3).map(id).collect();
    let operation = match choices[0] % 18 {
        0 => EditOperation::AddStage {
            key: key(1),
            id: maybe(2),
            after: maybe(3),
        },
        1 => EditOperation::AddBoundary {
            kind: if choices[1] % 2 == 0 {
                EndpointKind::Ingress
            } else {
                EndpointKind::Egress
            },
            id: maybe(2),
        },
        2 => EditOperation::Connect {
            from: id(1),
            to: id(2),
            intent: intent(3),
        },
        3 => {
            let (from, to) = ends(1);
            EditOperation::Disconnect { from, to }
        }
        4 => {
            let (from, to) = ends(1);
            EditOperation::InsertOnConnection {
                from,
                to,
                key: key(3),
                id: maybe(4),
            }
        }
        5 => EditOperation::Remove {
            ids: several(),
            heal: choices[6] % 2 == 0,
        },
        6 => EditOperation::Rename {
            id: id(1),
            to: id(2),
        },
        7 => EditOperation::SetKey {
            id: id(1),
            key: key(2),
        },
        8 => {
            let (from, to) = ends(1);
            EditOperation::SetIntent {
                from,
                to,
                intent: intent(3),
            }
        }
        9 => {
            let (from, to) = ends(1);
            EditOperation::Reconnect {
                from,
                to,
                new_from: maybe(3),
                new_to: maybe(4),
            }
        }
        10 => EditOperation::Paste {
            text: fragment.to_owned(),
            after: maybe(1),
        },
        11 => EditOperation::Duplicate { ids: several() },
        12 => EditOperation::SetName { name: id(1) },
        13 => EditOperation::SetDescription {
            description: (choices[1] % 2 == 0).then(|| fragment.chars().take(40).collect()),
        },
        14 => EditOperation::SetSetting {
            target: if choices[1] % 2 == 0 {
                ExecutionTarget::SingleRing
            } else {
                ExecutionTarget::LaneGraph
            },
            name: ["ordering", "on_full", "shards", "what"][choices[2] as usize % 4].to_owned(),
            value: [Some("strict"), Some("drop"), Some("2"), Some("{"), None]
                [choices[3] as usize % 5]
                .map(str::to_owned),
        },
        15 => EditOperation::InsertAfter {
            after: id(1),
            key: key(2),
            id: maybe(3),
        },
        16 => {
            let (from, to) = ends(1);
            EditOperation::MoveOnto {
                id: id(3),
                from,
                to,
            }
        }
        _ => EditOperation::Swap { a: id(1), b: id(2) },
    };
    // A copy of what was copied is read like any fragment; it must not fail either.
    extract(text, &ids);
    Some((text.to_owned(), operation))
}
