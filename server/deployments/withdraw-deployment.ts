import { z } from 'zod';
import { conflict } from '../errors.ts';
import { comment, id } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { decidedBy, moveApproval } from '../approvals/move.ts';
import { revokeGrant } from '../approvals/revoke.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { moveDeployment } from '../deployment-state/move.ts';

/**
 * Takes a request back; it ends as withdrawn, which nobody has to read as a denial or a failure.
 * Undecided, its approval is withdrawn too; approved and not yet active, the grant is revoked.
 */
export const withdrawDeployment = operation({
  kind: 'change',
  name: 'deployment.withdraw',
  input: z.object({ deploymentId: id, reason: comment }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, actor, input, thing: deployment, now }) {
    const reason = input.reason || 'Withdrawn';
    const why = { event: 'withdrawn', actor, code: 'withdrawn', reason } as const;
    if (deployment.state === 'pending_approval') {
      const approval = await db.approval.findUniqueOrThrow({
        where: { orgId_deploymentId: { orgId: deployment.orgId, deploymentId: deployment.id } },
      });
      await moveApproval(
        services,
        db,
        { ...approval, deployment },
        {
          event: 'withdraw',
          actor,
          set: decidedBy(actor, now, reason),
          detail: { reason },
        },
        now,
      );
      return { state: await moveDeployment(services, db, deployment, why, now) };
    }
    if (!['approved', 'building', 'deploying'].includes(deployment.state)) {
      throw conflict('deployment_state_changed', `The deployment is ${deployment.state} already.`, {
        help:
          deployment.state === 'active'
            ? 'Stop it, or deploy another version to change what runs.'
            : 'Nothing of it waits any more.',
        args: { state: deployment.state },
      });
    }
    return { state: await revokeGrant(services, db, deployment, why, now) };
  },
  audit: unaudited('Its movers record the deployment and the approval.'),
  events: () => [],
});
