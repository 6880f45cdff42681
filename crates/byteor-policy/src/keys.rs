//! Key sets: which public keys of an organization are trusted, and for what.

use byteor_config::digest;
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::encoding::{from_base64url, to_canonical_json};

/// What a key may sign. A key of one purpose proves nothing for the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Approval credentials.
    Approval,
    /// Deploy manifests.
    Manifest,
}

/// Whether what a key signed is still believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Signs and verifies.
    Active,
    /// Signs no more, still verifies: rotation keeps live credentials valid.
    Retired,
    /// Verifies no more.
    Revoked,
}

/// One trusted public key. Fields in alphabetical order: this is the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrustedKey {
    /// Always `Ed25519`.
    pub alg: String,
    /// Id of the key within its organization.
    pub kid: String,
    /// The 32 bytes of the public key, base64url without padding.
    pub public_key: String,
    /// What it may sign.
    pub purpose: KeyPurpose,
    /// Whether it is still believed.
    pub state: KeyState,
}

/// A key set, `signing_keys.json`. Fields in alphabetical order: this is the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// The keys.
    pub keys: Vec<TrustedKey>,
    /// The organization that they belong to.
    pub org_id: String,
    /// Format version, 1.
    pub v: u32,
}

/// Why no key of a set verifies a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// No key of this id, purpose and a believed state.
    Untrusted(String),
    /// The key is trusted, but the signature is not its.
    Signature,
}

impl KeySet {
    /// Reads a key set and checks its form. Spaces and the order of keys don't matter here.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let set: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        set.check()?;
        Ok(set)
    }

    /// Checks version, algorithms, key lengths and that no key id is there twice.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        if self.v != 1 {
            return Err(format!("key set version {} is unknown", self.v));
        }
        for (index, key) in self.keys.iter().enumerate() {
            let kid = crate::refusal::quote(&key.kid);
            if self.keys[..index].iter().any(|other| other.kid == key.kid) {
                return Err(format!("the key '{kid}' is there twice"));
            }
            key.check()
                .map_err(|why| format!("the key '{kid}': {why}"))?;
        }
        Ok(())
    }

    /// The digest that agent and control plane compare: `sha256:…` over the canonical JSON (keys
    /// sorted by `kid`, fields sorted, no spaces).
    pub fn digest(&self) -> String {
        let mut sorted = self.clone();
        sorted.keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        // These types always serialize.
        digest(to_canonical_json(&sorted).unwrap_or_default())
    }

    /// The key with this id.
    pub fn key(&self, kid: &str) -> Option<&TrustedKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// Whether every key of `self` is one of `trusted`, by id, algorithm, purpose and bytes. The
    /// states may differ: `trusted` decides about them.
    pub(crate) fn foreign_to(&self, trusted: &Self) -> Option<String> {
        if self.org_id != trusted.org_id {
            return Some("it names another organization".to_owned());
        }
        self.keys
            .iter()
            .find(|key| {
                trusted.key(&key.kid).is_none_or(|own| {
                    own.public_key != key.public_key
                        || own.purpose != key.purpose
                        || own.alg != key.alg
                })
            })
            .map(|key| {
                format!(
                    "the key '{}' is not trusted here",
                    crate::refusal::quote(&key.kid)
                )
            })
    }

    /// Verifies `signature` over `message` by the key `kid`, for one purpose.
    pub(crate) fn verify(
        &self,
        kid: &str,
        purpose: KeyPurpose,
        message: &[u8],
        signature: &[u8; 64],
    ) -> Result<(), KeyProblem> {
        let quoted = crate::refusal::quote(kid);
        let untrusted = |why: &str| KeyProblem::Untrusted(format!("The key '{quoted}' {why}."));
        let key = self
            .key(kid)
            .ok_or_else(|| untrusted("is not trusted here"))?;
        if key.purpose != purpose {
            return Err(untrusted("is for another purpose"));
        }
        if key.state == KeyState::Revoked {
            return Err(untrusted("is revoked"));
        }
        let verifying = key
            .verifying_key()
            .ok_or_else(|| untrusted("is not an Ed25519 public key"))?;
        verifying
            .verify_strict(message, &Signature::from_bytes(signature))
            .map_err(|_| KeyProblem::Signature)
    }
}

impl TrustedKey {
    /// Checks id, algorithm and key length.
    pub(crate) fn check(&self) -> Result<(), String> {
        let problem = if self.kid.is_empty() || self.kid.len() > 128 {
            "its id is empty or longer than 128 bytes"
        } else if self.alg != "Ed25519" {
            "it has an unknown algorithm"
        } else if self.verifying_key().is_none() {
            "it isn't an Ed25519 public key"
        } else {
            return Ok(());
        };
        Err(problem.to_owned())
    }

    fn verifying_key(&self) -> Option<VerifyingKey> {
        let bytes: [u8; 32] = from_base64url(&self.public_key)?.try_into().ok()?;
        VerifyingKey::from_bytes(&bytes).ok()
    }
}
