//! Whole-bundle verification: from fetched bytes to what may run, or a refusal.

use byteor_config::{ConfigBundleV1, Posture, Surroundings};

use crate::archive::{Member, read_archive};
use crate::credential::{
    Credential, Expectation, check_capabilities, check_issuers, check_statement, read_statement,
    verify_credential,
};
use crate::keys::KeySet;
use crate::manifest::{ManifestV1, verify_manifest};
use crate::refusal::{Refusal, codes, quote};
use crate::spec::{CheckedSpec, check_spec};
use crate::statement::DeploymentStatement;

/// The members of a bundle, in the order of the archive.
pub const MEMBERS: [&str; 6] = [
    "approval.cred",
    "deployment.kv",
    "manifest.dsse.json",
    "runtime_config.txt",
    "signing_keys.json",
    "spec.kv",
];

/// What an agent knows for itself. None of it comes from the bundle.
#[derive(Clone, Copy, Debug)]
pub struct Enrolment<'a> {
    /// Organization.
    pub org_id: &'a str,
    /// Project.
    pub project_id: &'a str,
    /// Environment.
    pub environment_id: &'a str,
    /// The environment's posture.
    pub posture: Posture,
    /// The agent's own id.
    pub agent_id: &'a str,
    /// Trusted keys, from enrolment and refresh.
    pub trusted: &'a KeySet,
    /// The folders that the host's owner allows.
    pub allowed_roots: &'a [String],
    /// What the runtime on this host can execute.
    pub supported_features: &'a [&'a str],
}

/// What was asked for: the bundle has to be this one.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Hash of the archive.
    pub bundle_hash: &'a str,
    /// Deployment.
    pub deployment_id: &'a str,
    /// Slot.
    pub slot: &'a str,
}

/// Which epochs may be activated in the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochRule<'a> {
    /// Only epochs above the highest one that was ever accepted in the slot; that one itself only
    /// with the same bundle (an attempt that was interrupted).
    After {
        /// The highest epoch accepted so far; 0 where there was none.
        highest: u64,
        /// Hash of the bundle that it was accepted with.
        bundle_hash: Option<&'a str>,
    },
    /// This very epoch: a restart of what was activated.
    Exactly(u64),
}

/// By which instant, and under which epoch rule, a bundle is judged.
#[derive(Clone, Copy, Debug)]
pub struct Judgement<'a> {
    /// Seconds since 1970: now, or the instant of activation for a restart.
    pub judged_at: u64,
    /// Epochs.
    pub epoch: EpochRule<'a>,
}

/// A bundle that may run. Only [`verify_bundle`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedBundle {
    /// The manifest.
    pub manifest: ManifestV1,
    /// The statement that was approved.
    pub statement: DeploymentStatement,
    /// Its digest.
    pub deployment_digest: String,
    /// The credential.
    pub credential: Credential,
    /// The config bundle.
    pub config: ConfigBundleV1,
    /// The spec.
    pub spec: CheckedSpec,
    /// Hash of the archive.
    pub bundle_hash: String,
    members: Vec<(&'static str, Vec<u8>)>,
}

impl VerifiedBundle {
    /// The verified members: names are ours, never the archive's.
    pub fn members(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        self.members
            .iter()
            .map(|(name, bytes)| (*name, bytes.as_slice()))
    }
}

/// The hash that names a bundle: `sha256:…` over the archive.
pub fn bundle_hash(tar: &[u8]) -> String {
    byteor_config::digest(tar)
}

