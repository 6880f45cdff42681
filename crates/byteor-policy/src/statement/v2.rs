//! Version 2: how many persons, which, how they are proven, in what steps, and whether one alone
//! may break the glass.

use byteor_config::{Posture, kv};
use serde::{Deserialize, Serialize};

use super::lines::{Lines, bad, boolean, push_list, push_subject, set};
use super::{ApprovalKind, StatementIssue, Subject, check, is_id, issue_codes};

/// Largest number of persons that a deployment can ask for.
pub const MAX_QUORUM: u32 = 5;
/// Largest step of a rollout, in agents.
const MAX_STEP: u32 = 64;
/// Longest pause between steps: a day.
const MAX_PAUSE_SECONDS: u32 = 86_400;

/// Words of a closed set, written one way.
macro_rules! words {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS))]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// The written form.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }

            /// The value that is written so.
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

words! {
    /// Whose keys make an approval worth something. There is one rule now; an unknown one is
    /// refused, so that a stricter one is never read as this.
    KeyRule {
        /// The organization's approval key signs.
        Organization = "organization",
    }
}

words! {
    /// A role whose holders may approve.
    ApproverRole {
        /// Administers the organization.
        OrgAdmin = "org_admin",
        /// Administers the project.
        ProjectAdmin = "project_admin",
        /// Operates the project.
        Operator = "operator",
    }
}

words! {
    /// How sure it has to be who a person is.
    Proof {
        /// Signed in, in whatever way.
        Session = "session",
        /// Nobody else was ever shown what opened the session.
        Proven = "proven",
    }
}

/// Who may approve, beside having the right to operate the environment: whoever is named, or holds a
/// named role. Nobody and no role named: whoever has the right.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Approvers {
    /// A set: sorted by their words and without repeats in text.
    pub roles: Vec<ApproverRole>,
    /// User ids. A set: sorted and without repeats in text.
    pub users: Vec<String>,
}

/// The rules that are in force for a deployment from its request on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentPolicyV2 {
    /// Who has to approve.
    pub approval: ApprovalKind,
    /// Whether who asks may also approve.
    pub self_approval: bool,
    /// How many different persons have to say yes, 1 to 5; 0 where policy approves.
    pub quorum: u32,
    /// Whose keys count.
    pub key_rule: KeyRule,
    /// Which persons.
    pub approvers: Approvers,
}

/// How sure it has to be who asks, and who says yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct RequiredProof {
    /// Who asks for the deployment.
    pub requester: Proof,
    /// Each who approves it.
    pub approver: Proof,
}

/// What one person alone may do in an emergency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct BreakGlass {
    /// Whether one person may approve alone, with a reason, marked for ever, reviewed afterwards.
    pub allowed: bool,
}

/// In which steps the agents get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Rollout {
    /// Agents of the first step, 1 to 64.
    pub first: u32,
    /// Agents of each further step, 1 to 64.
    pub step: u32,
    /// Seconds between a healthy step and the next one, at most a day.
    pub pause_seconds: u32,
}

/// What a deployment is, without the row that it is kept in: an approval is for its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct DeploymentStatementV2 {
    /// Format version, 2.
    #[cfg_attr(feature = "ts", ts(type = "2"))]
    pub v: u32,
    /// Organization.
    pub org_id: String,
    /// Project.
    pub project_id: String,
    /// Environment.
    pub environment_id: String,
    /// The environment's posture.
    pub posture: Posture,
    /// The slot that it takes on each agent.
    pub slot: String,
    /// The version that is deployed.
    pub version_id: String,
    /// Spec hash of the version, `sha256:…`.
    pub spec_hash: String,
    /// Digest of the config bundle's text, `sha256:…`.
    pub config_digest: String,
    /// Side-effect capabilities that the spec needs. A set: sorted and without repeats in text.
    pub capabilities: Vec<String>,
    /// Agent ids. A set: sorted and without repeats in text.
    pub targets: Vec<String>,
    /// The rules in force.
    pub policy: DeploymentPolicyV2,
    /// How sure it has to be who the persons are.
    pub proof: RequiredProof,
    /// Whether one person alone may approve in an emergency.
    pub break_glass: BreakGlass,
    /// In which steps the agents get it.
    pub rollout: Rollout,
}

impl DeploymentStatementV2 {
    pub(super) fn subject(&self) -> Subject<'_> {
        Subject {
            v: self.v,
            org_id: &self.org_id,
            project_id: &self.project_id,
            environment_id: &self.environment_id,
            posture: self.posture,
            slot: &self.slot,
            version_id: &self.version_id,
            spec_hash: &self.spec_hash,
            config_digest: &self.config_digest,
            capabilities: &self.capabilities,
            targets: &self.targets,
            approval: self.policy.approval,
            self_approval: self.policy.self_approval,
        }
    }
}

