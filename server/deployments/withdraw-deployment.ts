import { z } from 'zod';
import { comment, id } from '../inputs.ts';
import { operation, unaudited } from '../operation.ts';
import { decidedBy, moveApproval } from '../approvals/move.ts';
import { revokeGrant } from '../approvals/revoke.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { refuseUnless, standingOf } from './standing.ts';

/**
 * Takes a request back; it ends as withdrawn, which nobody has to read as a denial or a failure.
 * Undecided, its approval is withdrawn too; approved and not yet built, the grant is revoked.
 */
export const withdrawDeployment = operation({
  kind: 'change',
  name: 'deployment.withdraw',
  input: z.object({ deploymentId: id, reason: comment }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  async run({ services, db, caller, actor, input, thing: deployment, now }) {
    refuseUnless(await standingOf(services, db, caller, deployment, now), 'withdraw');
    const { reason } = input;
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
    return { state: await revokeGrant(services, db, deployment, why, now) };
  },
  audit: unaudited('Its movers record the deployment and the approval.'),
  events: () => [],
});