/// Verifies a deploy bundle.
///
/// The order is fixed; the first that fails is the answer, and nothing of the bundle may be used:
/// archive hash, archive layout, no foreign keys, manifest signature, member hashes, manifest
/// scope, epoch, manifest expiry, canonical spec, deployment statement, the credential in its own
/// order, the persons that it names, supported features, config bundle, allowed roots.
///
/// # Errors
/// One of [`codes`].
pub fn verify_bundle(
    tar: &[u8],
    enrolment: &Enrolment<'_>,
    expected: &Expected<'_>,
    judgement: &Judgement<'_>,
) -> Result<VerifiedBundle, Refusal> {
    let hash = bundle_hash(tar);
    if hash != expected.bundle_hash {
        return Err(Refusal::new(
            codes::BUNDLE_HASH,
            format!(
                "The bundle's hash is {hash}, but {} was announced.",
                quote(expected.bundle_hash)
            ),
        ));
    }
    let archive = read_archive(tar)?;
    if !archive.iter().map(|member| member.name).eq(MEMBERS) {
        return Err(Refusal::new(
            codes::BUNDLE_LAYOUT,
            format!("The archive's members aren't {}.", MEMBERS.join(", ")),
        ));
    }
    let [credential, deployment, envelope, config, keys, spec] = archive.as_slice() else {
        return Err(Refusal::new(
            codes::BUNDLE_LAYOUT,
            "The archive's members are incomplete.",
        ));
    };
    let brought = KeySet::parse(keys.bytes);
    if let Ok(set) = &brought
        && let Some(why) = set.foreign_to(enrolment.trusted)
    {
        return Err(Refusal::new(
            codes::KEYSET_FOREIGN,
            format!("The bundle brings its own keys: {why}."),
        ));
    }
    let manifest = verify_manifest(envelope.bytes, enrolment.trusted)?;
    check_files(&manifest, &archive)?;
    if let Err(why) = brought {
        return Err(Refusal::new(
            codes::KEYSET_FOREIGN,
            format!("The bundle's signing_keys.json is no key set: {why}."),
        ));
    }
    check_scope(&manifest, enrolment, expected)?;
    check_epoch(&manifest, &hash, judgement)?;
    if manifest.expires_at <= judgement.judged_at {
        return Err(Refusal::new(
            codes::BUNDLE_EXPIRED,
            format!(
                "The bundle expired {} s before it was to be activated.",
                judgement.judged_at - manifest.expires_at
            ),
        ));
    }
    let spec_bytes = spec.bytes;
    let spec = check_spec(spec_bytes)?;
    let (statement, deployment_digest) = read_statement(deployment.bytes)?;
    check_deployment(&manifest, &statement, &deployment_digest, enrolment)?;
    check_statement(
        &statement,
        &spec.spec_hash,
        &byteor_config::digest(config.bytes),
        enrolment.posture,
    )?;
    let credential_bytes = credential.bytes;
    let credential = verify_credential(
        credential_bytes,
        enrolment.trusted,
        &Expectation {
            spec_hash: &spec.spec_hash,
            posture: enrolment.posture,
            environment_id: Some(enrolment.environment_id),
            org_id: Some(enrolment.org_id),
            project_id: Some(enrolment.project_id),
            capabilities: &spec.capabilities,
            deployment_digest: &deployment_digest,
            judged_at: judgement.judged_at,
        },
    )?;
    check_issuers(&credential, &statement)?;
    check_capabilities(&statement, &spec)?;
    spec.check_supported(enrolment.supported_features)?;
    let config_bytes = config.bytes;
    let config = read_config(config_bytes, enrolment, &spec)?;
    Ok(VerifiedBundle {
        manifest,
        statement,
        deployment_digest,
        credential,
        config,
        spec,
        bundle_hash: hash,
        members: MEMBERS
            .into_iter()
            .zip(&archive)
            .map(|(name, member)| (name, member.bytes.to_vec()))
            .collect(),
    })
}

