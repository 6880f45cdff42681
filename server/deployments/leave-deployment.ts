import { z } from 'zod';
import { giveUp } from '../deployment-state/desire.ts';
import { moveDeployment } from '../deployment-state/move.ts';
import { id } from '../inputs.ts';
import { operation } from '../operation.ts';
import { deploymentScope, findDeployment } from './find-deployment.ts';
import { refuseUnless, standingOf } from './standing.ts';

/**
 * Leaves it as it is: whoever proved it keeps it, the others keep what ran before, and nothing more is
 * tried. A rollout that is paused fails by it; one that failed asks nobody any more.
 */
export const leaveDeployment = operation({
  kind: 'change',
  name: 'deployment.leave',
  input: z.object({ deploymentId: id }),
  thing: ({ db, caller, input }) => findDeployment(db, caller, input.deploymentId),
  scope: deploymentScope,
  needs: 'OperateEnvironment',
  recordsRefusals: true,
  async run({ services, db, caller, actor, thing: deployment, now }) {
    const standing = await standingOf(services, db, caller, deployment, now);
    refuseUnless(standing, 'leave');
    const { id: deploymentId, orgId } = deployment;
    const will = standing.actions.leave.will;
    if (deployment.state === 'deploying') {
      await giveUp(db, deployment, now);
      const code = 'left';
      const set = { failureCode: code, failureMessage: will };
      const move = { event: 'left', actor, code, reason: will, set } as const;
      await moveDeployment(services, db, deployment, move, now);
    }
    await db.deployment.update({
      where: { orgId_id: { orgId, id: deploymentId } },
      data: { leftAt: now, leftBy: caller.user.id },
    });
    return { leftAt: now.toISOString(), asItIs: will };
  },
  audit: ({ answer, thing }) => ({
    detail: { deployment_digest: thing.digest, epoch: thing.epoch, as_it_is: answer.asItIs },
  }),
  events: ({ thing }) => [{ type: 'deployment', id: thing.id }],
});
