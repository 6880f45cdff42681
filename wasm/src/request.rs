//! Requests, read by hand.
//!
//! The derived readers of these types are right, and cost the page 200 kB: serde makes one for
//! each type, and for each way in which a tagged enum can be read. Here JSON becomes a value once,
//! and a few short functions take it apart. They accept what the derived ones accept, which a test
//! compares.

use byteor_config::{
    ConfigBundleV1, Egress, FileEgress, FileIngress, Framing, Ingress, Posture, ReadMode, Record,
    Reject, StartAt, TooLarge, Tuning, TuningProfile,
};
use byteor_pipeline::api::{self, ApiError, DiffSide, PlanSource};
use byteor_pipeline::plan::{EditOperation, LaneIntent};
use byteor_pipeline::spec::{
    Channel, Endpoint, EndpointKind, ExecutionTarget, Lane, LaneGraphSpec, LaneKind, MergePolicy,
    OnFull, Ordering, PipelineSpecV1, Producer, RingStage, Role, RoleWork, Scheduling, ShardKey,
    SingleRingSpec, StageOp,
};
use byteor_policy::{ApprovalKind, DeploymentPolicy, DeploymentStatementV1};
use serde_json::{Map, Value};

type Read<T> = Result<T, ApiError>;

/// A request that isn't what the operation takes.
pub(crate) fn malformed(why: &str) -> ApiError {
    ApiError::new("E_REQUEST", ["The request is malformed: ", why].concat())
}

fn expected(what: &str, name: &str) -> ApiError {
    malformed(&["`", name, "` must be ", what].concat())
}

/// What can be read of a request.
pub(crate) trait Request: Sized {
    /// Reads it; `name` is for messages.
    fn read(value: Value, name: &str) -> Read<Self>;
}

/// The fields of an object that are still to be read.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(value: Value, name: &str) -> Read<Self> {
        match value {
            Value::Object(fields) => Ok(Self(fields)),
            _ => Err(expected("an object", name)),
        }
    }

    fn value(&mut self, name: &str) -> Read<Value> {
        self.0
            .remove(name)
            .ok_or_else(|| malformed(&["`", name, "` is missing"].concat()))
    }

    fn take<T: Request>(&mut self, name: &str) -> Read<T> {
        T::read(self.value(name)?, name)
    }

    fn optional<T: Request>(&mut self, name: &str) -> Read<Option<T>> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::read(value, name).map(Some),
        }
    }

    fn text(&mut self, name: &str) -> Read<String> {
        self.take(name)
    }

    /// A word out of a list.
    fn word<T>(&mut self, name: &str, from: impl Fn(&str) -> Option<T>) -> Read<T> {
        let word = self.text(name)?;
        from(&word).ok_or_else(|| {
            malformed(
                &[
                    "`",
                    name,
                    "` can't be `",
                    &word.escape_debug().to_string(),
                    "`",
                ]
                .concat(),
            )
        })
    }

    /// Refuses fields that nobody has read.
    fn end(self) -> Read<()> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(malformed(
                &["there is no field `", &name.escape_debug().to_string(), "`"].concat(),
            )),
        }
    }
}

impl Request for String {
    fn read(value: Value, name: &str) -> Read<Self> {
        match value {
            Value::String(text) => Ok(text),
            _ => Err(expected("a text", name)),
        }
    }
}

impl Request for u32 {
    fn read(value: Value, name: &str) -> Read<Self> {
        value
            .as_u64()
            .and_then(|number| Self::try_from(number).ok())
            .ok_or_else(|| expected("a number from 0 to 4294967295", name))
    }
}

impl Request for bool {
    fn read(value: Value, name: &str) -> Read<Self> {
        value
            .as_bool()
            .ok_or_else(|| expected("true or false", name))
    }
}

impl<T: Request> Request for Vec<T> {
    fn read(value: Value, name: &str) -> Read<Self> {
        let Value::Array(values) = value else {
            return Err(expected("a list", name));
        };
        let mut list = Self::with_capacity(values.len());
        for value in values {
            list.push(T::read(value, name)?);
        }
        Ok(list)
    }
}

/// Readers of objects. `open` ones pass over fields they don't know, as their derived readers do.
macro_rules! objects {
    ($($form:ident $name:ident($fields:ident) $build:block)+) => { $(
        impl Request for $name {
            fn read(value: Value, name: &str) -> Read<Self> {
                #[allow(unused_mut)]
                let mut $fields = Fields::of(value, name)?;
                let built = $build;
                objects!(@$form $fields);
                Ok(built)
            }
        }
    )+ };
    (@closed $fields:ident) => { $fields.end()? };
    (@open $fields:ident) => {};
}

