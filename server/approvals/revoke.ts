/** Withdraws a grant before the deployment completed: the credential is worth nothing here any more. */
import type { Actor } from '../audit/record.ts';
import { moveDeployment, type DeploymentRef } from '../deployments/move.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { moveApproval } from './move.ts';

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
  const { actor, code, reason } = why;
  await moveApproval(
    services,
    db,
    { ...approval, deployment },
    {
      event: 'withdraw_grant',
      actor,
      set: { revokedAt: now, revokedReason: reason },
      detail: { code, reason },
    },
    now,
  );
  await db.deploymentAgent.updateMany({
    where: { orgId: deployment.orgId, deploymentId: deployment.id },
    data: { desired: 'stop', desiredAt: now },
  });
  return moveDeployment(
    services,
    db,
    deployment,
    {
      event: 'approval_revoked',
      actor,
      code,
      reason,
      set: { failureCode: code, failureMessage: reason },
    },
    now,
  );
}
