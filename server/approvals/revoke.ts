/** Withdraws a grant before the deployment completed: the credential is worth nothing here any more. */
import type { Actor } from '../audit/record.ts';
import { forbid, giveUp } from '../deployment-state/desire.ts';
import { moveDeployment, type DeploymentRef } from '../deployment-state/move.ts';
import type { DeploymentState } from '../domain/deployments/machine.ts';
import type { Db } from '../providers/database.ts';
import type { Services } from '../services.ts';
import { moveApproval } from './move.ts';

export async function revokeGrant(
  services: Services,
  db: Db,
  deployment: DeploymentRef,
  why: {
    actor: Actor;
    code: string;
    reason: string;
    /** What happens to the deployment: a person took it back, or the grant was lost. */
    event?: 'withdrawn' | 'aborted' | 'approval_revoked';
    /** The person who revoked it; nobody where time or a changed digest did. */
    revokedBy?: string;
  },
  now: Date,
): Promise<DeploymentState> {
  const approval = await db.approval.findUniqueOrThrow({
    where: { orgId_deploymentId: { orgId: deployment.orgId, deploymentId: deployment.id } },
  });
  const { actor, code, reason, event = 'approval_revoked', revokedBy = null } = why;
  await moveApproval(
    services,
    db,
    { ...approval, deployment },
    {
      event: 'withdraw_grant',
      actor,
      set: { revokedAt: now, revokedReason: reason, revokedBy },
      detail: { code, reason },
    },
    now,
  );
  // Time limits activation, and not what runs; a person's word ends that too.
  const end = code === 'credential_expired' ? giveUp : forbid;
  await end(db, deployment, now);
  // What was taken back didn't fail.
  const set = event !== 'approval_revoked' ? {} : { failureCode: code, failureMessage: reason };
  return moveDeployment(services, db, deployment, { event, actor, code, reason, set }, now);
}