pub(crate) use api::{
    DiffRequest, EditRequest, EncodeRequest, ExtractRequest, FormatRequest, KvRequest,
};

objects! {
    open PlanSource(f) { PlanSource { text: f.text("text")?, target: target(&mut f)? } }
    open EncodeRequest(f) { EncodeRequest { spec: f.take("spec")? } }
    open KvRequest(f) { KvRequest { kv: f.text("kv")? } }
    open DiffRequest(f) { DiffRequest { before: f.take("before")?, after: f.take("after")? } }
    open EditRequest(f) {
        EditRequest { text: f.text("text")?, target: target(&mut f)?, operation: f.take("operation")? }
    }
    open FormatRequest(f) { FormatRequest { text: f.text("text")? } }
    open ExtractRequest(f) { ExtractRequest { text: f.text("text")?, ids: f.take("ids")? } }
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
        if let Some(ring) = f.0.remove("single_ring") {
            PipelineSpecV1::SingleRing(Request::read(ring, "single_ring")?)
        } else {
            PipelineSpecV1::LaneGraph(f.take("lane_graph")?)
        }
    }
    closed StageOp(f) {
        match kind(&mut f)?.as_str() {
            "identity" => {
                // As a derived reader does of a variant without fields.
                f.0.clear();
                StageOp::Identity
            }
            "named" => StageOp::Named { key: f.text("key")? },
            other => return Err(no_variant("kind", other)),
        }
    }
    closed Channel(f) {
        match kind(&mut f)?.as_str() {
            word @ ("events" | "journal") => {
                f.0.clear();
                if word == "events" { Channel::Events } else { Channel::Journal }
            }
            "sequenced_slots" => Channel::SequencedSlots { capacity: f.take("capacity")? },
            "fanout_broadcast" => Channel::FanoutBroadcast { consumers: f.take("consumers")? },
            other => return Err(no_variant("kind", other)),
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
            other => return Err(no_variant("kind", other)),
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
            other => return Err(no_variant("op", other)),
        }
    }
    closed ConfigBundleV1(f) {
        ConfigBundleV1 {
            v: f.take("v")?,
            posture: f.word("posture", Posture::from_word)?,
            tuning: f.take("tuning")?,
            record: f.take("record")?,
            ingress: f.take("ingress")?,
            egress: f.take("egress")?,
            reject: f.take("reject")?,
        }
    }
    closed Tuning(f) { Tuning { profile: f.word("profile", TuningProfile::from_word)? } }
    closed Record(f) { Record { slot_bytes: f.take("slot_bytes")? } }
    closed Ingress(f) {
        file(&mut f)?;
        Ingress::File(FileIngress {
            path: f.text("path")?,
            framing: f.word("framing", Framing::from_word)?,
            mode: f.word("mode", ReadMode::from_word)?,
            start: f.word("start", StartAt::from_word)?,
            too_large: f.word("too_large", TooLarge::from_word)?,
        })
    }
    closed Egress(f) {
        file(&mut f)?;
        Egress::File(FileEgress {
            path: f.text("path")?,
            framing: f.word("framing", Framing::from_word)?,
        })
    }
    closed Reject(f) { Reject { path: f.text("path")? } }
    closed DeploymentPolicy(f) {
        DeploymentPolicy {
            approval: f.word("approval", |word| match word {
                "person" => Some(ApprovalKind::Person),
                "policy" => Some(ApprovalKind::Policy),
                _ => None,
            })?,
            self_approval: f.take("self_approval")?,
        }
    }
    closed DeploymentStatementV1(f) {
        DeploymentStatementV1 {
            v: f.take("v")?,
            org_id: f.text("org_id")?,
            project_id: f.text("project_id")?,
            environment_id: f.text("environment_id")?,
            posture: f.word("posture", Posture::from_word)?,
            slot: f.text("slot")?,
            version_id: f.text("version_id")?,
            spec_hash: f.text("spec_hash")?,
            config_digest: f.text("config_digest")?,
            capabilities: f.take("capabilities")?,
            targets: f.take("targets")?,
            policy: f.take("policy")?,
        }
    }
}

/// The bundle requests, by the one field that they have.
pub(crate) struct ConfigRequest {
    pub(crate) config: ConfigBundleV1,
}

pub(crate) struct TextRequest {
    pub(crate) text: String,
}

pub(crate) struct BundleDiffRequest {
    pub(crate) before: ConfigBundleV1,
    pub(crate) after: ConfigBundleV1,
}

