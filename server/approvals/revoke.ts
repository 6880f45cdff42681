/** Withdraws a grant before the deployment completed: the credential is worth nothing here any more. */
import { recordAudit, type Actor } from '../audit/record.ts';
import { moveDeployment, type DeploymentRef } from '../deployments/move.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

export async function revokeGrant(
  services: Services,
  db: Db,
  deployment: DeploymentRef,
  why: { actor: Actor; code: string; reason: string },
  now: Date,
): Promise<DeploymentState> {
  const approval = await db.approval.findUniqueOrThrow({
    where: { orgId_deploymentId: { orgId: deployment.orgId, deploymentId: deployment.id } },
  });
  await db.approval.updateMany({
    where: { id: approval.id, orgId: approval.orgId, state: 'approved' },
    data: { state: 'revoked', revokedAt: now, revokedReason: why.reason },
  });
  await recordAudit(db, now, {
    orgId: deployment.orgId,
    projectId: deployment.environment.projectId,
    environmentId: deployment.environmentId,
    actor: why.actor,
    action: 'approval.revoke',
    outcome: 'succeeded',
    resource: { kind: 'approval', id: approval.id, name: deployment.slot },
    detail: { deployment_id: deployment.id, code: why.code, reason: why.reason },
  });
  await db.deploymentAgent.updateMany({
    where: { orgId: deployment.orgId, deploymentId: deployment.id },
    data: { desired: 'stop', desiredAt: now },
  });
  await services.live.publish(
    db,
    {
      type: 'approval',
      id: approval.id,
      orgId: deployment.orgId,
      environmentId: deployment.environmentId,
    },
    now,
  );
  return moveDeployment(
    services,
    db,
    deployment,
    {
      event: 'approval_revoked',
      actor: why.actor,
      code: why.code,
      reason: why.reason,
      set: { failureCode: why.code, failureMessage: why.reason },
    },
    now,
  );
}
