//! One good bundle, and its parts to tamper with.

#![allow(dead_code, reason = "each test file uses its own part of this module")]

use byteor_config::{ConfigBundleV1, Posture, digest};
use byteor_pipeline_spec::{PipelineSpecV1, encode_kv_v1, single_ring_chain};
use byteor_policy::sign::{TestKey, archive, manifest_file};
use byteor_policy::{
    ApprovalKind, ApproverProof, ApproverRole, Approvers, BreakGlass, CredentialV2,
    DeploymentPolicyV2, DeploymentStatementV2, Enrolment, EpochRule, Expected, Judgement,
    KeyPurpose, KeyRule, KeySet, KeyState, ManifestV1, PersonProof, Proof, Refusal, RequiredProof,
    Rollout, SUPPORTED_FEATURES, VerifiedBundle, encode, verify_bundle,
};

pub const ORG: &str = "01930000-0000-7000-8000-000000000001";
pub const PROJECT: &str = "01930000-0000-7000-8000-000000000002";
pub const ENVIRONMENT: &str = "01930000-0000-7000-8000-000000000003";
pub const VERSION: &str = "01930000-0000-7000-8000-000000000004";
pub const AGENT: &str = "01930000-0000-7000-8000-000000000005";
pub const DEPLOYMENT: &str = "01930000-0000-7000-8000-000000000006";
pub const APPROVAL: &str = "01930000-0000-7000-8000-000000000007";
pub const USER: &str = "01930000-0000-7000-8000-000000000008";
pub const OTHER: &str = "01930000-0000-7000-8000-000000000009";
pub const REQUESTER: &str = "01930000-0000-7000-8000-00000000000a";
pub const SLOT: &str = "orders";
/// 2026-11-21T22:00:00Z
pub const NOW: u64 = 1_795_298_400;

pub fn approval_key() -> TestKey {
    TestKey::from_seed("approval-1", KeyPurpose::Approval, [1; 32])
}

pub fn manifest_key() -> TestKey {
    TestKey::from_seed("manifest-1", KeyPurpose::Manifest, [2; 32])
}

pub fn key_set() -> KeySet {
    KeySet {
        keys: vec![
            approval_key().trusted(KeyState::Active),
            manifest_key().trusted(KeyState::Active),
        ],
        org_id: ORG.into(),
        v: 1,
    }
}

pub fn spec() -> PipelineSpecV1 {
    single_ring_chain(&[("parse", "keep:^\\{"), ("mask", "replace:[^ ]+@[^ ]+=***")])
}

/// Somebody proven who said yes.
pub fn approver(user_id: &str, role: ApproverRole) -> ApproverProof {
    ApproverProof {
        at: NOW - 90,
        method: "host_link".into(),
        proven: true,
        role,
        user_id: user_id.into(),
    }
}

/// Everything that a bundle is made of, before it is signed.
pub struct Parts {
    pub spec: String,
    pub config: String,
    pub statement: DeploymentStatementV2,
    pub credential: CredentialV2,
    pub manifest: ManifestV1,
    pub keys_member: Vec<u8>,
    pub approval_key: TestKey,
    pub manifest_key: TestKey,
    /// What the agent trusts.
    pub trusted: KeySet,
    pub roots: Vec<String>,
    pub epoch: EpochRule<'static>,
    pub judged_at: u64,
}

impl Parts {
    pub fn good() -> Self {
        let spec = encode_kv_v1(&spec());
        let config = byteor_config::encode(&ConfigBundleV1::file_to_file(
            Posture::Prod,
            "/data/in.log",
            "/data/out.log",
            "/data/rejected.log",
        ))
        .unwrap();
        let statement = DeploymentStatementV2 {
            v: 2,
            org_id: ORG.into(),
            project_id: PROJECT.into(),
            environment_id: ENVIRONMENT.into(),
            posture: Posture::Prod,
            slot: SLOT.into(),
            version_id: VERSION.into(),
            spec_hash: digest(&spec),
            config_digest: digest(&config),
            capabilities: vec![],
            targets: vec![AGENT.into()],
            policy: DeploymentPolicyV2 {
                approval: ApprovalKind::Person,
                self_approval: false,
                quorum: 2,
                key_rule: KeyRule::Organization,
                approvers: Approvers {
                    roles: vec![ApproverRole::Operator],
                    users: vec![USER.into()],
                },
            },
            proof: RequiredProof {
                requester: Proof::Session,
                approver: Proof::Proven,
            },
            break_glass: BreakGlass { allowed: false },
            rollout: Rollout {
                first: 1,
                step: 1,
                pause_seconds: 30,
            },
        };
        let mut parts = Self {
            credential: CredentialV2 {
                approval_id: APPROVAL.into(),
                approved_by: vec![
                    approver(USER, ApproverRole::ProjectAdmin),
                    approver(OTHER, ApproverRole::Operator),
                ],
                break_glass: false,
                capabilities: vec![],
                deployment_digest: String::new(),
                environment_id: ENVIRONMENT.into(),
                environment_posture: Posture::Prod,
                expires_at: NOW + 3600,
                issued_at: NOW - 60,
                issued_by: format!("user:{USER}"),
                kid: "approval-1".into(),
                org_id: ORG.into(),
                project_id: PROJECT.into(),
                requested_by: PersonProof {
                    method: "invitation".into(),
                    proven: false,
                    user_id: REQUESTER.into(),
                },
                spec_hash: String::new(),
                v: 2,
            },
            manifest: ManifestV1 {
                agent_ids: vec![AGENT.into()],
                config_digest: String::new(),
                created_at: NOW - 30,
                deployment_digest: String::new(),
                deployment_id: DEPLOYMENT.into(),
                environment_id: ENVIRONMENT.into(),
                epoch: 7,
                expires_at: NOW + 3600,
                files: vec![],
                org_id: ORG.into(),
                slot: SLOT.into(),
                spec_hash: String::new(),
                v: 1,
            },
            keys_member: serde_json::to_vec(&key_set()).unwrap(),
            spec,
            config,
            statement,
            approval_key: approval_key(),
            manifest_key: manifest_key(),
            trusted: key_set(),
            roots: vec!["/data".into()],
            epoch: EpochRule::After {
                highest: 6,
                bundle_hash: None,
            },
            judged_at: NOW,
        };
        parts.settle();
        parts
    }

