//! Every cell of the decision table.

use byteor_config::Posture;
use byteor_policy::{
    ActionCapability, Context, Decision, ReplayPolicy, Request, SideEffects, decide,
};

/// One row a line: context, capability, side-effect policy, dry run, approval, then the decision
/// in dev, staging and prod. A star stands for every value.
const TABLE: &str = "
live                pure            *                 *     *   | Allow Allow Allow
live                side_effecting  deny_all          *     *   | Deny Deny Deny
live                side_effecting  allow_all         yes   *   | DryRunOnly DryRunOnly DryRunOnly
live                side_effecting  allow_all         no    no  | Allow RequireApproval RequireApproval
live                side_effecting  allow_all         no    yes | Allow Allow Allow
live                side_effecting  require_approval  yes   *   | DryRunOnly DryRunOnly DryRunOnly
live                side_effecting  require_approval  no    no  | RequireApproval RequireApproval RequireApproval
live                side_effecting  require_approval  no    yes | Allow Allow Allow
replay_disabled     *               *                 *     *   | Deny Deny Deny
replay_dry_run_only pure            *                 *     *   | DryRunOnly DryRunOnly DryRunOnly
replay_dry_run_only side_effecting  deny_all          *     *   | Deny Deny Deny
replay_dry_run_only side_effecting  allow_all         *     *   | DryRunOnly DryRunOnly DryRunOnly
replay_dry_run_only side_effecting  require_approval  *     *   | DryRunOnly DryRunOnly DryRunOnly
replay_allowed      pure            *                 yes   *   | DryRunOnly DryRunOnly DryRunOnly
replay_allowed      pure            *                 no    no  | RequireApproval RequireApproval RequireApproval
replay_allowed      pure            *                 no    yes | Allow Allow Allow
replay_allowed      side_effecting  deny_all          *     *   | Deny Deny Deny
replay_allowed      side_effecting  allow_all         yes   *   | DryRunOnly DryRunOnly DryRunOnly
replay_allowed      side_effecting  require_approval  yes   *   | DryRunOnly DryRunOnly DryRunOnly
replay_allowed      side_effecting  allow_all         no    no  | RequireApproval RequireApproval RequireApproval
replay_allowed      side_effecting  allow_all         no    yes | Allow Allow Allow
replay_allowed      side_effecting  require_approval  no    no  | RequireApproval RequireApproval RequireApproval
replay_allowed      side_effecting  require_approval  no    yes | Allow Allow Allow
";

#[test]
fn the_table_covers_every_request_exactly_once_and_the_engine_follows_it() {
    let contexts = [
        ("live", Context::Live),
        ("replay_disabled", Context::Replay(ReplayPolicy::Disabled)),
        (
            "replay_dry_run_only",
            Context::Replay(ReplayPolicy::DryRunOnly),
        ),
        ("replay_allowed", Context::Replay(ReplayPolicy::Allowed)),
    ];
    let capabilities = [
        ("pure", ActionCapability::Pure),
        ("side_effecting", ActionCapability::SideEffecting),
    ];
    let policies = [
        ("deny_all", SideEffects::DenyAll),
        ("allow_all", SideEffects::AllowAll),
        ("require_approval", SideEffects::RequireApproval),
    ];
    let answers = [("no", false), ("yes", true)];
    let postures = [Posture::Dev, Posture::Staging, Posture::Prod];
    for (context_name, context) in contexts {
        for (capability_name, capability) in capabilities {
            for (policy_name, side_effects) in policies {
                for (dry_name, dry_run) in answers {
                    for (approval_name, approval_verified) in answers {
                        let asked = [
                            context_name,
                            capability_name,
                            policy_name,
                            dry_name,
                            approval_name,
                        ];
                        let rows: Vec<_> = TABLE
                            .lines()
                            .filter_map(|line| line.split_once('|'))
                            .filter(|(when, _)| {
                                when.split_whitespace()
                                    .zip(asked)
                                    .all(|(cell, value)| cell == "*" || cell == value)
                            })
                            .collect();
                        assert_eq!(rows.len(), 1, "{asked:?}");
                        let expected: Vec<_> = rows[0].1.split_whitespace().collect();
                        for (posture, expected) in postures.into_iter().zip(expected) {
                            let decision = decide(&Request {
                                posture,
                                context,
                                side_effects,
                                dry_run,
                                capability,
                                approval_verified,
                            });
                            assert_eq!(decision.as_str(), expected, "{posture} {asked:?}");
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn no_side_effect_runs_in_staging_or_prod_without_a_verified_approval() {
    for posture in [Posture::Staging, Posture::Prod] {
        for side_effects in [
            SideEffects::DenyAll,
            SideEffects::AllowAll,
            SideEffects::RequireApproval,
        ] {
            for dry_run in [false, true] {
                let decision = decide(&Request {
                    posture,
                    context: Context::Live,
                    side_effects,
                    dry_run,
                    capability: ActionCapability::SideEffecting,
                    approval_verified: false,
                });
                assert_ne!(decision, Decision::Allow);
            }
        }
    }
}