fn check_files(manifest: &ManifestV1, archive: &[Member<'_>]) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::new(codes::MANIFEST_FILES, why));
    let others: Vec<_> = archive
        .iter()
        .filter(|member| member.name != "manifest.dsse.json")
        .collect();
    let named = manifest.files.iter().map(|file| file.name.as_str());
    if !named.eq(others.iter().map(|member| member.name)) {
        return refuse("The manifest doesn't name exactly the bundle's other members.".to_owned());
    }
    for (file, member) in manifest.files.iter().zip(others) {
        let digest = byteor_config::digest(member.bytes);
        if file.sha256 != digest || file.size != member.bytes.len() as u64 {
            return refuse(format!(
                "The member '{}' was changed: its hash is {digest}, but the manifest says {}.",
                member.name,
                quote(&file.sha256)
            ));
        }
        let also = match member.name {
            "spec.kv" => &manifest.spec_hash,
            "runtime_config.txt" => &manifest.config_digest,
            "deployment.kv" => &manifest.deployment_digest,
            _ => continue,
        };
        if *also != digest {
            return refuse(format!(
                "The manifest contradicts itself about '{}'.",
                member.name
            ));
        }
    }
    Ok(())
}

fn check_scope(
    manifest: &ManifestV1,
    enrolment: &Enrolment<'_>,
    expected: &Expected<'_>,
) -> Result<(), Refusal> {
    for (what, theirs, ours) in [
        ("organization", manifest.org_id.as_str(), enrolment.org_id),
        (
            "environment",
            &manifest.environment_id,
            enrolment.environment_id,
        ),
        ("slot", &manifest.slot, expected.slot),
        (
            "deployment",
            &manifest.deployment_id,
            expected.deployment_id,
        ),
    ] {
        if theirs != ours {
            return Err(Refusal::new(
                codes::MANIFEST_SCOPE,
                format!("The bundle is for another {what} ({}).", quote(theirs)),
            ));
        }
    }
    if !manifest.agent_ids.iter().any(|id| id == enrolment.agent_id) {
        return Err(Refusal::new(
            codes::MANIFEST_SCOPE,
            "The bundle is not for this agent.",
        ));
    }
    Ok(())
}

fn check_epoch(
    manifest: &ManifestV1,
    hash: &str,
    judgement: &Judgement<'_>,
) -> Result<(), Refusal> {
    let (accepted, expected) = match judgement.epoch {
        EpochRule::After {
            highest,
            bundle_hash,
        } => (
            manifest.epoch > highest || (manifest.epoch == highest && bundle_hash == Some(hash)),
            format!("more than {highest}"),
        ),
        EpochRule::Exactly(epoch) => (manifest.epoch == epoch, epoch.to_string()),
    };
    if accepted && manifest.epoch > 0 {
        return Ok(());
    }
    Err(Refusal::new(
        codes::EPOCH_STALE,
        format!(
            "The bundle has epoch {}, but needs {expected}.",
            manifest.epoch
        ),
    ))
}

fn check_deployment(
    manifest: &ManifestV1,
    statement: &DeploymentStatement,
    digest: &str,
    enrolment: &Enrolment<'_>,
) -> Result<(), Refusal> {
    let refuse = |why: String| Err(Refusal::new(codes::DEPLOYMENT_DIGEST, why));
    if digest != manifest.deployment_digest {
        return refuse(format!(
            "The deployment statement's digest is {digest}, but the manifest says {}.",
            quote(&manifest.deployment_digest)
        ));
    }
    let statement = statement.subject();
    for (what, theirs, ours) in [
        ("organization", statement.org_id, enrolment.org_id),
        ("project", statement.project_id, enrolment.project_id),
        (
            "environment",
            statement.environment_id,
            enrolment.environment_id,
        ),
        ("slot", statement.slot, manifest.slot.as_str()),
    ] {
        if theirs != ours {
            return refuse(format!(
                "The deployment statement is for another {what} ({}).",
                quote(theirs)
            ));
        }
    }
    if !statement.targets.iter().any(|id| id == enrolment.agent_id) {
        return refuse("The deployment statement doesn't name this agent.".to_owned());
    }
    Ok(())
}

/// A config bundle, as it may run for this spec on this host.
pub(crate) fn read_config(
    bytes: &[u8],
    enrolment: &Enrolment<'_>,
    spec: &CheckedSpec,
) -> Result<ConfigBundleV1, Refusal> {
    let refuse = |why: String| Refusal::new(codes::CONFIG_INVALID, why);
    let text = std::str::from_utf8(bytes)
        .map_err(|_| refuse("The config bundle isn't text.".to_owned()))?;
    let config = byteor_config::decode(text).map_err(|issues| {
        refuse(issues.first().map_or_else(
            || "The config bundle is invalid.".to_owned(),
            ToString::to_string,
        ))
    })?;
    let surroundings = Surroundings {
        posture: Some(enrolment.posture),
        allowed_roots: Some(enrolment.allowed_roots),
        secrets: Some(&spec.secrets),
        boundaries: Some(spec.boundaries()),
    };
    match byteor_config::validate_in(&config, &surroundings).first() {
        None => Ok(config),
        Some(issue) if issue.code == codes::PATH_OUTSIDE_ROOTS => Err(Refusal::new(
            codes::PATH_OUTSIDE_ROOTS,
            issue.message.clone(),
        )),
        Some(issue) => Err(refuse(issue.to_string())),
    }
}