pub(crate) struct StatementRequest {
    pub(crate) statement: DeploymentStatementV1,
}

objects! {
    open ConfigRequest(f) { ConfigRequest { config: f.take("config")? } }
    open TextRequest(f) { TextRequest { text: f.text("text")? } }
    open BundleDiffRequest(f) { BundleDiffRequest { before: f.take("before")?, after: f.take("after")? } }
    open StatementRequest(f) { StatementRequest { statement: f.take("statement")? } }
}

impl Request for DiffSide {
    fn read(value: Value, name: &str) -> Read<Self> {
        let plan = value.get("text").is_some_and(Value::is_string)
            && value
                .get("target")
                .and_then(Value::as_str)
                .and_then(ExecutionTarget::from_name)
                .is_some();
        if plan {
            Request::read(value, name).map(Self::Plan)
        } else {
            Request::read(value, name).map(Self::Kv)
        }
    }
}

fn target(fields: &mut Fields) -> Read<ExecutionTarget> {
    fields.word("target", ExecutionTarget::from_name)
}

fn kind(fields: &mut Fields) -> Read<String> {
    fields.text("kind")
}

/// The one kind of adapter that there is.
fn file(fields: &mut Fields) -> Read<()> {
    fields.word("kind", |word| (word == "file").then_some(()))
}

fn no_variant(name: &str, word: &str) -> ApiError {
    malformed(
        &[
            "`",
            name,
            "` can't be `",
            &word.escape_debug().to_string(),
            "`",
        ]
        .concat(),
    )
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::de::DeserializeOwned;

    use super::*;

    /// Both readers accept a value and give the same, or both refuse it; so they do after each
    /// small change to it.
    fn same<T: Request + DeserializeOwned + PartialEq + Debug>(json: &str) {
        let value: Value = serde_json::from_str(json).expect("the sample is JSON");
        assert!(T::read(value.clone(), "sample").is_ok(), "{json}");
        let mut variants = vec![value.clone()];
        changes(&value, &mut |changed| variants.push(changed));
        for variant in variants {
            let derived = serde_json::from_value::<T>(variant.clone()).ok();
            let by_hand = T::read(variant.clone(), "sample").ok();
            assert_eq!(derived, by_hand, "{variant}");
        }
    }

    /// The value with one part of it left out, foreign, null, or of another type.
    fn changes(value: &Value, give: &mut dyn FnMut(Value)) {
        for other in [
            Value::Null,
            Value::from("x"),
            Value::from(-1),
            Value::from(1.5),
        ] {
            give(other);
        }
        match value {
            Value::Object(fields) => {
                let mut more = fields.clone();
                more.insert("foreign".to_owned(), Value::from(1));
                give(Value::Object(more));
                for (name, part) in fields {
                    let mut less = fields.clone();
                    less.remove(name);
                    give(Value::Object(less));
                    changes(part, &mut |part| {
                        let mut with = fields.clone();
                        with.insert(name.clone(), part);
                        give(Value::Object(with));
                    });
                }
            }
            Value::Array(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    changes(part, &mut |part| {
                        let mut with = parts.clone();
                        with[at] = part;
                        give(Value::Array(with));
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
        same::<ExtractRequest>(r#"{"text":"a","ids":["a","b"]}"#);
        for operation in [
            r#"{"op":"add_stage","key":"k","id":"a","after":"b"}"#,
            r#"{"op":"add_boundary","kind":"ingress","id":"a"}"#,
            r#"{"op":"connect","from":"a","to":"b","intent":{"kind":"journal","capacity":1,"consumers":2}}"#,
            r#"{"op":"disconnect","from":"a","to":"b"}"#,
            r#"{"op":"insert_on_connection","from":"a","to":"b","key":"k","id":"c"}"#,
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

    #[test]
    fn bundles_and_statements_are_read_as_the_derived_readers_read_them() {
        same::<ConfigBundleV1>(
            r#"{"v":1,"posture":"dev","tuning":{"profile":"low-latency"},"record":{"slot_bytes":256},
            "ingress":{"kind":"file","path":"/a","framing":"lines","mode":"stop_at_end",
            "start":"start","too_large":"reject"},
            "egress":{"kind":"file","path":"/b","framing":"lines"},"reject":{"path":"/c"}}"#,
        );
        same::<DeploymentStatementV1>(
            r#"{"v":1,"org_id":"a","project_id":"b","environment_id":"c","posture":"prod","slot":"d",
            "version_id":"e","spec_hash":"f","config_digest":"g","capabilities":["h"],
            "targets":["i"],"policy":{"approval":"person","self_approval":false}}"#,
        );
    }
}
