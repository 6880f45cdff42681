//! Policy decisions: may this action be carried out here, now?
//!
//! The engine never parses credentials: `approval_verified` is set by whoever verified one.
//! The whole table is tested; what the table doesn't allow is refused.

use byteor_config::Posture;
use serde::{Deserialize, Serialize};

/// What an environment says about side effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideEffects {
    /// None, whatever is approved.
    DenyAll,
    /// Allowed in `dev`; in `staging` and `prod` an approval is still expected.
    AllowAll,
    /// An approval is needed everywhere.
    RequireApproval,
}

/// What an environment says about replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayPolicy {
    /// No replay at all.
    Disabled,
    /// Only with side effects off.
    DryRunOnly,
    /// With side effects, given an approval.
    Allowed,
}

/// Whether an action reaches outside the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionCapability {
    /// Only turns bytes into bytes.
    Pure,
    /// Has an effect outside.
    SideEffecting,
}

/// In which kind of run the action would happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Context {
    /// A deployment's own run.
    Live,
    /// A replay of captured input, under this policy.
    Replay(ReplayPolicy),
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Posture of the environment.
    pub posture: Posture,
    /// Live or replay.
    pub context: Context,
    /// The environment's side-effect policy.
    pub side_effects: SideEffects,
    /// Whether the run was asked for with side effects off.
    pub dry_run: bool,
    /// Whether the action has side effects.
    pub capability: ActionCapability,
    /// Set only after a credential that covers the action was verified.
    pub approval_verified: bool,
}

/// The answer; exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Go ahead.
    Allow,
    /// Go ahead with side effects off.
    DryRunOnly,
    /// Come back with a verified approval.
    RequireApproval,
    /// No.
    Deny,
}

impl Decision {
    /// The name used in audits.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::DryRunOnly => "DryRunOnly",
            Self::RequireApproval => "RequireApproval",
            Self::Deny => "Deny",
        }
    }
}

/// Decides one action.
///
/// - A replay follows its policy first: disabled is refused; a dry run is free; `DryRunOnly`
///   turns an execute request into a dry run; an execute replay needs a verified approval in
///   every posture, whether or not the action has side effects.
/// - Side effects that are denied are denied in dry runs too; otherwise a dry run stays one.
/// - Live side effects are allowed by `AllowAll` in `dev`, and by a verified approval elsewhere.
pub fn decide(request: &Request) -> Decision {
    let effect = request.capability == ActionCapability::SideEffecting;
    let denied = effect && request.side_effects == SideEffects::DenyAll;
    if let Context::Replay(policy) = request.context {
        return match (policy, request.dry_run) {
            (ReplayPolicy::Disabled, _) => Decision::Deny,
            _ if denied => Decision::Deny,
            (_, true) | (ReplayPolicy::DryRunOnly, false) => Decision::DryRunOnly,
            (ReplayPolicy::Allowed, false) if request.approval_verified => Decision::Allow,
            (ReplayPolicy::Allowed, false) => Decision::RequireApproval,
        };
    }
    if !effect {
        return Decision::Allow;
    }
    match request.side_effects {
        SideEffects::DenyAll => Decision::Deny,
        _ if request.dry_run => Decision::DryRunOnly,
        _ if request.approval_verified => Decision::Allow,
        SideEffects::AllowAll if request.posture == Posture::Dev => Decision::Allow,
        SideEffects::AllowAll | SideEffects::RequireApproval => Decision::RequireApproval,
    }
}
