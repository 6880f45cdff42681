//! The deploy manifest: a DSSE envelope that names every other member of a bundle, its scope,
//! its epoch and its expiry.

use serde::{Deserialize, Serialize};

use crate::encoding::{from_base64, from_canonical_json};
use crate::keys::{KeyProblem, KeyPurpose, KeySet};
use crate::refusal::{Refusal, codes};

/// The DSSE payload type: signed together with the payload, so that neither stands for another.
pub const PAYLOAD_TYPE: &str = "application/vnd.byteor.deploy-manifest.v1+json";

/// The manifest. Fields in alphabetical order: this is the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestV1 {
    /// The agents that it is for, sorted.
    pub agent_ids: Vec<String>,
    /// Digest of `runtime_config.txt`.
    pub config_digest: String,
    /// Seconds since 1970.
    pub created_at: u64,
    /// Digest of `deployment.kv`.
    pub deployment_digest: String,
    /// The deployment's row.
    pub deployment_id: String,
    /// Environment.
    pub environment_id: String,
    /// Counts up per environment and slot, for ever.
    pub epoch: u64,
    /// Seconds since 1970; from this second on it activates nothing.
    pub expires_at: u64,
    /// Every other member of the bundle, sorted by name.
    pub files: Vec<ManifestFile>,
    /// Organization.
    pub org_id: String,
    /// The slot that it takes on each agent.
    pub slot: String,
    /// Hash of `spec.kv`.
    pub spec_hash: String,
    /// Format version, 1.
    pub v: u32,
}

/// One member as the manifest names it. Fields in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Name in the archive.
    pub name: String,
    /// `sha256:…` of its bytes.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// The envelope. Fields in alphabetical order; written in any order and spacing.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Envelope {
    pub payload: String,
    #[serde(rename = "payloadType")]
    pub payload_type: String,
    pub signatures: Vec<EnvelopeSignature>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnvelopeSignature {
    pub keyid: String,
    pub sig: String,
}

/// DSSE's pre-authentication encoding: what the signature is over. The type is part of it, so that
/// what was signed as one thing never stands for another.
pub(crate) fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "DSSEv1 {} {payload_type} {} ",
        payload_type.len(),
        payload.len()
    )
    .into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Why an envelope isn't opened.
pub(crate) enum Sealed {
    /// It doesn't decode.
    Undecodable(&'static str),
    /// No trusted manifest key signed it.
    Key(String),
    /// The signature doesn't verify.
    Signature,
}

/// The payload of an envelope of one type, which exactly one trusted manifest key signed.
pub(crate) fn open(
    envelope: &[u8],
    payload_type: &str,
    trusted: &KeySet,
) -> Result<Vec<u8>, Sealed> {
    let envelope: Envelope = serde_json::from_slice(envelope)
        .map_err(|_| Sealed::Undecodable("it is no envelope in JSON"))?;
    if envelope.payload_type != payload_type {
        return Err(Sealed::Undecodable("its payload is of another type"));
    }
    let payload =
        from_base64(&envelope.payload).ok_or(Sealed::Undecodable("its payload isn't base64"))?;
    let [signature] = envelope.signatures.as_slice() else {
        return Err(Sealed::Undecodable("it doesn't have exactly one signature"));
    };
    let bytes: [u8; 64] = from_base64(&signature.sig)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Sealed::Undecodable(
            "its signature isn't 64 bytes in base64",
        ))?;
    let signed = pae(payload_type, &payload);
    let verified = trusted.verify(&signature.keyid, KeyPurpose::Manifest, &signed, &bytes);
    verified.map_err(|problem| match problem {
        KeyProblem::Untrusted(why) => Sealed::Key(why),
        KeyProblem::Signature => Sealed::Signature,
    })?;
    Ok(payload)
}

/// Verifies an envelope and reads the manifest in it. Exactly one signature is accepted.
///
/// # Errors
/// `E_BUNDLE_LAYOUT` where it doesn't decode, `E_MANIFEST_KEY` where no trusted manifest key
/// signed it, `E_MANIFEST_SIGNATURE` where the signature doesn't verify.
pub fn verify_manifest(envelope: &[u8], trusted: &KeySet) -> Result<ManifestV1, Refusal> {
    let undecodable = |why: &str| {
        Refusal::new(
            codes::BUNDLE_LAYOUT,
            format!("manifest.dsse.json doesn't decode: {why}."),
        )
    };
    let payload = open(envelope, PAYLOAD_TYPE, trusted).map_err(|sealed| match sealed {
        Sealed::Undecodable(why) => undecodable(why),
        Sealed::Key(why) => Refusal::new(codes::MANIFEST_KEY, why),
        Sealed::Signature => Refusal::new(
            codes::MANIFEST_SIGNATURE,
            "The manifest's signature doesn't verify under its key.",
        ),
    })?;
    let manifest: ManifestV1 = from_canonical_json(&payload).map_err(|why| undecodable(&why))?;
    if manifest.v != 1 {
        return Err(undecodable("its version is unknown"));
    }
    Ok(manifest)
}
