//! Bundles that are offered to an agent, each tampered with in one way.

use std::path::PathBuf;

use byteor_config::digest;
use byteor_pipeline_spec::{encode_kv_v1, single_ring_chain};
use serde_json::{Value, json};

use crate::common::now;
use crate::parts::{NOW, Parts};

/// A bundle in a slot of its own.
pub struct Offer {
    /// The test of `byteor-policy` that has this tampering.
    pub of: &'static str,
    /// The code that refuses it; nothing where any refusal will do.
    pub code: Option<&'static str>,
    pub slot: String,
    pub deployment: String,
    pub announced: String,
    pub tar: Vec<u8>,
}

impl Offer {
    pub fn desired(&self) -> Value {
        json!({ "slot": self.slot, "deployment_id": self.deployment, "epoch": 7,
                "bundle_hash": self.announced, "state": "run" })
    }
}

/// Makes bundles for one agent.
pub struct Offers {
    data: PathBuf,
    of: &'static str,
    pub all: Vec<Offer>,
}

impl Offers {
    /// For an agent whose pipelines may read and write under `data`.
    pub fn under(data: PathBuf) -> Self {
        Self {
            data,
            of: "",
            all: Vec::new(),
        }
    }

    /// The tamperings that follow are those of this test.
    pub fn of(&mut self, test: &'static str) -> &mut Self {
        self.of = test;
        self
    }

    /// What an approved bundle for `slot` is made of, whose first stage is `stage`.
    pub fn parts(&self, slot: &str, deployment: &str, stage: &str) -> Parts {
        let mut parts = Parts::good();
        let shift = now() - NOW;
        parts.spec = encode_kv_v1(&single_ring_chain(&[(stage, "identity")]));
        let folder = self.data.to_str().unwrap();
        parts.config = parts.config.replace("/data/", &format!("{folder}/{slot}-"));
        parts.statement.slot = slot.to_owned();
        parts.manifest.slot = slot.to_owned();
        parts.manifest.deployment_id = deployment.to_owned();
        parts.manifest.created_at += shift;
        parts.manifest.expires_at += shift;
        parts.credential.issued_at += shift;
        parts.credential.expires_at += shift;
        parts.settle();
        parts
    }

    /// Offers these bytes.
    fn offer(
        &mut self,
        code: Option<&'static str>,
        make: impl FnOnce(&mut Parts) -> (Vec<u8>, Option<String>),
    ) {
        let number = self.all.len();
        let (slot, deployment) = (format!("slot-{number}"), format!("deployment-{number}"));
        let mut parts = self.parts(&slot, &deployment, "tampered");
        let (tar, announced) = make(&mut parts);
        self.all.push(Offer {
            of: self.of,
            code,
            slot,
            deployment,
            announced: announced.unwrap_or_else(|| digest(&tar)),
            tar,
        });
    }

    /// Changes the parts, before all of it is signed.
    pub fn changed(&mut self, code: &'static str, change: impl FnOnce(&mut Parts)) {
        self.offer(Some(code), |parts| {
            change(parts);
            (parts.tar(), None)
        });
    }

    /// Makes the archive of good parts by itself.
    pub fn made(&mut self, code: &'static str, make: impl FnOnce(&Parts) -> Vec<u8>) {
        self.offer(Some(code), |parts| (make(parts), None));
    }

    /// The same, where any refusal will do.
    pub fn made_somehow(&mut self, make: impl FnOnce(&Parts) -> Vec<u8>) {
        self.offer(None, |parts| (make(parts), None));
    }

    /// Announces the good archive, and delivers another.
    pub fn other(&mut self, code: &'static str, change: impl FnOnce(&mut Vec<u8>)) {
        self.offer(Some(code), |parts| {
            let mut tar = parts.tar();
            let announced = digest(&tar);
            change(&mut tar);
            (tar, Some(announced))
        });
    }
}
