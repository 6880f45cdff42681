//! Requests, read by hand: small code, and they accept what derived readers accept, which a test
//! compares.

use byteor_json::{Fields, Read, Request, Value, objects};
use byteor_pipeline::api::{
    DiffRequest, DiffSide, EditRequest, EncodeRequest, ExtractRequest, FollowRequest,
    ForeseeRequest, FormatRequest, KvRequest, MergeRequest, PlaceRequest, PlanSource, RangeRequest,
    SentencesRequest, StageKey,
};
use byteor_pipeline::catalogue::KeyForm;
use byteor_pipeline::plan::{EditOperation, LaneIntent, MergeChoice};
use byteor_pipeline::spec::{
    Channel, DiffOf, Endpoint, EndpointKind, ExecutionTarget, Lane, LaneGraphSpec, LaneKind,
    MergePolicy, OnFull, Ordering, PipelineSpecV1, Producer, RingStage, Role, RoleWork, Scheduling,
    ShardKey, SingleRingSpec, StageOp,
};

/// The compiler's packages, for the readers.
pub struct Here;

objects! {
    open PlanSource(f) { PlanSource { text: f.text("text")?, target: target(&mut f)? } }
    open EncodeRequest(f) { EncodeRequest { spec: f.take("spec")? } }
    open KvRequest(f) { KvRequest { kv: f.text("kv")? } }
    open DiffRequest(f) {
        DiffRequest {
            before: f.take("before")?,
            after: f.take("after")?,
            of: f.optional_word("of", DiffOf::from_name)?,
            limit: f.optional("limit")?,
        }
    }
    open FollowRequest(f) {
        FollowRequest {
            before: f.take("before")?,
            after: f.take("after")?,
            of: f.optional_word("of", DiffOf::from_name)?,
            anchors: f.take("anchors")?,
        }
    }
    open EditRequest(f) {
        EditRequest { text: f.text("text")?, target: target(&mut f)?, operation: f.take("operation")? }
    }
    open ForeseeRequest(f) {
        ForeseeRequest {
            text: f.text("text")?,
            target: target(&mut f)?,
            operations: f.take("operations")?,
        }
    }
    open MergeRequest(f) {
        MergeRequest {
            base: f.text("base")?,
            ours: f.text("ours")?,
            theirs: f.text("theirs")?,
            choices: f.take("choices")?,
        }
    }
    open MergeChoice(f) {
        MergeChoice {
            id: f.text("id")?,
            resolution: f.text("resolution")?,
            text: f.optional("text")?,
            ours: f.optional("ours")?,
            theirs: f.optional("theirs")?,
        }
    }
    open FormatRequest(f) { FormatRequest { text: f.text("text")? } }
    open ExtractRequest(f) { ExtractRequest { text: f.text("text")?, ids: f.take("ids")? } }
    open KeyForm(f) { KeyForm { family: f.text("family")?, values: f.take("values")? } }
    open StageKey(f) { StageKey { key: f.text("key")? } }
    open SentencesRequest(f) { SentencesRequest { keys: f.take("keys")? } }
    open PlaceRequest(f) {
        PlaceRequest { text: f.text("text")?, target: target(&mut f)?, offset: f.take("offset")? }
    }
    open RangeRequest(f) {
        RangeRequest {
            text: f.text("text")?,
            target: target(&mut f)?,
            start: f.take("start")?,
            end: f.take("end")?,
        }
    }
    closed LaneIntent(f) {
        LaneIntent {
            kind: f.word("kind", LaneKind::from_name)?,
            capacity: f.optional("capacity")?,
            consumers: f.optional("consumers")?,
        }
    }
    closed SingleRingSpec(f) {
        SingleRingSpec {
            shards: f.take("shards")?,
            producer: f.word("producer", Producer::from_name)?,
            scheduling: f.word("scheduling", Scheduling::from_name)?,
            ordering: f.word("ordering", Ordering::from_name)?,
            shard_key: f.optional("shard_key")?,
            stages: f.take("stages")?,
        }
    }
    closed ShardKey(f) { ShardKey { offset: f.take("offset")?, length: f.take("length")? } }
    closed RingStage(f) {
        RingStage { id: f.text("id")?, op: f.take("op")?, depends_on: f.take("depends_on")? }
    }
    closed LaneGraphSpec(f) {
        LaneGraphSpec {
            on_full: f.word("on_full", OnFull::from_name)?,
            lanes: f.take("lanes")?,
            endpoints: f.take("endpoints")?,
            roles: f.take("roles")?,
        }
    }
    closed Lane(f) { Lane { id: f.text("id")?, channel: f.take("channel")? } }
    closed Endpoint(f) {
        Endpoint {
            id: f.text("id")?,
            kind: f.word("kind", EndpointKind::from_name)?,
            lane: f.text("lane")?,
        }
    }
    closed Role(f) { Role { id: f.text("id")?, work: f.take("work")? } }
    closed PipelineSpecV1(f) {
        if let Some(ring) = f.remove("single_ring") {
            PipelineSpecV1::SingleRing(Request::<Here>::read(ring, "single_ring")?)
        } else {
            PipelineSpecV1::LaneGraph(f.take("lane_graph")?)
        }
    }
    closed StageOp(f) {
        match kind(&mut f)?.as_str() {
            "identity" => {
                // As a derived reader does of a variant without fields.
                f.clear();
                StageOp::Identity
            }
            "named" => StageOp::Named { key: f.text("key")? },
            other => return Err(Fields::<Here>::no_word("kind", other)),
        }
    }
    closed Channel(f) {
        match kind(&mut f)?.as_str() {
            word @ ("events" | "journal") => {
                f.clear();
                if word == "events" { Channel::Events } else { Channel::Journal }
            }
            "sequenced_slots" => Channel::SequencedSlots { capacity: f.take("capacity")? },
            "fanout_broadcast" => Channel::FanoutBroadcast { consumers: f.take("consumers")? },
            other => return Err(Fields::<Here>::no_word("kind", other)),
        }
    }
    closed RoleWork(f) {
        match kind(&mut f)?.as_str() {
            "stage" => RoleWork::Stage { op: f.take("op")?, rx: f.text("rx")?, tx: f.text("tx")? },
            "bridge" => RoleWork::Bridge { rx: f.text("rx")?, tx: f.text("tx")? },
            "router" => RoleWork::Router { rx: f.text("rx")?, tx: f.take("tx")? },
            "merge" => RoleWork::Merge {
                rx: f.take("rx")?,
                tx: f.text("tx")?,
                policy: f.word("policy", MergePolicy::from_name)?,
            },
            other => return Err(Fields::<Here>::no_word("kind", other)),
        }
    }
    open EditOperation(f) {
        match f.text("op")?.as_str() {
            "add_stage" => EditOperation::AddStage {
                key: f.text("key")?,
                id: f.optional("id")?,
                after: f.optional("after")?,
            },
            "add_boundary" => EditOperation::AddBoundary {
                kind: f.word("kind", EndpointKind::from_name)?,
                id: f.optional("id")?,
            },
            "connect" => EditOperation::Connect {
                from: f.text("from")?,
                to: f.text("to")?,
                intent: f.optional("intent")?,
            },
            "disconnect" => EditOperation::Disconnect { from: f.text("from")?, to: f.text("to")? },
            "insert_on_connection" => EditOperation::InsertOnConnection {
                from: f.text("from")?,
                to: f.text("to")?,
                key: f.text("key")?,
                id: f.optional("id")?,
            },
            "insert_after" => EditOperation::InsertAfter {
                after: f.text("after")?,
                key: f.text("key")?,
                id: f.optional("id")?,
            },
            "move_onto" => EditOperation::MoveOnto {
                id: f.text("id")?,
                from: f.text("from")?,
                to: f.text("to")?,
            },
            "swap" => EditOperation::Swap { a: f.text("a")?, b: f.text("b")? },
            "remove" => EditOperation::Remove { ids: f.take("ids")?, heal: f.take("heal")? },
            "rename" => EditOperation::Rename { id: f.text("id")?, to: f.text("to")? },
            "set_key" => EditOperation::SetKey { id: f.text("id")?, key: f.text("key")? },
            "set_intent" => EditOperation::SetIntent {
                from: f.text("from")?,
                to: f.text("to")?,
                intent: f.optional("intent")?,
            },
            "reconnect" => EditOperation::Reconnect {
                from: f.text("from")?,
                to: f.text("to")?,
                new_from: f.optional("new_from")?,
                new_to: f.optional("new_to")?,
            },
            "paste" => EditOperation::Paste { text: f.text("text")?, after: f.optional("after")? },
            "duplicate" => EditOperation::Duplicate { ids: f.take("ids")? },
            "set_name" => EditOperation::SetName { name: f.text("name")? },
            "set_description" => EditOperation::SetDescription {
                description: f.optional("description")?,
            },
            "set_setting" => EditOperation::SetSetting {
                target: target(&mut f)?,
                name: f.text("name")?,
                value: f.optional("value")?,
            },
            other => return Err(Fields::<Here>::no_word("op", other)),
        }
    }
}

