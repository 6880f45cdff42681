import type { Outputs } from '$lib/api';
import type { DeploymentStatementV1 } from '$lib/compiler';

/**
 * The statement that the shown facts make up. It is built from what the screen shows, never read from
 * the statement's text, so that a digest over anything else can't look right.
 */
export function statementOf(approval: Outputs['approvals']['get']): DeploymentStatementV1 {
  return {
    v: 1,
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
    policy: { approval: approval.mode, self_approval: approval.environment.selfApproval },
  };
}
