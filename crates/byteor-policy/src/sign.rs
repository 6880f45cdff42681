//! Builds and signs what the control plane would, for tests. Never part of a shipped binary.

use byteor_config::digest;
use ed25519_dalek::{Signer, SigningKey};

use crate::credential::Credential;
use crate::encoding::{to_base64, to_base64url, to_canonical_json};
use crate::keys::{KeyPurpose, KeyState, TrustedKey};
use crate::manifest::{Envelope, EnvelopeSignature, ManifestFile, ManifestV1, PAYLOAD_TYPE, pae};
use crate::trial::{TRIAL_TYPE, TrialRequestV1};

/// A key pair made from a fixed seed.
pub struct TestKey {
    /// Its id.
    pub kid: String,
    /// What it signs.
    pub purpose: KeyPurpose,
    key: SigningKey,
}

impl TestKey {
    /// The key pair of a 32-byte seed.
    pub fn from_seed(kid: &str, purpose: KeyPurpose, seed: [u8; 32]) -> Self {
        Self {
            kid: kid.to_owned(),
            purpose,
            key: SigningKey::from_bytes(&seed),
        }
    }

    /// The public half, as it stands in a key set.
    pub fn trusted(&self, state: KeyState) -> TrustedKey {
        TrustedKey {
            alg: "Ed25519".to_owned(),
            kid: self.kid.clone(),
            public_key: to_base64url(self.key.verifying_key().as_bytes()),
            purpose: self.purpose,
            state,
        }
    }

    /// Signs any payload bytes as a credential line.
    pub fn credential_line(&self, payload: &[u8]) -> String {
        let signature = self.key.sign(payload).to_bytes();
        format!("{}.{}", to_base64url(payload), to_base64url(&signature))
    }

    /// Signs a credential; sets its `kid`.
    pub fn credential(&self, credential: impl Into<Credential>) -> String {
        let mut credential = credential.into();
        match &mut credential {
            Credential::V1(one) => one.kid.clone_from(&self.kid),
            Credential::V2(one) => one.kid.clone_from(&self.kid),
        }
        self.credential_line(&to_canonical_json(&credential).unwrap_or_default())
    }

    /// Signs any payload bytes as a manifest envelope.
    pub fn envelope(&self, payload: &[u8]) -> Vec<u8> {
        self.envelope_of(PAYLOAD_TYPE, payload)
    }

    /// Signs any payload bytes as an envelope of a type.
    pub fn envelope_of(&self, payload_type: &str, payload: &[u8]) -> Vec<u8> {
        let signature = self.key.sign(&pae(payload_type, payload)).to_bytes();
        let envelope = Envelope {
            payload: to_base64(payload),
            payload_type: payload_type.to_owned(),
            signatures: vec![EnvelopeSignature {
                keyid: self.kid.clone(),
                sig: to_base64(&signature),
            }],
        };
        to_canonical_json(&envelope).unwrap_or_default()
    }

    /// Signs a request to try connections.
    pub fn trial(&self, request: &TrialRequestV1) -> Vec<u8> {
        self.envelope_of(TRIAL_TYPE, &to_canonical_json(request).unwrap_or_default())
    }

    /// Signs a manifest.
    pub fn manifest(&self, manifest: &ManifestV1) -> Vec<u8> {
        self.envelope(&to_canonical_json(manifest).unwrap_or_default())
    }
}

/// What a manifest says about a member.
pub fn manifest_file(name: &str, bytes: &[u8]) -> ManifestFile {
    ManifestFile {
        name: name.to_owned(),
        sha256: digest(bytes),
        size: bytes.len() as u64,
    }
}

/// A ustar archive of the members, in the given order, as the control plane writes it.
pub fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, bytes) in members {
        let mut header = [0_u8; 512];
        let mut put = |at: usize, text: &str| {
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        };
        put(0, name);
        put(100, "000644 ");
        put(108, "000000 ");
        put(116, "000000 ");
        put(124, &format!("{:011o} ", bytes.len()));
        put(136, "00000000000 ");
        put(148, "        ");
        put(156, "0");
        put(257, "ustar\0");
        put(263, "00");
        put(329, "000000 ");
        put(337, "000000 ");
        let sum: u64 = header.iter().copied().map(u64::from).sum();
        header[148..156].copy_from_slice(format!("{sum:06o} \0").as_bytes());
        tar.extend_from_slice(&header);
        tar.extend_from_slice(bytes);
        tar.resize(tar.len().next_multiple_of(512), 0);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}
