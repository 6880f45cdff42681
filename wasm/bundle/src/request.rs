//! Requests, read by hand: small code, and they accept what derived readers accept, which a test
//! compares.

use byteor_config::adapters::{Entry, Key, KeyKind, Values};
use byteor_config::{
    ConfigBundleV1, Egress, Ingress, Posture, Record, Reject, SecretKind, SecretReference, Tuning,
    TuningProfile, Wait, Workers,
};
use byteor_json::{ApiError, Fields, Read, malformed, objects};
use byteor_policy::{
    ApprovalKind, ApproverRole, Approvers, BreakGlass, DeploymentPolicy, DeploymentPolicyV2,
    DeploymentStatement, DeploymentStatementV1, DeploymentStatementV2, KeyRule, Proof,
    RequiredProof, Rollout,
};

/// This package, for the readers.
pub(crate) struct Here;

objects! {
    closed ConfigBundleV1(f) {
        ConfigBundleV1 {
            v: f.take("v")?,
            posture: f.word("posture", Posture::from_word)?,
            tuning: f.take("tuning")?,
            record: f.take("record")?,
            ingress: f.take("ingress")?,
            egress: f.take("egress")?,
            reject: f.take("reject")?,
            secrets: match f.remove("secrets") {
                Some(list) => byteor_json::Request::<Here>::read(list, "secrets")?,
                None => Vec::new(),
            },
        }
    }
    closed Tuning(f) {
        Tuning {
            profile: f.word("profile", TuningProfile::from_word)?,
            workers: f.optional_word("workers", Workers::from_word)?,
            wait: f.optional_word("wait", Wait::from_word)?,
        }
    }
    closed Record(f) { Record { slot_bytes: f.take("slot_bytes")? } }
    closed Ingress(f) { side(&mut f, Ingress::read)? }
    closed Egress(f) { side(&mut f, Egress::read)? }
    closed Reject(f) { Reject { path: f.text("path")? } }
    closed SecretReference(f) {
        SecretReference {
            name: f.text("name")?,
            kind: f.word("kind", SecretKind::from_word)?,
            path: f.text("path")?,
        }
    }
    closed DeploymentPolicy(f) {
        DeploymentPolicy {
            approval: f.word("approval", ApprovalKind::from_word)?,
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
    closed DeploymentStatementV2(f) {
        DeploymentStatementV2 {
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
            proof: f.take("proof")?,
            break_glass: f.take("break_glass")?,
            rollout: f.take("rollout")?,
        }
    }
    closed DeploymentPolicyV2(f) {
        DeploymentPolicyV2 {
            approval: f.word("approval", ApprovalKind::from_word)?,
            self_approval: f.take("self_approval")?,
            quorum: f.take("quorum")?,
            key_rule: f.word("key_rule", KeyRule::from_word)?,
            approvers: f.take("approvers")?,
        }
    }
    closed Approvers(f) { Approvers { roles: f.take("roles")?, users: f.take("users")? } }
    closed RequiredProof(f) {
        RequiredProof {
            requester: f.word("requester", Proof::from_word)?,
            approver: f.word("approver", Proof::from_word)?,
        }
    }
    closed BreakGlass(f) { BreakGlass { allowed: f.take("allowed")? } }
    closed Rollout(f) {
        Rollout {
            first: f.take("first")?,
            step: f.take("step")?,
            pause_seconds: f.take("pause_seconds")?,
        }
    }
}

impl byteor_json::Request<Here> for ApproverRole {
    fn read(value: byteor_json::Value<'_>, name: &str) -> Read<Self> {
        let word: String = byteor_json::Request::<Here>::read(value, name)?;
        Self::from_word(&word).ok_or_else(|| byteor_json::malformed(name))
    }
}

/// By what its `v` says.
impl byteor_json::Request<Here> for DeploymentStatement {
    fn read(value: byteor_json::Value<'_>, name: &str) -> Read<Self> {
        let version: Option<u32> = value
            .get("v")
            .cloned()
            .map(|v| byteor_json::Request::<Here>::read(v, "v"))
            .transpose()?;
        if version == Some(1) {
            return Ok(Self::V1(byteor_json::Request::<Here>::read(value, name)?));
        }
        Ok(Self::V2(byteor_json::Request::<Here>::read(value, name)?))
    }
}

pub(crate) struct ConfigRequest {
    pub(crate) config: ConfigBundleV1,
    /// Names of the secrets that the spec's keys use, where the spec is known.
    pub(crate) secrets: Option<Vec<String>>,
    /// Ids of the spec's boundaries, where it is known: both lists or none.
    pub(crate) ingresses: Option<Vec<String>>,
    pub(crate) egresses: Option<Vec<String>>,
}

// The other requests, by the one field that they have.

pub(crate) struct TextRequest {
    pub(crate) text: String,
}

pub(crate) struct BundleDiffRequest {
    pub(crate) before: ConfigBundleV1,
    pub(crate) after: ConfigBundleV1,
}

pub(crate) struct StatementRequest {
    pub(crate) statement: DeploymentStatement,
}

objects! {
    open ConfigRequest(f) { ConfigRequest {
        config: f.take("config")?,
        secrets: f.optional("secrets")?,
        ingresses: f.optional("ingresses")?,
        egresses: f.optional("egresses")?,
    } }
    open TextRequest(f) { TextRequest { text: f.text("text")? } }
    open BundleDiffRequest(f) { BundleDiffRequest { before: f.take("before")?, after: f.take("after")? } }
    open StatementRequest(f) { StatementRequest { statement: f.take("statement")? } }
}

/// A side of a bundle: its kind, and what the declaration of that kind says it has.
fn side<'f, 'j, T>(
    fields: &'f mut Fields<'j, Here>,
    read: impl FnOnce(&str, &mut SideValues<'f, 'j>) -> Option<T>,
) -> Read<T> {
    let kind = fields.text("kind")?;
    let mut values = SideValues {
        fields,
        problem: None,
    };
    let built = read(&kind, &mut values);
    let problem = values.problem.take();
    built.ok_or_else(|| problem.unwrap_or_else(|| Fields::<Here>::no_word("kind", &kind)))
}

/// The fields of a side, as its declaration asks for them.
struct SideValues<'f, 'j> {
    fields: &'f mut Fields<'j, Here>,
    /// The first one.
    problem: Option<ApiError>,
}

impl SideValues<'_, '_> {
    /// The written form of a field; nothing where it may be left out and is.
    fn written(&mut self, key: &Key) -> Read<Option<String>> {
        let name = key.name;
        match (key.kind, key.optional) {
            (KeyKind::Number { .. }, false) => {
                self.fields.take(name).map(|n: u32| Some(n.to_string()))
            }
            (KeyKind::Number { .. }, true) => {
                let number = self.fields.optional::<u32>(name);
                number.map(|number| number.map(|number| number.to_string()))
            }
            (_, false) => self.fields.text(name).map(Some),
            (_, true) => self.fields.optional(name),
        }
    }
}

impl Values for SideValues<'_, '_> {
    fn take<T: Entry>(&mut self, key: &'static Key) -> Option<T> {
        let written = self.written(key).and_then(|written| {
            T::read(written.as_deref())
                .ok_or_else(|| malformed(&["`", key.name, "` has no such value"].concat()))
        });
        written
            .map_err(|problem| self.problem.get_or_insert(problem))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use byteor_json::{Request, parse};
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
    fn bundles_and_statements_are_read_as_the_derived_readers_read_them() {
        same::<ConfigBundleV1>(
            r#"{"v":1,"posture":"dev","tuning":{"profile":"low-latency"},"record":{"slot_bytes":256},
            "ingress":{"kind":"file","path":"/a","framing":"lines","mode":"stop_at_end",
            "start":"start","too_large":"reject"},
            "egress":{"kind":"file","path":"/b","framing":"lines"},"reject":{"path":"/c"}}"#,
        );
        same::<ConfigBundleV1>(
            r#"{"v":1,"posture":"dev","tuning":{"profile":"default","workers":"segments",
            "wait":"spin"},"record":{"slot_bytes":256},
            "ingress":{"kind":"file","path":"/a","framing":"lines","mode":"stop_at_end",
            "start":"start","too_large":"reject"},
            "egress":{"kind":"file","path":"/b","framing":"lines"},"reject":{"path":"/c"}}"#,
        );
        same::<DeploymentStatementV1>(
            r#"{"v":1,"org_id":"a","project_id":"b","environment_id":"c","posture":"prod","slot":"d",
            "version_id":"e","spec_hash":"f","config_digest":"g","capabilities":["h"],
            "targets":["i"],"policy":{"approval":"person","self_approval":false}}"#,
        );
        same::<DeploymentStatementV2>(
            r#"{"v":2,"org_id":"a","project_id":"b","environment_id":"c","posture":"prod","slot":"d",
            "version_id":"e","spec_hash":"f","config_digest":"g","capabilities":["h"],
            "targets":["i"],"policy":{"approval":"person","self_approval":false,"quorum":2,
            "key_rule":"organization","approvers":{"roles":["operator"],"users":["j"]}},
            "proof":{"requester":"session","approver":"proven"},"break_glass":{"allowed":true},
            "rollout":{"first":1,"step":2,"pause_seconds":30}}"#,
        );
    }
}
