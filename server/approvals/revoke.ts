/** Withdraws a grant before the deployment completed: the credential is worth nothing here any more. */
import { recordAudit, type Actor } from '../audit/record.ts';
import { undesire } from '../deployments/desire.ts';
import { moveDeployment, type DeploymentRef } from '../deployments/move.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';

export async function revokeGrant(
  services: Services,
  db: Db,
  deployment: DeploymentRef,
  why: {
    actor: Actor;
    code: string;
    reason: string;
    /** What happens to the deployment: a person took it back, or the grant was lost. */
    event?: 'withdrawn' | 'approval_revoked';
  },
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
  await undesire(db, deployment, now);
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
  const { actor, code, reason, event = 'approval_revoked' } = why;
  // What was taken back didn't fail.
  const set = event === 'withdrawn' ? {} : { failureCode: code, failureMessage: reason };
  return moveDeployment(services, db, deployment, { event, actor, code, reason, set }, now);
}
