//! The persons whom a credential names, against those whom its statement asks for.

use serde::{Deserialize, Serialize};

use crate::credential::CredentialV2;
use crate::refusal::{Refusal, codes, quote};
use crate::statement::{ApprovalKind, ApproverRole, DeploymentStatementV2, Proof};

/// A person, and how they came into the session in which they acted. Fields in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonProof {
    /// How the session was opened, such as `host_link`.
    pub method: String,
    /// Nobody else was ever shown what opened the session.
    pub proven: bool,
    /// The person.
    pub user_id: String,
}

/// One yes. Fields in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApproverProof {
    /// When, seconds since 1970.
    pub at: u64,
    /// How the session was opened, such as `host_link`.
    pub method: String,
    /// Nobody else was ever shown what opened the session.
    pub proven: bool,
    /// The role that the person held in the environment then.
    pub role: ApproverRole,
    /// The person.
    pub user_id: String,
}

/// The credential's persons are enough for what the statement asks.
///
/// In this order: as many as policy or a person needs, whoever issued it said yes, they are proven
/// as far as is asked, the glass was broken only where that is allowed, each is one of the named,
/// nobody approved their own request where that isn't allowed, and they are as many as are asked.
///
/// # Errors
/// `E_CRED_DEPLOYMENT`, `E_CRED_PROOF`, `E_CRED_BREAK_GLASS`, `E_CRED_APPROVER`,
/// `E_CRED_SECOND_PERSON`, `E_CRED_QUORUM`.
pub(crate) fn check_persons(
    credential: &CredentialV2,
    statement: &DeploymentStatementV2,
) -> Result<(), Refusal> {
    let CredentialV2 {
        approved_by,
        requested_by,
        break_glass,
        ..
    } = credential;
    let policy = &statement.policy;
    if policy.approval == ApprovalKind::Policy {
        if approved_by.is_empty() && !break_glass {
            return Ok(());
        }
        return Err(Refusal::new(
            codes::CRED_DEPLOYMENT,
            "The credential is issued by policy, but names persons who approved.",
        ));
    }
    if !approved_by
        .windows(2)
        .all(|pair| pair[0].user_id < pair[1].user_id)
    {
        return Err(Refusal::new(
            codes::CRED_QUORUM,
            "The credential doesn't name each person who approved once, in their order.",
        ));
    }
    let issuer = credential.issued_by.strip_prefix("user:");
    if !approved_by
        .iter()
        .any(|person| Some(person.user_id.as_str()) == issuer)
    {
        return Err(Refusal::new(
            codes::CRED_DEPLOYMENT,
            format!(
                "The credential is issued by '{}', who isn't among those who approved.",
                quote(&credential.issued_by)
            ),
        ));
    }
    let unproven = |user_id: &str| {
        Err(Refusal::new(
            codes::CRED_PROOF,
            format!(
                "The deployment asks for persons who are proven, and {} is not.",
                quote(user_id)
            ),
        ))
    };
    if statement.proof.requester == Proof::Proven && !requested_by.proven {
        return unproven(&requested_by.user_id);
    }
    if statement.proof.approver == Proof::Proven
        && let Some(person) = approved_by.iter().find(|person| !person.proven)
    {
        return unproven(&person.user_id);
    }
    if *break_glass {
        if statement.break_glass.allowed && approved_by.len() == 1 {
            return Ok(());
        }
        return Err(Refusal::new(
            codes::CRED_BREAK_GLASS,
            "One person decided alone, and the deployment doesn't allow it.",
        ));
    }
    let named = &policy.approvers;
    let anybody = named.roles.is_empty() && named.users.is_empty();
    if let Some(person) = approved_by.iter().find(|person| {
        !anybody && !named.users.contains(&person.user_id) && !named.roles.contains(&person.role)
    }) {
        return Err(Refusal::new(
            codes::CRED_APPROVER,
            format!(
                "{} approved, who isn't among those whom the deployment names.",
                quote(&person.user_id)
            ),
        ));
    }
    let own = approved_by
        .iter()
        .any(|person| person.user_id == requested_by.user_id);
    if own && !policy.self_approval {
        return Err(Refusal::new(
            codes::CRED_SECOND_PERSON,
            "Who asked for the deployment approved it, and the deployment doesn't allow it.",
        ));
    }
    if approved_by.len() < policy.quorum as usize {
        return Err(Refusal::new(
            codes::CRED_QUORUM,
            format!(
                "The deployment asks for {} persons, and {} approved.",
                policy.quorum,
                approved_by.len()
            ),
        ));
    }
    Ok(())
}
