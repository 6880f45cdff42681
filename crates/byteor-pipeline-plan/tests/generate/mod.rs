//! Documents, whole and broken, and operations on them.
#![allow(dead_code, reason = "each test takes what it needs")]

use byteor_pipeline_plan::*;
use byteor_pipeline_spec::{EndpointKind, ExecutionTarget, LaneKind};
use proptest::prelude::*;

/// An id that is often declared.
pub fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(vec!["in", "out", "a", "b", "c", "d"]).prop_map(str::to_owned),
        1 => "[a-z][a-z0-9_]{0,5}",
        1 => "\\PC{0,6}",
    ]
}

pub fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("identity".to_owned()),
        Just("keep:^\\{".to_owned()),
        Just("\"drop:a b\"".to_owned()),
        Just("replace:\\=x=y".to_owned()),
        Just("\"keep:\"\"q\"\"\"".to_owned()),
        "\\PC{0,12}",
    ]
}

pub fn arrow() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(" -> ".to_owned()),
        1 => Just("->".to_owned()),
        1 => Just(" -[journal]-> ".to_owned()),
        1 => Just(" -[ sequenced_slots  64 ]->".to_owned()),
        1 => Just(" -[what]-> ".to_owned()),
        1 => Just(" -[journal ".to_owned()),
    ]
}

pub fn line() -> impl Strategy<Value = String> {
    let comment =
        prop_oneof![3 => Just(""), 1 => Just(" # note"), 1 => Just("  #é📦 "), 1 => Just("#")];
    let body = prop_oneof![
        Just(String::new()),
        id().prop_map(|id| format!("pipeline {id}")),
        "\\PC{0,10}".prop_map(|text| format!("description \"{}\"", text.replace('"', "\"\""))),
        id().prop_map(|id| format!("ingress {id}")),
        id().prop_map(|id| format!("  egress  {id}")),
        (id(), key()).prop_map(|(id, key)| format!("stage {id} {key}")),
        (id(), key()).prop_map(|(id, key)| format!("stage  {id}   {key}")),
        (id(), prop::collection::vec((arrow(), id()), 1..4)).prop_map(|(first, rest)| {
            rest.into_iter()
                .fold(first, |text, (arrow, id)| text + &arrow + &id)
        }),
        Just("single_ring { ordering strict }".to_owned()),
        Just("single_ring{shards 2;ordering per_key ; shard_key 0 8;}".to_owned()),
        Just("lane_graph { on_full block; ingress journal".to_owned()),
        "\\PC{0,20}",
    ];
    (body, comment).prop_map(|(body, comment)| body + comment)
}

pub fn document() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(line(), 0..14),
        any::<bool>(),
        prop::bool::weighted(0.1),
    )
        .prop_map(|(lines, ended, crlf)| {
            let mut text = lines.join(if crlf { "\r\n" } else { "\n" });
            if ended {
                text.push('\n');
            }
            text
        })
}

/// A document without errors: a chain of stages with comments.
pub fn good() -> impl Strategy<Value = String> {
    (1usize..7, any::<u32>()).prop_map(|(count, seed)| {
        let mut text = String::from("# head\npipeline p\n\ningress in\n");
        for at in 0..count {
            let key =
                ["identity", "keep:x", "\"drop:a b\"", "replace:a=b"][(seed as usize + at) % 4];
            text.push_str(&format!(
                "stage s{at} {key}{}\n",
                if at % 2 == 0 { " # é" } else { "" }
            ));
        }
        text.push_str("egress out\n\nin");
        for at in 0..count {
            let arrow = if seed >> at & 1 == 0 {
                "->"
            } else {
                "-[journal]->"
            };
            text.push_str(&format!(" {arrow} s{at}"));
        }
        text.push_str(" -> out # flow\n");
        text
    })
}

/// Two ids that are often connected.
fn link() -> impl Strategy<Value = (String, String)> {
    let near = vec![
        ("in", "a"),
        ("a", "b"),
        ("b", "c"),
        ("c", "s3"),
        ("a", "out"),
    ];
    prop_oneof![
        3 => prop::sample::select(near).prop_map(|(from, to)| (from.to_owned(), to.to_owned())),
        1 => (id(), id()),
    ]
}

pub fn operation() -> impl Strategy<Value = EditOperation> {
    let intent = prop::option::of(prop_oneof![
        Just(LaneIntent::of(LaneKind::Journal)),
        Just(LaneIntent {
            kind: LaneKind::SequencedSlots,
            capacity: Some(8),
            consumers: None
        }),
    ]);
    prop_oneof![
        (key(), prop::option::of(id()), prop::option::of(id()))
            .prop_map(|(key, id, after)| EditOperation::AddStage { key, id, after }),
        (any::<bool>(), prop::option::of(id())).prop_map(|(ingress, id)| {
            let kind = if ingress {
                EndpointKind::Ingress
            } else {
                EndpointKind::Egress
            };
            EditOperation::AddBoundary { kind, id }
        }),
        (id(), id(), intent.clone()).prop_map(|(from, to, intent)| EditOperation::Connect {
            from,
            to,
            intent
        }),
        link().prop_map(|(from, to)| EditOperation::Disconnect { from, to }),
        (link(), key()).prop_map(|((from, to), key)| EditOperation::InsertOnConnection {
            from,
            to,
            key,
            id: None
        }),
        (id(), key(), prop::option::of(id()))
            .prop_map(|(after, key, id)| EditOperation::InsertAfter { after, key, id }),
        (id(), link()).prop_map(|(id, (from, to))| EditOperation::MoveOnto { id, from, to }),
        (id(), id()).prop_map(|(a, b)| EditOperation::Swap { a, b }),
        (prop::collection::vec(id(), 0..3), any::<bool>())
            .prop_map(|(ids, heal)| EditOperation::Remove { ids, heal }),
        (id(), id()).prop_map(|(id, to)| EditOperation::Rename { id, to }),
        (id(), key()).prop_map(|(id, key)| EditOperation::SetKey { id, key }),
        (link(), intent).prop_map(|((from, to), intent)| EditOperation::SetIntent {
            from,
            to,
            intent
        }),
        (link(), prop::option::of(id()), prop::option::of(id())).prop_map(
            |((from, to), new_from, new_to)| EditOperation::Reconnect {
                from,
                to,
                new_from,
                new_to
            }
        ),
        (document(), prop::option::of(id()))
            .prop_map(|(text, after)| EditOperation::Paste { text, after }),
        prop::collection::vec(id(), 0..3).prop_map(|ids| EditOperation::Duplicate { ids }),
        id().prop_map(|name| EditOperation::SetName { name }),
        prop::option::of("\\PC{0,8}")
            .prop_map(|description| EditOperation::SetDescription { description }),
        ("[a-z_]{1,8}", prop::option::of("[a-z0-9_ ]{0,8}")).prop_map(|(name, value)| {
            EditOperation::SetSetting {
                target: ExecutionTarget::SingleRing,
                name,
                value,
            }
        }),
    ]
}