    /// Brings every digest in line with the parts, as the control plane does.
    pub fn settle(&mut self) {
        self.statement.spec_hash = digest(&self.spec);
        self.statement.config_digest = digest(&self.config);
        self.settle_credential();
    }

    /// Brings only the credential in line with the statement.
    pub fn settle_credential(&mut self) {
        self.credential
            .spec_hash
            .clone_from(&self.statement.spec_hash);
        self.credential.deployment_digest = digest(self.deployment_kv());
    }

    pub fn deployment_kv(&self) -> String {
        encode(&self.statement.clone().into()).unwrap()
    }

    /// The members but the manifest.
    pub fn members(&self) -> Vec<(&'static str, Vec<u8>)> {
        vec![
            (
                "approval.cred",
                self.approval_key
                    .credential(self.credential.clone())
                    .into_bytes(),
            ),
            ("deployment.kv", self.deployment_kv().into_bytes()),
            ("runtime_config.txt", self.config.clone().into_bytes()),
            ("signing_keys.json", self.keys_member.clone()),
            ("spec.kv", self.spec.clone().into_bytes()),
        ]
    }

    /// The manifest as the control plane would write it for `members`.
    pub fn manifest_for(&self, members: &[(&'static str, Vec<u8>)]) -> ManifestV1 {
        let hash = |name: &str| {
            members
                .iter()
                .find(|(member, _)| *member == name)
                .map(|(_, bytes)| digest(bytes))
                .unwrap_or_default()
        };
        ManifestV1 {
            files: members
                .iter()
                .map(|(name, bytes)| manifest_file(name, bytes))
                .collect(),
            spec_hash: hash("spec.kv"),
            config_digest: hash("runtime_config.txt"),
            deployment_digest: hash("deployment.kv"),
            ..self.manifest.clone()
        }
    }

    /// The archive of `members` with a manifest signed over `named`.
    pub fn assemble(
        &self,
        named: &[(&'static str, Vec<u8>)],
        members: &[(&'static str, Vec<u8>)],
    ) -> Vec<u8> {
        let manifest = self.manifest_key.manifest(&self.manifest_for(named));
        with_manifest(members, manifest)
    }

    pub fn tar(&self) -> Vec<u8> {
        let members = self.members();
        self.assemble(&members, &members)
    }

    pub fn verify(&self) -> Result<VerifiedBundle, Refusal> {
        self.verify_tar(&self.tar())
    }

    pub fn verify_tar(&self, tar: &[u8]) -> Result<VerifiedBundle, Refusal> {
        self.verify_announced(tar, &digest(tar))
    }

    pub fn verify_announced(&self, tar: &[u8], hash: &str) -> Result<VerifiedBundle, Refusal> {
        verify_bundle(
            tar,
            &Enrolment {
                org_id: ORG,
                project_id: PROJECT,
                environment_id: ENVIRONMENT,
                posture: Posture::Prod,
                agent_id: AGENT,
                trusted: &self.trusted,
                allowed_roots: &self.roots,
                supported_features: SUPPORTED_FEATURES,
            },
            &Expected {
                bundle_hash: hash,
                deployment_id: DEPLOYMENT,
                slot: SLOT,
            },
            &Judgement {
                judged_at: self.judged_at,
                epoch: self.epoch,
            },
        )
    }
}

/// The archive of `members` and this manifest member.
pub fn with_manifest(members: &[(&'static str, Vec<u8>)], manifest: Vec<u8>) -> Vec<u8> {
    let mut all: Vec<(&str, &[u8])> = members
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    all.push(("manifest.dsse.json", &manifest));
    all.sort_by_key(|(name, _)| *name);
    archive(&all)
}