impl Request<Here> for DiffSide {
    fn read(value: Value<'_>, name: &str) -> Read<Self> {
        let plan = value.get("text").and_then(Value::as_text).is_some()
            && value
                .get("target")
                .and_then(Value::as_text)
                .and_then(ExecutionTarget::from_name)
                .is_some();
        if plan {
            Request::<Here>::read(value, name).map(Self::Plan)
        } else {
            Request::<Here>::read(value, name).map(Self::Kv)
        }
    }
}

fn target(fields: &mut Fields<'_, Here>) -> Read<ExecutionTarget> {
    fields.word("target", ExecutionTarget::from_name)
}

fn kind(fields: &mut Fields<'_, Here>) -> Read<String> {
    fields.text("kind")
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use byteor_json::parse;
    use serde::de::DeserializeOwned;
    use serde_json::Value as Json;

    use super::*;

    /// Both readers accept a value and give the same, or both refuse it; so they do after each
    /// small change to it.
    fn same<T: Request<Here> + DeserializeOwned + PartialEq + Debug>(json: &str) {
        let value: Json = serde_json::from_str(json).expect("the sample is JSON");
        assert!(by_hand::<T>(&value).is_some(), "{json}");
        let mut variants = vec![value.clone()];
        changes(&value, &mut |changed| variants.push(changed));
        for variant in variants {
            let derived = serde_json::from_value::<T>(variant.clone()).ok();
            assert_eq!(derived, by_hand(&variant), "{variant}");
        }
    }

    fn by_hand<T: Request<Here>>(value: &Json) -> Option<T> {
        let json = value.to_string();
        T::read(parse(&json).expect("serde_json writes JSON"), "sample").ok()
    }

    /// The value with one part of it left out, foreign, null, or of another type.
    fn changes(value: &Json, give: &mut dyn FnMut(Json)) {
        for other in [Json::Null, Json::from("x"), Json::from(-1), Json::from(1.5)] {
            give(other);
        }
        match value {
            Json::Object(fields) => {
                let mut more = fields.clone();
                more.insert("foreign".to_owned(), Json::from(1));
                give(Json::Object(more));
                for (name, part) in fields {
                    let mut less = fields.clone();
                    less.remove(name);
                    give(Json::Object(less));
                    changes(part, &mut |part| {
                        let mut with = fields.clone();
                        with.insert(name.clone(), part);
                        give(Json::Object(with));
                    });
                }
            }
            Json::Array(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    changes(part, &mut |part| {
                        let mut with = parts.clone();
                        with[at] = part;
                        give(Json::Array(with));
                    });
                }
            }
            _ => {}
        }
    }

    #[test]
    fn plan_requests_are_read_as_the_derived_readers_read_them() {
        same::<PlanSource>(r#"{"text":"a","target":"single_ring"}"#);
        same::<DiffRequest>(
            r#"{"before":{"text":"a","target":"lane_graph"},"after":{"kv":"a=b"}}"#,
        );
        same::<FollowRequest>(
            r#"{"before":{"kv":"a"},"after":{"kv":"b"},"of":"plan","anchors":["stage:a"]}"#,
        );
        same::<MergeRequest>(
            r#"{"base":"a","ours":"b","theirs":"c","choices":[{"id":"x","resolution":"text","text":"y","theirs":null}]}"#,
        );
        same::<ExtractRequest>(r#"{"text":"a","ids":["a","b"]}"#);
        same::<StageKey>(r#"{"key":"keep:x"}"#);
        same::<ForeseeRequest>(
            r#"{"text":"a","target":"lane_graph","operations":[{"op":"swap","a":"a","b":"b"}]}"#,
        );
        same::<SentencesRequest>(r#"{"keys":["keep:x",""]}"#);
        same::<KeyForm>(r#"{"family":"replace","values":["a",null]}"#);
        same::<PlaceRequest>(r#"{"text":"a","target":"lane_graph","offset":1}"#);
        same::<RangeRequest>(r#"{"text":"a","target":"lane_graph","start":0,"end":1}"#);
        for operation in [
            r#"{"op":"add_stage","key":"k","id":"a","after":"b"}"#,
            r#"{"op":"add_boundary","kind":"ingress","id":"a"}"#,
            r#"{"op":"connect","from":"a","to":"b","intent":{"kind":"journal","capacity":1,"consumers":2}}"#,
            r#"{"op":"disconnect","from":"a","to":"b"}"#,
            r#"{"op":"insert_on_connection","from":"a","to":"b","key":"k","id":"c"}"#,
            r#"{"op":"insert_after","after":"a","key":"k","id":"c"}"#,
            r#"{"op":"move_onto","id":"a","from":"b","to":"c"}"#,
            r#"{"op":"swap","a":"a","b":"b"}"#,
            r#"{"op":"remove","ids":["a"],"heal":true}"#,
            r#"{"op":"rename","id":"a","to":"b"}"#,
            r#"{"op":"set_key","id":"a","key":"k"}"#,
            r#"{"op":"set_intent","from":"a","to":"b","intent":null}"#,
            r#"{"op":"reconnect","from":"a","to":"b","new_from":"c","new_to":"d"}"#,
            r#"{"op":"paste","text":"a","after":"b"}"#,
            r#"{"op":"duplicate","ids":["a"]}"#,
            r#"{"op":"set_name","name":"a"}"#,
            r#"{"op":"set_description","description":"a"}"#,
            r#"{"op":"set_setting","target":"single_ring","name":"a","value":"b"}"#,
        ] {
            same::<EditRequest>(&format!(
                r#"{{"text":"a","target":"lane_graph","operation":{operation}}}"#
            ));
        }
    }

    #[test]
    fn specs_are_read_as_the_derived_readers_read_them() {
        same::<EncodeRequest>(
            r#"{"spec":{"single_ring":{"shards":2,"producer":"single","scheduling":"dedicated",
            "ordering":"per_key","shard_key":{"offset":0,"length":8},"stages":[
            {"id":"a","op":{"kind":"identity"},"depends_on":[]},
            {"id":"b","op":{"kind":"named","key":"keep:x"},"depends_on":[0]}]}}}"#,
        );
        same::<EncodeRequest>(
            r#"{"spec":{"lane_graph":{"on_full":"drop","lanes":[
            {"id":"a.b","channel":{"kind":"events"}},{"id":"a.c","channel":{"kind":"journal"}},
            {"id":"a.d","channel":{"kind":"sequenced_slots","capacity":4}},
            {"id":"a.e","channel":{"kind":"fanout_broadcast","consumers":2}}],
            "endpoints":[{"id":"a","kind":"ingress","lane":"a.b"}],"roles":[
            {"id":"b","work":{"kind":"stage","op":{"kind":"identity"},"rx":"a.b","tx":"a.c"}},
            {"id":"c","work":{"kind":"bridge","rx":"a.b","tx":"a.c"}},
            {"id":"d","work":{"kind":"router","rx":"a.b","tx":["a.c","a.d"]}},
            {"id":"e","work":{"kind":"merge","rx":["a.b","a.c"],"tx":"a.d","policy":"priority"}}]}}}"#,
        );
    }
}
