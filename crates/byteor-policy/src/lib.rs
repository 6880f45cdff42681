//! Approval credentials, key sets, deployment digests, deploy manifests and policy decisions.
//!
//! Without features, this is what the page and the server share with the agent: the deployment
//! statement, whose digest is what a person approves ([`encode`], [`decode`],
//! [`deployment_digest`]), and the policy decisions ([`decide`]). It builds for WebAssembly.
//!
//! With the feature `verify` it also holds what an agent or a runtime needs to convince itself,
//! offline, that what it is about to run is what was approved: `verify_bundle` for a fetched
//! deploy bundle, `verify_approval` for one credential against one spec. Every refusal has a
//! code; the order of the checks is fixed and documented in `docs/spec/deploy-bundle.md` and
//! `docs/spec/credential.md`.
//!
//! No I/O and no clock of its own: callers pass bytes and instants.

mod decision;
mod statement;

pub use decision::{
    ActionCapability, Context, Decision, ReplayPolicy, Request, SideEffects, decide,
};
pub use statement::{
    ApprovalKind, ApproverRole, Approvers, BreakGlass, DeploymentPolicy, DeploymentPolicyV2,
    DeploymentStatement, DeploymentStatementV1, DeploymentStatementV2, KeyRule, MAX_QUORUM, Proof,
    RequiredProof, Rollout, STATEMENT_FILE_NAME, STATEMENT_VERSIONS, StatementIssue, Subject,
    decode, deployment_digest, encode, is_digest, is_id, is_slot, issue_codes,
};

#[cfg(feature = "verify")]
mod archive;
#[cfg(feature = "verify")]
mod bundle;
#[cfg(feature = "verify")]
mod credential;
#[cfg(feature = "verify")]
mod encoding;
#[cfg(feature = "verify")]
mod key_refresh;
#[cfg(feature = "verify")]
mod keys;
#[cfg(feature = "verify")]
mod manifest;
#[cfg(feature = "verify")]
mod persons;
#[cfg(feature = "verify")]
mod refusal;
#[cfg(feature = "test-sign")]
pub mod sign;
#[cfg(feature = "verify")]
mod spec;
#[cfg(feature = "verify")]
mod trial;

#[cfg(feature = "verify")]
pub use archive::{MAX_BUNDLE_BYTES, Member, read_archive};
#[cfg(feature = "verify")]
pub use bundle::{
    Enrolment, EpochRule, Expected, Judgement, MEMBERS, VerifiedBundle, bundle_hash, verify_bundle,
};
#[cfg(feature = "verify")]
pub use credential::{
    Claims, Credential, CredentialV1, CredentialV2, Expectation, MAX_CREDENTIAL_BYTES, RunApproval,
    verify_approval, verify_credential,
};
#[cfg(feature = "verify")]
pub use key_refresh::{KeyRefusal, OfferedKeys, key_codes};
#[cfg(feature = "verify")]
pub use keys::{KeyPurpose, KeySet, KeyState, TrustedKey};
#[cfg(feature = "verify")]
pub use manifest::{ManifestFile, ManifestV1, PAYLOAD_TYPE, verify_manifest};
#[cfg(feature = "verify")]
pub use persons::{ApproverProof, PersonProof};
#[cfg(feature = "verify")]
pub use refusal::{Refusal, codes};
#[cfg(feature = "verify")]
pub use spec::{CheckedSpec, SUPPORTED_FEATURES, check_spec};
#[cfg(feature = "verify")]
pub use trial::{LONGEST_TRIAL, TRIAL_TYPE, TrialRequestV1, VerifiedTrial, verify_trial};
