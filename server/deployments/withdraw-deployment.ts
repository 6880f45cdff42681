import { z } from 'zod';
import { authorize, scopeWithin, userActor } from '../authorize.ts';
import type { Caller } from '../caller.ts';
import { comment, id } from '../inputs.ts';
import { conflict } from '../errors.ts';
import type { Services } from '../services.ts';
import { revokeGrant } from '../approvals/revoke.ts';
import { findDeployment } from './find-deployment.ts';
import { moveDeployment } from './move.ts';

export const withdrawDeploymentInput = z.object({
  deploymentId: id,
  reason: comment,
});

/**
 * Takes a request back. Undecided: it ends as denied, by whoever withdrew it. Approved and not yet
 * active: the grant is revoked, and it ends as failed.
 */
export async function withdrawDeployment(
  services: Services,
  caller: Caller,
  input: z.infer<typeof withdrawDeploymentInput>,
) {
  const { database, clock, live } = services;
  const found = await findDeployment(database.client, caller, input.deploymentId);
  const scope = scopeWithin(found.environment, 'deployment', found.id, found.slot);
  await authorize(services, caller, 'OperateEnvironment', scope, 'deployment.withdraw');
  const now = clock.now();
  const reason = input.reason || 'Withdrawn';
  const state = await database.transact(async (db) => {
    const deployment = await findDeployment(db, caller, input.deploymentId);
    const actor = userActor(caller);
    if (deployment.state === 'pending_approval') {
      await db.approval.updateMany({
        where: { orgId: deployment.orgId, deploymentId: deployment.id, state: 'pending' },
        data: {
          state: 'denied',
          decidedBy: actor.id,
          decidedByName: actor.name,
          decidedAt: now,
          comment: reason,
        },
      });
      const approval = await db.approval.findUnique({
        where: { orgId_deploymentId: { orgId: deployment.orgId, deploymentId: deployment.id } },
      });
      if (approval) {
        await live.publish(
          db,
          {
            type: 'approval',
            id: approval.id,
            orgId: deployment.orgId,
            environmentId: deployment.environmentId,
          },
          now,
        );
      }
      return moveDeployment(
        services,
        db,
        deployment,
        { event: 'withdrawn', actor, code: 'withdrawn', reason },
        now,
      );
    }
    if (!['approved', 'building', 'deploying'].includes(deployment.state)) {
      throw conflict('deployment_state_changed', `The deployment is ${deployment.state} already.`, {
        help: 'Deploy another version to change what runs.',
        args: { state: deployment.state },
      });
    }
    return revokeGrant(services, db, deployment, { actor, code: 'withdrawn', reason }, now);
  });
  return { state };
}