fn check(statement: &DeploymentStatementV2) -> Result<(), StatementIssue> {
    check::subject(&statement.subject(), 2)?;
    let DeploymentPolicyV2 {
        approval,
        quorum,
        approvers,
        ..
    } = &statement.policy;
    let Approvers { roles, users } = approvers;
    check::each(
        "policy.approvers.users",
        users.iter().map(String::as_str),
        is_id,
        "user id",
    )?;
    let refuse = |field: &str, why: &str| Err(StatementIssue::field(field, why));
    match approval {
        ApprovalKind::Policy if *quorum != 0 => {
            return refuse("policy.quorum", "Where policy approves no person is asked.");
        }
        ApprovalKind::Policy if !roles.is_empty() || !users.is_empty() => {
            return refuse("policy.approvers", "Where policy approves nobody is named.");
        }
        ApprovalKind::Policy if statement.break_glass.allowed => {
            return refuse(
                "break_glass.allowed",
                "Where policy approves there is no glass to break.",
            );
        }
        ApprovalKind::Person if !(1..=MAX_QUORUM).contains(quorum) => {
            return refuse("policy.quorum", "The quorum is 1 to 5 persons.");
        }
        ApprovalKind::Person
            if roles.is_empty() && !users.is_empty() && set(users).len() < *quorum as usize =>
        {
            return refuse(
                "policy.quorum",
                "Fewer persons are named than have to say yes.",
            );
        }
        _ => {}
    }
    let Rollout {
        first,
        step,
        pause_seconds,
    } = statement.rollout;
    for (field, agents) in [("rollout.first", first), ("rollout.step", step)] {
        if !(1..=MAX_STEP).contains(&agents) {
            return refuse(field, "A step has 1 to 64 agents.");
        }
    }
    if pause_seconds > MAX_PAUSE_SECONDS {
        return refuse("rollout.pause_seconds", "A pause is at most a day.");
    }
    Ok(())
}

fn role_words(roles: &[ApproverRole]) -> Vec<&'static str> {
    let mut words: Vec<&'static str> = roles.iter().map(|role| role.as_str()).collect();
    words.sort_unstable();
    words.dedup();
    words
}

pub(super) fn encode(statement: &DeploymentStatementV2) -> Result<String, StatementIssue> {
    check(statement)?;
    let mut text = String::new();
    push_subject(&mut text, &statement.subject());
    let DeploymentPolicyV2 {
        quorum,
        key_rule,
        approvers,
        ..
    } = &statement.policy;
    kv::push(&mut text, "deployment.policy.quorum", &quorum.to_string());
    kv::push(&mut text, "deployment.policy.key_rule", key_rule.as_str());
    push_list(
        &mut text,
        "deployment.policy.approvers.roles",
        role_words(&approvers.roles),
    );
    push_list(
        &mut text,
        "deployment.policy.approvers.users",
        set(&approvers.users),
    );
    let RequiredProof {
        requester,
        approver,
    } = &statement.proof;
    let Rollout {
        first,
        step,
        pause_seconds,
    } = &statement.rollout;
    for (key, value) in [
        ("deployment.proof.requester", requester.as_str()),
        ("deployment.proof.approver", approver.as_str()),
        (
            "deployment.break_glass.allowed",
            boolean(statement.break_glass.allowed),
        ),
        ("deployment.rollout.first", &first.to_string()),
        ("deployment.rollout.step", &step.to_string()),
        (
            "deployment.rollout.pause_seconds",
            &pause_seconds.to_string(),
        ),
    ] {
        kv::push(&mut text, key, value);
    }
    Ok(text)
}

pub(super) fn decode(lines: &mut Lines) -> Result<DeploymentStatementV2, StatementIssue> {
    let subject = lines.subject()?;
    let quorum = lines.number("deployment.policy.quorum")?;
    let key_rule = lines.take("deployment.policy.key_rule")?;
    let key_rule = KeyRule::from_word(&key_rule.value)
        .ok_or_else(|| bad(&key_rule).coded(issue_codes::KEY_RULE))?;
    let mut roles = Vec::new();
    loop {
        let key = format!("deployment.policy.approvers.roles.{}", roles.len());
        let Ok(line) = lines.take(&key) else { break };
        roles.push(ApproverRole::from_word(&line.value).ok_or_else(|| bad(&line))?);
    }
    Ok(DeploymentStatementV2 {
        v: 2,
        org_id: subject.org_id,
        project_id: subject.project_id,
        environment_id: subject.environment_id,
        posture: subject.posture,
        slot: subject.slot,
        version_id: subject.version_id,
        spec_hash: subject.spec_hash,
        config_digest: subject.config_digest,
        capabilities: subject.capabilities,
        targets: subject.targets,
        policy: DeploymentPolicyV2 {
            approval: subject.approval,
            self_approval: subject.self_approval,
            quorum,
            key_rule,
            approvers: Approvers {
                roles,
                users: lines.list("deployment.policy.approvers.users"),
            },
        },
        proof: RequiredProof {
            requester: lines.word("deployment.proof.requester", Proof::from_word)?,
            approver: lines.word("deployment.proof.approver", Proof::from_word)?,
        },
        break_glass: BreakGlass {
            allowed: lines.boolean("deployment.break_glass.allowed")?,
        },
        rollout: Rollout {
            first: lines.number("deployment.rollout.first")?,
            step: lines.number("deployment.rollout.step")?,
            pause_seconds: lines.number("deployment.rollout.pause_seconds")?,
        },
    })
}
