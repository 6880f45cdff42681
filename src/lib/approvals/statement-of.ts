import type { Outputs } from '$lib/api';
import type { DeploymentStatement } from '$lib/compiler';

/**
 * The statement that the shown facts make up. It is built from what the screen shows, never read from
 * the statement's text, so that a digest over anything else can't look right.
 */
export function statementOf(approval: Outputs['approvals']['get']): DeploymentStatement {
  const subject = {
    org_id: approval.orgId,
    project_id: approval.projectId,
    environment_id: approval.environment.id,
    posture: approval.environment.posture,
    slot: approval.deployment.slot,
    version_id: approval.version.id,
    spec_hash: approval.version.specHash,
    config_digest: approval.bundle.digest,
    capabilities: approval.capabilities,
    targets: approval.agents.map((agent) => agent.id),
  };
  const { rules, quorum } = approval;
  const policy = { approval: approval.mode, self_approval: rules.selfApproval };
  if (rules.statement === 1) return { v: 1, ...subject, policy };
  const { approvers, proof, rollout } = rules;
  return {
    v: 2,
    ...subject,
    policy: {
      ...policy,
      quorum,
      key_rule: 'organization',
      approvers: { roles: approvers.roles, users: approvers.users.map(({ id }) => id) },
    },
    proof,
    break_glass: { allowed: rules.breakGlass },
    rollout: {
      first: rollout.first,
      step: rollout.step,
      pause_seconds: rollout.pauseSeconds,
    },
  };
}
